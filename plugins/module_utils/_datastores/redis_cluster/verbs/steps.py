# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The steps by which slots move, and by which that becomes possible after an end of a move was lost."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from ...._plan.plan import Step
from ..rules.moves import Size, mib
from ..rules.slots import Move, brief


@dataclass(frozen=True)
class TellOwner(Step):
    action = "tell"
    kind = "owner"

    member: str
    owner_id: str
    slots: AbstractSet[int]

    @classmethod
    def of(cls, member: str, owner_id: str, owner: str | None, slots: AbstractSet[int]) -> TellOwner:
        return cls(brief(slots), f"{member} imports them, and does not know that {owner} serves them since a failover", member, owner_id, slots)


@dataclass(frozen=True)
class TakeSlots(Step):
    action = "take"
    kind = "slots"

    member: str
    slots: AbstractSet[int]

    @classmethod
    def of(cls, member: str, slots: AbstractSet[int], keys: int) -> TakeSlots:
        """:param keys: how many of them it holds"""
        holds = f"{member} holds {keys} keys of them" if keys else f"members believe that {member} serves them"
        return cls(brief(slots), f"no member claims them since a failover, and {holds}", member, slots)


@dataclass(frozen=True)
class CloseSlots(Step):
    action = "close"
    kind = "slots"

    member: str
    slots: AbstractSet[int]

    @classmethod
    def of(cls, member: str, slots: AbstractSet[int]) -> CloseSlots:
        return cls(brief(slots), f"no move of them is under way, and {member} still has a flag", member, slots)


@dataclass(frozen=True)
class CarryKeys(Step):
    """Keys that no client reaches go to who serves their slots."""

    action = "carry"
    kind = "keys"
    risk = "where the owner has a key of the same name, that one stays, and the other is deleted"

    member: str
    owner: str
    slots: AbstractSet[int]


@dataclass(frozen=True)
class DeleteKeys(Step):
    action = "delete"
    kind = "keys"
    risk = "they are lost where no other member has them"

    member: str
    owner: str
    slots: AbstractSet[int]


@dataclass(frozen=True)
class MoveSlots(Step):
    action = "move"
    kind = "slots"

    move: Move
    keys: int
    lone: bool

    @property
    def risk(self) -> str | None:
        return f"{self.move.target} has no replica: what has arrived on it is lost with it" if self.lone else None

    @classmethod
    def of(cls, move: Move, size: Size, large: str, lone: bool, before: str = "") -> MoveSlots:
        """
        :param large: its large values by name
        :param lone: whether the target has no replica
        :param before: what is to be said before the reason
        """
        amount = f"{len(move.slots)} slots with {size.keys} keys, about {mib(size.bytes)} (estimated){'; ' if large else ''}{large}"
        return cls(brief(move.slots), f"{before}from {move.source} to {move.target}, {amount}", move, size.keys, lone)
