# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One Galera member brought to another version of its packages, once in each turn of a verb that takes one after the other.

It may be killed between any two lines: what is left to do is read from dpkg, systemd and the server, so a run that continues does the rest.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import singledispatchmethod

from ...._guest import packages, turn
from ...._guest.command import GuestError
from ...._model.upgrade import Installed
from ...._plan.plan import Plan, Step
from ...._upgrades.server import Upgraded
from ...mysql.guest.engines import MARIADB
from ..guest import alone, control, member
from ..guest import donors as limits
from ..rules import member_state
from ..rules.donors import Limit
from ..rules.info import Info
from . import settings

#: of the server
PACKAGE = "mariadb-server"


class Observed(Info):
    """The member's info, with the packages of its server; and whether its unit was left masked."""

    packages: Installed
    masked: bool


class StartMember(Step):
    action = "start"
    kind = "member"


class UpgradeTables(Step):
    action = "upgrade"
    kind = "system_tables"


@dataclass(frozen=True)
class Turn:
    """A member's turn.

    :param member: its name among the members
    :param text: noted when it was stopped for it and serves again
    :param only: whether it is the only member, which bootstraps its cluster again by its own data
    :param timeout: seconds until it must be Synced
    :param limit: who may give it a full copy of the data once it is of the new version; None leaves that as it is
    :param asked_again: why it must not be stopped now, sentences: what was asked in the gate, by what is so right before the stop
    """

    member: str
    text: str
    only: bool
    timeout: float
    limit: Limit | None
    asked_again: Callable[[Info], list[str]]


class GaleraUpgraded(Upgraded[Observed]):
    """The local member with the packages that were decided on, serving. That all others serve was asked before.

    :param wanted: ``{package: version}`` of all packages of the server
    """

    def __init__(self, own: Turn, wanted: Mapping[str, str]) -> None:
        super().__init__(own.member, member.SERVICE, PACKAGE, wanted, own.text)
        self.own = own

    def observe(self) -> Observed:
        return {**member.observe(), "packages": packages.installed(self.package), "masked": self.unit.is_masked()}

    def plan(self, observed: Observed) -> Plan:
        begun = [*self._packages(observed["packages"]), *self._tables(observed)]
        starts = begun or observed["masked"] or observed["running"] != self.new or not member_state.is_synced(observed)
        return Plan.of(begun, [StartMember(self.name, f"with {self.new}")] if starts else [])

    def _tables(self, observed: Observed) -> Iterator[Step]:
        """By the versions that there will be: whether there is something to do is asked again then."""
        if member_state.upgrade_needed(observed) or (self.new and MARIADB.upgrade_needed(observed["tables_version"], self.new)):
            yield UpgradeTables(self.name, f"of {observed['tables_version'] or 'an unknown version'}, on this member alone, before it joins")

    @singledispatchmethod
    def carry_out(self, step: Step, observed: Observed) -> None:
        super().carry_out(step, observed)

    @carry_out.register(UpgradeTables)
    def _upgrade_tables(self, step: UpgradeTables, observed: Observed) -> None:
        """Of one that was not stopped in order, and of one that may be receiving data, `_start_member` does it when it has served."""
        if member.observe()["running"]:
            self._stop()
        if member_state.was_stopped_in_order(member.observe()):
            # of a unit that is masked systemd does not know the options
            self.unit.unmask_for_good()
            alone.upgrade_tables(self.own.timeout)

    @carry_out.register(StartMember)
    def _start_member(self, step: StartMember, observed: Observed) -> None:
        if member.observe()["running"] not in (None, self.new):
            # it runs on with the program that was there before; one that does not answer yet is waited for: it may be receiving data
            self._stop()
        self._serve_as_new()
        if member_state.upgrade_needed(member.observe()):
            # it was not stopped in order before, or has got a full copy
            self._stop(again=True)
            alone.upgrade_tables(self.own.timeout)
            self._serve_as_new()
        if member_state.upgrade_needed(member.observe()):
            raise GuestError(f"mariadb-upgrade has ended on {self.name}, and its system tables are of another version than its server.")

    def _serve_as_new(self) -> None:
        """Who may give it a full copy is written before the new version is started for the first time, and no earlier."""
        if self.own.limit:
            limits.limit(self.own.limit.names)
        self._start()
        self._check_version(member.observe()["running"])

    def _stop(self, again: bool = False) -> None:
        """One that is still looking for the others does not listen to a request to stop.

        :param again: whether it went down in this run already
        :raises GuestError: where it must not go down any more, before anything is touched; and where it does not stop
        """
        now = member.observe()
        against = [] if again else self.own.asked_again(now)
        if against:
            raise GuestError(f"{self.name} must not be stopped now: {'; '.join(against)}. It was not touched. Run it again.")
        turn.begin(self.unit, self.turn)
        if member_state.is_looking(now):
            control.give_up_start()
        elif member_state.is_running(now):
            control.stop()
        state = self.unit.show()["state"]
        if state in ("active", "activating", "reloading", "deactivating"):
            raise GuestError(f"The server was told to stop, and its service is {state}.")

    def _start(self) -> None:
        turn.begin(self.unit, self.turn)
        alone.end(self.own.timeout)
        self.unit.unmask_for_good()
        if self.own.only:
            control.bootstrap(member.observe(), member_state.why_not_serving, self.own.timeout)
        else:
            control.start(member_state.why_not_serving, self.own.timeout)
        settings.note_start()

    def view(self, observed: Observed) -> dict[str, object]:
        return {"service": observed["service"]["state"], "running": observed["running"], "packages": observed["packages"]["versions"]}

    def predict(self, plan: Plan, observed: Observed) -> dict[str, object]:
        return {**self.view(observed), **({"packages": {**observed["packages"]["versions"], **self.wanted}} if plan else {})}
