# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How the named nodes become one cluster: which nodes meet, which master gets which slots, which replica replicates which master. Pure.

A new cluster gets Trove's division. A cluster that serves all slots is only joined: its slots stay where they are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field

from ...._model.errors import InvalidInput, Refused
from .nodes import Member
from .replicas import place, spread
from .slots import SLOTS, brief, divide
from .topology import Cluster

#: with fewer there is no majority to agree on a failover
MIN_MASTERS = 3


@dataclass(frozen=True)
class Formation:
    """``give``: {name: slots to add}; ``meet``: names not in the cluster yet; ``replicate``: {name: its master's name}."""

    is_new: bool
    give: Mapping[str, AbstractSet[int]] = field(default_factory=dict)
    meet: tuple[str, ...] = ()
    replicate: Mapping[str, str] = field(default_factory=dict)


def form(
    cluster: Cluster, replicas: int | None, few_allowed: bool, may_form: bool = True, masters_of: Mapping[str, str] | None = None
) -> Formation:
    """The Formation for these members.

    :param replicas: replicas per master; None for none in a new cluster, and for new members being masters in one that exists
    :param few_allowed: whether fewer than three masters were asked for by name
    :param may_form: whether these are known to be all members, so that a new cluster cannot be a second one
    :param masters_of: whom new members replicate, where that is known: ``{name: id of the node, or of one of its shard}``
    :raises Refused: for nodes that must not be joined
    """
    members = list(cluster.members)
    masters = _masters(len(members), replicas)
    _refuse_unfit(cluster)
    _refuse_strangers(cluster)
    groups = _groups(members)
    whole = next((group for group in groups if _covers(group)), None)
    if whole:
        # How many masters it has was asked for when it was formed, and does not get less here.
        return _join(cluster, whole, replicas, masters_of or {})
    check_masters(masters, few_allowed)
    if not may_form:
        raise Refused(
            f"There is no cluster that serves all slots, and a new one is formed only where all members are named (redis_cluster_members)."
            f" {', '.join(member.name for member in members)} are the hosts of this play, and there may be one on other hosts.",
            members=[member.name for member in members],
        )
    return _found(cluster, replicas or 0)


def may_meet(cluster: Cluster) -> bool:
    """Whether a formation may have anybody meet: somebody has not met everybody."""
    return not all(member.knows(other) for member in cluster.members for other in cluster.members)


def check_masters(masters: int, few_allowed: bool, option: str = "nodes") -> None:
    """:raises InvalidInput: for fewer masters than a failover needs"""
    if masters < (1 if few_allowed else MIN_MASTERS):
        raise InvalidInput(
            option,
            f"{masters} masters",
            f"{MIN_MASTERS} masters or more, unless allow_few_masters is set",
            rule=f"With fewer than {MIN_MASTERS} masters there is no majority to agree on a failover.",
        )


def _masters(count: int, replicas: int | None) -> int:
    """How many masters so many nodes are to have."""
    size = 1 + (replicas or 0)
    if count % size:
        raise InvalidInput("nodes", f"{count} nodes", f"a multiple of {size}, as replicas is {replicas}")
    return count // size if replicas is not None else count


def _refuse_unfit(cluster: Cluster) -> None:
    disabled = [member.name for member in cluster.members if not member.enabled]
    if disabled:
        raise Refused(f"{', '.join(disabled)}: cluster-enabled is not set.", members=disabled)


def _refuse_strangers(cluster: Cluster) -> None:
    unnamed = cluster.strangers()
    for member in cluster.reachable if unnamed else ():
        strangers = sorted(f"{line.ip}:{line.port}" for line in member.others if line.id in unnamed)
        if strangers:
            raise Refused(
                f"{member.name} belongs to a cluster with nodes that were not named ({', '.join(strangers)}). Name them too, or forget them first.",
                member=member.name,
                strangers=strangers,
            )


def _groups(members: Sequence[Member]) -> list[list[Member]]:
    """The members parted by whom they know: a list of lists; those who met are together."""
    groups: list[list[Member]] = []
    for member in members:
        near = [group for group in groups if any(member.knows(other) or member.id in other.view for other in group)]
        groups = [group for group in groups if group not in near] + [[*sum(near, []), member]]
    return groups


def _covers(group: Sequence[Member]) -> bool:
    return len({slot for member in group for slot in member.slots}) == SLOTS


def _join(cluster: Cluster, whole: Sequence[Member], replicas: int | None, masters_of: Mapping[str, str]) -> Formation:
    """The cluster exists: whoever is not in it is met, and must be empty."""
    inside = {member.name for member in whole}
    new = [member for member in cluster.members if member.name not in inside]
    for member in new:
        if not member.alone:
            raise Refused(f"{member.name} belongs to another cluster than {whole[0].name}.", member=member.name)
        if member.slots:
            raise Refused(f"{member.name} serves slots of its own ({brief(member.slots)}), so it cannot join {whole[0].name}'s cluster.", member=member.name)
        _refuse_keys(member)
    replicate = {**_new_replicas(cluster, replicas), **_known_masters(cluster, masters_of)}
    return Formation(False, meet=tuple(member.name for member in new), replicate=replicate)


def _known_masters(cluster: Cluster, masters_of: Mapping[str, str]) -> dict[str, str]:
    """Of the masters without slots those that are to be replicas: ``{name: its master's name}``. After a failover, the master of that shard."""
    found = {}
    for member in cluster.members:
        master = cluster.name_of(cluster.master_of(masters_of.get(member.name)))
        if master and master != member.name and member.is_master and not member.slots:
            found[member.name] = master
    return found


def _new_replicas(cluster: Cluster, replicas: int | None) -> dict[str, str]:
    """Of the masters without slots, as many stay masters as the count of members asks for; the others replicate."""
    if not replicas:
        return {}
    members = list(cluster.members)
    serving = [member for member in members if member.is_master and member.slots]
    empty = spread([member for member in members if member.is_master and not member.slots])
    stay = max(len(members) // (1 + replicas) - len(serving), 0)
    masters = serving + empty[:stay]
    taken = {master.name: sum(member.master_id == master.id for member in members) for master in masters}
    return place(masters, empty[stay:], replicas, taken)


def _found(cluster: Cluster, replicas: int) -> Formation:
    """There is no cluster, or one that an interrupted run has half created: each master has its share, or a part of it, or nothing."""
    members = list(cluster.members)
    count = len(members) // (1 + replicas)
    ordered = spread(members) if replicas else members
    masters = sorted(ordered[:count], key=members.index)
    shares = {member.name: set(share) for member, share in zip(masters, divide(count))}
    for member in members:
        foreign = member.slots - shares.get(member.name, set())
        if foreign:
            raise Refused(f"{member.name} serves slots that are not its share of a new cluster ({brief(foreign)}).", member=member.name)
        _refuse_keys(member)
    replicate = place(masters, ordered[count:], replicas)
    return Formation(
        True,
        give={member.name: shares[member.name] - member.slots for member in masters if shares[member.name] - member.slots},
        meet=tuple(member.name for member in members if not all(member.knows(other) for other in members)),
        replicate={name: master for name, master in replicate.items() if cluster.name_of(cluster[name].master_id) != master},
    )


def _refuse_keys(member: Member) -> None:
    if member.keys and not member.master_id:
        raise Refused(f"{member.name} holds {member.keys} keys, and a node must be empty to become a member. Move them away first.", member=member.name)
