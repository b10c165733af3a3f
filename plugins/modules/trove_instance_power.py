#!/usr/bin/python
# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: trove_instance_power
short_description: Stop or start the servers of an instance that is stopped with its replicas
version_added: 1.0.0
author: stackdb.trove contributors (@stackdb)
description:
  - Acts on the server of O(name), and on those of all instances that are connected with it by replication contracts.
  - Stops the servers only where every instance's word says that its database was stopped, and does not start at boot.
  - The databases are stopped and started by the playbooks C(stackdb.trove.instance_stop) and C(stackdb.trove.instance_start), which call this module.
options:
  name:
    description: Name or id of an instance.
    type: str
    required: true
  state:
    description:
      - V(stopped) asks for proof that the databases are stopped, in O(evidence), and stops the servers where O(stop_servers) says so.
      - V(started) starts those that are off, and waits until they are active. Refused while another task runs.
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
  - module: stackdb.trove.trove_instance_task
"""

EXAMPLES = r"""
- name: Start the servers
  stackdb.trove.trove_instance_power:
    cloud: mycloud
    name: orders
    state: started
"""

RETURN = r"""
instances:
  description: The instances, each as RV(stackdb.trove.trove_instance#module:instance).
  returned: success
  type: list
  elements: dict
hosts:
  description: The instances for an inventory, as RV(stackdb.trove.trove_replica#module:hosts).
  returned: success
  type: list
  elements: dict
placement:
  description: Whether the locality is kept, as RV(stackdb.trove.trove_replica#module:placement).
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
from ..module_utils._servers import hosts, instance_power
from ..module_utils._servers.proof import Proof

ARGUMENT_SPEC: dict[str, Any] = {
    "name": {"type": "str", "required": True},
    "state": {"type": "str", "choices": ["stopped", "started"], "required": True},
    "stop_servers": {"type": "bool", "default": False},
    "timeout": {"type": "int", "default": 600},
    **PROOF_OPTIONS,
}
_USED: dict[str, set[str]] = {"stopped": {"stop_servers", "evidence", "force"}, "started": set()}


def main() -> None:
    module = make_module(ARGUMENT_SPEC)

    def act(options: Options, connect: Connect) -> dict[str, Any]:
        refuse_unused(ARGUMENT_SPEC, options, _USED[options["state"]], options["state"])
        name, timeout = options["name"], options["timeout"]
        if options["state"] == "started":
            wanted: Any = instance_power.InstanceStarted(connect(), name, timeout)
        else:
            wanted = instance_power.InstanceStopped(connect(), name, timeout, Proof.of(options, module.check_mode), options["stop_servers"])
        outcome, result = reconciled(module, wanted, "family")
        family, instance = wanted.found(outcome.observed)
        return {**result, **result.pop("family"), **hosts.about(family, instance)}

    run(module, act)


if __name__ == "__main__":
    main()
