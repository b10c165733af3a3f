# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read from Nova, Neutron and Cinder what there is of a cluster. Few requests, and as many for twelve members as for three."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from .._model import hold as holds
from .._model import identity
from .._model.cluster import Cluster, Instance, Rule, SecurityGroup, ServerGroup, Volume, natural
from .._model.contract import from_metadata
from .._model.errors import Refused
from .connection import Cloud, at_once, translated

_MARK = "trove"


def volume_metadata(cluster_id: str, cluster_name: str, instance: str, type_id: str | None) -> dict[str, str]:
    """What a volume carries, see _model.identity."""
    known = {_MARK: "member", identity.CLUSTER_ID: cluster_id, identity.CLUSTER_NAME: cluster_name, identity.INSTANCE: instance}
    return {**known, identity.VOLUME_TYPE: type_id} if type_id else known


def cluster(cloud: Cloud, name: str, cluster_id: str | None = None) -> Cluster | None:
    """The cluster of that name with its security group, or None where nothing of it exists.

    Its id is '' where only its server group is there, which does not tell it.

    :param cluster_id: which of two clusters that came to have the same name
    :raises Refused: where two clusters of that name exist and no id was given
    """
    servers, groups, volumes, named_so = at_once(
        lambda: _servers(cloud, identity.name_tag(name)),
        lambda: _groups(cloud),
        lambda: volumes_with(cloud, {identity.CLUSTER_NAME: name}),
        lambda: security_groups(cloud, name=identity.resource_name(name)),
    )
    # a database may compare tags without case
    servers = [s for s in servers if s.metadata[identity.CLUSTER_NAME] == name]
    if cluster_id:
        servers = [s for s in servers if s.metadata[identity.CLUSTER_ID] == cluster_id]
        volumes = [v for v in volumes if v["metadata"][identity.CLUSTER_ID] == cluster_id]
    ids = {s.metadata[identity.CLUSTER_ID] for s in servers} | {v["metadata"][identity.CLUSTER_ID] for v in volumes}
    security_group = _anchor([group for group in named_so if group.cluster_id and cluster_id in (None, group.cluster_id)], ids)
    if security_group and security_group.cluster_id:
        ids.add(security_group.cluster_id)
    if len(ids) > 1:
        text = f"There are {len(ids)} clusters of the name {name!r}: {', '.join(sorted(ids))}. Delete one of them by its id."
        raise Refused(text, ids=sorted(ids))
    group = groups.get(identity.resource_name(name))
    if not ids and (cluster_id or not group):
        return None
    return _assemble(next(iter(ids), ""), name, servers, volumes, group, security_group)


def _anchor(groups: Sequence[SecurityGroup], ids: Collection[str]) -> SecurityGroup | None:
    """Of security groups of one name that of the cluster: a run which yielded to another and was killed may have left one without a server."""
    groups = sorted(groups, key=lambda group: (group.created, group.id))
    return next((group for group in groups if group.cluster_id in ids), next(iter(groups), None))


def clusters(cloud: Cloud, name: str | None = None, cluster_id: str | None = None, type_: str | None = "member") -> list[Cluster]:
    """All clusters of the project that have a member, sorted by id; or those of that name, or the one of that id. Without security groups.

    :param type_: ``member`` for clusters, ``instance`` for families, None for both
    """
    tag = identity.name_tag(name) if name else identity.cluster_tag(cluster_id) if cluster_id else identity.TAG
    wanted = {identity.CLUSTER_NAME: name} if name else {identity.CLUSTER_ID: cluster_id} if cluster_id else {_MARK: "member"}
    servers, groups, volumes = at_once(lambda: _servers(cloud, tag), lambda: _groups(cloud), lambda: volumes_with(cloud, wanted))
    members: dict[str, list[Any]] = {}
    for server in servers:
        if type_ in (None, server.metadata.get(identity.TYPE, "member")):
            members.setdefault(server.metadata[identity.CLUSTER_ID], []).append(server)
    found = []
    for id_, own in sorted(members.items()):
        if cluster_id not in (None, id_):
            continue
        name_ = own[0].metadata[identity.CLUSTER_NAME]
        own_volumes = [v for v in volumes if v["metadata"].get(identity.CLUSTER_ID) == id_]
        found.append(_assemble(id_, name_, own, own_volumes, groups.get(identity.resource_name(name_)), None))
    return found


def members(cloud: Cloud, cluster_id: str) -> list[Instance]:
    """The instances of a cluster as Nova shows them now, without their volumes: one request."""
    return [instance(s, None) for s in _servers(cloud, identity.cluster_tag(cluster_id))]


def member_ids(cloud: Cloud, cluster_id: str, **query: str) -> dict[str, str]:
    """``{name: id}`` of a cluster's servers by Nova's brief list, which costs a fraction of the detailed one; `query` filters."""
    with translated("list the servers"):
        found = cloud.compute.servers(details=False, tags=identity.cluster_tag(cluster_id), **query)
        return {server.name: server.id for server in found}


def server_with(cloud: Cloud, cluster_id: str, metadata: Mapping[str, str]) -> str | None:
    """The id of a server of the cluster that has these items of metadata, or None."""
    return next((str(s.id) for s in _servers(cloud, identity.cluster_tag(cluster_id)) if metadata.items() <= s.metadata.items()), None)


def _assemble(
    id_: str,
    name: str,
    servers: Sequence[Any],
    bodies: Sequence[Mapping[str, Any]],
    group: ServerGroup | None,
    security_group: SecurityGroup | None,
) -> Cluster:
    volumes = tuple(_volume(body) for body in bodies)
    by_instance = {v.instance: v for v in volumes}
    instances = sorted((instance(s, by_instance.get(s.name)) for s in servers), key=lambda i: natural(i.name))
    first = servers[0].metadata if servers else {}
    return Cluster(
        id=id_,
        name=name,
        datastore=first.get(identity.DATASTORE),
        version=first.get(identity.VERSION),
        instances=tuple(instances),
        volumes=volumes,
        group=group,
        security_group=security_group,
    )


def _servers(cloud: Cloud, tag: str) -> list[Any]:
    with translated("list the servers"):
        return [s for s in cloud.compute.servers(tags=tag) if identity.CLUSTER_ID in s.metadata]


def server_groups(cloud: Cloud) -> list[ServerGroup]:
    """All server groups of the project."""
    with translated("list the server groups"):
        return [server_group(group) for group in cloud.compute.server_groups()]


def _groups(cloud: Cloud) -> dict[str, ServerGroup]:
    return {group.name: group for group in server_groups(cloud)}


def server_group(group: Any) -> ServerGroup:
    """The model of the SDK's server group."""
    policy = group.policy or next(iter(group.policies or ()), "")
    return ServerGroup(group.id, group.name, policy, dict(group.rules or {}), tuple(group.member_ids or ()))


def volumes(cloud: Cloud, cluster_id: str) -> list[Volume]:
    """The volumes of a cluster as Cinder shows them now: one request."""
    return [_volume(v) for v in volumes_with(cloud, {identity.CLUSTER_ID: cluster_id})]


def volumes_with(cloud: Cloud, metadata: Mapping[str, str]) -> list[dict[str, Any]]:
    """Volumes by metadata, which the SDK's own list cannot ask for; clouds that don't filter by it give all of them."""
    with translated("list the volumes"):
        found: list[dict[str, Any]] = []
        url: str | None = "/volumes/detail"
        query: dict[str, str] | None = {"metadata": json.dumps(metadata).replace('"', "'")}
        while url:
            body = cloud.get_volumes(url, query)
            found.extend(body["volumes"])
            url = next((link["href"] for link in body.get("volumes_links", ()) if link["rel"] == "next"), None)
            query = None
    return [v for v in found if metadata.items() <= v["metadata"].items()]


def _volume(body: Mapping[str, Any]) -> Volume:
    return Volume(
        id=body["id"],
        name=body["name"],
        size=body["size"],
        type=body["volume_type"],
        status=body["status"],
        instance=body["metadata"][identity.INSTANCE],
        type_id=body["metadata"].get(identity.VOLUME_TYPE),
        server_id=next((a["server_id"] for a in body["attachments"]), None),
        server_ids=tuple(a["server_id"] for a in body["attachments"]),
    )


def security_groups(cloud: Cloud, **query: str) -> list[SecurityGroup]:
    """The security groups of the project that the query asks for."""
    with translated("list the security groups"):
        return [security_group(group) for group in cloud.sdk.network.security_groups(**query)]


def security_group(group: Any) -> SecurityGroup:
    """The model of the SDK's security group; its ingress rules over IPv4 and IPv6 that have ports."""
    rules = {
        Rule(r["protocol"], r["port_range_min"], r["port_range_max"], _remote(r, group.id)): r["id"]
        for r in group.security_group_rules
        if r["direction"] == "ingress" and r["port_range_min"]
    }
    id_, deleting, hold = holds.read(group.description)
    return SecurityGroup(group.id, group.name, id_, rules, deleting, hold, group.revision_number, group.created_at or "")


def _remote(rule: Mapping[str, Any], own_id: str) -> str:
    if rule["remote_group_id"] == own_id:
        return Rule.SELF6 if rule["ethertype"] == "IPv6" else Rule.SELF
    return str(rule["remote_group_id"] or rule["remote_ip_prefix"] or "anywhere")


def instance(server: Any, volume: Volume | None) -> Instance:
    """The model of the SDK's server, with the Volume of its data or None."""
    metadata = server.metadata
    flavor_id, _slash, flavor_name = metadata.get(identity.FLAVOR, "").partition("/")
    return Instance(
        id=server.id,
        name=server.name,
        type=metadata.get(identity.TYPE, "member"),
        # what is on its way out is neither there nor gone: a killed run may have begun to take it back
        status="DELETING" if server.task_state == "deleting" else server.status,
        host_id=server.host_id,
        flavor_name=server.flavor.original_name or server.flavor.name,
        # after a resize by other hands the id that we noted is another flavor's
        flavor_id=flavor_id if flavor_name == server.flavor.original_name else None,
        image_id=server.image.id if server.image else None,
        image_name=metadata.get(identity.IMAGE, "").partition("/")[2] or None,
        key_name=server.key_name,
        availability_zone=server.availability_zone,
        network_ids=tuple(filter(None, metadata.get(identity.NETWORKS, "").split(","))),
        addresses={network: [(a["addr"], a.get("OS-EXT-IPS:type", "fixed")) for a in addresses] for network, addresses in (server.addresses or {}).items()},
        security_groups=tuple(g["name"] for g in server.security_groups or ()),
        task=metadata.get(identity.TASK, "NONE"),
        created=server.created_at,
        updated=server.updated_at,
        fault=(server.fault or {}).get("message"),
        volume=volume,
        last_number=int(metadata.get(identity.LAST_NUMBER, 0)),
        launched=server.launched_at,
        contract=from_metadata(metadata) if metadata.get(identity.TYPE) == "instance" else None,
        # what is not ours to delete is told by what we would have noted, so that a note that got lost does no harm
        adopted=identity.IMAGE not in metadata,
        locked=bool(server.is_locked),
        restart_required=metadata.get(identity.RESTART_REQUIRED) == "true",
    )
