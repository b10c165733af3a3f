# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The part of FakeOpenStack that Neutron has: security groups with their revisions, and ports."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace as Thing

from openstack.exceptions import ConflictException, NotFoundException, PreconditionFailedException


def http_error(kind, text, status):
    """What openstacksdk raises for an answer of that status."""
    error = kind(text)
    error.status_code = status
    return error


class FakeNeutron:
    """Works on what FakeOpenStack has."""

    #: the time of all clouds and runs, in seconds
    now = 1_800_000_000.0

    def _create_security_group(self, name, description):
        fields = {"description": description, "security_group_rules": [], "revision_number": 1, "created_at": self._time()}
        return self._as_it_is(self._add("security_group", self.security_groups, name=name, **fields))

    @classmethod
    def _time(cls):
        """As Neutron has it, without fractions."""
        return datetime.fromtimestamp(int(cls.now), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

    @staticmethod
    def _as_it_is(group):
        """A copy, which knows nothing of what is written later."""
        return Thing(**{**vars(group), "security_group_rules": list(group.security_group_rules)})

    def _list_security_groups(self, name=None):
        return [self._as_it_is(group) for group in self.security_groups.values() if name in (None, group.name)]

    def _get_security_group(self, id_):
        if id_ not in self.security_groups:
            raise http_error(NotFoundException, "not found", 404)
        return self._as_it_is(self.security_groups[id_])

    def _create_rules(self, bodies):
        group = self.security_groups[bodies[0]["security_group_id"]]
        rules = [{"remote_group_id": None, "remote_ip_prefix": None, **body} for body in bodies]
        if any({**rule, "id": has["id"]} == has for has in group.security_group_rules for rule in rules):
            raise http_error(ConflictException, "the rule exists", 409)
        with self._writing("create", "security_group_rules", group.name):
            group.revision_number += 1
            group.security_group_rules.extend({**rule, "id": f"rule-{next(self._numbers)}"} for rule in rules)
        return rules

    def _delete_rule(self, id_, ignore_missing):
        group = next(g for g in self.security_groups.values() if any(rule["id"] == id_ for rule in g.security_group_rules))
        with self._writing("delete", "security_group_rule", group.name):
            group.revision_number += 1
            group.security_group_rules = [rule for rule in group.security_group_rules if rule["id"] != id_]

    def _describe(self, id_, description, if_revision=None):
        """Written anew; what says nothing but who has the lease is a write of the lease."""
        self._get_security_group(id_)
        group = self.security_groups[id_]
        if if_revision not in (None, group.revision_number):
            raise http_error(PreconditionFailedException, "Constrained to revision", 412)
        told = "being deleted" in description and "being deleted" not in group.description
        with self._writing("update" if told else "lease", "security_group", group.name):
            group.description = description
            group.revision_number += 1
        return self._as_it_is(group)

    def _delete_security_group(self, id_, ignore_missing):
        if any(id_ in server.security_group_ids for server in self.servers.values()):
            raise http_error(ConflictException, "the security group is in use", 409)
        self._remove("security_group", self.security_groups, id_)

    def _list_ports(self, security_group_ids):
        """One of each server, and what users have made."""
        servers = [s for s in self.servers.values() if security_group_ids in s.security_group_ids]
        own = [Thing(id=f"port-{s.id}", device_id=s.id, device_owner="compute:nova", security_group_ids=[security_group_ids]) for s in servers]
        return own + [port for port in self.ports if security_group_ids in port.security_group_ids]

    def _add_security_group(self, id_, group_id):
        def add(server):
            server.security_groups.append({"name": self.security_groups[group_id].name})
            server.security_group_ids.append(group_id)

        self._change("security_group", id_, add)

    def _remove_security_group(self, id_, name):
        def remove(server):
            server.security_groups.remove({"name": name})
            server.security_group_ids = [group_id for group_id in server.security_group_ids if self.security_groups[group_id].name != name]

        self._change("security_group", id_, remove)
