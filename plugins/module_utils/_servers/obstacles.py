# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What would stop a deletion half-way, found before its first write; and whether a server group holds servers of somebody else."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from .._cloud import traces
from .._cloud.connection import Cloud, at_once, courtesy
from .._model.cluster import Cluster, Instance, SecurityGroup, Volume
from .._model.errors import Refused
from . import cluster_check

#: in which Cinder refuses to delete a volume, and which do not end with the deletion of its server (Block Storage API, "Volume statuses")
_BUSY = ("awaiting-transfer", "backing-up", "downloading", "extending", "maintenance", "restoring-backup", "retyping", "uploading")


def check_deletion(
    cloud: Cloud, name: str, servers: Collection[Instance], volumes: Collection[Volume], security_group: SecurityGroup | None = None
) -> None:
    """Refuse a deletion that OpenStack would refuse when a part of it is done.

    :param name: of the cluster or instance, for the message
    :param servers: the Instances that are to go
    :param volumes: the Volumes that are to go
    :param security_group: the SecurityGroup that is to go, or None
    :raises Refused: naming each obstacle
    """
    ports, snapshots = at_once(
        lambda: traces.ports(cloud, security_group.id) if security_group else [],
        lambda: _snapshots(cloud) if volumes else [],
    )
    others = _Others(cloud, {i.id for i in servers})
    found = [f"the server {i.name} is locked (openstack server unlock {i.id})" for i in servers if i.locked]
    found += [f"the volume {v.instance} is attached to the server {other}" for v in volumes for other in others.names(v.server_ids)]
    found += [f"the volume {v.instance} is {v.status}" for v in volumes if v.status in _BUSY]
    names = {v.id: v.instance for v in volumes}
    found += [f"the volume {names[id_]} has the snapshot {snapshot}" for snapshot, id_ in snapshots if id_ in names]
    for port, device, is_server in ports:
        users = others.names([device]) if is_server else [] if device in others.own else [device or "nobody"]
        found += [f"the port {port} of {user} uses the security group {security_group.name}" for user in users if security_group]
    if found:
        raise Refused(f"Nothing was deleted, since the deletion of {name} would stop half-way: {'; '.join(found)}.", obstacles=found)


def _snapshots(cloud: Cloud) -> list[tuple[str, str]]:
    unknown: list[tuple[str, str]] = []
    return courtesy(cloud, lambda: traces.snapshots(cloud), unknown, "Whether volumes have snapshots is not known.")


class _Others:
    """Servers that are not among those that are to go; one that is gone is no obstacle, since Neutron and Cinder may lag behind Nova."""

    def __init__(self, cloud: Cloud, own: Collection[str]) -> None:
        self.cloud, self.own = cloud, own

    def names(self, ids: Iterable[str]) -> list[str]:
        found = [(id_, traces.host_of(self.cloud, id_)) for id_ in ids if id_ not in self.own]
        return [f"{seen[0]} ({id_})" for id_, seen in found if seen]


def check_group(cloud: Cloud, observed: Cluster) -> list[str]:
    """Refuse a server group of the cluster's name that holds servers of somebody else; a member that is gone is named and skipped.

    :returns: warnings
    :raises Refused: naming these servers
    """
    if not observed.group:
        return []
    found = {id_: traces.host_of(cloud, id_) for id_ in cluster_check.strangers(observed)}
    stale = [id_ for id_, seen in found.items() if seen is None]
    others = [f"{seen[0]} ({id_})" for id_, seen in found.items() if seen]
    if others:
        raise Refused(f"The server group {observed.group.name} holds servers that are not of the cluster: {', '.join(others)}.")
    return [f"Nova's server group {observed.group.name} still lists servers that are gone: {', '.join(stale)}. They are skipped."] if stale else []
