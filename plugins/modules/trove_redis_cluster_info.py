#!/usr/bin/python
# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: trove_redis_cluster_info
short_description: See the state of a Redis Cluster
version_added: 1.0.0
author: stackdb.trove contributors (@stackdb)
description:
  - Asks every node that is named what it says of itself and of the cluster. Never fails because a node is down.
  - Run on a member with O(probe=true), it tells which bus ports of the others that member can reach.
options:
  probe:
    description: Whether to try the nodes' bus ports from where the module runs.
    type: bool
    default: false
extends_documentation_fragment:
  - stackdb.trove.redis
  - stackdb.trove.cloud.info
seealso:
  - module: stackdb.trove.trove_redis_cluster
"""

EXAMPLES = r"""
- name: See the cluster from here
  stackdb.trove.trove_redis_cluster_info:
    nodes: "{{ redis_nodes }}"
    password: "{{ redis_password }}"
  register: seen

- name: Stop when all is not well
  ansible.builtin.assert:
    that: seen.redis_cluster.state == 'ok'
"""

RETURN = r"""
redis_cluster:
  description: The cluster as its members see it.
  returned: success
  type: dict
  contains:
    state:
      description: V(ok) when every member says C(cluster_state:ok), all 16384 slots are served and all members agree on who serves which, else V(fail).
      type: str
    faults:
      description: What is wrong, a sentence each.
      type: list
      elements: str
    slots:
      description: How many slots are served.
      type: int
    open_slots:
      description: Slots that a move has opened and that were not closed, each with C(slot), C(source) and C(target).
      type: list
      elements: dict
    members:
      description: The nodes that were named.
      type: list
      elements: dict
      contains:
        name:
          description: The member's name.
          type: str
        address:
          description: Its IP address.
          type: str
        port:
          description: Its port for clients.
          type: int
        host:
          description: Its hypervisor, as it was given.
          type: str
        id:
          description: Its node id.
          type: str
        error:
          description: Why it does not answer.
          type: str
        version:
          description: The server's version.
          type: str
        state:
          description: What the member itself says of the cluster.
          type: str
        role:
          description: V(master) or V(replica).
          type: str
        master:
          description: The name of a replica's master.
          type: str
        master_id:
          description: The node id of a replica's master.
          type: str
        slots:
          description: The slots that it serves, such as V(0-5460).
          type: str
        slot_count:
          description: How many these are.
          type: int
        offset:
          description: How far it is in the replication stream; of a master what it has written, of a replica what it has received.
          type: int
        key_count:
          description: How many keys it holds.
          type: int
        stray_keys:
          description: >-
            C(slots) and C(key_count) of those that no client reaches, since it does not serve their slots and no move brings them to it;
            none where there are none. They are a fault. O(stackdb.trove.trove_redis_cluster#module:stray_keys) tells what can be done.
          type: dict
        used_memory:
          description: Bytes in use.
          type: int
        maxmemory:
          description: Bytes that it may use, 0 for no limit.
          type: int
bus:
  description: By member, V(open), V(refused) or V(no answer) of its bus port. A port may be closed to the controller and open to the members.
  returned: when O(probe=true)
  type: dict
  sample: {sessions-member-1: open, sessions-member-2: no answer}
"""

from collections.abc import Mapping
from typing import Any

from ..module_utils._datastores.redis_cluster.guest import strays
from ..module_utils._datastores.redis_cluster.rules import open_slots
from ..module_utils._datastores.redis_cluster.verbs.cluster import Nodes
from ..module_utils._module import guest, redis


def look(params: Mapping[str, Any], check_mode: bool) -> dict[str, Any]:
    """The module's result."""
    with redis.connect(params) as connections:
        cluster = strays.counted(connections, Nodes(connections).look())
    result = {"changed": False, "redis_cluster": open_slots.view(cluster)}
    return {**result, "bus": Nodes.probe(cluster)} if params["probe"] else result


def main() -> None:
    guest.run(look, {**redis.OPTIONS, "probe": {"type": "bool", "default": False}}, required_together=redis.TOGETHER)


if __name__ == "__main__":
    main()
