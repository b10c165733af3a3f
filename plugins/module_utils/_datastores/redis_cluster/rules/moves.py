# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which slots move, for each of the verbs that move any; and what must be refused before one does. Pure."""

from __future__ import annotations

import math

from ...._model.errors import InvalidInput, Refused
from . import slots as redis_slots
from .formation import check_masters
from .slots import Move, spell
from .topology import faults, open_slots

IN_USE = "Instance(s) {names} currently in use and cannot be deleted. Details: Nodes cannot be removed. Check slots."


def check_weights(weights, cluster):
    """``{master's name: float}`` for all masters; 1 for the one that was not given.

    :raises InvalidInput: for a name that is no master's, and for what is no finite number >= 0
    """
    masters = [member.name for member in cluster.masters]
    result = dict.fromkeys(masters, 1.0)
    for name, given in weights.items():
        weight = _number(name, given)
        if name in result:
            result[name] = weight
        elif weight or not cluster.member(name):
            # 0 is granted to a replica: Redis 7 makes one of a master that gave its last slot away.
            raise InvalidInput("weights", name, sorted(masters), rule="Only masters have a weight.")
    return result


def _number(name, given):
    try:
        weight = math.nan if isinstance(given, bool) else float(given)
    except (TypeError, ValueError):
        weight = math.nan
    if not (math.isfinite(weight) and weight >= 0):
        raise InvalidInput(f"weights.{name}", given, "a number, 0 or more")
    return weight


def check_names(names, cluster):
    """:raises InvalidInput: for names that no member has, and for no name at all"""
    known = [member.name for member in cluster.members]
    if not names:
        raise InvalidInput("members", names, "at least one member's name")
    for name in names:
        if name not in known:
            raise InvalidInput("members", name, known)


def check_whole(cluster):
    """:raises Refused: when slots must not move, because a member is missing or members disagree"""
    wrong = faults(cluster)
    if wrong:
        raise Refused(f"Slots are moved only while the cluster is whole: {'; '.join(wrong)}.", faults=wrong)
    strangers = sorted(f"{line.ip}:{line.port}" for line in cluster.strangers().values())
    if strangers:
        raise Refused(f"The cluster has nodes that were not named: {', '.join(strangers)}.", strangers=strangers)


def rebalance(cluster, weights, few_allowed):
    """(moves that finish open slots, moves that balance), so that each master serves slots by its weight.

    :raises InvalidInput, Refused: for weights that are none, too few masters left, slots open from another operation
    """
    weights = check_weights(weights, cluster)
    check_masters(sum(weight > 0 for weight in weights.values()), few_allowed, "weights")
    opened = _opened(cluster)
    owned = redis_slots.after(cluster.owned(), opened)
    counts = redis_slots.quotas(owned, weights)
    # Finishing what this verb has begun never takes more than the source's surplus, nor gives more than the target lacks.
    _refuse_others(move for move in opened if len(owned[move.source]) < counts[move.source] or len(owned[move.target]) > counts[move.target])
    return opened, redis_slots.moves(owned, counts)


def drain(cluster, leaving, few_allowed):
    """(moves that finish open slots, moves that empty the leaving members), spread over all that stay.

    :raises InvalidInput, Refused: for unknown names, too few masters left, slots open from another operation
    """
    check_names(leaving, cluster)
    staying = [member.name for member in cluster.masters if member.name not in leaving]
    check_masters(len(staying), few_allowed, "members")
    opened = _opened(cluster)
    _refuse_others(move for move in opened if move.source not in leaving or move.target in leaving)
    owned = redis_slots.after(cluster.owned(), opened)
    return opened, redis_slots.moves(owned, redis_slots.drained(owned, leaving))


def fix(cluster):
    """(moves that finish every open slot, none): what was moved already is at the target, so forward is the only safe way.

    :raises Refused: where the two ends cannot be told
    """
    return _opened(cluster), []


def settled(cluster):
    """The slots that have arrived and of which only a flag is left: ``{name of the member that has the flag: slots}``."""
    done = {found.slot for found in open_slots(cluster) if found.settled}
    flags = {member.name: done & {*member.me.migrating, *member.me.importing} for member in cluster.masters}
    return {name: slots for name, slots in flags.items() if slots}


def _opened(cluster):
    """The moves that finish the open slots."""
    found = open_slots(cluster)
    unclear = [entry.slot for entry in found if not entry.clear]
    if unclear:
        raise Refused(
            f"Slots {spell(unclear)} are open, and not between two of the masters that were named. Close them by hand (CLUSTER SETSLOT … STABLE) first.",
            slots=unclear,
        )
    pairs = {}
    for entry in found:
        if not entry.settled:
            pairs.setdefault((entry.owner, entry.target), []).append(entry.slot)
    return [Move(source, target, tuple(slots)) for (source, target), slots in pairs.items()]


def _refuse_others(moves):
    others = list(moves)
    if others:
        listed = "; ".join(f"{spell(move.slots)} from {move.source} to {move.target}" for move in others)
        raise Refused(
            f"Slots are open from another operation than this one: {listed}. Let it end, or finish it with state=fixed first.",
            open_slots=[{"source": move.source, "target": move.target, "slots": spell(move.slots)} for move in others],
        )


def weigh(source, keys, size):
    """(keys, bytes) of what moves, the bytes no less than the share of the source's dataset: a sample may miss the large ones."""
    return keys, max(size, round(source.dataset * keys / source.keys) if source.keys else 0)


def place(cluster, member):
    """(address, port) by which the other nodes know a member: it may announce another address than the one we use."""
    seen = next((other.view[member.id] for other in cluster.reachable if other is not member and member.id in other.view), None)
    return seen.ip if seen else member.address, member.base_port


def check_room(cluster, loads):
    """Whether what arrives fits into the targets' maxmemory.

    :param loads: ``{target's name: bytes that arrive, estimated}``
    :raises Refused: naming each member that has too little room
    """
    lacking = []
    for name, arriving in loads.items():
        member = cluster.member(name)
        if member.maxmemory and member.used + arriving > member.maxmemory:
            lacking.append(f"{name} uses {mib(member.used)} of maxmemory {mib(member.maxmemory)}, and about {mib(arriving)} would arrive")
    if lacking:
        raise Refused(f"The data do not fit: {'; '.join(lacking)} (estimated).", members=sorted(loads))


def mib(size):
    """Bytes as people read them, in MiB."""
    return f"{size / 2**20:.1f} MiB"


def forget(cluster, leaving, few_allowed):
    """The node ids that are to be forgotten: ``{id: member's name}``, by id as far as any survivor still knows one.

    :raises InvalidInput, Refused: while slots remain, a survivor is missing, or replicates one that leaves
    """
    check_names(leaving, cluster)
    survivors = [member for member in cluster.members if member.name not in leaving]
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


def _leaving_ids(cluster, survivors, leaving):
    """By the member's own word; by its exact address for one that is dead, or was reset and has another id since."""
    ids = {}
    for name in leaving:
        member = cluster.member(name)
        for line in (line for survivor in survivors for line in survivor.others):
            if line.id == member.id or ((line.ip, line.port) == (member.address, member.port) and not cluster.by_id(line.id)):
                ids[line.id] = name
    return ids


def _refuse_slots(survivors, leaving, cluster, ids):
    views = [line for survivor in survivors for line in survivor.view.values()]
    holding = {ids[line.id] for line in views if line.id in ids and line.slots}
    holding |= {name for name in leaving if cluster.member(name).slots}
    holding |= {name for found in open_slots(cluster) for name in (found.owner, found.target) if name in leaving and not found.settled}
    if holding:
        raise Refused(IN_USE.format(names=", ".join(name for name in leaving if name in holding)), members=sorted(holding))
