# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What must be refused before a cluster's servers are touched. Pure: compares a request with what was observed."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

from .._model import task, user_metadata
from .._model.cluster import Cluster, Instance, Volume, natural
from .._model.errors import InvalidInput, Refused
from .._model.replacing import REPLACING
from .._model.request import ClusterRequest, InstanceRequest

#: what else than creating it again changes a size
_UNCHANGED = dict.fromkeys(
    ("flavor", "volume_size"), "Creating a cluster again does not change it; stackdb.trove.cluster_resize and stackdb.trove.instance_resize do."
)
#: an option, what was given for it, and what there is of it, by name or by id
_Row = tuple[str, Any, tuple[Any, ...]]


def check_is_cluster(observed: Cluster | None, otherwise: str = "see stackdb.trove.trove_instance.") -> None:
    """
    :param otherwise: what to do with an instance
    :raises InvalidInput: for a replication topology of instances, which has modules of its own
    """
    if observed and _are_instances(observed):
        raise InvalidInput("name", observed.name, "a cluster's name", rule=f"{observed.name} is an instance: {otherwise}")


def _are_instances(observed: Cluster) -> bool:
    return any(i.type == "instance" for i in observed.instances)


def existing(name: str | None, observed: Cluster | None) -> Cluster:
    """The cluster that was observed.

    :raises InvalidInput: where there is no cluster of that name with a member
    """
    if observed is None or not observed.instances:
        raise InvalidInput("name", name, "the name of a cluster that has members; stackdb.trove.cluster_list shows them")
    return observed


def check_same(request: ClusterRequest, observed: Cluster) -> None:
    """Refuse a request that the living cluster does not match in what creating can't change.

    :raises InvalidInput: naming the option, what was given and what the cluster has
    :raises Refused: while another task runs
    """
    task.check(observed.task, request.task, "instance" if _are_instances(observed) else "cluster")
    _check_locality(request, observed)
    # only servers say what datastore they are for
    known = (("datastore", request.datastore, observed.datastore), ("datastore_version", request.version, observed.version))
    for option, given, has in known if observed.instances else ():
        if given != has:
            raise InvalidInput(option, given, f"{has!r}, as the cluster {request.name} has", rule=f"The name {request.name!r} is taken.")
    _check_members(request, observed)
    for wanted in request.instances:
        instance, volume = observed.instance(wanted.name), observed.volume(wanted.name)
        if instance:
            _check_instance(request, wanted, instance)
        if instance or volume:
            _check_volume(wanted, volume)


def check_locality(given: str | None, observed: Cluster) -> None:
    """:raises InvalidInput: for a locality that a living cluster does not have: it is fixed for life, and growing keeps it"""
    if given is not None and given != observed.locality:
        has = repr(observed.locality) if observed.group else "none, since the cluster was created without"
        raise InvalidInput("locality", given, has, rule="Nova cannot change the policy of a server group.")


def _check_locality(request: ClusterRequest, observed: Cluster) -> None:
    group = observed.group
    if group and not observed.instances and request.locality is None:
        raise InvalidInput("locality", None, repr(group.policy), rule=f"The server group {group.name} of an earlier run is there.")
    if request.locality is None or (group is None and not observed.instances):
        return
    check_locality(request.locality, observed)
    limit = group.max_server_per_host if group else None
    if request.max_server_per_host not in (None, limit):
        raise InvalidInput("max_server_per_host", request.max_server_per_host, repr(limit), rule="Nova cannot change the rules of a server group.")


def _check_members(request: ClusterRequest, observed: Cluster) -> None:
    names = {i.name for i in request.instances}
    living = sorted({i.name for i in observed.instances} | {v.instance for v in observed.volumes}, key=natural)
    if any(name not in names for name in living) or (observed.task == "NONE" and len(living) < len(names)):
        raise InvalidInput(
            "instances",
            len(names),
            f"the {len(living)} that the cluster has ({', '.join(living)})",
            rule="A running cluster is not grown, shrunk or repaired by creating it again.",
        )


def _check_instance(request: ClusterRequest, wanted: InstanceRequest, instance: Instance) -> None:
    networks = (*instance.network_ids, *instance.addresses)
    rows: list[_Row] = [
        ("flavor", wanted.flavor, (instance.flavor_name, instance.flavor_id)),
        ("image", request.image, (instance.image_id, instance.image_name)),
        *(("networks", network, networks) for network in wanted.networks),
    ]
    if request.key_name:
        rows.append(("key_name", request.key_name, (instance.key_name,)))
    if wanted.availability_zone:
        rows.append(("availability_zone", wanted.availability_zone, (instance.availability_zone,)))
    _compare(rows, wanted.name)
    metadata = user_metadata.read(dict(wanted.metadata))
    if metadata and metadata != dict(instance.metadata):
        rule = "Creating a cluster again does not change it: cluster_configure and instance_configure do."
        raise InvalidInput("metadata", metadata, f"{dict(instance.metadata)!r}, as {wanted.name} has", rule=rule)


def _check_volume(wanted: InstanceRequest, volume: Volume | None) -> None:
    """Of a member without a server, too: what is on the volume of an earlier run may be data."""
    rows: list[_Row] = [("volume_size", wanted.volume_size, (volume.size if volume else None,))]
    if wanted.volume_type:
        rows.append(("volume_type", wanted.volume_type, (volume.type, volume.type_id) if volume else (None,)))
    _compare(rows, wanted.name)


def _compare(rows: Iterable[_Row], name: str) -> None:
    for option, given, has in rows:
        if given not in has:
            shown = " or ".join(repr(value) for value in dict.fromkeys(has) if value is not None) or "none"
            raise InvalidInput(option, given, f"{shown}, as {name} has", rule=_UNCHANGED.get(option, "Creating a cluster again does not change it."))


def check_complete(observed: Cluster) -> None:
    """:raises Refused: to end the creation of members while one is not active, or has no volume yet"""
    if observed.task not in ("BUILDING", "GROWING_CLUSTER", REPLACING):
        return
    missing = [f"{i.name} is {i.status}" for i in observed.instances if i.status != "ACTIVE"]
    missing += [f"the volume of {v.instance} is not attached" for v in observed.volumes if not v.server_id]
    if missing:
        raise Refused(f"The task {observed.task} has not ended: {'; '.join(missing)}. Run the verb that began it again.")


def check_volumes(missing: Iterable[InstanceRequest], observed: Cluster) -> None:
    """:raises Refused: for the volume of a member that has to be created again, which is in error and may hold the member's data"""
    found = [v for name in missing for v in [observed.volume(name.name)] if v and v.used and v.status.startswith("error")]
    if found:
        text = ", ".join(f"{v.instance} ({v.id}, {v.status})" for v in found)
        raise Refused(
            f"Nothing was changed: the server is gone, and its data volume cannot be attached to a new one, but may hold data: {text}. Look at the volume; then"
            " either set its status (openstack volume set --state available), or delete it, so that the member is created again."
        )


def check_names_free(cluster_name: str, new: Collection[str], observed: Cluster, servers: Iterable[tuple[str, str]]) -> None:
    """Refuse to create servers whose names others have already.

    :param new: the names of the servers
    :param servers: all servers of the project, [(id, name)]
    :raises InvalidInput: naming those servers
    """
    own = {i.id for i in observed.instances}
    taken = [f"{name} ({id_})" for id_, name in servers if name in new and id_ not in own]
    if taken:
        raise InvalidInput("name", cluster_name, f"a name whose members' names are free, but these servers exist: {', '.join(taken)}")


def strangers(observed: Cluster) -> list[str]:
    """The ids of the servers in the cluster's server group that are not of the cluster."""
    own = {i.id for i in observed.instances}
    return [id_ for id_ in (observed.group.member_ids if observed.group else ()) if id_ not in own]
