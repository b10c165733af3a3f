# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Instances that may have replicas, and replication topologies of them: a source and its replicas, which share a security group and a server group."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from . import contract as contracts
from . import task
from .cluster import Cluster, Instance


def show(family: Cluster, instance: Instance) -> dict[str, Any]:
    """Trove's show form of an instance: its nodes and, in its metadata, the replication contract (Replication and Clustering API, "Nodes", "Metadata").

    An instance has one node, its Nova server, whose id is the instance's id. `used` of a volume is known to the guest only. The member of a cluster has the
    `cluster_id`, and the cluster's task.
    """
    seen = instance.view()
    node = {
        "id": instance.id,
        "hostname": instance.name,
        "name": instance.name,
        "host_id": instance.host_id,
        "flavor": seen["flavor"],
        "volume": seen["volume"],
    }
    shown: dict[str, Any] = {
        "id": instance.id,
        "name": instance.name,
        "type": instance.type,
        "status": seen["status"],
        "server_status": seen["server_status"],
        "hostname": seen["hostname"],
        "task": task.view(family.task, run=family.task_run) if instance.type == "member" else _task(instance),
        "created": instance.created,
        "updated": instance.updated,
        "datastore": {"type": family.datastore, "version": family.version},
        "ip": [seen["ip"]] if seen["ip"] else [],
        "flavor": seen["flavor"],
        "volume": seen["volume"],
        "nodes": [node],
        "metadata": dict(instance.metadata),
    }
    if instance.type == "member":
        shown["cluster_id"] = family.id
    else:
        shown["metadata"]["replication_contract"] = contract_of(instance).view()
    if family.locality:
        shown["locality"] = family.locality
    return shown


def _task(instance: Instance) -> dict[str, Any]:
    return task.view(instance.task, "instance", instance.task_run if instance.task != "NONE" else None)


def contract_of(instance: Instance) -> contracts.Contract:
    """What it has agreed; of a source that is not adopted yet nothing."""
    return instance.contract or contracts.Contract()


def all_contracts(family: Cluster) -> dict[str, contracts.Contract]:
    """``{id: Contract}`` of all instances; a source that is not adopted yet has an empty one."""
    return {i.id: contract_of(i) for i in family.instances}


def names(family: Cluster) -> dict[str, str]:
    """``{id: name}`` of all instances."""
    return {i.id: i.name for i in family.instances}


def topology(family: Cluster, instance: Instance) -> dict[str, Any]:
    """The instances that are connected with one, in the form of Trove's topology."""
    return contracts.topology(all_contracts(family), names(family), instance.id)


def drift(family: Cluster) -> list[str]:
    """Where two instances do not say the same of each other: sentences."""
    return contracts.drift(all_contracts(family), names(family))


def connected(family: Cluster, instance: Instance) -> Cluster:
    """The replication topology with only those instances that are connected with one."""
    ids = contracts.connected(all_contracts(family), instance.id)
    return replace(family, instances=tuple(i for i in family.instances if i.id in ids))


def together(family: Cluster, *some: Instance) -> list[Instance]:
    """Those that are connected with one of them."""
    ids = {i.id for one in some for i in connected(family, one).instances}
    return [i for i in family.instances if i.id in ids]


def concerned(family: Cluster, instance: Instance) -> list[Instance]:
    """Who has to serve before the task of a replication topology ends: those that are connected with one.

    A dead source that was ejected is connected with nobody, and cannot serve: then it is all others.
    """
    if is_left_out(instance):
        return [i for i in family.instances if not is_left_out(i)]
    return list(connected(family, instance).instances)


def is_left_out(instance: Instance) -> bool:
    """Whether an ejection has left it without a neighbour and not for writes."""
    own = instance.contract
    return own is not None and not (own.writable or own.replicates_from or own.replicates_to)


@dataclass(frozen=True)
class Listed:
    """An instance in a list, with its replication topology; the list goes by the ids."""

    id: str
    family: Cluster
    instance: Instance

    def view(self) -> dict[str, Any]:
        shown = show(self.family, self.instance)
        if self.instance.type == "member":
            return shown
        return {**shown, "topology": topology(self.family, self.instance), "drift": drift(self.family)}


def alone(family: Cluster, name: str) -> Cluster:
    """The replication topology as if only one of its instances were there: what is asked of that one says nothing of the others."""
    others = {i.id for i in family.instances if i.name != name}
    group = family.group and replace(family.group, member_ids=tuple(id_ for id_ in family.group.member_ids if id_ not in others))
    return replace(
        family,
        instances=tuple(i for i in family.instances if i.name == name),
        volumes=tuple(v for v in family.volumes if v.instance == name),
        group=group,
    )
