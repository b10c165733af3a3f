#!/usr/bin/python
# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: trove_instance
short_description: Make and delete the server of a single database instance
version_added: 1.0.0
author: stackdb.trove contributors (@stackdb)
description:
  - Creates the Nova server of one MariaDB or MySQL instance with its data volume, a server group for the locality and a security group.
  - Such an instance may get replicas by M(stackdb.trove.trove_replica). They share its server group and its security group; together they are a replication
    topology.
  - The database itself is set up by the role P(stackdb.trove.mysql_replication#role); the playbook C(stackdb.trove.instance_create) does both.
  - The plan is created before the first step is taken, and a run that was killed is continued by the same run, as with M(stackdb.trove.trove_cluster).
options:
  name:
    description:
      - Name of the instance and of its server, unique in the project.
      - A letter, then letters, digits and hyphens, at most 49 characters.
    type: str
    required: true
  state:
    description:
      - V(present) makes what is missing. A living instance is not changed, but for O(allowed_cidrs) and O(management_cidrs).
      - V(absent) deletes the server and B(its data volume with the data), and with the last instance of a replication topology the server group and security
        group. A source that has replicas is refused.
        The server of an instance that others have created stays, with its data; it only is no instance any more.
    type: str
    choices: [present, absent]
    default: present
  datastore:
    description: The datastore type, by default V(mariadb).
    type: str
    choices: [mariadb, mysql]
  datastore_version:
    description: The datastore version. Required for O(state=present).
    type: str
  flavor:
    description: Name or id of the flavor. Required for O(state=present).
    type: str
  image:
    description: Name or id of the image. Required for O(state=present).
    type: str
  volume_size:
    description: Size of the data volume in GiB. Without it there is none, and the data are on the root disk.
    type: int
  volume_type:
    description: Name or id of Cinder's volume type.
    type: str
  networks:
    description: Names or ids of the networks. The address on the first one is the instance's. Required for O(state=present).
    type: list
    elements: str
  key_name:
    description: The key pair that is put into the server.
    type: str
  locality:
    description:
      - The policy of the server group, which the instance's replicas will follow. Without it there is no group, and Nova places as it likes.
      - It is fixed for life.
    type: str
    choices: [affinity, anti-affinity, soft-affinity, soft-anti-affinity]
  max_server_per_host:
    description: How many of the replication topology may share a hypervisor. Only with O(locality=anti-affinity).
    type: int
  allowed_cidrs:
    description:
      - Networks whose clients may reach the database.
      - By default the subnets of the first network.
    type: list
    elements: str
  management_cidrs:
    description:
      - Networks from which the server can be reached by ssh.
      - By default anywhere, since a key is needed anyway; over IPv6, too, where the first network has a subnet of version 6.
    type: list
    elements: str
  metadata:
    description:
      - Metadata of your own, texts by name, in any form. They are shown, and the inventory has them as C(trove_instance.metadata).
      - They stand on the servers in Nova, readable for everybody in the project, so no secrets.
      - C(stackdb.trove.instance_configure) changes them. Its replicas have their own.
    type: dict
  security_groups:
    description: Names or ids of further security groups for a new server.
    type: list
    elements: str
extends_documentation_fragment:
  - stackdb.trove.cloud
  - stackdb.trove.progress
  - stackdb.trove.cloud.place
  - stackdb.trove.cloud.wait
  - stackdb.trove.cloud.clear_task
  - stackdb.trove.cloud.actiongroup
  - stackdb.trove.cloud.attributes
seealso:
  - module: stackdb.trove.trove_replica
  - module: stackdb.trove.trove_instance_info
  - module: stackdb.trove.trove_instance_task
"""

EXAMPLES = r"""
- name: A server for one MariaDB instance, whose replicas shall be on other hypervisors
  stackdb.trove.trove_instance:
    cloud: mycloud
    name: orders
    datastore: mariadb
    datastore_version: "10.11"
    flavor: db.small
    volume_size: 20
    image: debian-12
    networks: [db-net]
    key_name: ops
    locality: anti-affinity

- name: Delete it with its data
  stackdb.trove.trove_instance:
    cloud: mycloud
    name: orders
    state: absent
"""

RETURN = r"""
instance:
  description:
    - The instance in the form of Trove's show; V(none) after its deletion. In check mode what it would become.
    - It has one node, its Nova server, whose id is the instance's.
    - C(status) and C(server_status) are as in RV(stackdb.trove.trove_cluster#module:cluster).
  returned: O(state=present)
  type: dict
  sample:
    id: 5c489b9d-96bb-4e15-a79d-412d88a0062e
    name: orders
    type: instance
    status: BUILD
    server_status: ACTIVE
    hostname: orders
    task: {id: 5, name: BUILDING, description: The instance is building.}
    created: "2026-03-14T20:19:23Z"
    updated: "2026-03-14T20:19:25Z"
    datastore: {type: mariadb, version: "10.11"}
    ip: [10.0.0.1]
    locality: anti-affinity
    flavor: {id: "2", name: db.small}
    volume: {id: 965ef811-7c1d-47fc-89f2-a89dfdd23ef2, size: 20, type: standard, used: null}
    nodes:
      - id: 5c489b9d-96bb-4e15-a79d-412d88a0062e
        hostname: orders
        name: orders
        host_id: 2091634baaccdc4c5a1d57069c833e402921df696b7f970791b12ec6
        flavor: {id: "2", name: db.small}
        volume: {id: 965ef811-7c1d-47fc-89f2-a89dfdd23ef2, size: 20, type: standard, used: null}
    metadata:
      replication_contract: {writable: true}
instances:
  description: What is left of the replication topology.
  returned: O(state=absent)
  type: list
  elements: dict
hosts:
  description: The instance as an inventory host, as RV(stackdb.trove.trove_cluster#module:hosts). Its C(trove_instance) has the C(replication_contract), too.
  returned: O(state=present)
  type: list
  elements: dict
plan:
  description: The steps that were created, or would be created in check mode. Steps of one C(stage) run at the same time.
  returned: success
  type: list
  elements: dict
"""

from typing import Any

from ..module_utils._model import identity, locality
from ..module_utils._module.cloud import PLACE_OPTIONS, TASK_OPTIONS, WAIT_OPTIONS, Connect, Module, Options, make_module, reconciled, refuse_unused, run
from ..module_utils._servers import hosts, wanted
from ..module_utils._servers.instance import InstanceAbsent, InstancePresent

ARGUMENT_SPEC: dict[str, Any] = {
    "name": {"type": "str", "required": True},
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    "datastore": {"type": "str", "choices": wanted.INSTANCES_OF},
    "datastore_version": {"type": "str"},
    "flavor": {"type": "str"},
    "image": {"type": "str"},
    "volume_size": {"type": "int"},
    "volume_type": {"type": "str"},
    "networks": {"type": "list", "elements": "str"},
    "key_name": {"type": "str"},
    "locality": {"type": "str", "choices": list(locality.POLICIES)},
    "max_server_per_host": {"type": "int"},
    "allowed_cidrs": {"type": "list", "elements": "str"},
    "management_cidrs": {"type": "list", "elements": "str"},
    "metadata": {"type": "dict"},
    "security_groups": {"type": "list", "elements": "str"},
    **PLACE_OPTIONS,
    **WAIT_OPTIONS,
    **TASK_OPTIONS,
}


def _present(module: Module, options: Options, connect: Connect) -> dict[str, Any]:
    asked = wanted.of_instance(options)
    reconciler = InstancePresent(connect(), asked, options["timeout"], options["wait"], options["clear_task"])
    outcome, result = reconciled(module, reconciler, "instance")
    return dict(result, hosts=hosts.of_cluster(outcome.observed) if outcome.observed else [])


def _absent(module: Module, options: Options, connect: Connect) -> dict[str, Any]:
    _outcome, result = reconciled(module, InstanceAbsent(connect(), options["name"], options["timeout"]), "instance")
    left = result.pop("instance") or {"instances": []}
    return dict(result, **left)


def main() -> None:
    module = make_module(ARGUMENT_SPEC, required_if=[("state", "present", ["datastore_version", "flavor", "image", "networks"])])

    def act(options: Options, connect: Connect) -> dict[str, Any]:
        identity.check_name(options["name"])
        if options["state"] == "absent":
            refuse_unused(ARGUMENT_SPEC, options, (), "absent")
        return (_present if options["state"] == "present" else _absent)(module, options, connect)

    run(module, act)


if __name__ == "__main__":
    main()
