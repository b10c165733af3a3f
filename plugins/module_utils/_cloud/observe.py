# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read from Nova, Neutron and Cinder what there is of a cluster. Few requests, and as many for twelve members as for three."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from .._model import hold as holds
from .._model import identity, user_metadata
from .._model.cluster import Cluster, Instance, Rule, SecurityGroup, ServerGroup, Volume, natural
from .._model.contract import from_metadata
from .._model.errors import Refused
from . import volumes
from .connection import Cloud, at_once, courtesy, translated


def cluster(cloud: Cloud, name: str, cluster_id: str | None = None) -> Cluster | None:
    """The cluster of that name with its security group, or None where nothing of it exists.

    Its id is '' where only its server group is there, which does not tell it.

    :param cluster_id: which of two clusters that came to have the same name
    :raises Refused: where two clusters of that name exist and no id was given
    """
    servers, groups, bodies, named_so = at_once(
        lambda: _servers(cloud, identity.name_tag(name)),
        lambda: _groups(cloud),
        lambda: volumes.having(cloud, {identity.CLUSTER_NAME: name}),
        lambda: security_groups(cloud, name=identity.resource_name(name)),
    )
    # a database may compare tags without case
    servers = [s for s in servers if s.metadata[identity.CLUSTER_NAME] == name]
    if cluster_id:
        servers = [s for s in servers if s.metadata[identity.CLUSTER_ID] == cluster_id]
        bodies = [v for v in bodies if v["metadata"][identity.CLUSTER_ID] == cluster_id]
    ids = {s.metadata[identity.CLUSTER_ID] for s in servers} | {v["metadata"][identity.CLUSTER_ID] for v in bodies if not volumes.is_copy(v)}
    security_group = _anchor([group for group in named_so if group.cluster_id and cluster_id in (None, group.cluster_id)], ids)
    if security_group and security_group.cluster_id:
        ids.add(security_group.cluster_id)
    if len(ids) > 1:
        text = f"There are {len(ids)} clusters of the name {name!r}: {', '.join(sorted(ids))}. Delete one of them by its id."
        raise Refused(text, ids=sorted(ids))
    group = _group(groups, name, servers)
    if not ids and (cluster_id or not group):
        return None
    return _assemble(next(iter(ids), ""), name, servers, bodies, group, security_group)


def _anchor(groups: Sequence[SecurityGroup], ids: Collection[str]) -> SecurityGroup | None:
    """Of security groups of one name that of the cluster: a run which yielded to another and was killed may have left one without a server."""
    groups = sorted(groups, key=lambda group: (group.created, group.id))
    return next((group for group in groups if group.cluster_id in ids), next(iter(groups), None))


def clusters(cloud: Cloud, name: str | None = None, cluster_id: str | None = None, type_: str | None = "member") -> list[Cluster]:
    """All clusters of the project that have a member, sorted by id; or those of that name, or the one of that id. Without security groups.

    :param type_: ``member`` for clusters, ``instance`` for replication topologies, None for both
    """
    tag = identity.name_tag(name) if name else identity.cluster_tag(cluster_id) if cluster_id else identity.TAG
    wanted = {identity.CLUSTER_NAME: name} if name else {identity.CLUSTER_ID: cluster_id} if cluster_id else {volumes.MARK: "member"}
    servers, groups, bodies = at_once(lambda: _servers(cloud, tag), lambda: _groups(cloud), lambda: volumes.having(cloud, wanted))
    members: dict[str, list[Any]] = {}
    for server in servers:
        # a database may compare tags without case
        if type_ in (None, server.metadata.get(identity.TYPE, "member")) and name in (None, server.metadata[identity.CLUSTER_NAME]):
            members.setdefault(server.metadata[identity.CLUSTER_ID], []).append(server)
    bodies_of: dict[str, list[Any]] = {}
    for body in bodies:
        bodies_of.setdefault(body["metadata"].get(identity.CLUSTER_ID), []).append(body)
    found = []
    for id_, own in sorted(members.items()):
        if cluster_id not in (None, id_):
            continue
        name_ = own[0].metadata[identity.CLUSTER_NAME]
        found.append(_assemble(id_, name_, own, bodies_of.get(id_, []), _group(groups, name_, own, to_list=True), None))
    return found


def members(cloud: Cloud, cluster_id: str) -> list[Instance]:
    """The instances of a cluster as Nova shows them now, without their volumes: one request."""
    return [instance(s, None) for s in _servers(cloud, identity.cluster_tag(cluster_id))]


def member_ids(cloud: Cloud, cluster_id: str, **query: str) -> dict[str, str]:
    """``{name: id}`` of a cluster's servers by Nova's brief list, which costs a fraction of the detailed one; `query` filters."""
    with translated("list the servers"):
        found = cloud.list_servers(details=False, tags=identity.cluster_tag(cluster_id), **query)
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
    own = volumes.own(bodies, servers)
    by_instance = {v.instance: v for v in reversed(own)}
    instances = sorted((instance(s, by_instance.get(s.name)) for s in servers), key=lambda i: natural(i.name))
    first = servers[0].metadata if servers else {}
    return Cluster(
        id=id_,
        name=name,
        datastore=first.get(identity.DATASTORE),
        version=first.get(identity.VERSION),
        instances=tuple(instances),
        volumes=own,
        group=group,
        security_group=security_group,
    )


def _servers(cloud: Cloud, tag: str) -> list[Any]:
    with translated("list the servers"):
        return [s for s in cloud.list_servers(tags=tag) if identity.CLUSTER_ID in s.metadata]


def server_groups(cloud: Cloud) -> list[ServerGroup]:
    """All server groups of the project."""
    with translated("list the server groups"):
        return [server_group(group) for group in cloud.compute.server_groups()]


def _groups(cloud: Cloud) -> list[ServerGroup]:
    """All server groups; none where a cloud does not have them, or not for everybody."""
    return courtesy(cloud, lambda: server_groups(cloud), [], "It is assumed that no cluster has a server group, so localities are neither known nor kept.")


def _group(groups: Collection[ServerGroup], name: str, servers: Sequence[Any], to_list: bool = False) -> ServerGroup | None:
    """The server group of a cluster: of several of its name, which Nova allows, the one that its servers are in; else none of them is its own.

    :param to_list: whether the first one is good enough where that does not tell
    :raises Refused: else, where they are in more than one
    """
    found = [group for group in groups if group.name == identity.resource_name(name)]
    ids = {server.id for server in servers}
    if len(found) > 1:
        found = [group for group in found if ids & set(group.member_ids)]
    if len(found) > 1 and not to_list:
        raise Refused(f"There are {len(found)} server groups {found[0].name}: {', '.join(group.id for group in found)}. Delete all but the cluster's own.")
    return next(iter(found), None)


def server_group(group: Any) -> ServerGroup:
    """The model of the SDK's server group."""
    policy = group.policy or next(iter(group.policies or ()), "")
    return ServerGroup(group.id, group.name, policy, dict(group.rules or {}), tuple(group.member_ids or ()))


def security_groups(cloud: Cloud, **query: str) -> list[SecurityGroup]:
    """The security groups of the project that the query asks for."""
    with translated("list the security groups"):
        found = [security_group(group) for group in cloud.sdk.network.security_groups(**query)]
    # a database may compare names without case
    return [group for group in found if query.get("name") in (None, group.name)]


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
    """The model of a server, as nova.server has it or the SDK, with the Volume of its data or None."""
    # the SDK makes these two anew each time that they are asked for
    metadata, flavor, image = server.metadata, server.flavor, server.image
    flavor_id, _slash, flavor_name = metadata.get(identity.FLAVOR, "").partition("/")
    return Instance(
        id=server.id,
        name=server.name,
        type=metadata.get(identity.TYPE, "member"),
        # what is on its way out is neither there nor gone: a killed run may have begun to take it back
        status="DELETING" if server.task_state == "deleting" else server.status,
        host_id=server.host_id,
        flavor_name=flavor.original_name or flavor.name,
        # after a resize by other hands the id that we noted is another flavor's
        flavor_id=flavor_id if flavor_name == flavor.original_name else None,
        # a server that boots from a volume shows no image
        image_id=getattr(image, "id", None) or metadata.get(identity.IMAGE, "").partition("/")[0] or None,
        image_name=metadata.get(identity.IMAGE, "").partition("/")[2] or None,
        key_name=server.key_name,
        availability_zone=server.availability_zone,
        network_ids=tuple(filter(None, metadata.get(identity.NETWORKS, "").split(","))),
        addresses={network: [(a["addr"], a.get("OS-EXT-IPS:type", "fixed")) for a in addresses] for network, addresses in (server.addresses or {}).items()},
        security_groups=tuple(g["name"] for g in server.security_groups or ()),
        task=metadata.get(identity.TASK, "NONE"),
        task_run=metadata.get(identity.TASK_RUN),
        created=server.created_at,
        updated=server.updated_at,
        fault=(server.fault or {}).get("message"),
        volume=volume,
        last_number=int(metadata[identity.LAST_NUMBER]) if identity.LAST_NUMBER in metadata else None,
        left={key[len(identity.LEFT) :]: value for key, value in metadata.items() if key.startswith(identity.LEFT)},
        launched=server.launched_at,
        contract=from_metadata(metadata) if metadata.get(identity.TYPE) == "instance" else None,
        # what is not ours to delete is told by what we would have noted, so that a note that got lost does no harm
        adopted=identity.IMAGE not in metadata,
        locked=bool(server.is_locked),
        restart_required=metadata.get(identity.RESTART_REQUIRED) == "true",
        metadata=user_metadata.read(metadata),
        network=metadata.get(identity.NETWORK),
        ip_version=int(metadata[identity.IP_VERSION]) if identity.IP_VERSION in metadata else None,
        asked_zone=metadata.get(identity.ZONE),
        root_size=int(metadata[identity.ROOT_SIZE]) if identity.ROOT_SIZE in metadata else None,
        replaces=metadata.get(identity.REPLACES),
        flavor_sizes=(flavor.vcpus or 0, flavor.ram or 0, flavor.disk or 0),
        busy=bool(server.task_state),
    )
