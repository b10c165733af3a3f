# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""FakeNova: the part of a FakeOpenStack that openstacksdk calls compute. It finds hosts as Nova's scheduler does, by the policy of a server's group."""

from __future__ import annotations

import re
from functools import partial
from types import SimpleNamespace as Thing

from ansible_collections.stackdb.trove.tests.unit.fake_proxy import FakeProxy, http_error
from openstack.exceptions import BadRequestException, ConflictException


class FakeServer(Thing):
    def replace_metadata(self, session, metadata=None):
        session._change("metadata", self.id, lambda server: setattr(server, "metadata", dict(metadata or {})))


class FakeNova(FakeProxy):
    REAL = "openstack.compute.v2._proxy"

    def flavors(self):
        sizes = {"f1": ("db.small", 1, 1024, 10), "f0": ("db.tiny", 1, 512, 5), "f9": ("db.diskless", 1, 1024, 0), "f2": ("db.large", 2, 4096, 20)}
        return [Thing(id=id_, name=name, vcpus=vcpus, ram=ram, disk=disk) for id_, (name, vcpus, ram, disk) in sizes.items()]

    def _embedded(self, flavor_id):
        """A flavor as a server shows it since 2.47: without its id."""
        (one,) = (flavor for flavor in self.flavors() if flavor.id == flavor_id)
        return Thing(original_name=one.name, name=one.name, vcpus=one.vcpus, ram=one.ram, disk=one.disk)

    def keypairs(self):
        return [Thing(id="ops", name="ops")]

    def availability_zones(self):
        return [Thing(name=name, state={"available": True}) for name in self.cloud.zones]

    def get_limits(self):
        return Thing(absolute=self.cloud.unlimited)

    # Servers

    def servers(self, details=True, *, tags=None, status=None, name=None):
        found = [self.cloud.seen(self.cloud.servers, s.id) for s in list(self.cloud.servers.values()) if tags is None or tags in s.tags]
        return [server for server in found if status in (None, server.status) and (name is None or re.search(name, server.name))]

    def get_server(self, server):
        return self.cloud.seen(self.cloud.servers, server)

    def create_server(self, name, *, min_count=1, max_count=1, scheduler_hints=None, **asked):
        """One server, or <name>-1 to <name>-<count>, whose hosts are found for all of them or for none."""
        assert min_count == max_count, "what Nova does with fewer is not known here"
        names = [name] if max_count == 1 else [f"{name}-{number}" for number in range(1, max_count + 1)]
        group = (scheduler_hints or {}).get("group")
        build = partial(self._build, group=group, **asked)
        with self.cloud.writing("create", "server", name):
            hosts = self._place(group, len(names))
            made = [build(each, hosts.pop() if hosts else None) for each in names]
        return made[0]

    def _place(self, group, count):
        """As many hosts, the first one last, or none."""
        policy = self.cloud.groups[group].policy if group else None
        taken = {s.host_id for s in self.cloud.servers.values() if group and s.group == group}
        hosts = [str(number) for number in range(1, self.cloud.hypervisors + 1)]
        if policy == "anti-affinity":
            hosts = [host for host in hosts if host not in taken]
            return hosts[:count][::-1] if len(hosts) >= count else []
        if policy == "affinity":
            hosts = list(taken) or hosts[:1]
        return [hosts[number % len(hosts)] for number in range(count)]

    def _build(self, name, host, *, group, flavor_id, networks, metadata, tags, **optional):
        """What it refuses before it builds anything, and what it does not, are in the tests of the embedded cloud."""
        security_groups, key_name = optional.pop("security_groups", []), optional.pop("key_name", None)
        image_id, root = optional.pop("image_id", None), optional.pop("block_device_mapping", None)
        zone = optional.pop("availability_zone", self.cloud.zones[0])
        assert bool(image_id) != bool(root)
        assert not optional, optional
        fault = self.cloud.faults.get(name) or (None if host else "No valid host was found.")
        id_ = f"server-{self.cloud.number()}"
        own = [self.cloud.security_groups[given["name"]] for given in security_groups]
        self.cloud.servers[id_] = FakeServer(
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
            metadata=dict(metadata),
            tags=list(tags),
            attached_volumes=[],
            flavor=self._embedded(flavor_id),
            image=Thing(id=image_id) if image_id else None,
            root=root,
            key_name=key_name,
            availability_zone=zone,
            addresses={"db-net": [{"addr": f"10.0.0.{len(self.cloud.servers) + 1}"}] * len(networks)},
            # Nova shows the names alone; two groups may have the same
            security_groups=[{"name": group.name} for group in own],
            security_group_ids=[group.id for group in own],
            created_at="2026-03-14T20:19:23Z",
            updated_at="2026-03-14T20:19:23Z",
        )
        return self.cloud.servers[id_]

    def stop_server(self, server):
        """Nova's os-stop; the server is off at once."""
        self.cloud.is_there(self.cloud.servers, server, ignore_missing=False)
        at = self.cloud.servers[server]
        if at.status not in ("ACTIVE", "ERROR") or at.is_locked:
            raise http_error(ConflictException, f"the server {at.name} is {'locked' if at.is_locked else at.status}", 409)
        with self.cloud.writing("stop", "server", at.name):
            at.status = at.becomes = "SHUTOFF"

    # Resize: what Nova answers, and in which states, is in nova.compute.api (resize, confirm_resize, revert_resize)

    def resize_server(self, server, flavor):
        """Answered before a host is looked for. Where none is found, the server stays as it is, and nobody is told."""
        at = self._of_state(server, "ACTIVE", "SHUTOFF")
        if flavor not in {one.id for one in self.flavors()}:
            raise http_error(BadRequestException, f"Flavor {flavor} could not be found.", 400)
        wanted = self._embedded(flavor)
        if wanted == at.flavor:
            raise http_error(BadRequestException, "When resizing, instances must change flavor!", 400)
        with self.cloud.writing("resize", "server", at.name):
            host = self._host_for(at)
            if host:
                at.before = (at.flavor, at.host_id, at.status)
                at.flavor, at.host_id, at.status, at.becomes = wanted, host, "RESIZE", "VERIFY_RESIZE"

    def _host_for(self, server):
        """Another one than its own, as allow_resize_to_same_host is off."""
        policy = self.cloud.groups[server.group].policy if server.group else None
        hosts = {str(number) for number in range(1, self.cloud.hypervisors + 1)} - {server.host_id}
        others = {s.host_id for s in self.cloud.servers.values() if server.group and s.group == server.group and s is not server}
        allowed = {"anti-affinity": hosts - others, "affinity": hosts & others if others else hosts}.get(policy, hosts)
        return min(allowed, default=None)

    def confirm_server_resize(self, server):
        """Nova goes on showing VERIFY_RESIZE until it is done; what is being confirmed cannot be confirmed again."""
        at = self._of_state(server, "VERIFY_RESIZE")
        if at.before is None:
            raise http_error(BadRequestException, "Instance has not been resized.", 400)
        with self.cloud.writing("confirm", "server", at.name):
            at.becomes, at.before = at.before[2], None

    def revert_server_resize(self, server):
        at = self._of_state(server, "VERIFY_RESIZE")
        if at.before is None:
            raise http_error(BadRequestException, "Instance has not been resized.", 400)
        with self.cloud.writing("revert", "server", at.name):
            at.status = "REVERT_RESIZE"
            (at.flavor, at.host_id, at.becomes), at.before = at.before, None

    def _of_state(self, server, *states):
        self.cloud.is_there(self.cloud.servers, server, ignore_missing=False)
        at = self.cloud.servers[server]
        if at.status not in states or at.is_locked:
            raise http_error(ConflictException, f"Cannot do it while instance {at.name} is {'locked' if at.is_locked else at.status}", 409)
        return at

    def start_server(self, server):
        """Nova's os-start; the server is active at once."""
        self.cloud.is_there(self.cloud.servers, server, ignore_missing=False)
        at = self.cloud.servers[server]
        if at.status != "SHUTOFF" or at.is_locked:
            raise http_error(ConflictException, f"the server {at.name} is {'locked' if at.is_locked else at.status}", 409)
        with self.cloud.writing("start", "server", at.name):
            at.status = at.becomes = "ACTIVE"

    def delete_server(self, server, ignore_missing=True):
        if not self.cloud.is_there(self.cloud.servers, server, ignore_missing):
            return
        with self.cloud.writing("delete", "server", self.cloud.servers[server].name):
            self.cloud.servers[server].becomes = "GONE"
            for volume in self.cloud.volumes.values():
                if volume.server_id == server:
                    volume.status, volume.becomes, volume.server_id = "detaching", "available", None

    # What is noted on a server

    def set_server_metadata(self, server, **metadata):
        self._change("metadata", server, lambda it: it.metadata.update(metadata))

    def delete_server_metadata(self, server, keys=None):
        self._change("metadata", server, lambda it: [it.metadata.pop(key) for key in (list(it.metadata) if keys is None else keys)])

    def add_tag_to_server(self, server, tag):
        self._change("tag", server, lambda it: it.tags.append(tag))

    def remove_tag_from_server(self, server, tag):
        self._change("tag", server, lambda it: it.tags.remove(tag))

    def add_security_group_to_server(self, server, security_group):
        group = self.cloud.security_groups[security_group]

        def add(it):
            it.security_groups.append({"name": group.name})
            it.security_group_ids.append(group.id)

        self._change("security_group", server, add)

    def remove_security_group_from_server(self, server, security_group):
        """By its name, as a server shows it."""

        def remove(it):
            it.security_groups.remove({"name": security_group})
            it.security_group_ids = [id_ for id_ in it.security_group_ids if self.cloud.security_groups[id_].name != security_group]

        self._change("security_group", server, remove)

    def _change(self, kind, id_, act):
        self.cloud.is_there(self.cloud.servers, id_, ignore_missing=False)
        at = self.cloud.servers[id_]
        if kind == "metadata" and at.status not in ("ACTIVE", "PAUSED", "SUSPENDED", "SHUTOFF", "REBOOT", "DELETING"):
            raise http_error(ConflictException, f"Cannot 'update metadata' instance {id_} while it is in vm_state {at.status}", 409)
        with self.cloud.writing("update", kind, at.name):
            act(at)

    # Volumes of a server, and server groups

    def create_volume_attachment(self, server, volume=None):
        at, attached = self.cloud.servers[server], self.cloud.volumes[volume]
        if attached.status != "available":
            raise http_error(BadRequestException, f"the volume {attached.name} is {attached.status}", 400)
        if at.status != "ACTIVE":
            raise http_error(ConflictException, f"the server {at.name} is {at.status}", 409)
        with self.cloud.writing("attach", "volume", attached.name):
            attached.status, attached.becomes, attached.server_id = "attaching", "in-use", server
            at.attached_volumes.append({"id": volume})

    def server_groups(self):
        return [self._with_members(group) for group in self.cloud.groups.values()]

    def create_server_group(self, name, policy, rules=None):
        return self._with_members(self.cloud.add("server_group", self.cloud.groups, name=name, policy=policy, rules=rules or {}))

    def delete_server_group(self, server_group, ignore_missing=True):
        self.cloud.remove("server_group", self.cloud.groups, server_group, ignore_missing)

    def _with_members(self, group):
        return Thing(**vars(group), policies=None, member_ids=[s.id for s in self.cloud.servers.values() if s.group == group.id])
