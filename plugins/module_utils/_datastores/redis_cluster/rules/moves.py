# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which slots move, for each of the verbs that move any; and what must be refused before one does. Pure."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from ...._model.errors import InvalidInput, Refused
from . import slots as redis_slots
from .formation import check_masters
from .nodes import Member
from .open_slots import judge
from .slots import Move, brief, spell
from .topology import Cluster, faults, open_slots

#: how many times as much as its keys were weighed an arriving slot takes
_OVERHEAD = 1.1
IN_USE = "Instance(s) {names} currently in use and cannot be deleted. Details: Nodes cannot be removed. Check slots."


class Chosen(NamedTuple):
    """The moves of a verb: those that finish open slots, which come first, and those that it makes besides."""

    opened: Sequence[Move]
    moves: Sequence[Move]

    @property
    def all(self) -> list[Move]:
        return [*self.opened, *self.moves]


class Size(NamedTuple):
    """How much a move carries, in keys and in bytes."""

    keys: int
    bytes: int


def check_weights(weights: Mapping[str, Any], cluster: Cluster) -> dict[str, float]:
    """``{master's name: weight}`` for all masters; 1 for the one that was not given.

    :raises InvalidInput: for a name that is no master's, and for what is no finite number >= 0
    """
    masters = [member.name for member in cluster.masters]
    result = dict.fromkeys(masters, 1.0)
    for name, given in weights.items():
        weight = _number(name, given)
        if name in result:
            result[name] = weight
        elif weight or name not in [member.name for member in cluster.members]:
            # 0 is granted to a replica: Redis 7 makes one of a master that gave its last slot away.
            raise InvalidInput("weights", name, sorted(masters), rule="Only masters have a weight.")
    return result


def _number(name: str, given: Any) -> float:
    try:
        weight = math.nan if isinstance(given, bool) else float(given)
    except (TypeError, ValueError):
        weight = math.nan
    if not (math.isfinite(weight) and weight >= 0):
        raise InvalidInput(f"weights.{name}", given, "a number, 0 or more")
    return weight


def check_names(names: Collection[str], cluster: Cluster) -> None:
    """:raises InvalidInput: for names that no member has, and for no name at all"""
    known = [member.name for member in cluster.members]
    if not names:
        raise InvalidInput("members", names, "at least one member's name")
    for name in names:
        if name not in known:
            raise InvalidInput("members", name, known)


def check_whole(cluster: Cluster) -> None:
    """:raises Refused: when slots must not move, because a member is missing or members disagree"""
    wrong = faults(cluster)
    if wrong:
        raise Refused(f"Slots are moved only while the cluster is whole: {'; '.join(wrong)}.", faults=wrong)
    strangers = sorted(f"{line.ip}:{line.port}" for line in cluster.strangers().values())
    if strangers:
        raise Refused(f"The cluster has nodes that were not named: {', '.join(strangers)}.", strangers=strangers)


def check_databases(cluster: Cluster) -> None:
    """:raises Refused: where a database other than 0 holds keys: a slot is moved with the keys of database 0, and its source deletes the others"""
    found = [f"{member.name} has keys in {', '.join(member.databases)}" for member in cluster.masters if member.databases]
    if found:
        raise Refused(
            f"Slots are moved with the keys of database 0 only, and those of other databases (cluster-databases) would be lost: {'; '.join(found)}.",
            databases=found,
        )


def rebalance(cluster: Cluster, weights: Mapping[str, Any], few_allowed: bool, named: Collection[str] = ()) -> Chosen:
    """The moves that balance, so that each master serves slots by its weight.

    :param named: the masters that get their share; the others give or take what these need. None named means all.
    :raises InvalidInput, Refused: for weights and names that are none, too few masters left, slots open from another operation
    """
    checked = check_weights(weights, cluster)
    check_masters(sum(weight > 0 for weight in checked.values()), few_allowed, "weights")
    opened = _opened(cluster)
    owned = redis_slots.after(cluster.owned(), opened)
    counts = redis_slots.quotas(owned, checked)
    if named:
        _check_masters_named(named, cluster)
        counts = redis_slots.only(owned, counts, named)
    # Finishing what this verb has begun never takes more than the source's surplus, nor gives more than the target lacks.
    _refuse_others(move for move in opened if len(owned[move.source]) < counts[move.source] or len(owned[move.target]) > counts[move.target])
    return Chosen(opened, redis_slots.moves(owned, counts))


def _check_masters_named(named: Collection[str], cluster: Cluster) -> None:
    """:raises InvalidInput: for a name that is no master's"""
    masters = [member.name for member in cluster.masters]
    for name in named:
        if name not in masters:
            raise InvalidInput("members", name, sorted(masters), rule="Only masters serve slots.")


def drain(cluster: Cluster, leaving: Collection[str], few_allowed: bool) -> Chosen:
    """The moves that empty the leaving members, spread over all that stay.

    :raises InvalidInput, Refused: for unknown names, too few masters left, slots open from another operation
    """
    check_names(leaving, cluster)
    staying = [member.name for member in cluster.masters if member.name not in leaving]
    check_masters(len(staying), few_allowed, "members")
    opened = _opened(cluster)
    _refuse_others(move for move in opened if move.source not in leaving or move.target in leaving)
    owned = redis_slots.after(cluster.owned(), opened)
    return Chosen(opened, redis_slots.moves(owned, redis_slots.drained(owned, leaving)))


def fix(cluster: Cluster) -> Chosen:
    """The moves that finish every open slot: what was moved already is at the target, so forward is the only safe way.

    :raises Refused: where the two ends cannot be told
    """
    return Chosen(_opened(cluster), [])


def _opened(cluster: Cluster) -> Sequence[Move]:
    """The moves that finish the open slots."""
    opened = judge(cluster)
    if opened.unclear:
        reasons: dict[str, list[int]] = {}
        for slot, why in opened.unclear.items():
            reasons.setdefault(why, []).append(slot)
        told = "; ".join(f"slots {brief(slots)}: {why}" for why, slots in reasons.items())
        raise Refused(
            f"Slots are open, and it is not known between which members: {told}. Flag them for one move (CLUSTER SETSLOT … IMPORTING at the member that"
            " is to have them, and MIGRATING at the one that serves them), then start again.",
            slots=spell(opened.unclear),
        )
    return opened.moves


def _refuse_others(moves: Iterable[Move]) -> None:
    others = list(moves)
    if others:
        listed = "; ".join(f"{brief(move.slots)} from {move.source} to {move.target}" for move in others)
        raise Refused(
            f"Slots are open from another operation than this one: {listed}. Let it end, or finish it with state=fixed first.",
            open_slots=[{"source": move.source, "target": move.target, "slots": spell(move.slots)} for move in others],
        )


def weigh(source: Member, size: Size, unweighed: int) -> Size:
    """The size of what moves; where keys were not weighed, the bytes are no less than the share of the source's dataset: those may be the large ones."""
    if not unweighed:
        return size
    return Size(size.keys, max(size.bytes, round(source.dataset * size.keys / source.keys) if source.keys else 0))


def place(cluster: Cluster, member: Member) -> tuple[str, int]:
    """The address and port by which the other nodes know a member: it may announce another address than the one we use."""
    seen = next((other.view[member.id] for other in cluster.reachable if other is not member and member.id and member.id in other.view), None)
    return seen.ip if seen else member.address, member.base_port


def check_room(cluster: Cluster, sizes: Mapping[Move, Size], policies: Mapping[str, str]) -> None:
    """
    :param policies: each member's maxmemory-policy
    :raises Refused: naming each member whose maxmemory leaves too little room for what arrives
    """
    loads: dict[str, int] = {}
    for move, size in sizes.items():
        loads[move.target] = loads.get(move.target, 0) + size.bytes
    lacking = []
    for name, arriving in loads.items():
        member = cluster[name]
        evicts = policies.get(name, "noeviction") != "noeviction"
        # What a key takes besides itself, in the tables that find it, depends on how full these are.
        if member.maxmemory and member.used + arriving * _OVERHEAD > member.maxmemory:
            loss = f", for which it would delete others silently (maxmemory-policy {policies[name]})" if evicts else ""
            lacking.append(f"{name} uses {mib(member.used)} of maxmemory {mib(member.maxmemory)}, and about {mib(arriving)} would arrive{loss}")
    if lacking:
        raise Refused(f"The data do not fit: {'; '.join(lacking)} (estimated).", members=sorted(loads))


def mib(size: float) -> str:
    """Bytes as people read them, in MiB."""
    return f"{size / 2**20:.1f} MiB"


def forget(cluster: Cluster, leaving: Collection[str], few_allowed: bool) -> dict[str, str]:
    """The node ids that are to be forgotten: ``{id: member's name}``, by id as far as any survivor still knows one.

    :raises InvalidInput, Refused: while slots remain, a survivor is missing, or replicates one that leaves
    """
    check_names(leaving, cluster)
    survivors = cluster.without(leaving).members
    silent = [f"{member.name} ({member.error})" for member in survivors if member.error]
    if silent:
        raise Refused(f"Every survivor must forget within a minute, or the node comes back by gossip; no answer from {', '.join(silent)}.")
    ids = _leaving_ids(cluster, survivors, leaving)
    _refuse_slots(survivors, leaving, cluster, ids)
    followers = [member.name for member in survivors if member.master_id in ids]
    if followers:
        raise Refused(f"{', '.join(followers)} replicate a member that is to be forgotten; name them too, or give them another master.")
    check_masters(sum(member.is_master for member in survivors), few_allowed, "members")
    holders = [member.name for member in cluster.reachable if member.name in leaving and member.is_master and member.keys]
    if holders:
        raise Refused(f"{', '.join(holders)} hold keys though they serve no slots; these would be lost. Move them away first.", members=holders)
    return ids


def _leaving_ids(cluster: Cluster, survivors: Sequence[Member], leaving: Collection[str]) -> dict[str, str]:
    """By the member's own word; by its exact address for one that is dead, or was reset and has another id since."""
    ids = {}
    for name in leaving:
        member = cluster[name]
        for line in (line for survivor in survivors for line in survivor.others):
            if line.id == member.id or ((line.ip, line.port) == (member.address, member.port) and not cluster.name_of(line.id)):
                ids[line.id] = name
    return ids


def _refuse_slots(survivors: Sequence[Member], leaving: Collection[str], cluster: Cluster, ids: Mapping[str, str]) -> None:
    views = [line for survivor in survivors for line in survivor.view.values()]
    holding = {ids[line.id] for line in views if line.id in ids and line.slots}
    holding |= {name for name in leaving if cluster[name].slots}
    holding |= {name for found in open_slots(cluster) for name in (found.owner, found.target) if name and name in leaving and not found.settled}
    if holding:
        raise Refused(IN_USE.format(names=", ".join(name for name in leaving if name in holding)), members=sorted(holding))
