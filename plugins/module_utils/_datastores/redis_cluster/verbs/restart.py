# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One server of a Redis Cluster restarted, once in each turn of a verb that takes one after the other."""

from __future__ import annotations

from functools import singledispatchmethod

from ...._guest import turn
from ...._plan.plan import Plan, Step
from ...._plan.runner import Reconciler
from ..guest.server import Server
from .server import RestartServer


class RedisRestarted(Reconciler[turn.Seen]):
    """The local server, which stops in order, starts, and has loaded its data. A master's place was taken by a replica before.

    :param name: the member's name
    :param wanted: the turn; a server that has noted it is done
    :param timeout: seconds until it must answer, and find the cluster whole where it did before
    """

    def __init__(self, server: Server, name: str, wanted: str, timeout: float) -> None:
        self.server, self.name, self.wanted, self.timeout = server, name, wanted, timeout

    def observe(self) -> turn.Seen:
        return turn.look(self.server.unit)

    def plan(self, observed: turn.Seen) -> Plan:
        done = observed["turn"] == self.wanted and observed["state"] == "active"
        return Plan.of([] if done else [RestartServer(self.name, f"it was asked for ({self.wanted})")])

    @singledispatchmethod
    def carry_out(self, step: Step, observed: turn.Seen) -> None:
        super().carry_out(step, observed)

    @carry_out.register(RestartServer)
    def _restart_server(self, step: RestartServer, observed: turn.Seen) -> None:
        turn.begin(self.server.unit, self.wanted)
        if observed["state"] != "active":
            self.server.start(self.timeout)
        elif turn.is_to_stop(self.server.unit, self.wanted):
            self.server.restart(self.timeout)
        turn.note(self.server.unit, self.wanted)

    def view(self, observed: turn.Seen) -> dict[str, object]:
        return {"state": observed["state"]}

    def predict(self, plan: Plan, observed: turn.Seen) -> dict[str, object]:
        return self.view(observed)
