# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""FakeNeutron: the part of a FakeOpenStack that openstacksdk calls network. Networks, ports, and security groups with their revisions."""

from __future__ import annotations

from datetime import datetime, timezone
from types import SimpleNamespace as Thing

from ansible_collections.stackdb.trove.tests.unit.fake_proxy import FakeProxy, http_error
from openstack.exceptions import ConflictException, NotFoundException, PreconditionFailedException


class FakeNeutron(FakeProxy):
    REAL = "openstack.network.v2._proxy"
    #: the time of all clouds and runs, in seconds
    now = 1_800_000_000.0

    def networks(self):
        return list(self.cloud.networks)

    def subnets(self, network_id=None):
        return [subnet for subnet in self.cloud.subnets if network_id in (None, subnet.network_id)]

    def get_quota(self, quota, details=False):
        return self.cloud.unlimited

    def security_groups(self, name=None):
        return [_as_it_is(group) for group in self.cloud.security_groups.values() if name in (None, group.name)]

    def get_security_group(self, security_group):
        return _as_it_is(self._group(security_group))

    def _group(self, id_):
        if id_ not in self.cloud.security_groups:
            raise http_error(NotFoundException, "not found", 404)
        return self.cloud.security_groups[id_]

    def create_security_group(self, name, description):
        fields = {"description": description, "security_group_rules": [], "revision_number": 1, "created_at": _time()}
        return _as_it_is(self.cloud.add("security_group", self.cloud.security_groups, name=name, **fields))

    def update_security_group(self, security_group, if_revision=None, *, description):
        """Written anew; what says nothing but who has the lease is a write of the lease."""
        group = self._group(security_group)
        if if_revision not in (None, group.revision_number):
            raise http_error(PreconditionFailedException, "Constrained to revision", 412)
        told = "being deleted" in description and "being deleted" not in group.description
        with self.cloud.writing("update" if told else "lease", "security_group", group.name):
            group.description = description
            group.revision_number += 1
        return _as_it_is(group)

    def delete_security_group(self, security_group, ignore_missing=True):
        if any(security_group in server.security_group_ids for server in self.cloud.servers.values()):
            raise http_error(ConflictException, "the security group is in use", 409)
        self.cloud.remove("security_group", self.cloud.security_groups, security_group, ignore_missing)

    def create_security_group_rules(self, data):
        group = self._group(data[0]["security_group_id"])
        rules = [{"remote_group_id": None, "remote_ip_prefix": None, **body} for body in data]
        if any({**rule, "id": has["id"]} == has for has in group.security_group_rules for rule in rules):
            raise http_error(ConflictException, "the rule exists", 409)
        with self.cloud.writing("create", "security_group_rules", group.name):
            group.revision_number += 1
            group.security_group_rules.extend({**rule, "id": f"rule-{self.cloud.number()}"} for rule in rules)
        return rules

    def delete_security_group_rule(self, security_group_rule, ignore_missing=True):
        for group in self.cloud.security_groups.values():
            if any(rule["id"] == security_group_rule for rule in group.security_group_rules):
                with self.cloud.writing("delete", "security_group_rule", group.name):
                    group.revision_number += 1
                    group.security_group_rules = [rule for rule in group.security_group_rules if rule["id"] != security_group_rule]
                return
        if not ignore_missing:
            raise http_error(NotFoundException, "not found", 404)

    def ports(self, security_group_ids=None):
        """One of each server, and what users have made."""
        servers = self.cloud.servers.values()
        own = [Thing(id=f"port-{s.id}", device_id=s.id, device_owner="compute:nova", security_group_ids=s.security_group_ids) for s in servers]
        return [port for port in (*own, *self.cloud.ports) if security_group_ids is None or security_group_ids in port.security_group_ids]


def _time():
    """As Neutron has it, without fractions."""
    return datetime.fromtimestamp(int(FakeNeutron.now), timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def _as_it_is(group):
    """A copy, which knows nothing of what is written later."""
    return Thing(**{**vars(group), "security_group_rules": list(group.security_group_rules)})
