# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The writes, but for deletions: each makes or changes one thing, and is safe to repeat."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from .._model import identity
from .._model.cluster import Rule, ServerGroup
from . import observe, volumes
from .connection import Cloud, translated
from .retry import once


@dataclass(frozen=True)
class ServerSpec:
    """What Nova is asked for, by ids.

    :param security_group_ids: of the user's own groups, and in the end of the cluster's
    :param group_id: of the server group
    :param guarded: whether the server can have security groups
    :param root_volume: (GiB, id of a volume type or None) of a volume created from the image, from which the server boots; it goes with the server
    """

    image_id: str
    flavor_id: str
    network_ids: tuple[str, ...]
    key_name: str | None
    availability_zone: str | None
    metadata: Mapping[str, str]
    tags: tuple[str, ...]
    security_group_ids: tuple[str, ...]
    group_id: str | None = None
    guarded: bool = True
    root_volume: tuple[int, str | None] | None = None


def create_server_group(cloud: Cloud, name: str, policy: str, max_server_per_host: int | None = None) -> ServerGroup:
    rules = {"rules": {"max_server_per_host": max_server_per_host}} if max_server_per_host else {}

    def send() -> ServerGroup:
        with translated(f"create the server group {name}"):
            return observe.server_group(cloud.compute.create_server_group(name=name, policy=policy, **rules))

    # it has nothing to be known by but its name, which belongs to one cluster
    return once(send, lambda: next((group for group in observe.server_groups(cloud) if (group.name, group.policy) == (name, policy)), None))


def create_rules(cloud: Cloud, group_id: str, rules: Collection[Rule]) -> None:
    """Add ingress rules, all in one request."""
    bodies = [
        {
            "security_group_id": group_id,
            "direction": "ingress",
            "protocol": rule.protocol,
            "port_range_min": rule.port_min,
            "port_range_max": rule.port_max,
            **_remote(rule, group_id),
        }
        for rule in rules
    ]

    def send() -> bool:
        with translated("create the rules of the security group"):
            return bool(list(cloud.sdk.network.create_security_group_rules(bodies)))

    def find() -> bool | None:
        with translated("get the security group"):
            has = observe.security_group(cloud.sdk.network.get_security_group(group_id)).rules
        return True if set(rules) <= set(has) else None

    once(send, find)


def _remote(rule: Rule, group_id: str) -> dict[str, str]:
    if rule.remote in (Rule.SELF, Rule.SELF6):
        return {"remote_group_id": group_id, "ethertype": "IPv6" if rule.remote == Rule.SELF6 else "IPv4"}
    return {"remote_ip_prefix": rule.remote, "ethertype": "IPv6" if ":" in rule.remote else "IPv4"}


def delete_rules(cloud: Cloud, ids: Iterable[str]) -> None:
    with translated("delete the rules of the security group"):
        for id_ in ids:
            cloud.sdk.network.delete_security_group_rule(id_, ignore_missing=True)


def create_volume(cloud: Cloud, cluster_id: str, cluster_name: str, instance: str, size: int, type_id: str | None, zone: str | None = None) -> str:
    """Ask Cinder for the blank volume of `size` GiB of a cluster's instance, and do not wait: its id."""
    where = {"availability_zone": zone} if zone else {}
    mark = _mark()
    metadata = {**volumes.metadata_for(cluster_id, cluster_name, instance, type_id), **mark}

    def send() -> str:
        with translated(f"create the volume {instance}"):
            return str(cloud.sdk.block_storage.create_volume(name=instance, size=size, volume_type=type_id, metadata=metadata, **where).id)

    return once(send, lambda: next((str(v["id"]) for v in volumes.having(cloud, mark)), None))


def _mark() -> dict[str, str]:
    """Metadata by which the result of one request is known: a name may be taken, and a volume restored from a backup has all that its origin had."""
    return {identity.REQUEST: uuid.uuid4().hex}


def attach_volume(cloud: Cloud, name: str, server_id: str, volume_id: str) -> None:
    """Note on a volume that it is used from now on, see identity.VOLUME_ID, and attach it. What a killed run has noted is not noted again: each run gets on."""
    with translated(f"note on the volume {name} that it is used"):
        noted = (cloud.sdk.block_storage.get_volume(volume_id).metadata or {}).get(identity.VOLUME_ID)
        if noted != volume_id:
            cloud.sdk.block_storage.set_volume_metadata(volume_id, **{identity.VOLUME_ID: volume_id})

    def send() -> bool:
        with translated(f"attach the volume {name}"):
            cloud.compute.create_volume_attachment(server_id, volume_id)
        return True

    def find() -> bool | None:
        with translated(f"get the server {server_id}"):
            attached = cloud.compute.get_server(server_id).attached_volumes or ()
        return True if any(one["id"] == volume_id for one in attached) else None

    once(send, find)


def create_server(cloud: Cloud, name: str, spec: ServerSpec) -> str:
    """Ask Nova for a server and do not wait: its id."""
    return _create_servers(cloud, f"the server {name}", spec, {"name": name})


def create_servers(cloud: Cloud, base: str, spec: ServerSpec, count: int) -> None:
    """Ask Nova for servers <base>-1 to <base>-<count> in one request (Compute API, "Create multiple servers"), and do not wait."""
    _create_servers(cloud, f"the servers {base}-1 to {base}-{count}", spec, {"name": base, "min_count": count, "max_count": count})


def _create_servers(cloud: Cloud, what: str, spec: ServerSpec, asked: Mapping[str, Any]) -> str:
    """The id of the server, or of one of them."""
    mark = _mark()
    attributes = _attributes(replace(spec, metadata={**spec.metadata, **mark}))

    def send() -> str:
        with translated(f"create {what}"):
            return str(cloud.compute.create_server(**asked, **attributes).id)

    return once(send, lambda: observe.server_with(cloud, spec.metadata[identity.CLUSTER_ID], mark))


def _attributes(spec: ServerSpec) -> dict[str, Any]:
    optional = {
        "key_name": spec.key_name,
        "availability_zone": spec.availability_zone,
        "scheduler_hints": {"group": spec.group_id} if spec.group_id else None,
    }
    return {
        **_root(spec),
        "flavor_id": spec.flavor_id,
        "networks": [{"uuid": id_} for id_ in spec.network_ids],
        **({"security_groups": [{"name": id_} for id_ in spec.security_group_ids]} if spec.guarded else {}),
        "metadata": dict(spec.metadata),
        "tags": list(spec.tags),
        **{key: value for key, value in optional.items() if value is not None},
    }


def _root(spec: ServerSpec) -> dict[str, Any]:
    """Nova's ``block_device_mapping_v2`` for a server that boots from a volume (Compute API, "Create Server")."""
    if not spec.root_volume:
        return {"image_id": spec.image_id}
    size, type_id = spec.root_volume
    mapping: dict[str, Any] = {"source_type": "image", "uuid": spec.image_id, "destination_type": "volume", "boot_index": 0}
    mapping.update({"volume_size": size, "delete_on_termination": True}, **({"volume_type": type_id} if type_id else {}))
    return {"block_device_mapping": [mapping]}


def note(cloud: Cloud, server_id: str, key: str, value: object) -> None:
    """Write one item of a server's metadata; the others stay."""
    with translated(f"note {key} on the server {server_id}"):
        cloud.compute.set_server_metadata(server_id, **{key: str(value)})


def note_all(cloud: Cloud, server_id: str, items: Mapping[str, str], gone: Collection[str] = ()) -> None:
    """Write items of a server's metadata, and remove the keys `gone`; the others stay."""
    with translated(f"write the metadata of the server {server_id}"):
        if items:
            cloud.compute.set_server_metadata(server_id, **items)
        if gone:
            cloud.compute.delete_server_metadata(server_id, list(gone))


def adopt(cloud: Cloud, server_id: str, metadata: Mapping[str, str], tags: Iterable[str], security_group_id: str | None) -> None:
    """Mark a server that others have created as an instance of ours; the metadata, by which it is known as one, last.

    :param security_group_id: the group to add, or None where it has it
    """
    with translated(f"adopt the server {server_id}"):
        if security_group_id:
            cloud.compute.add_security_group_to_server(server_id, security_group_id)
        has = cloud.compute.get_server(server_id).tags or ()
        for tag in [tag for tag in tags if tag not in has]:
            cloud.compute.add_tag_to_server(server_id, tag)
    note_all(cloud, server_id, metadata)


def release(cloud: Cloud, server_id: str, tags: Iterable[str], security_group: str | None) -> None:
    """Remove what `adopt` gave, and all that we noted; the metadata, by which it is known, last.

    :param security_group: the name or id of the group to remove, or None
    """
    with translated(f"release the server {server_id}"):
        if security_group:
            cloud.compute.remove_security_group_from_server(server_id, security_group)
        server = cloud.compute.get_server(server_id)
        for tag in set(tags) & set(server.tags or ()):
            cloud.compute.remove_tag_from_server(server_id, tag)
        # all of ours in one request, since a server that says less than all would be taken for another thing
        server.replace_metadata(cloud.compute, {key: value for key, value in server.metadata.items() if not key.startswith(_OURS)})


#: what the keys of our metadata begin with
_OURS = "trove_"
