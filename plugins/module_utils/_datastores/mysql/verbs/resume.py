# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A MariaDB or MySQL server that was stopped, to stay so, started again as it was."""

from __future__ import annotations

from functools import singledispatchmethod

from ...._guest import power, turn
from ...._plan.plan import Plan, Step
from ...._plan.runner import Reconciler
from ..guest import control, settings_file
from ..guest.engines import Engine
from .server import StartServer


class MysqlResumed(Reconciler[turn.Seen]):
    """The local server runs, answers root, and starts at boot. One that does is left alone.

    :param role: whose settings file it has
    :param timeout: seconds until it must answer
    """

    def __init__(self, engine: Engine, role: str, timeout: float) -> None:
        self.engine, self.role, self.timeout = engine, role, timeout

    def observe(self) -> turn.Seen:
        return turn.look(self.engine.service)

    def plan(self, observed: turn.Seen) -> Plan:
        to_do = power.start(self.engine.service, check_mode=True)
        return Plan.of([StartServer(self.engine.daemon, ", ".join(to_do))] if to_do else [])

    @singledispatchmethod
    def carry_out(self, step: Step, observed: turn.Seen) -> None:
        super().carry_out(step, observed)

    @carry_out.register(StartServer)
    def _start_server(self, step: StartServer, observed: turn.Seen) -> None:
        # its own start says what the server's log says where it fails
        control.start(self.engine, self.timeout)
        power.start(self.engine.service)
        settings_file.note_start(self.role, self.engine.service.show()["started"])

    def view(self, observed: turn.Seen) -> dict[str, object]:
        return {"service": observed["state"], "enabled": observed["enabled"], "stopped": observed["stopped"]}

    def predict(self, plan: Plan, observed: turn.Seen) -> dict[str, object]:
        return self.view(observed)
