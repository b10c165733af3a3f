# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A Redis Cluster as its members see it: who owns what, what is wrong, which slots are open."""

from __future__ import annotations

from dataclasses import dataclass

from .slots import SLOTS, spell


@dataclass(frozen=True)
class OpenSlot:
    """A slot on its way between two masters, by name; None for a node that was not named.

    `settled` says that the target owns it already, and only a flag is left. `clear` says that nobody else claims a part in it.
    """

    slot: int
    owner: str | None
    target: str | None
    clear: bool

    @property
    def settled(self):
        return self.owner == self.target


@dataclass(frozen=True)
class Cluster:
    """The members (redis_nodes.Member) in the order in which they were named."""

    members: tuple

    @property
    def reachable(self):
        return [member for member in self.members if not member.error]

    @property
    def masters(self):
        return [member for member in self.reachable if member.is_master]

    def member(self, name):
        return next((member for member in self.members if member.name == name), None)

    def by_id(self, node_id):
        return next((member for member in self.members if member.id == node_id and node_id), None)

    def name_of(self, node_id):
        member = self.by_id(node_id)
        return member.name if member else None

    def owners(self):
        """``{slot: id}``, by what each node says of itself; where two claim a slot, the later configuration epoch is right."""
        found = {}
        for member in sorted(self.masters, key=lambda member: member.me.epoch):
            found.update(dict.fromkeys(member.slots, member.id))
        return found

    def owned(self):
        """``{name: set of slots}`` of all masters."""
        result = {member.name: set() for member in self.masters}
        for slot, node_id in self.owners().items():
            result[self.name_of(node_id)].add(slot)
        return result

    def strangers(self):
        """The lines of nodes that a member knows and that were not named: ``{id: Line}``."""
        ids = {member.id for member in self.reachable}
        return {line.id: line for member in self.reachable for line in member.others if line.id not in ids}


def faults(cluster):
    """Why the cluster is not whole: a list of sentences, empty when every member says ok, serves, and all agree.

    CLUSTER INFO's cluster_state is each node's own opinion, so all are asked; views are compared slot by slot.
    """
    found = [f"{member.name} does not answer: {member.error}" for member in cluster.members if member.error]
    members = cluster.reachable
    ids = {member.id for member in members}
    for member in members:
        found += [f"{member.name}: {fault}" for fault in _own_faults(member, ids, cluster)]
    return found or _disagreement(members)


def _own_faults(member, ids, cluster):
    unknown = [cluster.name_of(node_id) for node_id in ids if node_id not in member.view or not member.view[node_id].known]
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
    if member.master_id and member.master_link != "up":
        yield "its link to its master is not up"


def _disagreement(members):
    maps = [{line.id: line.slots for line in member.view.values() if line.slots} for member in members]
    return [f"{member.name} and {members[0].name} differ in who serves which slots" for member, seen in zip(members, maps) if seen != maps[0]]


def open_slots(cluster):
    """The slots that a move has opened and nobody closed: a list of OpenSlot."""
    owners, ends = cluster.owners(), {}
    for member in cluster.masters:
        for slot, source in member.me.importing.items():
            ends.setdefault(slot, []).append((source, member.id))
        for slot, target in member.me.migrating.items():
            ends.setdefault(slot, []).append((member.id, target))
    return [_open_slot(cluster, slot, owners.get(slot), found) for slot, found in sorted(ends.items())]


def _open_slot(cluster, slot, owner, ends):
    targets = {target for _source, target in ends}
    # After a failover the owner is another one than the source that the target remembers: the owner counts.
    target = targets.pop() if len(targets) == 1 else None
    names = cluster.name_of(owner), cluster.name_of(target)
    return OpenSlot(slot, *names, clear=None not in names)


def identity(member):
    """``{id, addresses}`` of a node as it knows itself: both empty where it does not answer, no address before it met anybody."""
    return {"id": member.id, "addresses": [member.me.ip] if member.me and member.me.ip else []}


def view(cluster):
    """The cluster as plain data: ``{state, slots, faults, open_slots, members: [...]}``."""
    wrong = faults(cluster)
    return {
        "state": "fail" if wrong else "ok",
        "slots": len(cluster.owners()),
        "faults": wrong,
        "open_slots": [{"slot": found.slot, "source": found.owner, "target": found.target} for found in open_slots(cluster)],
        "members": [_member_view(cluster, member) for member in cluster.members],
    }


def _member_view(cluster, member):
    return {
        "name": member.name,
        "address": member.address,
        "port": member.port,
        "host": member.host,
        "id": member.id,
        "error": member.error,
        "version": member.version,
        "state": member.state,
        "role": None if member.error else "master" if member.is_master else "replica",
        "master": cluster.name_of(member.master_id),
        "slots": spell(member.slots),
        "slot_count": len(member.slots),
        "master_link": member.master_link,
        "open": sorted({**member.me.migrating, **member.me.importing}) if member.me else [],
        "nodes": [
            {"id": line.id, "address": line.ip or member.address, "port": line.port, "slots": spell(line.slots), "slot_count": len(line.slots)}
            for line in sorted(member.view.values(), key=lambda line: line.id)
            if line.known
        ],
        "keys": member.keys,
        "used_memory": member.used,
        "maxmemory": member.maxmemory,
    }
