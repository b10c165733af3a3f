# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is wanted of a cluster or replication topology: a request with the driver of its datastore, and what there will be when it has been granted. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from .._datastores import registry
from .._datastores.base import Datastore
from .._model import request as requests
from .._model import user_metadata
from .._model.cluster import Cluster, Instance, ServerGroup, Volume
from .._model.contract import from_metadata
from .._model.request import ClusterRequest, InstanceRequest

#: what the modules' option ``datastore`` may be
CLUSTERS_OF, INSTANCES_OF = registry.engines("member"), registry.engines("instance")
DEFAULT = "mariadb"
#: what only OpenStack can say, and says when a thing is there
_UNKNOWN: Any = None


@dataclass(frozen=True)
class Wanted:
    request: ClusterRequest
    driver: Datastore


def of_cluster(options: Mapping[str, Any]) -> Wanted:
    """From the options of trove_cluster.

    :raises InvalidInput: for the first rule that is broken
    """
    driver = registry.of_cluster(options["datastore"] or DEFAULT)
    return Wanted(requests.build(options, driver), driver)


def of_instance(options: Mapping[str, Any]) -> Wanted:
    """From the options of trove_instance.

    :raises InvalidInput: for the first rule that is broken
    """
    driver = registry.of_instance(options["datastore"] or DEFAULT)
    return Wanted(requests.build(options, driver, single=True), driver)


def begun(request: ClusterRequest, observed: Cluster | None, new_id: str) -> Cluster:
    """The cluster as observed; where nothing of it, or only its server group, is there yet, with the id that it gets."""
    if observed and observed.id:
        return observed
    new = observed or Cluster(new_id, request.name, request.datastore, request.version)
    return replace(new, id=new_id, datastore=request.datastore, version=request.version)


def granted(request: ClusterRequest, cluster: Cluster) -> Cluster:
    """The cluster as it will be: what is there, and what is missing."""
    members = [cluster.instance(wanted.name) or _new(request, wanted) for wanted in request.instances]
    group = cluster.group or (ServerGroup("", "", request.locality, {}, ()) if request.locality else None)
    return replace(cluster, instances=tuple(members), group=group)


def _new(request: ClusterRequest, wanted: InstanceRequest) -> Instance:
    return Instance(
        id=_UNKNOWN,
        name=wanted.name,
        type=request.type,
        status="BUILD",
        host_id=_UNKNOWN,
        flavor_name=wanted.flavor,
        flavor_id=None,
        image_id=None,
        image_name=request.image,
        key_name=request.key_name,
        availability_zone=wanted.availability_zone,
        network_ids=(),
        addresses={},
        security_groups=(),
        task=request.task,
        created="",
        updated="",
        volume=Volume(_UNKNOWN, wanted.name, wanted.volume_size, wanted.volume_type or _UNKNOWN, "available", wanted.name) if wanted.volume_size else None,
        metadata=user_metadata.read(dict(wanted.metadata)),
        contract=from_metadata(dict(wanted.metadata)) if request.type == "instance" else None,
    )
