# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a task needs to know of members that are taken one after the other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from .._model.errors import InvalidInput
from .._model.evidence import UNTOUCHED, Act


@dataclass(frozen=True)
class Turn:
    """
    :param run: the run that begins the task, to be noted; None notes none
    :param rolled: to end a task, the names of those who had to have a turn, and to have done in it what the verb is for
    :param turn: in which turn, see _model.rolling
    """

    run: str | None = None
    rolled: Sequence[str] = ()
    turn: str | None = None

    @classmethod
    def of(cls, options: Mapping[str, Any]) -> Turn:
        """From the options of a module.

        :raises InvalidInput: for what is only for the end of a task, or only for its begin
        """
        if options["run"] and options["task"] == "NONE":
            raise InvalidInput("run", options["run"], "only to begin a task")
        if options["rolled"] and (options["task"] != "NONE" or not options["turn"]):
            raise InvalidInput("rolled", options["rolled"], "only with task=NONE, and with the turn")
        return cls(options["run"], tuple(options["rolled"] or ()), options["turn"])

    def proven(self, act: Act) -> Act:
        """The act, with what is to be proven of restarts.

        :raises InvalidInput: for the name of one that does not have to serve
        """
        for number, name in enumerate(self.rolled):
            if name not in act.members:
                raise InvalidInput(f"rolled[{number}]", name, list(act.members))
        return replace(act, rolled=tuple(self.rolled), turn=self.turn) if act.kind != UNTOUCHED else act
