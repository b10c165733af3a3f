# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One Galera member's part in a recovery: its evidence, its files, its start. Who does what was decided from the evidence of all."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from functools import singledispatchmethod
from typing import Any

from ...._guest import stopped
from ...._guest.command import GuestError
from ...._plan.plan import Plan, Step
from ...._plan.runner import Reconciler
from ..guest import control, member, recovery, recovery_files
from ..rules import member_state, outage
from ..rules.info import Info
from ..rules.outage import Evidence, Position
from ..rules.recovery import BEGIN, JOIN, PLAIN, START, STAY, UNKNOWN
from ..rules.serving import is_stuck, left_alone, serves
from . import settings
from .member import BootstrapMember, JoinMember

#: what is decided, as rules.recovery.Decision shows it
Decided = Mapping[str, Any]


class PrepareMember(Step):
    action = "prepare"
    kind = "member"


def evidence(name: str, infos: Mapping[str, Info | None], timeout: float, check_mode: bool) -> tuple[Evidence, bool]:
    """A member's row, and whether its server was stopped for it. One that serves, or is given a state transfer by one that does, is left alone.

    :param infos: of all members, as they were before
    """
    alone = left_alone(infos)
    now = member.observe()
    if serves(now) and (name in alone or not is_stuck(now, infos.get(name))):
        # whoever serves since the others were asked, too
        return recovery.serving(now), False
    if alone and recovery.receives():
        return recovery.receiving(), False
    runs = recovery.will_run()
    if check_mode and runs:
        why = "its server runs, or is about to be started by systemd; only one that was stopped can say where it stands, and check mode stops none"
        return recovery.unread(now, why), False
    # a run that was killed has stopped it
    ran = runs or bool(recovery.note().get("ran"))
    if check_mode:
        return recovery.read(now, ran, timeout, recovery.unit_options()), False
    try:
        options = recovery.hold(now, ran)
        # a clean stop has written its file meanwhile
        at_rest: Info = {**member.observe(), "stopped": now["stopped"]}
        return recovery.read(at_rest, ran, timeout, options), runs
    except GuestError:
        give_back(ran)
        raise


def end(position: Position) -> None:
    """Note where the recovery has ended: nothing below that begins the next time."""
    recovery.write_note(reached=position, at=time.time(), tried=False, view=None, view_file=None, of=None, outside=None)


def give_back(ran: bool) -> None:
    """Nobody begins: let the unit be started again, and one that was running before look for the others as it did."""
    recovery.release()
    if ran and member.SERVICE.show()["state"] not in ("active", "activating"):
        control.clear_bootstrap_flag()
        member.SERVICE.start()


class GaleraPrepared(Reconciler[Info]):
    """The decision is noted on the local member, and its files and unit are prepared for its start.

    :param name: its name among the members
    :param decided: what was decided of all
    """

    def __init__(self, name: str, decided: Decided) -> None:
        self.name, self.decided = name, decided
        self.action, self.sst = decided["actions"].get(name, STAY), name in decided["sst"]

    def observe(self) -> Info:
        return member.observe()

    def plan(self, observed: Info) -> Plan:
        why = {
            BEGIN: f"grastate.dat with {outage.spelled(self.decided['position'])[:45]} and safe_to_bootstrap 1" if self.decided["position"] else "",
            JOIN: "grastate.dat with safe_to_bootstrap 0, and no gvwstate.dat",
            STAY: "its service does not start at boot, and once it is started it gets all data" if self.sst else "its service may be started again",
        }.get(self.action, "its files stay as they are")
        idle = self.decided["how"] == UNKNOWN or member_state.is_primary(observed) or self._receives()
        return Plan.of([] if idle else [PrepareMember(self.name, why)])

    def _receives(self) -> bool:
        return self.action == STAY and recovery.receives()

    @singledispatchmethod
    def carry_out(self, step: Step, observed: Info) -> None:
        super().carry_out(step, observed)

    @carry_out.register(PrepareMember)
    def _prepare_member(self, step: PrepareMember, observed: Info) -> None:
        recovery.write_note(decision=dict(self.decided), tried=self.decided["how"] == PLAIN)
        if self.sst or self.action in (BEGIN, JOIN):
            recovery_files.prepare(observed["datadir"]["path"], self.decided["position"], self.action == BEGIN, self.sst)
        recovery.release()
        if self.sst and self.action == STAY:
            # given up: what only it has must not come back to the cluster at its next boot
            member.SERVICE.disable()
        if self.action == START:
            # all at once: none of them serves before the others have been started
            control.clear_bootstrap_flag()
            member.SERVICE.start()

    def view(self, observed: Info) -> dict[str, object]:
        return {"service": observed["service"]["state"], "grastate": observed["grastate"]}

    def predict(self, plan: Plan, observed: Info) -> dict[str, object]:
        return self.view(observed)


class GaleraRecovered(Reconciler[Info]):
    """The local member is started as was decided, and serves in the cluster that was decided upon.

    :param timeout: seconds until it must be Synced
    """

    def __init__(self, name: str, decided: Decided, timeout: float) -> None:
        self.name, self.decided, self.timeout = name, decided, timeout
        self.action = decided["actions"].get(name, STAY)

    def observe(self) -> Info:
        return member.observe()

    def plan(self, observed: Info) -> Plan:
        return Plan.of(self._steps(observed))

    def _steps(self, observed: Info) -> Iterator[Step]:
        if self.action == STAY or member_state.is_synced(observed):
            return
        if self.action == BEGIN:
            yield BootstrapMember(self.name, self.decided["why"][0])
        else:
            yield JoinMember(self.name, "it does not serve" if self.action == JOIN else "plain start")

    @singledispatchmethod
    def carry_out(self, step: Step, observed: Info) -> None:
        super().carry_out(step, observed)

    @carry_out.register(BootstrapMember)
    def _bootstrap_member(self, step: BootstrapMember, observed: Info) -> None:
        control.bootstrap(observed, self._why_not, self.timeout)
        self._started()

    @carry_out.register(JoinMember)
    def _join_member(self, step: JoinMember, observed: Info) -> None:
        control.start(self._why_not, self.timeout)
        self._started()

    def _why_not(self, info: Info) -> list[str]:
        """Why it is not done yet.

        :raises GuestError: where it serves in another cluster: that does not pass
        """
        found, wanted, wsrep = member_state.why_not_serving(info), self.decided["position"], info["wsrep"]
        if not found and wanted and wsrep and wsrep["cluster_state_uuid"] != wanted["uuid"]:
            raise GuestError(f"{self.name} serves in the cluster {wsrep['cluster_state_uuid']}, and {wanted['uuid']} was decided upon.")
        return found

    @staticmethod
    def _started() -> None:
        settings.note_start()
        stopped.forget(member.SERVICE)
        now = member.observe()
        if not now["service"]["enabled"]:
            # as after a stop in order
            control.prepare_service(now)

    def view(self, observed: Info) -> dict[str, object]:
        return {"service": observed["service"]["state"], "wsrep": observed["wsrep"]}

    def predict(self, plan: Plan, observed: Info) -> dict[str, object]:
        return self.view(observed)
