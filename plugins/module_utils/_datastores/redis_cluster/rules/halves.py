# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Members that answer and do not know each other: who is to meet whom, and where that could cost keys. Pure.

When two parts of a cluster meet, of each slot that both claim the claim with the later configuration epoch stays, and the other's keys are lost to clients
(cluster.c, clusterUpdateSlotsConfigWith); of equal epochs one master raises its own, whoever has the smaller id.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from .claims import Facts
from .nodes import Line, Member
from .slots import brief

#: keys by slot, by the name of who holds them
Held = Mapping[str, Mapping[int, int]]


def unmet(facts: Facts, left_out: Collection[str] = ()) -> list[tuple[Member, Member]]:
    """The pairs of members that answer of which the first one does not reach the second: it does not know it, or at another address. That one may reach it."""
    members = [member for member in facts.answering.values() if member.name not in left_out]
    return [(a, b) for a in members for b in members if a is not b and not _finds(a, b)]


def _finds(member: Member, other: Member) -> bool:
    line = member.view.get(other.id or "")
    return line is not None and member.reaches(other) and not line.flags & {"fail", "fail?"}


def claimed_twice(facts: Facts) -> dict[tuple[str, str], set[int]]:
    """The slots that two masters which do not both know each other claim: ``{(name, name): slots}``."""
    found = {}
    members = [member for member in facts.answering.values() if member.is_master]
    for number, a in enumerate(members):
        for b in members[number + 1:]:
            both = set(a.slots & b.slots)
            if both and not (a.knows(b) and b.knows(a)):
                found[a.name, b.name] = both
    return found


def conflicts(facts: Facts, held: Held) -> Iterator[str]:
    """Why members must not meet: sentences. The one whose claim would stay has to have all keys that there are.

    :param held: the keys of the slots that are claimed twice, as counted on both
    """
    epochs = {member.name: member.me.epoch for member in facts.answering.values() if member.me}
    for (one, other), slots in claimed_twice(facts).items():
        keys = {name: sum(held.get(name, {}).get(slot, 0) for slot in slots) for name in (one, other)}
        loser = min((one, other), key=lambda name: epochs[name])
        equal = epochs[one] == epochs[other]
        if keys[loser] or equal and any(keys.values()):
            told = " and ".join(f"{name} (config epoch {epochs[name]}, {keys[name]} keys)" for name in (one, other))
            yield (
                f"{told} do not know each other, and both claim the slots {brief(slots)}: when they meet, the keys of one of them are lost to clients. Save"
                f" what is needed from one side, and take its claim from it (CLUSTER DELSLOTS on {one} or {other}), which is not done here"
            )


def foreign(facts: Facts, left_out: Collection[str] = ()) -> Iterator[str]:
    """Of members that do not know each other, living masters that are no members and that only one of them knows: it is in another cluster. Sentences."""
    for a, b in unmet(facts, left_out):
        if a.knows(b) or b.knows(a):
            continue
        for line in a.others:
            if line.slots and not line.flags & {"fail", "noaddr"} and line.id not in facts.names and line.id not in b.view:
                yield (
                    f"{a.name} and {b.name} do not know each other, and {a.name} knows the node {line.id} at {line.ip}, which is no member, is not found failed"
                    f" and owns slots: {a.name} may be in another cluster, with which this one is not merged"
                )


def dead(facts: Facts, lost: Collection[str]) -> tuple[dict[str, Line], dict[str, str]]:
    """Nodes that are known and are no members: ``(those that are forgotten by id, why others are not: by id)``.

    A node is forgotten when all members answer, who know it find it failed, nobody says that it owns slots, and nobody replicates it: all have to forget it
    within a minute, or gossip brings it back.
    """
    strangers: dict[str, list[Line]] = {}
    for member in facts.answering.values():
        for line in member.others:
            if line.id not in facts.answering and line.id not in facts.names:
                strangers.setdefault(line.id, []).append(line)
    silent = [member.name for member in facts.cluster.members if member.id not in facts.answering] or sorted(lost)
    forgotten: dict[str, Line] = {}
    kept: dict[str, str] = {}
    for id_, lines in sorted(strangers.items()):
        reasons = [f"{', '.join(silent)} cannot forget it now"] if silent else []
        reasons += ["it is not found failed by all who know it"] if any("fail" not in line.flags for line in lines) else []
        reasons += ["it owns slots"] if any(line.slots for line in lines) or facts.owned.get(id_) else []
        replicas = [member.name for member in facts.answering.values() if member.master_id == id_]
        reasons += [f"{', '.join(replicas)} replicate it"] if replicas else []
        if reasons:
            kept[id_] = f"{facts.label(id_)} is no member, and is not forgotten: {'; '.join(reasons)}"
        else:
            forgotten[id_] = lines[0]
    return forgotten, kept
