# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A MariaDB or MySQL server restarted, once in a turn."""

from __future__ import annotations

from functools import singledispatchmethod

from ...._guest import turn
from ...._plan.plan import Plan, Step
from ...._plan.runner import Reconciler
from ..guest import control, settings_file
from ..guest.engines import Engine
from .server import RestartServer


class MysqlRestarted(Reconciler[turn.Seen]):
    """The local server, which stops in order, starts, and answers root.

    :param role: whose settings file it has
    :param wanted: the turn; a server that has noted it is done
    :param timeout: seconds until it must answer
    """

    def __init__(self, engine: Engine, role: str, wanted: str, timeout: float) -> None:
        self.engine, self.role, self.wanted, self.timeout = engine, role, wanted, timeout

    def observe(self) -> turn.Seen:
        return turn.look(self.engine.service)

    def plan(self, observed: turn.Seen) -> Plan:
        done = observed["turn"] == self.wanted and observed["state"] == "active"
        return Plan.of([] if done else [RestartServer(self.engine.daemon, f"it was asked for ({self.wanted})")])

    @singledispatchmethod
    def carry_out(self, step: Step, observed: turn.Seen) -> None:
        super().carry_out(step, observed)

    @carry_out.register(RestartServer)
    def _restart_server(self, step: RestartServer, observed: turn.Seen) -> None:
        turn.begin(self.engine.service, self.wanted)
        if turn.is_to_stop(self.engine.service, self.wanted):
            control.stop(self.engine)
        control.start(self.engine, self.timeout)
        settings_file.note_start(self.role, self.engine.service.show()["started"])
        turn.note(self.engine.service, self.wanted)

    def view(self, observed: turn.Seen) -> dict[str, object]:
        return {"service": observed["state"]}

    def predict(self, plan: Plan, observed: turn.Seen) -> dict[str, object]:
        return self.view(observed)
