# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One Galera member restarted, once in each turn of a verb that takes one after the other."""

from __future__ import annotations

from functools import singledispatchmethod

from ...._guest import turn
from ...._plan.plan import Plan, Step
from ...._plan.runner import Reconciler
from ..guest import control, member
from ..rules import member_state
from ..rules.info import Info
from . import settings
from .member import RestartMember


class GaleraRestarted(Reconciler[Info]):
    """The local member, which stops in order, starts, and serves again. That all others serve was asked before.

    :param name: its name among the members
    :param only: whether it is the only member: then there is nobody to join, and it bootstraps its cluster again, by its own data
    :param wanted: the turn; a member that has noted it is done
    :param timeout: seconds until it must be Synced
    """

    def __init__(self, name: str, only: bool, wanted: str, timeout: float) -> None:
        self.name, self.only, self.wanted, self.timeout = name, only, wanted, timeout

    def observe(self) -> Info:
        return member.observe()

    def plan(self, observed: Info) -> Plan:
        done = turn.look(member.SERVICE)["turn"] == self.wanted and member_state.is_synced(observed)
        return Plan.of([] if done else [RestartMember(self.name, f"it was asked for ({self.wanted})")])

    @singledispatchmethod
    def carry_out(self, step: Step, observed: Info) -> None:
        super().carry_out(step, observed)

    @carry_out.register(RestartMember)
    def _restart_member(self, step: RestartMember, observed: Info) -> None:
        turn.begin(member.SERVICE, self.wanted)
        if turn.is_to_stop(member.SERVICE, self.wanted):
            self._stop(observed)
        if self.only:
            control.bootstrap(member.observe(), member_state.why_not_serving, self.timeout)
        else:
            control.start(member_state.why_not_serving, self.timeout)
        settings.note_start()
        turn.note(member.SERVICE, self.wanted)

    @staticmethod
    def _stop(observed: Info) -> None:
        """One that is still looking for the others does not listen to a request to stop."""
        if member_state.is_looking(observed):
            control.give_up_start()
        else:
            control.stop()

    def view(self, observed: Info) -> dict[str, object]:
        return {"service": observed["service"]["state"], "wsrep": observed["wsrep"]}

    def predict(self, plan: Plan, observed: Info) -> dict[str, object]:
        """Check mode cannot know how it will be."""
        return self.view(observed)
