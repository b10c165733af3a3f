# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who is which node and who owns which slots after an outage, by all that is known: the words of those that answer, and the nodes.conf of those that are
down. Pure.

A slot belongs to the claim with the highest configuration epoch (Redis documentation, "Redis Cluster specification", "Configuration epoch").
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from . import down
from .down import Row
from .nodes import Line, Member
from .slots import SLOTS
from .topology import Cluster

#: by name; None for a host that could not be reached
Rows = Mapping[str, "Row | None"]


def told_apart(cluster: Cluster) -> Cluster:
    """Nodes that answer and cannot say yet who they are count as not answering: they load their data."""
    return Cluster(tuple(replace(m, error="it loads its data") if not m.error and not m.id else m for m in cluster.members))


@dataclass(frozen=True)
class Facts:
    """All that is known.

    :param cluster: all members, as they answer, or do not
    :param rows: what is known of each on its own host
    :param elapsed: how many seconds ago these were read
    """

    cluster: Cluster
    rows: Rows
    elapsed: float = 0

    @cached_property
    def strangers(self) -> dict[str, set[str]]:
        """Members at whose address a node answers that is not the one that the others know there: ``{name: ids that they know}``; empty ids for a node that
        knows nobody, and that nobody knows. Both have lost their nodes.conf, or were never met.

        When a node finds that another one answers at an address, it knows the one that was there without an address, ``noaddr``, and never finds that it
        failed, so that no replica takes over (cluster.c, clusterProcessPacket and clusterCron; seen on Redis 7.0.15).
        """
        found, suspects, views = {}, self._suspects, self._all_views
        for member in self.cluster.reachable:
            others = {name: view for name, view in views.items() if name != member.name}
            knowing = [name for name, view in others.items() if member.id in view]
            # two strangers that know each other are no witnesses for each other
            if any(name not in suspects for name in knowing) or (knowing and member.name not in suspects):
                continue
            at = suspects.get(member.name, set())
            if at or (others and member.alone):
                found[member.name] = at or {line.id for view in others.values() for line in view.values() if "noaddr" in line.flags}
        return found

    @cached_property
    def _suspects(self) -> dict[str, set[str]]:
        """Members in whose place others know another node, neither side knowing the other: ``{name: ids of those}``. One that was known at its address is known
        without one where a stranger answers; that counts where nobody else is that node."""
        present = {member.id for member in self.cluster.reachable} | {row["id"] for row in self.rows.values() if row}
        found: dict[str, set[str]] = {}
        for member in self.cluster.reachable:
            for name, view in self._all_views.items():
                own = next((line.id for line in view.values() if "myself" in line.flags), None)
                if name == member.name or member.id in view or own in member.view:
                    continue
                at = {line.id for line in view.values() if line.known and _is_at(line, member)}
                ghosts = {line.id for line in view.values() if "noaddr" in line.flags and line.id not in present} if not member.alone else set()
                if at or ghosts:
                    found[member.name] = found.get(member.name, set()) | (at or ghosts)
        return found

    @cached_property
    def _all_views(self) -> dict[str, Mapping[str, Line]]:
        views: dict[str, Mapping[str, Line]] = {member.name: member.view for member in self.cluster.reachable}
        for name, row in self.rows.items():
            if row and name not in views and row["file"] == down.OK:
                views[name] = down.lines_of(row["nodes"])
        return {name: view for name, view in views.items() if len(view) > 1 or any(line.slots for line in view.values())}

    @cached_property
    def answering(self) -> dict[str, Member]:
        """By id, the members that answer, and are themselves."""
        return {member.id: member for member in self.cluster.reachable if member.id and member.name not in self.strangers}

    @cached_property
    def lines(self) -> dict[str, Line]:
        """The best that is known of each node: its own word, else the line of the latest epoch."""
        ranked: dict[str, tuple[tuple[bool, int, bool], Line]] = {}
        for name, view in self._all_views.items():
            if name in self.strangers:
                continue
            living = name in {member.name for member in self.answering.values()}
            for line in view.values():
                own = "myself" in line.flags
                rank = (own and living, line.epoch, own)
                if line.id not in ranked or rank > ranked[line.id][0]:
                    ranked[line.id] = (rank, line)
        return {id_: line for id_, (_rank, line) in ranked.items()}

    @cached_property
    def owners(self) -> dict[int, str]:
        """``{slot: id}``: the latest claim of each, whoever answers."""
        found: dict[int, str] = {}
        for line in sorted(self.lines.values(), key=lambda line: (line.epoch, line.id)):
            if "slave" not in line.flags:
                found.update(dict.fromkeys(line.slots, line.id))
        return found

    @cached_property
    def owned(self) -> dict[str, set[int]]:
        """``{id: slots}`` of the masters that own some."""
        found: dict[str, set[int]] = {}
        for slot, id_ in self.owners.items():
            found.setdefault(id_, set()).add(slot)
        return found

    @property
    def unowned(self) -> set[int]:
        return set(range(SLOTS)) - set(self.owners)

    @cached_property
    def names(self) -> dict[str, str]:
        """The members' names by the id of the node: by its own word, its nodes.conf, and of one that says nothing by the address at which others know it."""
        found = {id_: member.name for id_, member in self.answering.items()}
        for name, row in self.rows.items():
            if row and row["id"] and name not in found.values():
                found.setdefault(row["id"], name)
        for member in self.cluster.members:
            if member.name not in found.values():
                at = [line for line in self.lines.values() if _is_at(line, member) and line.id not in found]
                if at:
                    found[max(at, key=lambda line: (len(line.slots), line.epoch, line.id)).id] = member.name
        for name, ids in self.strangers.items():
            if name not in found.values() and len(ids) == 1:
                found.setdefault(next(iter(ids)), name)
        return found

    def id_of(self, name: str) -> str | None:
        return next((id_ for id_, other in self.names.items() if other == name), None)

    def label(self, id_: str) -> str:
        """A node for people: the member's name, or what is known of a node that is none."""
        line = self.lines.get(id_)
        return self.names.get(id_) or f"the node {id_} at {line.ip if line and line.ip else 'an unknown address'}"

    def replicas(self, id_: str) -> list[Member]:
        """Those that answer and replicate a node, by name. Which of them has most says rules.copies_of.

        One without keys that has never received anything has no copy, and one that receives all again just now has a part of one.
        """
        found = [member for member in self.answering.values() if member.master_id == id_ and not member.syncing and (member.keys or member.offset > 0)]
        return sorted(found, key=lambda member: member.name)

    def on_disk(self, id_: str) -> list[str]:
        """The members that are down, and have a copy of a node's data on their disk, by their own nodes.conf."""
        found = []
        for name, row in self.rows.items():
            if row and is_startable(row) and row["data"] and self.names.get(row["id"] or "") == name:
                own = self.lines.get(row["id"] or "")
                found += [name] if own and own.master_id == id_ and row["id"] not in self.answering else []
        return sorted(found)


def is_startable(row: Row) -> bool:
    """Whether a server comes back as the node that it was, and loads what it has."""
    return not row["answers"] and not row["damaged"] and not row["tried"] and row["file"] == down.OK


def _is_at(line: Line, member: Member) -> bool:
    return bool(line.ip) and (line.ip, line.port) == (member.address, member.base_port or member.port)
