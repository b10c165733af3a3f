# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A Redis Cluster as its members see it: who owns what, what is wrong, which slots are open."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any, TypedDict

from .nodes import Line, Member
from .slots import SLOTS, Owned, spell


@dataclass(frozen=True)
class OpenSlot:
    """A slot on its way between two masters, by name; None for a node that was not named, and for a target on which the masters do not agree."""

    slot: int
    owner: str | None
    target: str | None

    @property
    def settled(self) -> bool:
        """Whether the target owns it already, and only a flag is left."""
        return self.owner == self.target


@dataclass(frozen=True)
class Cluster:
    """The members in the order in which they were named."""

    members: tuple[Member, ...]

    @property
    def reachable(self) -> list[Member]:
        return [member for member in self.members if not member.error]

    @property
    def masters(self) -> list[Member]:
        return [member for member in self.reachable if member.is_master]

    # Found once: with hundreds of members, each of which knows all, everything is asked for tens of thousands of times.

    @cached_property
    def _by_name(self) -> dict[str, Member]:
        return {member.name: member for member in self.members}

    @cached_property
    def _by_id(self) -> dict[str, Member]:
        """Of members with the same id the first one, as of a node that is named twice."""
        return {member.id: member for member in reversed(self.members) if member.id}

    def __getitem__(self, name: str) -> Member:
        """The member of a name that is known to be one's.

        :raises KeyError: for another
        """
        return self._by_name[name]

    def name_of(self, node_id: str | None) -> str | None:
        """The name of the member with this id; None for no id, and for a node that was not named."""
        found = self._by_id.get(node_id) if node_id else None
        return found.name if found else None

    def master_of(self, node_id: str | None) -> str | None:
        """The id of the master of this node's shard, which is the node's own while it is one; None for a node that is not among those that answer."""
        found = self._by_id.get(node_id) if node_id else None
        if found is None or found.error:
            return None
        return found.id if found.is_master else found.master_id

    def without(self, names: Iterable[str]) -> Cluster:
        left_out = set(names)
        return Cluster(tuple(member for member in self.members if member.name not in left_out))

    def owners(self) -> dict[int, str]:
        """``{slot: id}``, by what each node says of itself; where two claim a slot, the later configuration epoch is right."""
        found: dict[int, str] = {}
        for me in sorted((member.me for member in self.masters if member.me), key=lambda me: me.epoch):
            found.update(dict.fromkeys(me.slots, me.id))
        return found

    def owned(self) -> dict[str, set[int]]:
        """``{name: set of slots}`` of all masters."""
        found: dict[str | None, set[int]] = {member.id: set() for member in self.masters}
        for slot, node_id in self.owners().items():
            found[node_id].add(slot)
        return {member.name: found[member.id] for member in self.masters}

    def strangers(self) -> dict[str, Line]:
        """The lines of nodes that a member knows and that were not named: ``{id: Line}``."""
        ids = {member.id for member in self.reachable}
        return {line.id: line for member in self.reachable for line in member.others if line.id not in ids}


def faults(cluster: Cluster, unlinked: Collection[str] = ()) -> list[str]:
    """Why the cluster is not whole: a list of sentences, empty when every member says ok, serves, and all agree.

    :param unlinked: the names of those whose link to their master does not count

    CLUSTER INFO's cluster_state is each node's own opinion, so all are asked; views are compared slot by slot.
    """
    found = [f"{member.name} does not answer: {member.error}" for member in cluster.members if member.error]
    members = cluster.reachable
    for member in members:
        found += [f"{member.name}: {fault}" for fault in _own_faults(member, cluster, member.name not in unlinked)]
    return found or _disagreement(members)


def _own_faults(member: Member, cluster: Cluster, linked: bool) -> Iterator[str]:
    unknown = [other.name for other in cluster.reachable if not member.knows(other)]
    if unknown:
        yield f"does not know {', '.join(sorted(unknown))} yet"
    failing = [cluster.name_of(line.id) or f"{line.ip}:{line.port}" for line in member.others if line.flags & {"fail", "fail?"}]
    if failing:
        yield f"finds that {', '.join(sorted(failing))} failed"
    assigned = sum(len(line.slots) for line in member.view.values())
    if assigned != SLOTS:
        yield f"knows {assigned} of {SLOTS} slots as served"
    if member.state != "ok":
        yield f"cluster_state:{member.state}"
    # a master that is gone for good is not in the view any more, see open_slots.without_dead
    if linked and member.master_id in member.view and member.master_link != "up":
        yield "its link to its master is not up"


def _disagreement(members: list[Member]) -> list[str]:
    maps = [{line.id: line.slots for line in member.view.values() if line.slots} for member in members]
    return [f"{member.name} and {members[0].name} differ in who serves which slots" for member, seen in zip(members, maps) if seen != maps[0]]


#: who has a slot flagged, and the id that the flag names: ``{slot: {member's name: id}}``
Flags = dict[int, dict[str, str]]


def flags(cluster: Cluster) -> tuple[Flags, Flags]:
    """The flags of slots on their way: (migrating, importing). Those of replicas, which Valkey keeps for a failover, do not count."""
    migrating: Flags = {}
    importing: Flags = {}
    for member in cluster.masters:
        for found, marks in ((migrating, member.me.migrating), (importing, member.me.importing)) if member.me else ():
            for slot, node_id in marks.items():
                found.setdefault(slot, {})[member.name] = node_id
    return migrating, importing


def open_slots(cluster: Cluster) -> list[OpenSlot]:
    """The slots that have a flag of a move: a list of OpenSlot. A flag that names a replica means the master of its shard."""
    owners = cluster.owners()
    migrating, importing = flags(cluster)
    found = []
    for slot in sorted({*migrating, *importing}):
        targets = {cluster.name_of(cluster.master_of(target)) for target in migrating.get(slot, {}).values()} | {*importing.get(slot, ())}
        found.append(OpenSlot(slot, cluster.name_of(owners.get(slot)), next(iter(targets)) if len(targets) == 1 else None))
    return found


class Identity(TypedDict):
    """Which node it is, in its own words."""

    id: str | None
    addresses: list[str]


def identity(member: Member) -> Identity:
    """The identity of a node as it knows itself: both empty where it does not answer, no address before it met anybody."""
    return {"id": member.id, "addresses": [member.me.ip] if member.me and member.me.ip else []}


def view(cluster: Cluster) -> dict[str, Any]:
    """The cluster as plain data: ``{state, slots, faults, open_slots, members: [...]}``."""
    wrong = faults(cluster)
    return {
        "state": "fail" if wrong else "ok",
        "slots": len(cluster.owners()),
        "faults": wrong,
        "open_slots": [{"slot": found.slot, "source": found.owner, "target": found.target} for found in open_slots(cluster)],
        "members": [_member_view(cluster, member) for member in cluster.members],
    }


def predict(cluster: Cluster, owned: Owned) -> dict[str, Any]:
    """The view of the cluster with these slots owned; keys and memory stay as they were seen."""
    shown = view(cluster)
    for member in shown["members"]:
        if member["name"] in owned:
            slots = owned[member["name"]]
            member.update(slots=spell(slots), slot_count=len(slots))
    return {**shown, "slots": sum(map(len, owned.values()))}


@lru_cache(maxsize=4096)
def _spelled(slots: frozenset[int]) -> str:
    """The views of all members tell the same of each."""
    return spell(slots)


def _member_view(cluster: Cluster, member: Member) -> dict[str, Any]:
    return {
        "name": member.name,
        "address": member.address or None,
        "port": member.port,
        "host": member.host,
        "id": member.id,
        "error": member.error,
        "version": member.software.version,
        "state": member.state,
        "role": None if member.error else "master" if member.is_master else "replica",
        "master": cluster.name_of(member.master_id),
        "master_id": member.master_id,
        "slots": _spelled(member.slots),
        "slot_count": len(member.slots),
        "master_link": member.master_link,
        "offset": member.offset,
        "open": sorted({**member.me.migrating, **member.me.importing}) if member.me else [],
        "nodes": [
            {
                "id": line.id,
                "address": line.ip or member.address or None,
                "port": line.port,
                "slots": _spelled(line.slots),
                "slot_count": len(line.slots),
                "master": line.master_id,
                "failed": bool(line.flags & {"fail", "fail?"}),
            }
            for line in sorted(member.view.values(), key=lambda line: line.id)
            if line.known
        ],
        "key_count": member.keys,
        "used_memory": member.used,
        "maxmemory": member.maxmemory,
    }
