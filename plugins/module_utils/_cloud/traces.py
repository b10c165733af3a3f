# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Look for single things: the name that an id belongs to, the server of an id, and what else holds on to what is to be deleted."""

from __future__ import annotations

from typing import Any

from .._model import identity
from .._model.errors import CloudError
from . import observe, volumes
from .connection import Cloud, at_once, is_missing, translated


def name_of(cloud: Cloud, cluster_id: str) -> str | None:
    """The name of the cluster of that id, told by whatever is left of it, or None."""
    servers, bodies, groups = at_once(
        lambda: _tagged(cloud, cluster_id),
        lambda: volumes.having(cloud, {identity.CLUSTER_ID: cluster_id}),
        lambda: observe.security_groups(cloud),
    )
    names = [thing[identity.CLUSTER_NAME] for thing in (*servers, *(v["metadata"] for v in bodies))]
    names += [group.name[len(identity.resource_name("")) :] for group in groups if group.cluster_id == cluster_id]
    return next(iter(names), None)


def _tagged(cloud: Cloud, cluster_id: str) -> list[dict[str, str]]:
    with translated("list the servers"):
        found = cloud.list_servers(tags=identity.cluster_tag(cluster_id))
        return [server.metadata for server in found if identity.CLUSTER_NAME in server.metadata]


def host_of(cloud: Cloud, server_id: str) -> tuple[str, str] | None:
    """(name, hostId) of a server, or None where it is gone: Nova's list of a group's members may lag."""
    try:
        with translated(f"get the server {server_id}"):
            server = cloud.compute.get_server(server_id)
    except CloudError as error:
        if is_missing(error):
            return None
        raise
    return server.name, server.host_id


def remains(cloud: Cloud, name: str) -> dict[str, Any] | None:
    """The metadata of the volume of an instance of that name, or None."""
    found = [v for v in volumes.having(cloud, {identity.INSTANCE: name}) if v["metadata"].get("trove") == "member" and not volumes.is_copy(v)]
    return next((v["metadata"] for v in found), None)


def ports(cloud: Cloud, security_group_id: str) -> list[tuple[str, str, bool]]:
    """The ports that use a security group: ``[(id, id of the device, whether that is a server)]``."""
    with translated("list the ports"):
        found = cloud.sdk.network.ports(security_group_ids=security_group_id)
        return [(port.id, port.device_id, (port.device_owner or "").startswith("compute:")) for port in found]


def snapshots(cloud: Cloud) -> list[tuple[str, str]]:
    """``[(name or id, id of the volume)]`` of all snapshots of the project."""
    with translated("list the snapshots"):
        return [(snapshot.name or snapshot.id, snapshot.volume_id) for snapshot in cloud.sdk.block_storage.snapshots(details=False)]
