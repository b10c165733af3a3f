# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One Galera member stopped in order, to stay so: it does not start at boot, and has noted who still served."""

from __future__ import annotations

from collections.abc import Sequence
from functools import singledispatchmethod

from ...._guest import stopped
from ...._guest.command import GuestError
from ...._plan.plan import Plan, Step
from ...._plan.runner import Reconciler
from ..guest import control, member
from ..rules import member_state
from ..rules.info import Info
from .member import StopMember


class GaleraStopped(Reconciler[Info]):
    """
    :param name: its name among the members
    :param others: the names of those that serve when it stops
    """

    def __init__(self, name: str, others: Sequence[str]) -> None:
        self.name, self.others = name, others

    def observe(self) -> Info:
        return member.observe()

    def plan(self, observed: Info) -> Plan:
        done = observed["stopped"] and not observed["service"]["enabled"]
        why = f"while {', '.join(self.others)} serve" if self.others else "it is the last one, and the first to start"
        return Plan.of([] if done else [StopMember(self.name, why)])

    @singledispatchmethod
    def carry_out(self, step: Step, observed: Info) -> None:
        super().carry_out(step, observed)

    @carry_out.register(StopMember)
    def _stop_member(self, step: StopMember, observed: Info) -> None:
        if member_state.is_looking(observed):
            control.give_up_start()
        control.stop()
        member.SERVICE.disable()
        now = member.observe()
        if now["service"]["state"] != "inactive":
            raise GuestError(f"{self.name} was told to stop, and its service is {now['service']['state']}.")
        stopped.note(member.SERVICE, self.others, dict(now["grastate"]) if now["grastate"] else {})

    def view(self, observed: Info) -> dict[str, object]:
        return {"service": observed["service"]["state"], "enabled": observed["service"]["enabled"], "stopped": observed["stopped"]}

    def predict(self, plan: Plan, observed: Info) -> dict[str, object]:
        return self.view(observed)
