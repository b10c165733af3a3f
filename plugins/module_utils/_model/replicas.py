# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Replicas that are asked for: their names, what they inherit, and what Trove refuses."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from . import identity, user_metadata
from .cluster import Cluster, Instance, datastore_of, natural
from .contract import Contract, to_metadata
from .errors import InvalidInput, Refused
from .request import ClusterRequest, InstanceRequest

OF_A_REPLICA = "Cannot create a replica of a replica {}."
NO_LOCALITY = "Cannot specify locality when creating replicas."
NO_DATASTORE = "Cannot specify datastore when creating replicas."
NO_USERS = "Cannot create a replica with users or databases."
_REFUSED = {"locality": NO_LOCALITY, "datastore": NO_DATASTORE, "datastore_version": NO_DATASTORE, "databases": NO_USERS, "users": NO_USERS}
HAS_REPLICAS = "The replica source cannot be deleted without detaching the replicas."
PART_OF_CLUSTER = "Operation not supported for instances that are part of a cluster."


@dataclass(frozen=True)
class ReplicaRequest:
    """Replicas as the user asked for them; what is None is inherited from the source. `volume_size` is in GiB."""

    source: str
    name: str
    count: int
    read_only: bool
    flavor: str | None
    volume_size: int | None
    volume_type: str | None
    networks: tuple[str, ...]
    availability_zone: str | None
    key_name: str | None
    image: str | None = None
    metadata: Mapping[str, str] | None = None


def build(params: Mapping[str, Any]) -> ReplicaRequest:
    """A ReplicaRequest from the module's options, checked by every rule that needs no cloud.

    :raises InvalidInput: for the first rule that is broken, in Trove's words where it has some
    """
    for option, rule in _REFUSED.items():
        if params[option]:
            raise InvalidInput(option, params[option], "nothing: a replica has what its source has", rule=rule)
    name = params["name"] or f"{params['source']}-replica"
    identity.check_name(name)
    if params["count"] < 1:
        raise InvalidInput("count", params["count"], "a number of replicas from 1")
    if params["volume_size"] is not None and params["volume_size"] < 1:
        raise InvalidInput("volume_size", params["volume_size"], "a number of GiB from 1")
    if name == params["source"]:
        raise InvalidInput("name", name, "a name other than the source's")
    inherited = ("flavor", "volume_size", "volume_type", "availability_zone", "key_name", "image")
    return ReplicaRequest(
        source=params["source"],
        name=name,
        count=params["count"],
        read_only=params["read_only"],
        networks=tuple(params["networks"] or ()),
        metadata=user_metadata.check(params.get("metadata")),
        **{option: params[option] for option in inherited},
    )


def check_source(family: Cluster, source: Instance, adopt: tuple[str, str] | None) -> None:
    """Refuse a source that replicas cannot be created from.

    :param adopt: (datastore type, version) of a source that others have created, or None
    :raises Refused: in Trove's words
    """
    if source.contract and source.contract.replicates_from:
        if source.contract.writable and source.contract.replicates_to:
            ring = "It is part of a ring, in which each takes writes: contracts in which one of them is the source of the others end that first"
            raise Refused(f"{OF_A_REPLICA.format(source.name)} {ring} (stackdb.trove.replica_topology).")
        text = f"{OF_A_REPLICA.format(source.name)} Its source is {source.contract.replicates_from[0]}"
        raise Refused(f"{text}; stackdb.trove.replica_detach makes it one of its own.")
    if source.contract and adopt and not (source.adopted and adopt == (family.datastore, family.version)):
        allowed = f"only for a server that others have created; {source.name} is an instance of {family.datastore} {family.version}"
        raise InvalidInput("adopt", adopt, allowed)
    if source.status != "ACTIVE":
        raise Refused(f"The source {source.name} is {source.status}, and has to be ACTIVE to be copied.")
    if source.contract and source.task == "BUILDING":
        raise Refused(f"The source {source.name} is not ready: its task is 'BUILDING'. Run the verb that began it again.")


def existing(family: Cluster, source: Instance, base: str) -> list[Instance]:
    """The replicas of that base name which the source has, in order."""
    return [i for i in family.instances if i.contract and source.id in i.contract.replicates_from and _number(base, i.name) is not None]


def new_names(family: Cluster, source: Instance, base: str, count: int) -> list[str]:
    """The names of the replicas that are missing for `count`, in order: plain `base` for the only one, else numbers that none ever had.

    A volume without a server is what a killed run left of a replica: that one is created first.

    :raises InvalidInput: for fewer than there are
    """
    has = existing(family, source, base)
    if count < len(has):
        raise InvalidInput("count", count, f"{len(has)} or more, since that many there are ({', '.join(i.name for i in has)}); state=absent deletes one")
    living = {i.name for i in family.instances}
    begun = sorted((v.instance for v in family.volumes if v.instance not in living and _number(base, v.instance) is not None), key=natural)
    highest = last_number(family, base)
    plain = [base] if count == 1 and not begun and base not in living and not highest else []
    fresh = [f"{base}-{highest + step}" for step in range(1, count + 1)]
    return [*begun, *plain, *fresh][: count - len(has)]


def last_number(family: Cluster, base: str | None = None) -> int:
    """The highest number that a replica of the replication topology ever had, and that of a base name counts only what is there."""
    taken = [_number(base, name) or 0 for name in (*(i.name for i in family.instances), *(v.instance for v in family.volumes))] if base else []
    return max([*taken, *(i.last_number or 0 for i in family.instances)], default=0)


def number(name: str) -> int:
    """The number at the end of a replica's name, or 0."""
    found = re.search(r"-(\d+)$", name)
    return int(found.group(1)) if found else 0


def _number(base: str, name: str) -> int | None:
    """The number of a replica of that base name, 0 for the plain name, None for other names."""
    if name == base:
        return 0
    found = re.fullmatch(re.escape(base) + r"-(\d+)", name)
    return int(found.group(1)) if found else None


def request(family: Cluster, source: Instance, wanted: ReplicaRequest) -> ClusterRequest:
    """The ClusterRequest for a replication topology with the replicas: the new ones first, then those that there are, as they are.

    :param source: the Instance; of a plain server what Nova shows of it
    :raises InvalidInput: for a volume that is smaller than the source's
    """
    size = source.volume.size if source.volume else None
    if wanted.volume_size and size and wanted.volume_size < size:
        raise InvalidInput("volume_size", wanted.volume_size, f"{size} GiB or more, as {source.name} has, since a replica holds all its data")
    contract = Contract(replicates_from=(source.id,), writable=not wanted.read_only)
    metadata = (*sorted(to_metadata(contract, {}).items()), *user_metadata.items(wanted.metadata))
    inherited = _like(source)
    new = replace(
        inherited,
        flavor=wanted.flavor or inherited.flavor,
        volume_size=wanted.volume_size or size,
        volume_type=wanted.volume_type or inherited.volume_type,
        networks=wanted.networks or inherited.networks,
        availability_zone=wanted.availability_zone or source.asked_zone,
        volume_availability_zone=_volume_zone(source, wanted),
        metadata=metadata,
    )
    names = new_names(family, source, wanted.name, wanted.count)
    own_group = identity.resource_name(family.name)
    datastore, version = datastore_of(family)
    return ClusterRequest(
        name=family.name,
        datastore=datastore,
        version=version,
        image=wanted.image or source.image_id,
        key_name=wanted.key_name or source.key_name,
        locality=family.locality,
        max_server_per_host=None,
        security_groups=tuple(dict.fromkeys(group for group in source.security_groups if group != own_group)),
        allowed_cidrs=None,
        management_cidrs=None,
        instances=(*(replace(new, name=name) for name in names), *(_like(i) for i in family.instances)),
        type="instance",
        root_volume_size=source.root_size,
        ip_version=source.ip_version,
    )


def _volume_zone(source: Instance, wanted: ReplicaRequest) -> str | None:
    """The zone of the source's volume, where that is another one than its server's and the replica is in the same as the source."""
    zone = source.volume.zone if source.volume else None
    return zone if zone != source.asked_zone and wanted.availability_zone in (None, source.asked_zone) else None


def _like(instance: Instance) -> InstanceRequest:
    """An InstanceRequest for what is there."""
    volume = instance.volume
    return InstanceRequest(
        name=instance.name,
        flavor=instance.flavor_id or instance.flavor_name,
        volume_size=volume.size if volume else None,
        volume_type=volume.type_id or volume.type if volume else None,
        networks=instance.network_ids or tuple(instance.addresses),
        availability_zone=None,
    )
