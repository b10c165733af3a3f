# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Slots that a node is believed to serve, and that nobody claims: what is left where both ends of a move were lost just after a slot was assigned. Pure.

The target owns the slot, its source's replica has heard of it, and nobody else. Then the target is lost, and its replica takes over what it knows of,
without that slot. When the target comes back as a replica, the new source finds that no node serves the slot, and says cluster_state:fail; all others go
on believing that this new source does, since a slot is only ever unlearned from a later claim. Seen on Redis 7.0.15. Source: cluster.c of Redis,
clusterProcessPacket ("Master turned into a slave") and clusterUpdateSlotsConfigWith.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import replace

from .nodes import Member
from .slots import SLOTS
from .topology import Cluster


def heirs(cluster: Cluster) -> dict[str, set[int]]:
    """Who is to serve slots that nobody claims, of those that a member is believed to serve: ``{name of a master: slots}``.

    It is the master that holds most keys of the slot, else the one that most believe in. What others hold of it are stray keys then, of which
    nothing is lost unless the user says so. A slot of a node that does not answer is that one's, as long as most masters believe so.
    """
    claimed: set[int] = set().union(*(member.slots for member in cluster.masters))
    if len(claimed) == SLOTS:
        return {}
    believed = _believed(cluster, set(range(SLOTS)) - claimed)
    found: dict[str, set[int]] = {}
    for slot in sorted(believed):
        named = [cluster.name_of(cluster.master_of(node_id)) for node_id, _views in believed[slot].most_common()]
        masters = [name for name in named if name]
        if not named[0] and believed[slot].most_common(1)[0][1] * 2 > len(cluster.masters):
            continue
        holder = max(cluster.masters, key=lambda member: _keys(member, slot))
        if _keys(holder, slot) or masters:
            found.setdefault(holder.name if _keys(holder, slot) else masters[0], set()).add(slot)
    return found


def _believed(cluster: Cluster, slots: AbstractSet[int]) -> dict[int, Counter[str]]:
    """``{slot: how many masters believe that a node, by its id, serves it}``, of those of these slots that any does."""
    found: dict[int, Counter[str]] = {}
    for member in cluster.masters:
        for line in member.view.values():
            for slot in line.slots & slots:
                found.setdefault(slot, Counter())[line.id] += 1
    return found


def _keys(member: Member, slot: int) -> int:
    return (member.held or {}).get(slot, 0)


def taken(cluster: Cluster) -> Cluster:
    """The cluster as it is when the new sources have taken these slots, and all others have heard of it."""
    by_id = {cluster[name].id or "": slots for name, slots in heirs(cluster).items()}
    if not by_id:
        return cluster
    return Cluster(tuple(_held(told(member, by_id), by_id) for member in cluster.members))


def _held(member: Member, owners: Mapping[str, AbstractSet[int]]) -> Member:
    mine = owners.get(member.id or "", frozenset())
    return replace(member, held=None if member.held is None else {slot: keys for slot, keys in member.held.items() if slot not in mine})


def told(member: Member, owners: Mapping[str, AbstractSet[int]]) -> Member:
    """A member when it has been told who serves slots, ``{id: slots}``."""
    moved = {slot for slots in owners.values() for slot in slots}
    view = {id_: line._replace(slots=line.slots - moved | owners.get(id_, frozenset())) for id_, line in member.view.items()}
    serving = [line for line in view.values() if line.slots]
    heals = sum(len(line.slots) for line in serving) == SLOTS and not any(line.flags & {"fail", "fail?"} for line in serving)
    return replace(member, view=view, state="ok" if heals else member.state)
