# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""FakeOpenStack: a small cloud in memory with the calls of openstacksdk that `_cloud` makes. It is no OpenStack: whatever depends on
how Nova, Neutron and Cinder really behave is tested against the embedded cloud (tests/integration). This one can do what a real
one cannot on demand: die after the n-th write, and refuse a chosen one.
"""

from __future__ import annotations

import re
import threading
from contextlib import contextmanager
from types import SimpleNamespace as Thing

from ansible_collections.stackdb.trove.tests.unit.fake_neutron import FakeNeutron, http_error
from openstack.exceptions import BadRequestException, ConflictException, NotFoundException


class Killed(BaseException):
    """The run was killed here: no `except Exception` may see it, as none sees a SIGKILL."""


class FakeOpenStack(FakeNeutron):
    """Has the attributes of `_cloud.connection.Cloud`.

    :param hypervisors: hosts; a server for which the anti-affinity of its group leaves none ends in ERROR
    """

    project_id = "p1"

    def __init__(self, hypervisors=3):
        self.hypervisors = hypervisors
        #: (verb, kind, name) of each write, in order
        self.writes = []
        #: the writes of a lease, which no plan tells of
        self.leases = []
        #: the run dies right after that many more writes
        self.lives = None
        #: what the cloud refuses: {(verb, kind, name): an exception}
        self.refusals = {}
        #: names of servers that Nova could not make, with its fault
        self.faults = {}
        self.servers, self.volumes, self.groups, self.security_groups = {}, {}, {}, {}
        #: what users have made beside: ports, and snapshots of volumes
        self.ports, self.snapshots = [], []
        self._numbers = iter(range(1, 10000))
        self._lock = threading.RLock()
        self.compute = Thing(
            flavors=lambda: [Thing(id="f1", name="db.small", vcpus=1, ram=1024, disk=10), Thing(id="f0", name="db.tiny", vcpus=1, ram=512, disk=5)],
            keypairs=lambda: [Thing(id="ops", name="ops")],
            availability_zones=lambda: [Thing(name="nova", state={"available": True})],
            servers=self._list_servers,
            get_server=lambda id_: self._seen(self.servers, id_),
            create_server=self._create_server,
            delete_server=self._delete_server,
            set_server_metadata=self._set_metadata,
            delete_server_metadata=self._delete_metadata,
            add_tag_to_server=lambda id_, tag: self._change("tag", id_, lambda server: server.tags.append(tag)),
            remove_tag_from_server=lambda id_, tag: self._change("tag", id_, lambda server: server.tags.remove(tag)),
            add_security_group_to_server=self._add_security_group,
            remove_security_group_from_server=self._remove_security_group,
            server_groups=lambda: [self._with_members(group) for group in self.groups.values()],
            create_volume_attachment=self._attach,
            create_server_group=self._create_group,
            delete_server_group=lambda id_, ignore_missing: self._remove("server_group", self.groups, id_),
            get_limits=lambda: Thing(absolute=_Unlimited()),
        )
        network = Thing(
            networks=lambda: [Thing(id="n1", name="db-net")],
            subnets=lambda network_id: [Thing(cidr="10.0.0.0/24")],
            security_groups=self._list_security_groups,
            create_security_group=self._create_security_group,
            update_security_group=self._describe,
            get_security_group=self._get_security_group,
            create_security_group_rules=self._create_rules,
            delete_security_group_rule=self._delete_rule,
            delete_security_group=self._delete_security_group,
            get_quota=lambda project, details: _Unlimited(),
            ports=self._list_ports,
        )
        block_storage = Thing(
            types=lambda: [Thing(id="t1", name="fast")],
            create_volume=self._create_volume,
            get_volume=lambda id_: self._seen(self.volumes, id_),
            delete_volume=self._delete_volume,
            snapshots=lambda details: list(self.snapshots),
            get_limits=lambda: Thing(absolute=_Unlimited()),
        )
        images = Thing(images=lambda: [Thing(id="i1", name="debian-12", status="active")])
        self.sdk = Thing(network=network, block_storage=block_storage, image=images, has_service=lambda name: True)

    def get_volumes(self, url, query):
        return {"volumes": [self._volume_body(self._seen(self.volumes, id_)) for id_ in list(self.volumes)]}

    def names(self):
        """What there is, by kind."""
        kinds = {"server": self.servers, "volume": self.volumes, "server_group": self.groups, "security_group": self.security_groups}
        return {kind: sorted(thing.name for thing in things.values()) for kind, things in kinds.items()}

    @contextmanager
    def _writing(self, verb, kind, name):
        """Carry out a write, and die right after it when this run's time has come."""
        with self._lock:
            if self.lives == 0:
                raise Killed
            if (verb, kind, name) in self.refusals:
                raise self.refusals[verb, kind, name]
            yield
            (self.leases if verb == "lease" else self.writes).append((verb, kind, name))
            if self.lives:
                self.lives -= 1
                if self.lives == 0:
                    # the next run comes when the lease of this one has ended
                    FakeNeutron.now += 61
                    raise Killed

    def _add(self, kind, things, **fields):
        with self._writing("create", kind, fields["name"]):
            number = next(self._numbers)
            # the order of ids is not the one in which things were made
            id_ = f"{kind}-{number * 6337 % 10000}" if kind == "security_group" else f"{kind}-{number}"
            things[id_] = Thing(id=id_, **fields)
        return things[id_]

    def _remove(self, kind, things, id_):
        if id_ in things:
            with self._writing("delete", kind, things[id_].name):
                del things[id_]

    def _seen(self, things, id_):
        """A thing as it is now, which is done with what it was about to do when it is looked at the next time."""
        if id_ not in things:
            raise http_error(NotFoundException, "not found", 404)
        thing = things[id_]
        now = Thing(**vars(thing))
        thing.status = getattr(thing, "becomes", thing.status)
        if thing.status == "GONE":
            del things[id_]
        return now

    def _create_volume(self, name, size, volume_type, metadata):
        fields = {"name": name, "size": size, "type": volume_type, "metadata": metadata, "status": "creating", "becomes": "available", "server_id": None}
        return self._add("volume", self.volumes, **fields)

    def _delete_volume(self, id_, ignore_missing):
        if id_ in self.volumes and self.volumes[id_].server_id:
            raise http_error(BadRequestException, "the volume is in use", 400)
        self._remove("volume", self.volumes, id_)

    def _volume_body(self, volume):
        attached = [{"server_id": volume.server_id}] if volume.server_id else []
        shown = {key: getattr(volume, key) for key in ("id", "name", "size", "status", "metadata")}
        return {**shown, "volume_type": volume.type, "attachments": attached}

    def _create_group(self, name, policy, rules=None):
        return self._with_members(self._add("server_group", self.groups, name=name, policy=policy, rules=rules or {}))

    def _with_members(self, group):
        return Thing(**vars(group), policies=None, member_ids=[s.id for s in self.servers.values() if s.group == group.id])

    def _list_servers(self, tags=None, status=None, details=True, name=None):
        found = [self._seen(self.servers, s.id) for s in list(self.servers.values()) if tags is None or tags in s.tags]
        return [server for server in found if status in (None, server.status) and (name is None or re.search(name, server.name))]

    def _create_server(self, name, min_count=1, max_count=1, **asked):
        """One server, or <name>-1 to <name>-<count>, whose hosts are found for all of them or for none."""
        names = [name] if max_count == 1 else [f"{name}-{number}" for number in range(1, max_count + 1)]
        group = asked.get("scheduler_hints", {}).get("group")
        with self._writing("create", "server", name):
            hosts = self._place(group, len(names))
            made = [self._build(each, hosts.pop() if hosts else None, group, asked) for each in names]
        return made[0]

    def _place(self, group, count):
        """As many hosts, the first one last, or none."""
        policy = self.groups[group].policy if group else None
        taken = {s.host_id for s in self.servers.values() if group and s.group == group}
        hosts = [str(number) for number in range(1, self.hypervisors + 1)]
        if policy == "anti-affinity":
            hosts = [host for host in hosts if host not in taken]
            return hosts[:count][::-1] if len(hosts) >= count else []
        if policy == "affinity":
            hosts = list(taken) or hosts[:1]
        return [hosts[number % len(hosts)] for number in range(count)]

    def _build(self, name, host, group, asked):
        fault = self.faults.get(name) or (None if host else "No valid host was found.")
        id_ = f"server-{next(self._numbers)}"
        self.servers[id_] = Thing(
            id=id_,
            name=name,
            status="BUILD",
            becomes="ERROR" if fault else "ACTIVE",
            fault={"message": fault} if fault else None,
            launched_at=None if fault else "2026-03-14T20:19:29Z",
            group=group,
            host_id=host or "",
            task_state=None,
            is_locked=False,
            metadata=dict(asked["metadata"]),
            tags=list(asked["tags"]),
            attached_volumes=[],
            replace_metadata=lambda session, metadata: self._change("metadata", id_, lambda server: setattr(server, "metadata", metadata)),
            flavor=Thing(original_name="db.small", name="db.small"),
            image=Thing(id=asked["image_id"]),
            key_name=asked.get("key_name"),
            availability_zone="nova",
            addresses={"db-net": [{"addr": f"10.0.0.{len(self.servers) + 1}"}]},
            security_groups=[{"name": self.security_groups[given["name"]].name} for given in asked["security_groups"]],
            # Nova shows the names alone; two groups may have the same
            security_group_ids=[given["name"] for given in asked["security_groups"]],
            created_at="2026-03-14T20:19:23Z",
            updated_at="2026-03-14T20:19:23Z",
        )
        return self.servers[id_]

    def _attach(self, server_id, volume_id):
        server, volume = self.servers[server_id], self.volumes[volume_id]
        if volume.status != "available":
            raise http_error(BadRequestException, f"the volume {volume.name} is {volume.status}", 400)
        if server.status != "ACTIVE":
            raise http_error(ConflictException, f"the server {server.name} is {server.status}", 409)
        with self._writing("attach", "volume", volume.name):
            volume.status, volume.becomes, volume.server_id = "attaching", "in-use", server_id

    def _delete_server(self, id_, ignore_missing):
        if id_ not in self.servers:
            return
        with self._writing("delete", "server", self.servers[id_].name):
            self.servers[id_].becomes = "GONE"
            for volume in self.volumes.values():
                if volume.server_id == id_:
                    volume.status, volume.becomes, volume.server_id = "detaching", "available", None

    def _set_metadata(self, id_, **metadata):
        self._change("metadata", id_, lambda server: server.metadata.update(metadata))

    def _delete_metadata(self, id_, keys):
        self._change("metadata", id_, lambda server: [server.metadata.pop(key) for key in keys])

    def _change(self, kind, id_, act):
        with self._writing("update", kind, self.servers[id_].name):
            act(self.servers[id_])

    def add_plain_server(self, name):
        """A server that the user has made, with a database on its root disk."""
        own = self._create_security_group("default", "")
        asked = {"metadata": {"owner": "ops"}, "tags": [], "image_id": "i1", "key_name": "ops", "security_groups": [{"name": own.id}]}
        self._build(name, "1", None, asked)
        next(server for server in self.servers.values() if server.name == name).status = "ACTIVE"
        self.writes.clear()


class _Unlimited:
    """Limits and quotas without an end, of whatever name."""

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return {"limit": -1, "used": 0} if name in ("ports", "security_groups", "security_group_rules") else -1
