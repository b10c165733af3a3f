#!/usr/bin/python
# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: trove_server_group
short_description: Manage a Nova server group and see whether its promise holds
version_added: 1.0.0
author: stackdb.trove contributors (@stackdb)
description:
  - Creates and deletes Nova server groups, which decide whether servers are placed on the same hypervisor or on different ones.
  - Compares the C(hostId) of the members with the policy, since a live migration or a soft policy can break the promise.
  - Nova cannot change a server group. One of the same name that has another policy is an error here, never a silent success.
options:
  name:
    description: Name of the server group, unique in the project.
    type: str
    required: true
  state:
    description: Whether the group shall be there. Deleting it leaves its servers running, without the policy.
    type: str
    choices: [present, absent]
    default: present
  policy:
    description: Nova's policy. Required for O(state=present).
    type: str
    choices: [affinity, anti-affinity, soft-affinity, soft-anti-affinity]
  max_server_per_host:
    description: How many members may share a hypervisor. Only with O(policy=anti-affinity).
    type: int
extends_documentation_fragment:
  - stackdb.trove.cloud
  - stackdb.trove.progress
  - stackdb.trove.cloud.actiongroup
  - stackdb.trove.cloud.attributes
seealso:
  - module: stackdb.trove.trove_cluster
"""

EXAMPLES = r"""
- name: Different hypervisors for the members
  stackdb.trove.trove_server_group:
    cloud: mycloud
    name: products
    policy: anti-affinity

- name: At most two on a hypervisor
  stackdb.trove.trove_server_group:
    cloud: mycloud
    name: items
    policy: anti-affinity
    max_server_per_host: 2

- name: Delete the server group
  stackdb.trove.trove_server_group:
    cloud: mycloud
    name: products
    state: absent
"""

RETURN = r"""
server_group:
  description: The server group, or V(none) after its deletion.
  returned: success
  type: dict
  contains:
    id:
      description: Its id; V(none) in check mode before it exists.
      type: str
    name:
      description: Its name.
      type: str
    policy:
      description: Its policy.
      type: str
    rules:
      description: Its rules, C(max_server_per_host) or nothing.
      type: dict
    members:
      description: Its servers, each with C(id), C(name) and C(host_id).
      type: list
      elements: dict
    placement:
      description:
        - Whether the promise holds now. C(kept) is a boolean, C(broken) are sentences, one for each breach,
          and C(hosts) is the hostId by server name.
      type: dict
plan:
  description: The steps that were created, or would be created in check mode.
  returned: success
  type: list
  elements: dict
  sample: [{"action": "create", "kind": "server_group", "name": "products", "why": "policy anti-affinity", "risk": null, "stage": 1}]
"""

from typing import Any

from ..module_utils._model import locality
from ..module_utils._model.request import check_max_server_per_host
from ..module_utils._module.cloud import Connect, Options, make_module, reconciled, refuse_unused, run
from ..module_utils._servers.server_group import ServerGroupAbsent, ServerGroupPresent

ARGUMENT_SPEC: dict[str, Any] = {
    "name": {"type": "str", "required": True},
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    "policy": {"type": "str", "choices": list(locality.POLICIES)},
    "max_server_per_host": {"type": "int"},
}


def _reconciler(options: Options, connect: Connect) -> ServerGroupPresent | ServerGroupAbsent:
    refuse_unused(ARGUMENT_SPEC, options, {"policy", "max_server_per_host"} if options["state"] == "present" else (), options["state"])
    if options["state"] == "absent":
        return ServerGroupAbsent(connect(), options["name"])
    check_max_server_per_host(options["max_server_per_host"], options["policy"], "policy")
    return ServerGroupPresent(connect(), options["name"], options["policy"], options["max_server_per_host"])


def main() -> None:
    module = make_module(ARGUMENT_SPEC, required_if=[("state", "present", ["policy"])])

    def act(options: Options, connect: Connect) -> dict[str, Any]:
        outcome, result = reconciled(module, _reconciler(options, connect), "server_group")
        for sentence in outcome.after["placement"]["broken"] if outcome.after else ():
            module.warn(f"The promise of the server group is not kept: {sentence}.")
        return result

    run(module, act)


if __name__ == "__main__":
    main()
