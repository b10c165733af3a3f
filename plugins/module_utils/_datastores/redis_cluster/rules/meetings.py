# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who has to meet whom, so that all members know each other, and who serves which slots. Source: CLUSTER MEET."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet

from .nodes import Member
from .topology import Cluster

#: how a node is met: its IP address, its port, and the port of its bus
Place = tuple[str, int, int]

#: a member is told to meet so many of its next ones, and those at each power of two beyond
_NEAR = 8


def _meetings(wanted: Iterable[tuple[Member, Member]]) -> dict[str, list[Place]]:
    """Whom each member is to meet, by name."""
    found: dict[str, list[Place]] = {}
    for member, other in wanted:
        found.setdefault(member.name, []).append((other.address, other.base_port, other.bus_port))
    return found


def pairs(cluster: Cluster, new: AbstractSet[str], near: bool = False) -> dict[str, list[Place]]:
    """Whom each member is to meet, so that every pair with a new member does.

    :param near: of the new ones among each other only so many that all are connected by a few others
    """
    members = cluster.members
    candidates = (
        (member, other)
        for number, member in enumerate(members)
        for apart, other in enumerate(members[number + 1:], 1)
        if not near or not {member.name, other.name} <= new or _is_near(min(apart, len(members) - apart))
    )
    wanted = ((a, b) for a, b in candidates if {a.name, b.name} & new and not (a.reaches(b) and b.reaches(a)))
    # Who is told to meet another reads in full what that one serves, and not the other way round.
    return _meetings((b, a) if b.name in new and a.name not in new else (a, b) for a, b in wanted)


def _is_near(apart: int) -> bool:
    return apart <= _NEAR or not apart & (apart - 1)


def untold(cluster: Cluster) -> dict[str, list[Place]]:
    """Whom each member is to tell its slots."""
    return _meetings(_not_told(cluster))


def _not_told(cluster: Cluster) -> Iterator[tuple[Member, Member]]:
    """(who serves slots, who does not know it)."""
    members = cluster.reachable
    for me, slots, member in [(member.id, member.slots, member) for member in members if member.id]:
        # most have read the same line
        seen = ((other, other.view[me].slots) for other in members if me in other.view)
        yield from ((member, other) for other, theirs in seen if theirs is not slots and theirs != slots)


def unheard(cluster: Cluster) -> list[str]:
    return [f"{other.name} does not know which slots {member.name} serves" for member, other in _not_told(cluster)]


def unmet(cluster: Cluster) -> list[str]:
    members = cluster.members
    return [f"{a.name} cannot reach {b.name}" for a in members for b in members if a is not b and (a.error or not a.reaches(b))]
