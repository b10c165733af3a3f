# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One server of a Redis Cluster brought to another version of its packages, once in each turn of a verb that takes one after the other.

It may be killed between any two lines: what is left to do is read from dpkg, systemd and the server, so a run that continues does the rest.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import singledispatchmethod

from ...._guest import packages, turn
from ...._model.upgrade import Installed
from ...._plan.plan import Plan, Step
from ...._upgrades.server import StartServer, Upgraded
from ..guest.server import Server


@dataclass(frozen=True)
class Observed:
    """The packages of the server, its unit, whether that was left masked, and of which version the server is by its own word."""

    packages: Installed
    unit: turn.Seen
    masked: bool
    running: str | None


class RedisUpgraded(Upgraded[Observed]):
    """The local server with the packages that were decided on. A master's place was taken by a replica before.

    :param name: the member's name
    :param package: of the server
    :param wanted: ``{package: version}`` of all of the server's packages
    :param turn_: the turn, noted when it runs again
    :param timeout: seconds until it must answer
    """

    def __init__(self, server: Server, name: str, package: str, wanted: Mapping[str, str], turn_: str, timeout: float) -> None:
        super().__init__(name, server.unit, package, wanted, turn_)
        self.server, self.timeout = server, timeout

    def observe(self) -> Observed:
        unit = turn.look(self.unit)
        running = self.server.version() if unit["state"] == "active" else None
        return Observed(packages.installed(self.package), unit, self.unit.is_masked(), running)

    def plan(self, observed: Observed) -> Plan:
        installs = [*self._packages(observed.packages)]
        return Plan.of(installs, self._starts(installs, observed.masked, observed.running))

    @singledispatchmethod
    def carry_out(self, step: Step, observed: Observed) -> None:
        super().carry_out(step, observed)

    def _stop(self) -> None:
        turn.begin(self.unit, self.turn)
        self.unit.stop()

    def _start(self) -> None:
        self.unit.unmask_for_good()
        self.server.start(self.timeout)

    @carry_out.register(StartServer)
    def _start_server(self, step: StartServer, observed: Observed) -> None:
        running = self.server.version() if self.unit.show()["state"] == "active" else None
        if running and running != self.new:
            # it runs on with the program that was there before
            self._stop()
        elif not running:
            turn.begin(self.unit, self.turn)
        self._start()
        self._check_version(self.server.version())

    def view(self, observed: Observed) -> dict[str, object]:
        return {"state": observed.unit["state"], "running": observed.running, "packages": observed.packages["versions"]}

    def predict(self, plan: Plan, observed: Observed) -> dict[str, object]:
        return {**self.view(observed), **({"packages": {**observed.packages["versions"], **self.wanted}} if plan else {})}
