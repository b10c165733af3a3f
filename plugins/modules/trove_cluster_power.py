#!/usr/bin/python
# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: trove_cluster_power
short_description: Stop or start the servers of a cluster that is stopped
version_added: 1.0.0
author: stackdb.trove contributors (@stackdb)
description:
  - Stops the servers only where every member's word says that its database was stopped, and does not start at boot.
  - The databases are stopped and started by the playbooks C(stackdb.trove.cluster_stop) and C(stackdb.trove.cluster_start), which call this module.
options:
  name:
    description: Name of the cluster. Required unless O(id) is given.
    type: str
  id:
    description: The cluster's id, where two clusters came to have the same name.
    type: str
  state:
    description:
      - V(stopped) asks for proof that the databases are stopped, in O(evidence), and stops the servers where O(stop_servers) says so.
      - V(started) starts those that are off, and waits until they are active.
    type: str
    choices: [stopped, started]
    required: true
  stop_servers:
    description: With O(state=stopped), whether to stop the servers in Nova, too. They keep their volumes and addresses.
    type: bool
    default: false
  timeout:
    description: Seconds to wait for each server.
    type: int
    default: 600
extends_documentation_fragment:
  - stackdb.trove.cloud
  - stackdb.trove.progress
  - stackdb.trove.cloud.evidence
  - stackdb.trove.cloud.actiongroup
  - stackdb.trove.cloud.attributes
seealso:
  - module: stackdb.trove.trove_cluster_task
"""

EXAMPLES = r"""
- name: Start the servers
  stackdb.trove.trove_cluster_power:
    cloud: mycloud
    name: products
    state: started
"""

RETURN = r"""
cluster:
  description: The cluster, as RV(stackdb.trove.trove_cluster#module:cluster).
  returned: success
  type: dict
hosts:
  description: The members for an inventory, as RV(stackdb.trove.trove_cluster#module:hosts).
  returned: success
  type: list
  elements: dict
placement:
  description: Whether the locality is kept, as RV(stackdb.trove.trove_cluster#module:placement).
  returned: success
  type: dict
plan:
  description: The steps that were created, or would be created in check mode.
  returned: success
  type: list
  elements: dict
"""

from typing import Any

from ..module_utils._module.cloud import PROOF_OPTIONS, Connect, Options, make_module, reconciled, refuse_unused, run
from ..module_utils._servers import cluster_power, hosts
from ..module_utils._servers.proof import Proof

ARGUMENT_SPEC: dict[str, Any] = {
    "name": {"type": "str"},
    "id": {"type": "str"},
    "state": {"type": "str", "choices": ["stopped", "started"], "required": True},
    "stop_servers": {"type": "bool", "default": False},
    "timeout": {"type": "int", "default": 600},
    **PROOF_OPTIONS,
}
_USED = {"stopped": {"id", "stop_servers", "evidence", "force"}, "started": {"id"}}


def main() -> None:
    module = make_module(ARGUMENT_SPEC, required_one_of=[("name", "id")])

    def act(options: Options, connect: Connect) -> dict[str, Any]:
        refuse_unused(ARGUMENT_SPEC, options, _USED[options["state"]], options["state"])
        name, cluster_id, timeout = options["name"], options["id"], options["timeout"]
        if options["state"] == "started":
            wanted: Any = cluster_power.ClusterStarted(connect(), name, timeout, cluster_id)
        else:
            proof = Proof.of(options, module.check_mode)
            wanted = cluster_power.ClusterStopped(connect(), name, timeout, proof, options["stop_servers"], cluster_id)
        outcome, result = reconciled(module, wanted, "cluster")
        cluster = outcome.observed
        return {**result, "hosts": hosts.of_cluster(cluster), "placement": cluster.placement().view()} if cluster else result

    run(module, act)


if __name__ == "__main__":
    main()
