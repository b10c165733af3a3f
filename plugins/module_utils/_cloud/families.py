# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Find instances and their replication topologies: an instance by its name or id, a server that others have created, and a replica's remains."""

from __future__ import annotations

import re
import uuid
from dataclasses import replace
from typing import Any

from .._model import identity
from .._model.cluster import Cluster, Instance, Volume
from .._model.errors import CloudError, InvalidInput, Refused
from .._model.replicas import PART_OF_CLUSTER
from . import observe, traces
from .connection import Cloud, at_once, is_missing, translated


def server(cloud: Cloud, given: str) -> Any:
    """The server of that name or id, as nova.server has it or the SDK, or None.

    :raises Refused: where more than one has the name
    """
    with translated("list the servers"):
        found = [s for s in cloud.list_servers(name=f"^{re.escape(given)}$") if s.name == given]
    if len(found) > 1:
        raise Refused(f"There are {len(found)} servers of the name {given!r}: {', '.join(s.id for s in found)}. Give the id.")
    if found or not _is_id(given):
        return next(iter(found), None)
    try:
        with translated(f"get the server {given}"):
            return cloud.compute.get_server(given)
    except CloudError as error:
        if is_missing(error):
            return None
        raise


def _is_id(given: str) -> bool:
    try:
        return str(uuid.UUID(given)) == given.lower()
    except ValueError:
        return False


def find(cloud: Cloud, given: str) -> tuple[Cluster | None, Instance | None]:
    """The replication topology with its instance of that name or id, as (Cluster, Instance); (None, None) where there is none.

    Of a deleted one whose volume is left it is (Cluster, None).

    :raises Refused: for a member of a cluster, in Trove's words
    """
    found = server(cloud, given)
    if found is not None and identity.CLUSTER_ID in found.metadata:
        return _family_of(cloud, found)
    if found is not None:
        return None, None
    left = traces.remains(cloud, given)
    return (named(cloud, left[identity.CLUSTER_NAME], left[identity.CLUSTER_ID]), None) if left else (None, None)


def _family_of(cloud: Cloud, found: Any) -> tuple[Cluster, Instance]:
    metadata = found.metadata
    name, id_ = metadata[identity.CLUSTER_NAME], metadata[identity.CLUSTER_ID]
    if metadata.get(identity.TYPE, "member") != "instance":
        raise Refused(f"{PART_OF_CLUSTER} It is a member of {name}.")
    family = named(cloud, name, id_) or Cluster(id_, name, metadata[identity.DATASTORE], metadata[identity.VERSION])
    if not any(i.id == found.id for i in family.instances):
        # one whose release was killed, so that it has no tags any more
        family = replace(family, instances=(*family.instances, observe.instance(found, None)))
    return family, next(i for i in family.instances if i.id == found.id)


def named(cloud: Cloud, name: str, id_: str | None = None) -> Cluster | None:
    """The replication topology of that name with all that belongs to it, or None.

    An adopted source brought its server group along, so that one has a name of its own.

    :raises InvalidInput: for the name of a cluster
    """
    family = observe.cluster(cloud, name, id_)
    if family and any(not i.contract for i in family.instances):
        raise InvalidInput("name", name, "a name that no cluster has", rule=f"The name {name!r} is taken by a cluster.")
    return _with_own_group(cloud, family) if family else None


def source(cloud: Cloud, given: str) -> tuple[Cluster, Instance]:
    """The replication topology and the Instance that replicas are to be created from; a server that others have created is the one instance of a new one.

    :raises InvalidInput: where there is no such server
    """
    found = server(cloud, given)
    if found is None:
        raise InvalidInput("source", given, "the name or id of an instance, or of a server that runs a database")
    if identity.CLUSTER_ID in found.metadata:
        return _family_of(cloud, found)
    identity.check_name(found.name, "source")
    plain = replace(observe.instance(found, _data_volume(cloud, found)), type="instance")
    family = observe.cluster(cloud, found.name)
    # of a run that was killed before it adopted the server
    strangers = [i.name for i in family.instances if not (i.contract and found.id in i.contract.replicates_from)] if family else []
    if strangers:
        raise InvalidInput("source", given, "a server whose name no cluster has", rule=f"The name {found.name!r} is taken by {', '.join(strangers)}.")
    family = family or Cluster("", found.name, None, None)
    return _with_own_group(cloud, replace(family, instances=(plain, *family.instances))), plain


def _with_own_group(cloud: Cloud, family: Cluster) -> Cluster:
    if family.group or not any(i.adopted or not i.contract for i in family.instances):
        return family
    ids = {i.id for i in family.instances}
    return replace(family, group=next((group for group in observe.server_groups(cloud) if ids & set(group.member_ids)), None))


def _data_volume(cloud: Cloud, found: Any) -> Volume | None:
    """The one volume beside the root disk, if there is just one: its size and type are what a replica needs."""
    ids = [attached["id"] for attached in found.attached_volumes or ()]
    with translated("get the volumes of the server"):
        volumes = at_once(*(lambda id_=id_: cloud.sdk.block_storage.get_volume(id_) for id_ in ids))
    data = [v for v in volumes if not v.is_bootable]
    if len(data) != 1:
        return None
    one = data[0]
    return Volume(one.id, one.name, one.size, one.volume_type, one.status, found.name, server_id=found.id)
