# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The data of a replica are set aside, so that a copy of its source's can take their place."""

from __future__ import annotations

from dataclasses import dataclass
from functools import singledispatchmethod
from typing import Any

from ...._guest import aside
from ...._model.errors import Refused
from ...._plan.plan import Plan, Step
from ...._plan.runner import Reconciler
from ...mysql.guest import control, data_directory
from ...mysql.guest.data_directory import DataDirectory
from ...mysql.guest.engines import Engine

#: states of a data directory without data, or with half a copy
_EMPTIED = ("blank", "initialising", "receiving")


@dataclass(frozen=True)
class Observed:
    """:param by: of _guest.aside"""

    datadir: DataDirectory
    by: str | None


class SetDataAside(Step):
    action = "delete"
    kind = "data"
    risk = "what only this server has is lost when the copy has been proven, and the old data are deleted"


class SetAside(Reconciler[Observed]):
    """The local server is stopped, and its data directory holds nothing but what was set aside. A run that was killed is continued.

    :param turn: the run and verb, which is noted with the data
    :param needed: bytes that the copy has to have room for, beside the old data
    """

    def __init__(self, engine: Engine, datadir: str, turn: str, needed: int) -> None:
        self.engine, self.datadir, self.turn, self.needed = engine, datadir, turn, needed

    def observe(self) -> Observed:
        return Observed(data_directory.look(self.datadir), aside.by(self.datadir))

    def plan(self, observed: Observed) -> Plan:
        state, free = observed.datadir["state"], observed.datadir["free"]
        # A copy that has come completely is this refill's where the old data are beside it. Without them it is one that has served since: the note of where it
        # stands is deleted after the first start of its link, and a run may be killed before.
        if observed.by != "" and (state in _EMPTIED or (state == "received" and observed.by)):
            return Plan()
        if state == "foreign" and observed.by is None:
            raise Refused(f"{self.datadir} holds files that do not belong to a database, and is not emptied.")
        aside.check(self.datadir, self.turn)
        if self.needed > free:
            raise Refused(
                f"The source holds {self.needed / 2**30:.2f} GiB, and beside the old data, which stay until the copy is proven, {self.datadir} has room for"
                f" {free / 2**30:.2f} GiB. Nothing was set aside. Give it a larger volume (stackdb.trove.instance_resize).",
                needed=self.needed,
                free=free,
            )
        return Plan.of([SetDataAside(self.datadir, "it was named for a copy of its source's data")])

    @singledispatchmethod
    def carry_out(self, step: Step, observed: Observed) -> None:
        super().carry_out(step, observed)

    @carry_out.register(SetDataAside)
    def _set_data_aside(self, step: SetDataAside, observed: Observed) -> None:
        control.stop(self.engine)
        aside.move(self.datadir, self.turn, keep=("lost+found",))

    def view(self, observed: Observed) -> dict[str, Any]:
        return {**observed.datadir, "set_aside_by": observed.by or None}

    def predict(self, plan: Plan, observed: Observed) -> dict[str, Any]:
        return {**observed.datadir, "state": "blank" if plan else observed.datadir["state"], "set_aside_by": self.turn if plan else observed.by or None}
