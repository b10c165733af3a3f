#!/usr/bin/python
# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: trove_instance_info
short_description: Show database instances with their replication contracts and topology
version_added: 1.0.0
author: stackdb.trove contributors (@stackdb)
description:
  - Reads the instances of the project, sources and replicas among them, from Nova and Cinder, in the form of Trove's show and list.
  - The member of a cluster is shown, too, where it is asked for by its name or id.
options:
  name:
    description: Show only the instance of this name or id. It may be the member of a cluster.
    type: str
  include_clustered:
    description: List the members of clusters, too.
    type: bool
    default: false
  connected:
    description: Show those that are connected with the instance of O(name), too, its source and replicas.
    type: bool
    default: false
  limit:
    description: List at most so many instances, in the order of their ids.
    type: int
  marker:
    description: List the instances whose ids are greater than this one, the last id of the list before.
    type: str
extends_documentation_fragment:
  - stackdb.trove.cloud
  - stackdb.trove.progress
  - stackdb.trove.cloud.actiongroup
  - stackdb.trove.cloud.info
seealso:
  - module: stackdb.trove.trove_instance
  - module: stackdb.trove.trove_replica
"""

EXAMPLES = r"""
- name: Show one
  stackdb.trove.trove_instance_info:
    cloud: mycloud
    name: orders
  register: shown

- name: List all
  stackdb.trove.trove_instance_info:
    cloud: mycloud
"""

RETURN = r"""
instances:
  description:
    - The instances, as RV(stackdb.trove.trove_instance#module:instance). Empty when there is none of that name or id.
    - Each has its C(topology), too, in the form of Trove's, and C(drift), sentences that say where contracts of its replication topology do not agree.
    - The member of a cluster has neither of both, and no contract. It has the C(cluster_id), and the cluster's C(task).
    - C(ip) is a list here, as in Trove's show of an instance, while a member has one C(ip) in RV(stackdb.trove.trove_cluster#module:cluster).
  returned: success
  type: list
  elements: dict
  sample:
    - id: 5c489b9d-96bb-4e15-a79d-412d88a0062e
      name: orders
      metadata:
        replication_contract: {replicates_to: [7ee9664f-1261-4076-8abc-21af3a092132], writable: true}
      topology:
        members:
          - {id: 5c489b9d-96bb-4e15-a79d-412d88a0062e, name: orders}
          - id: 7ee9664f-1261-4076-8abc-21af3a092132
            name: orders-replica
            mysql: {slave_of: [{id: 5c489b9d-96bb-4e15-a79d-412d88a0062e}], read_only: true}
      drift: []
hosts:
  description: The instances, and those that are connected with them, as inventory hosts, as RV(stackdb.trove.trove_replica#module:hosts).
  returned: success
  type: list
  elements: dict
placement:
  description: Whether the promise of each replication topology's locality holds now, by the replication topology's name.
  returned: success
  type: dict
next_marker:
  description: What to give as O(marker) for the next part of the list; V(none) at its end.
  returned: success
  type: str
"""

from typing import Any

from ..module_utils._cloud import observe
from ..module_utils._model import instance as instances
from ..module_utils._model.paging import check_limit, page
from ..module_utils._module.cloud import Connect, Options, make_module, run
from ..module_utils._servers.hosts import about

ARGUMENT_SPEC: dict[str, Any] = {
    "name": {"type": "str"},
    "include_clustered": {"type": "bool", "default": False},
    "connected": {"type": "bool", "default": False},
    "limit": {"type": "int"},
    "marker": {"type": "str"},
}


def _info(options: Options, connect: Connect) -> dict[str, Any]:
    check_limit(options["limit"])
    families = observe.clusters(connect(), type_=None if options["name"] or options["include_clustered"] else "instance")
    found = [instances.Listed(i.id, family, i) for family in families for i in family.instances if options["name"] in (None, i.name, i.id)]
    if options["connected"]:
        found = [instances.Listed(i.id, one.family, i) for one in found for i in (one.instance, *instances.concerned(one.family, one.instance))]
    unique = {one.id: one for one in found}
    shown, next_marker = page([unique[id_] for id_ in sorted(unique)], options["limit"], options["marker"])
    hosts = {host["name"]: host for one in shown for host in about(one.family, one.instance)["hosts"]}
    return {
        "changed": False,
        "instances": [one.view() for one in shown],
        "hosts": list(hosts.values()),
        "placement": {one.family.name: one.family.placement().view() for one in shown},
        "next_marker": next_marker,
    }


def main() -> None:
    run(make_module(ARGUMENT_SPEC), _info)


if __name__ == "__main__":
    main()
