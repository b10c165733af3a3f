# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
name: trove
short_description: The members of the database clusters in an OpenStack project
version_added: 1.0.0
author: stackdb.trove contributors (@stackdb)
description:
  - Hosts are the servers that M(stackdb.trove.trove_cluster) made, found by their tags.
  - Groups are C(trove_cluster_<name>), or C(trove_family_<name>) for a source and its replicas; C(trove_datastore_<type>), C(trove_topology_<topology>);
    and C(trove_role_<role>), which is C(member) in a cluster, else C(source), C(replica) or C(instance). C(_) is in the place of C(-).
  - Each host has the variable C(trove_instance), a dictionary with C(id), C(name), C(ip), C(status), C(host_id), C(flavor), C(volume),
    C(datastore), C(cluster), C(metadata), which is the user's own, and of an instance C(replication_contract), which the roles of this collection take
    their defaults from.
  - C(trove_instance.datastore) has C(type), C(version), C(topology), which is how the servers form a whole (C(galera), C(mysql_replication) or
    C(redis_cluster)), and C(role), the name of the role that sets a member up. So a playbook needs no table of datastores. Topology and role are empty for a
    datastore that this version of the collection does not know.
  - The source is a file whose name ends in C(trove.yml) or C(trove.yaml).
extends_documentation_fragment:
  - stackdb.trove.cloud
  - ansible.builtin.constructed
  - ansible.builtin.inventory_cache
options:
  plugin:
    description: The name of this plugin.
    type: str
    required: true
    choices: [stackdb.trove.trove]
  clusters:
    description: Only the clusters of these names. Without it all of the project.
    type: list
    elements: str
    default: []
  address:
    description:
      - What C(ansible_host) becomes, the V(fixed) or the V(floating) address.
      - V(none) leaves it out, for names that resolve or a jump host's own configuration.
      - A host without such an address gets no C(ansible_host).
      - V(fixed) is the address on the first network that was asked for, of the version of IP that was asked for, else of version 4 where there is one.
      - The collection's playbooks take what this inventory says, unless they are given C(trove_address).
    type: str
    choices: [fixed, floating, none]
    default: fixed
"""

EXAMPLES = r"""
# production.trove.yml
plugin: stackdb.trove.trove
cloud: mycloud
address: floating
compose:
  ansible_user: "'debian'"
keyed_groups:
  - key: trove_instance.flavor.name
    prefix: flavor
  # by the user's own metadata: hosts that have none are in no such group
  - key: trove_instance.metadata.team | default('')
    prefix: team

# and in a playbook, for members of any datastore
# - name: Configure each member by the role of its datastore
#   ansible.builtin.include_role:
#     name: "{{ trove_instance.datastore.role }}"
#     tasks_from: configure

# only one cluster, through a jump host, kept for five minutes
# plugin: stackdb.trove.trove
# cloud: mycloud
# clusters: [products]
# compose:
#   ansible_ssh_common_args: "'-J ops@jump.example.com'"
# cache: true
# cache_plugin: ansible.builtin.jsonfile
# cache_connection: ~/.cache/trove-inventory
# cache_timeout: 300
"""

from typing import Any

from ansible.errors import AnsibleParserError
from ansible.plugins.inventory import BaseInventoryPlugin, Cacheable, Constructable

from ..module_utils._cloud import connection, observe
from ..module_utils._datastores import registry
from ..module_utils._model.cluster import Cluster, Instance
from ..module_utils._model.errors import TroveError
from ..module_utils._model.hosts import groups, hostvars


def _host(cluster: Cluster, instance: Instance) -> dict[str, Any]:
    """A host as plain data, with both addresses."""
    driver = registry.find(cluster.datastore, instance.type)
    return {
        "name": instance.name,
        "groups": groups(cluster, instance, driver),
        "addresses": {"fixed": instance.address(), "floating": instance.address("floating")},
        "vars": hostvars(cluster, instance, driver),
    }


class InventoryModule(BaseInventoryPlugin, Constructable, Cacheable):
    NAME = "stackdb.trove.trove"

    def verify_file(self, path: str) -> bool:
        return super().verify_file(path) and path.endswith(("trove.yml", "trove.yaml"))

    def parse(self, inventory: Any, loader: Any, path: str, cache: bool = True) -> None:
        super().parse(inventory, loader, path, cache)
        self._read_config_data(path)
        for host in self._cached_hosts(path, cache):
            self._add(host)

    def _cached_hosts(self, path: str, cache: bool) -> list[dict[str, Any]]:
        key = self.get_cache_key(path)
        use_cache = self.get_option("cache")
        if use_cache and cache and key in self._cache:
            cached: list[dict[str, Any]] = self._cache[key]
            return cached
        hosts = self._fetch()
        if use_cache:
            self._cache[key] = hosts
        return hosts

    def _fetch(self) -> list[dict[str, Any]]:
        """The hosts as plain data, whatever `address` says: the cache must not depend on it."""
        if connection.SDK_MISSING:
            raise AnsibleParserError("The inventory plugin stackdb.trove.trove needs the Python library openstacksdk.")
        try:
            cloud = connection.Cloud({name: self.get_option(name) for name in connection.OPTIONS})
            found = observe.clusters(cloud, type_=None)
        except TroveError as error:
            raise AnsibleParserError(error.message) from error
        for text in cloud.warnings:
            self.display.warning(text)
        wanted = self.get_option("clusters")
        return [_host(cluster, instance) for cluster in found if not wanted or cluster.name in wanted for instance in cluster.instances]

    def _add(self, host: dict[str, Any]) -> None:
        name, variables = host["name"], dict(host["vars"])
        address = host["addresses"].get(self.get_option("address"))
        if address:
            variables["ansible_host"] = address
        self.inventory.add_host(name)
        for group in host["groups"]:
            self.inventory.add_group(group)
            self.inventory.add_child(group, name)
        for key, value in variables.items():
            self.inventory.set_variable(name, key, value)
        strict = self.get_option("strict")
        self._set_composite_vars(self.get_option("compose"), variables, name, strict=strict)
        self._add_host_to_composed_groups(self.get_option("groups"), variables, name, strict=strict)
        self._add_host_to_keyed_groups(self.get_option("keyed_groups"), variables, name, strict=strict)
