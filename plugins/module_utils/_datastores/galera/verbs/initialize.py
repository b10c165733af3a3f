# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One Galera member whose data are set aside, so that it gets all of them from another one by a state transfer."""

from __future__ import annotations

from functools import singledispatchmethod

from ...._guest import aside, turn
from ...._plan.plan import Plan, Step
from ..guest import control, member
from ..rules import member_state
from ..rules.info import Info
from . import settings
from .restart import GaleraRestarted

#: what is no data of the server
_KEEP = ("lost+found",)


class InitializeMember(Step):
    action = "initialize"
    kind = "member"
    risk = "one member less until it has got all data from another one"


class GaleraInitialized(GaleraRestarted):
    """The local member stops in order, its data are set aside, and it joins with none. That all others serve was asked before.

    A run that was killed in between is continued: while the server has not been started, the data are set aside; after that it is only waited for.
    """

    def plan(self, observed: Info) -> Plan:
        aside.check(observed["datadir"]["path"], self.wanted)
        done = turn.look(member.SERVICE)["turn"] == self.wanted and member_state.is_synced(observed)
        return Plan.of([] if done else [InitializeMember(self.name, f"it was asked for ({self.wanted})")])

    @singledispatchmethod
    def carry_out(self, step: Step, observed: Info) -> None:
        super().carry_out(step, observed)

    @carry_out.register(InitializeMember)
    def _initialize_member(self, step: InitializeMember, observed: Info) -> None:
        turn.begin(member.SERVICE, self.wanted)
        if turn.is_to_stop(member.SERVICE, self.wanted):
            self._stop(observed)
        if member.SERVICE.show()["state"] in ("inactive", "failed"):
            aside.move(observed["datadir"]["path"], self.wanted, _KEEP)
        control.start(member_state.why_not_serving, self.timeout)
        settings.note_start()
        turn.note(member.SERVICE, self.wanted)
