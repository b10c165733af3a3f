# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A server that was ejected or detached returns as a replica: what the cloud alone knows of whether it may, and what is said of its place. Pure."""

from __future__ import annotations

from .cluster import Cluster, Instance
from .errors import InvalidInput, Refused
from .replicas import OF_A_REPLICA


def find_source(family: Cluster, given: str) -> Instance | None:
    """The instance of that name or id."""
    return next((i for i in family.instances if given in (i.name, i.id)), None)


def elsewhere(family: Cluster, instance: Instance, other: Cluster, source: Instance) -> Refused:
    """For a source of another replication topology."""
    return Refused(
        f"{instance.name} belongs to the replication topology {family.name}, and {source.name} to {other.name}. They share neither a CA nor a security group,"
        f" so they cannot reach each other. stackdb.trove.replica_create creates a replica of {source.name}."
    )


def check(family: Cluster, instance: Instance, source: Instance) -> None:
    """Refuse one that cannot become a replica of the source, by what the contracts and Nova say.

    :raises InvalidInput: for a source that is none, and for an instance that replicates from another one
    :raises Refused: where one of them has no part for it by its contract, or does not run
    """
    if instance.id == source.id:
        raise InvalidInput("source", source.name, f"another instance than {instance.name}: none replicates from itself")
    _check_source(family, instance, source)
    _check_single(family, instance, source)
    for one in (source, instance):
        if one.status != "ACTIVE":
            raise Refused(f"The server {one.name} is {one.status}, and has to be ACTIVE. Start it, and run the playbook again.")


def _check_source(family: Cluster, instance: Instance, source: Instance) -> None:
    own = source.contract
    if own is None:
        raise Refused(f"{source.name} is no instance of this collection.")
    if instance.id in own.replicates_from:
        raise Refused(f"{source.name} replicates from {instance.name} by its contract; stackdb.trove.replica_promote exchanges the two.")
    if own.replicates_from:
        head = _name(family, own.replicates_from[0])
        raise Refused(f"{OF_A_REPLICA.format(source.name)} Its source is {head}: attach {instance.name} to that one.")
    if not own.writable:
        raise Refused(f"{source.name} is not writable by its contract, as one that was ejected: it is no source now.")


def _check_single(family: Cluster, instance: Instance, source: Instance) -> None:
    """That it replicates from no source else, and nobody replicates from it."""
    others = [_name(family, id_) for id_ in (instance.contract.replicates_from if instance.contract else ()) if id_ != source.id]
    if others:
        rule = f"{instance.name} replicates from {', '.join(others)}; stackdb.trove.replica_detach makes it independent first."
        raise InvalidInput("name", instance.name, f"an instance that replicates from no source, or from {source.name} already", rule=rule)
    followers = [i.name for i in family.instances if i.contract and instance.id in i.contract.replicates_from]
    if followers:
        raise Refused(f"{instance.name} has replicas itself, {', '.join(followers)}, which would be replicas of a replica. Detach them first.")


def _name(family: Cluster, id_: str) -> str:
    return next((i.name for i in family.instances if i.id == id_), id_)


def place(family: Cluster, instance: Instance) -> list[str]:
    """What has to be said of where it is, since nothing is moved: sentences."""
    if not family.group or instance.id in family.group.member_ids:
        return []
    return [
        f"{instance.name} is not in the server group {family.group.name}, so Nova does not keep the locality {family.group.policy} for it."
        " It stays on its host."
    ]
