# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a move has left open when it was killed, or an end of it failed over or was restored. Pure.

Flags alone do not tell: a replica that took over knows none of its master's before Valkey 8, a flag goes on naming a node that failed, and a server
that loads an old RDB flags slots as importing which it gave away long ago. So a flag is read together with who owns the slot now, and with who holds
its keys. Source: Redis documentation, "CLUSTER SETSLOT", and cluster.c: verifyClusterConfigWithData, clusterUpdateSlotsConfigWith.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from . import unclaimed
from .nodes import Member
from .slots import Move, brief, spell
from .topology import Cluster, flags
from .topology import view as topology_view

#: keys by slot, by the name of who holds them
Held = Mapping[str, Mapping[int, int]]


@dataclass(frozen=True)
class Opened:
    """What is to be done about the slots that are open.

    :param moves: those that go on: forward, since the target has what was moved already
    :param stale: flags that belong to no move: ``{name of the member that has them: slots}``
    :param unclear: slots of which the two ends cannot be told, and why
    """

    moves: list[Move] = field(default_factory=list)
    stale: dict[str, set[int]] = field(default_factory=dict)
    unclear: dict[int, str] = field(default_factory=dict)


def judge(cluster: Cluster) -> Opened:
    """Which open slots are moves that go on, and of which only flags are left."""
    exports, imports = flags(cluster)
    owners, found = cluster.owners(), Opened()
    pairs: dict[tuple[str, str], list[int]] = {}
    for slot in sorted({*exports, *imports}):
        sends, takes = exports.get(slot, {}), imports.get(slot, {})
        owner = cluster.name_of(owners.get(slot))
        try:
            target = _target(cluster, slot, owner, sends, takes)
        except _Unclear as why:
            found.unclear[slot] = str(why)
            continue
        if target and owner:
            pairs.setdefault((owner, target), []).append(slot)
        ends = {owner: sends, target: takes} if target else {}
        for name in {*sends, *takes}:
            # An end keeps its flag, whether that is still right or not: the move sets it anew.
            if name not in ends or name == owner and name in takes:
                found.stale.setdefault(name, set()).add(slot)
    found.moves.extend(Move(source, target, tuple(slots)) for (source, target), slots in pairs.items())
    return found


class _Unclear(Exception):
    """Why the two ends of an open slot cannot be told."""


def _target(cluster: Cluster, slot: int, owner: str | None, sends: Mapping[str, str], takes: Mapping[str, str]) -> str | None:
    """Where the move of an open slot goes, None where there is none.

    :param sends: who has the slot flagged as migrating, and to which id
    :param takes: who has it flagged as importing, and from which id
    """
    if owner is None:
        raise _Unclear(f"no member that answers serves it; {_holders(cluster, slot)}")
    goal = sends.get(owner)
    others = {name: source for name, source in takes.items() if name != owner}
    if goal:
        target = cluster.name_of(cluster.master_of(goal)) or _heir(cluster, slot, owner, others)
        return None if target == owner else target
    # The owner sends nothing. Who took the slot over from the source that a flag names knows of no move, and goes on with it. But where that source itself
    # is the owner, it never sent, or took its flag back: servers flag so what they find in an old RDB.
    going = [name for name, source in others.items() if source != cluster[owner].id and cluster.master_of(source) in (None, cluster[owner].id)]
    if len(going) > 1:
        raise _Unclear(f"{' and '.join(sorted(going))} import it; {_holders(cluster, slot)}")
    return going[0] if going else None


def _heir(cluster: Cluster, slot: int, owner: str, takes: Mapping[str, str]) -> str | None:
    """Who took the place of a target that is gone: the only one who holds keys of the slot, or has inherited its flag (Valkey). None if nothing had arrived."""
    if any(member.held is None for member in cluster.masters):
        raise _Unclear("its target is gone, and its keys were not counted")
    holding = {member.name for member in cluster.masters if member.name != owner and (member.held or {}).get(slot)}
    candidates = holding or {*takes}
    if len(candidates) > 1:
        raise _Unclear(f"its target is gone; {_holders(cluster, slot)}")
    return next(iter(candidates), None)


def _holders(cluster: Cluster, slot: int) -> str:
    counts = [f"{member.name} {member.held[slot]}" for member in cluster.masters if member.held and member.held.get(slot)]
    return f"keys are held by {', '.join(counts)}" if counts else "no other member holds keys of it"


def strays(cluster: Cluster) -> Held:
    """Keys that no client can reach: of slots that their holder neither serves nor is getting by a move that goes on."""
    opened = judge(cluster)
    arriving: dict[str, set[int]] = {}
    for move in opened.moves:
        arriving.setdefault(move.target, set()).update(move.slots)
    found = {
        member.name: {slot: keys for slot, keys in (member.held or {}).items() if slot not in arriving.get(member.name, ()) and slot not in opened.unclear}
        for member in cluster.masters
    }
    return {name: counts for name, counts in found.items() if counts}


def stray_faults(cluster: Cluster) -> list[str]:
    """A sentence for each member that holds keys which no client can reach."""
    return [told_of(name, counts) for name, counts in strays(cluster).items()]


def view(cluster: Cluster) -> dict[str, Any]:
    """`topology.view`, with the keys that no client reaches, which are a fault: each member's ``stray_keys``, ``{slots, keys}`` or None."""
    shown, found = topology_view(cluster), strays(cluster)
    for member in shown["members"]:
        counts = found.get(member["name"])
        member["stray_keys"] = {"slots": spell(counts), "key_count": sum(counts.values())} if counts else None
    return {**shown, "faults": shown["faults"] + stray_faults(cluster), "state": "fail" if found else shown["state"]}


def told_of(name: str, counts: Mapping[int, int]) -> str:
    """:param counts: keys by slot"""
    return f"{name} holds {sum(counts.values())} keys of slots that it does not serve ({brief(counts)})"


def misled(cluster: Cluster) -> dict[str, dict[str, set[int]]]:
    """Who must be told who serves slots now: ``{name: {id of the owner: slots}}``.

    While a node imports a slot it believes nobody about who serves it. When the source has failed over, it goes on believing in that one, and says
    cluster_state:fail.
    """
    owners, lines = cluster.owners(), {member.id: member.me for member in cluster.masters}
    found: dict[str, dict[str, set[int]]] = {}
    for member in cluster.masters:
        if not (member.me and member.me.importing):
            continue
        believed = {slot: line for line in member.view.values() for slot in line.slots}
        for slot in member.me.importing:
            owner, thinks = lines.get(owners.get(slot)), believed.get(slot)
            # A later epoch than the owner's is a claim that we do not know enough to deny.
            if owner and owner.id != member.id and (not thinks or thinks.id != owner.id and thinks.epoch <= owner.epoch):
                found.setdefault(member.name, {}).setdefault(owner.id, set()).add(slot)
    return found


def corrected(cluster: Cluster) -> Cluster:
    """The cluster as it is when the misled have been told, and what nobody claims has been taken."""
    wrong = misled(cluster)
    return unclaimed.taken(Cluster(tuple(unclaimed.told(member, wrong[member.name]) if member.name in wrong else member for member in cluster.members)))


def without_dead(cluster: Cluster) -> Cluster:
    """The cluster without the members that do not answer, where all others say that they failed and serve nothing: nobody waits for these."""
    dead = [member for member in cluster.members if member.error and _is_over(member, cluster.reachable)]
    places = {(member.address, member.port) for member in dead}
    left = [member for member in cluster.members if member not in dead]
    return Cluster(tuple(replace(member, view={id_: line for id_, line in member.view.items() if (line.ip, line.port) not in places}) for member in left))


def _is_over(member: Member, others: Collection[Member]) -> bool:
    lines = [line for other in others for line in other.view.values() if (line.ip, line.port) == (member.address, member.port)]
    return bool(others) and all("fail" in line.flags and not line.slots for line in lines)
