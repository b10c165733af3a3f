# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One server of a Redis Cluster brought to another version of its packages, once in each turn of a verb that takes one after the other.

It may be killed between any two lines: what is left to do is read from dpkg, systemd and the server, so a run that continues does the rest.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import singledispatchmethod

from ...._guest import packages, turn
from ...._guest.command import GuestError
from ...._model.upgrade import Installed, upstream
from ...._plan.plan import Plan, Step
from ...._plan.runner import Reconciler
from ..guest.server import Server


@dataclass(frozen=True)
class Observed:
    """The packages of the server, its unit, whether that was left masked, and of which version the server is by its own word."""

    packages: Installed
    unit: turn.Seen
    masked: bool
    running: str | None


class DownloadPackages(Step):
    action = "download"
    kind = "packages"


class InstallPackages(Step):
    action = "upgrade"
    kind = "packages"
    risk = "its slots are not served while it restarts, unless a replica has them"


class StartServer(Step):
    action = "start"
    kind = "server"


class Downloaded(Reconciler[Installed]):
    """The packages that were decided on are on the guest, and not installed: from when a master was failed over to one of a newer version until it is of that
    version itself, there may be no second copy of what is written, and no download shall make that longer.

    :param name: the member's name
    :param package: of the server
    :param wanted: ``{package: version}`` of all of the server's packages
    """

    def __init__(self, name: str, package: str, wanted: Mapping[str, str]) -> None:
        self.name, self.package, self.wanted = name, package, wanted

    def observe(self) -> Installed:
        return packages.installed(self.package)

    def plan(self, observed: Installed) -> Plan:
        missing = {name: version for name, version in self.wanted.items() if observed["versions"].get(name) != version}
        return Plan.of([DownloadPackages(self.name, ", ".join(sorted(set(missing.values()))))] if missing or observed["unfinished"] else [])

    @singledispatchmethod
    def carry_out(self, step: Step, observed: Installed) -> None:
        super().carry_out(step, observed)

    @carry_out.register(DownloadPackages)
    def _download_packages(self, step: DownloadPackages, observed: Installed) -> None:
        """apt downloads nothing for packages that dpkg has not finished: it does so when it finishes them."""
        apt = packages.Apt()
        apt.update()
        if not observed["unfinished"]:
            apt.download(self.wanted)

    def view(self, observed: Installed) -> dict[str, object]:
        return {"packages": observed["versions"]}

    def predict(self, plan: Plan, observed: Installed) -> dict[str, object]:
        """Nothing is installed by it."""
        return self.view(observed)


class RedisUpgraded(Reconciler[Observed]):
    """The local server with the packages that were decided on. A master's place was taken by a replica before.

    :param name: the member's name
    :param package: of the server
    :param wanted: ``{package: version}`` of all of the server's packages
    :param turn_: the turn, noted when it runs again
    :param timeout: seconds until it must answer
    """

    def __init__(self, server: Server, name: str, package: str, wanted: Mapping[str, str], turn_: str, timeout: float) -> None:
        self.server, self.name, self.package, self.wanted, self.turn, self.timeout = server, name, package, wanted, turn_, timeout
        self.new = upstream(wanted.get(package, ""))

    def observe(self) -> Observed:
        unit = turn.look(self.server.unit)
        running = self.server.version() if unit["state"] == "active" else None
        return Observed(packages.installed(self.package), unit, self.server.unit.is_masked(), running)

    def plan(self, observed: Observed) -> Plan:
        return Plan.of(self._packages(observed), self._start(observed))

    def _packages(self, observed: Observed) -> Iterator[Step]:
        there, unfinished = observed.packages["versions"], observed.packages["unfinished"]
        moved = sorted({f"{there.get(name)} to {version}" for name, version in self.wanted.items() if there.get(name) != version})
        if moved:
            yield InstallPackages(self.name, f"from {', '.join(moved)}")
        elif unfinished:
            yield InstallPackages(self.name, f"dpkg was interrupted: {', '.join(unfinished)} are not finished")

    def _start(self, observed: Observed) -> Iterator[Step]:
        if [*self._packages(observed)] or observed.masked or observed.running != self.new:
            yield StartServer(self.name, f"with {self.new}")

    @singledispatchmethod
    def carry_out(self, step: Step, observed: Observed) -> None:
        super().carry_out(step, observed)

    @carry_out.register(InstallPackages)
    def _install_packages(self, step: InstallPackages, observed: Observed) -> None:
        """Nothing but us starts the server meanwhile: neither the packages' own scripts nor systemd."""
        apt = packages.Apt()
        turn.begin(self.server.unit, self.turn)
        self.server.unit.stop()
        self.server.unit.mask_until_reboot()
        try:
            packages.configure()
            apt.install(self.wanted)
        except GuestError as error:
            self._go_on_as_before(error)

    def _go_on_as_before(self, error: GuestError) -> None:
        """Where apt has touched nothing, the server runs on as it was.

        :raises GuestError: always, with apt's words
        """
        left = packages.installed(self.package)
        self.server.unit.unmask()
        if left["unfinished"] or set(left["versions"].values()) & set(self.wanted.values()):
            raise GuestError(f"{error.message} {self.name} is down, with packages that are not finished. Fix that, and run it again.") from None
        self.server.start(self.timeout)
        raise GuestError(f"{error.message} Nothing was installed on {self.name}, and it runs as before.") from None

    @carry_out.register(StartServer)
    def _start_server(self, step: StartServer, observed: Observed) -> None:
        is_up = self.server.unit.show()["state"] == "active"
        if not is_up or self.server.version() != self.new:
            turn.begin(self.server.unit, self.turn)
        self.server.unit.unmask()
        if is_up and self.server.version() != self.new:
            # it runs on with the program that was there before
            self.server.unit.stop()
        self.server.start(self.timeout)
        running = self.server.version()
        if running != self.new:
            raise GuestError(f"{self.name} says that it is {running}, and {self.new} is installed. Run it again: it is restarted then.")

    def apply(self, plan: Plan, observed: Observed) -> Mapping[str, object]:
        """The turn is noted last."""
        result = super().apply(plan, observed)
        turn.note(self.server.unit, self.turn)
        return result

    def view(self, observed: Observed) -> dict[str, object]:
        return {"state": observed.unit["state"], "running": observed.running, "packages": observed.packages["versions"]}

    def predict(self, plan: Plan, observed: Observed) -> dict[str, object]:
        return {**self.view(observed), **({"packages": {**observed.packages["versions"], **self.wanted}} if plan else {})}
