# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The writes: each makes or takes away one thing, and is safe to repeat."""

from __future__ import annotations

from .._model.cluster import Rule
from .._model.errors import CloudError
from . import observe
from .connection import is_missing, translated
from .waiter import wait_for


def create_server_group(cloud, name, policy, max_server_per_host=None):
    """:returns: the ServerGroup"""
    rules = {"rules": {"max_server_per_host": max_server_per_host}} if max_server_per_host else {}
    with translated(f"create the server group {name}"):
        return observe.server_group(cloud.compute.create_server_group(name=name, policy=policy, **rules))


def create_rules(cloud, group_id, rules):
    """Add ingress rules (_model.cluster.Rule), all in one request."""
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
    with translated("create the rules of the security group"):
        list(cloud.sdk.network.create_security_group_rules(bodies))


def _remote(rule, group_id):
    if rule.remote in (Rule.SELF, Rule.SELF6):
        return {"remote_group_id": group_id, "ethertype": "IPv6" if rule.remote == Rule.SELF6 else "IPv4"}
    return {"remote_ip_prefix": rule.remote, "ethertype": "IPv6" if ":" in rule.remote else "IPv4"}


def delete_rules(cloud, ids):
    with translated("delete the rules of the security group"):
        for id_ in ids:
            cloud.sdk.network.delete_security_group_rule(id_, ignore_missing=True)


def create_volume(cloud, cluster, instance, size, type_id):
    """Ask Cinder for the blank volume of `size` GiB of a cluster's instance, and do not wait: its id."""
    metadata = observe.volume_metadata(cluster.id, cluster.name, instance, type_id)
    with translated(f"create the volume {instance}"):
        return cloud.sdk.block_storage.create_volume(name=instance, size=size, volume_type=type_id, metadata=metadata).id


def attach_volume(cloud, name, server_id, volume_id):
    with translated(f"attach the volume {name}"):
        cloud.compute.create_volume_attachment(server_id, volume_id)


def create_server(cloud, name, spec):
    """Ask Nova for a server and do not wait: its id.

    :param spec: plain data, see _servers.cluster_plan: image_id, flavor_id, network_ids, key_name, metadata, tags,
        security_group_ids, group_id, availability_zone
    """
    with translated(f"create the server {name}"):
        return cloud.compute.create_server(name=name, **_attributes(spec)).id


def create_servers(cloud, base, spec, count):
    """Ask Nova for servers <base>-1 to <base>-<count> in one request (Compute API, "Create multiple servers"), and do not wait."""
    with translated(f"create the servers {base}-1 to {base}-{count}"):
        cloud.compute.create_server(name=base, min_count=count, max_count=count, **_attributes(spec))


def _attributes(spec):
    optional = {"key_name": spec["key_name"], "availability_zone": spec["availability_zone"]}
    if spec["group_id"]:
        optional["scheduler_hints"] = {"group": spec["group_id"]}
    return {
        "image_id": spec["image_id"],
        "flavor_id": spec["flavor_id"],
        "networks": [{"uuid": id_} for id_ in spec["network_ids"]],
        "security_groups": [{"name": id_} for id_ in spec["security_group_ids"]],
        "metadata": spec["metadata"],
        "tags": spec["tags"],
        **{key: value for key, value in optional.items() if value is not None},
    }


def note(cloud, server_id, key, value):
    """Write one item of a server's metadata; the others stay."""
    with translated(f"note {key} on the server {server_id}"):
        cloud.compute.set_server_metadata(server_id, **{key: str(value)})


def note_all(cloud, server_id, items, gone=()):
    """Write items of a server's metadata, and remove the keys `gone`; the others stay."""
    with translated(f"write the metadata of the server {server_id}"):
        if items:
            cloud.compute.set_server_metadata(server_id, **items)
        if gone:
            cloud.compute.delete_server_metadata(server_id, list(gone))


def adopt(cloud, server_id, metadata, tags, security_group_id):
    """Mark a server that others have made as an instance of ours; the metadata, by which it is known as one, last.

    :param security_group_id: the group to add, or None where it has it
    """
    with translated(f"adopt the server {server_id}"):
        if security_group_id:
            cloud.compute.add_security_group_to_server(server_id, security_group_id)
        has = cloud.compute.get_server(server_id).tags or ()
        for tag in [tag for tag in tags if tag not in has]:
            cloud.compute.add_tag_to_server(server_id, tag)
    note_all(cloud, server_id, metadata)


def release(cloud, server_id, tags, security_group):
    """Take away what `adopt` gave, and all that we noted; the metadata, by which it is known, last.

    :param security_group: the name or id of the group to take away, or None
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
#: seconds that something may still be in use after what used it has gone
_IN_USE = 60


def delete(cloud, kind, id_, timeout):
    """Delete a server, volume, server group or security group, and wait until it is gone; one that is gone already is fine.

    Neutron and Cinder refuse for a moment after the server has gone (409 or 400, in use), so they are asked again.
    """
    proxy = {"security_group": cloud.sdk.network, "volume": cloud.sdk.block_storage}.get(kind, cloud.compute)

    def ask():
        try:
            with translated(f"delete the {kind.replace('_', ' ')} {id_}"):
                getattr(proxy, f"delete_{kind}")(id_, ignore_missing=True)
        except CloudError as error:
            if error.details["http_status"] not in (400, 409):
                raise
            return error.message
        return None

    wait_for(f"the {kind.replace('_', ' ')} {id_} to be free", ask, lambda refused: refused is None, min(timeout, _IN_USE))
    if kind in ("server", "volume"):
        _wait_gone(cloud, kind, id_, timeout)


_GONE = ("GONE", "DELETED", "SOFT_DELETED", "ERROR_DELETING")


def _wait_gone(cloud, kind, id_, timeout):
    get = cloud.compute.get_server if kind == "server" else cloud.sdk.block_storage.get_volume

    def status():
        try:
            with translated(f"get the {kind} {id_}"):
                return get(id_).status.upper()
        except CloudError as error:
            if is_missing(error):
                return "GONE"
            raise

    reached = wait_for(f"the {kind} {id_} to be gone", status, lambda s: s in _GONE, timeout)
    if reached == "ERROR_DELETING":
        raise CloudError(f"Cannot delete the {kind} {id_}: Cinder says {reached.lower()}.")
