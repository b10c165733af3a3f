# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A server brought to another version of its packages, in two parts: they are downloaded while it serves, and installed while it is down.

It may be killed between any two lines: what is left to do is read from dpkg, systemd and the server, so a run that continues does the rest.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from functools import singledispatchmethod
from typing import Any, TypeVar

from .._guest import packages, turn
from .._guest.command import GuestError
from .._guest.systemd import Unit
from .._model.upgrade import Installed, upstream
from .._plan.plan import Plan, Step
from .._plan.runner import Reconciler

#: what is observed of a server, its packages among it
Seen = TypeVar("Seen")


class DownloadPackages(Step):
    action = "download"
    kind = "packages"


class InstallPackages(Step):
    action = "upgrade"
    kind = "packages"
    risk = "one server less until it serves again"


class StartServer(Step):
    action = "start"
    kind = "server"


class Downloaded(Reconciler[Installed]):
    """The packages that were decided on are on the guest, and not installed: no download shall prolong the time for which a server is down.

    :param name: the server's name
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


class Upgraded(Reconciler[Seen]):
    """The local server with the packages that were decided on, running. Who has one says how it is stopped and started, and what is done besides.

    :param name: the server's name
    :param unit: its unit
    :param package: of the server
    :param wanted: ``{package: version}`` of all of the server's packages
    :param text: the turn, noted when it serves again
    """

    def __init__(self, name: str, unit: Unit, package: str, wanted: Mapping[str, str], text: str) -> None:
        self.name, self.unit, self.package, self.wanted, self.turn = name, unit, package, wanted, text
        self.new = upstream(wanted.get(package, ""))

    @abstractmethod
    def _stop(self) -> None:
        """Note that its turn has begun, and stop the server in order.

        :raises GuestError: where it must not go down any more, before anything is touched; and where it does not stop
        """

    @abstractmethod
    def _start(self) -> None:
        """Start the server with the program that is installed, whatever its unit was left as, and wait until it serves."""

    def _packages(self, there: Installed) -> Iterator[Step]:
        moved = sorted({f"{there['versions'].get(name)} to {version}" for name, version in self.wanted.items() if there["versions"].get(name) != version})
        if moved:
            yield InstallPackages(self.name, f"from {', '.join(moved)}")
        elif there["unfinished"]:
            yield InstallPackages(self.name, f"dpkg was interrupted: {', '.join(there['unfinished'])} are not finished")

    @singledispatchmethod
    def carry_out(self, step: Step, observed: Seen) -> None:
        super().carry_out(step, observed)

    def _starts(self, installs: Sequence[Step], masked: bool, running: str | None) -> Iterator[Step]:
        """Also where a run that was stopped left its unit masked, or the program runs on that was there before."""
        if installs or masked or running != self.new:
            yield StartServer(self.name, f"with {self.new}")

    @carry_out.register(InstallPackages)
    def _install_packages(self, step: InstallPackages, observed: Seen) -> None:
        """Nothing but us starts the server meanwhile: neither the packages' own scripts nor systemd."""
        apt = packages.Apt()
        if not packages.installed(self.package)["unfinished"]:
            apt.download(self.wanted)
        self._stop()
        self.unit.mask_until_reboot()
        try:
            packages.configure()
            apt.install(self.wanted)
        except GuestError as error:
            self._go_on_as_before(error)

    def _go_on_as_before(self, error: GuestError) -> None:
        """Where apt has touched nothing, the server serves on with what it has. One whose packages are not finished stays masked, over a reboot, too: only a
        run that has finished them starts that.

        :raises GuestError: with apt's words, unless the packages are all there
        """
        left = packages.installed(self.package)
        if left["versions"] == self.wanted and not left["unfinished"]:
            # all of the server's are there: it is a package of somebody else's that apt ends with
            return
        if left["unfinished"] or set(left["versions"].values()) & set(self.wanted.values()):
            self.unit.mask_for_good()
            raise GuestError(
                f"{error.message} {self.name} is down, with packages that are not finished, and its unit is masked, so that no boot starts it. Fix that, and"
                " run it again, which starts it."
            ) from None
        self._start()
        raise GuestError(f"{error.message} Nothing was installed on {self.name}, and it serves as before.") from None

    def apply(self, plan: Plan, observed: Seen) -> Mapping[str, Any]:
        """The turn is noted last."""
        result = super().apply(plan, observed)
        turn.note(self.unit, self.turn)
        return result

    def _check_version(self, running: str | None) -> None:
        """
        :param running: the version of the server that was started, by its own word
        """
        if running != self.new:
            raise GuestError(f"{self.name} says that it is {running}, and {self.new} is installed. Run it again: it is restarted then.")
