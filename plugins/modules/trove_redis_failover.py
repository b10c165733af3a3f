#!/usr/bin/python
# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: trove_redis_failover
short_description: Have replicas of a Redis Cluster take the place of their masters
version_added: 1.0.0
author: stackdb.trove contributors (@stackdb)
description:
  - A planned failover (C(CLUSTER FAILOVER)), while clients read and write. The master holds its clients until the replica has all that it has written, so
    nothing is lost.
  - It has ended when all members agree that the replica serves the master's slots, and the master follows it.
  - Runs on one of the guests or on the controller, wherever all nodes can be reached. A run that was killed is continued by starting it again.
options:
  state:
    description:
      - V(over) has O(members), which are replicas, take the place of their masters, one after the other. One that is a master already is left alone.
      - V(away) has the first replica of each of O(members) take its place, where that is a master which serves slots. One without a replica stays.
      - V(whole) changes nothing, and waits until all members serve and agree, and replicas follow their masters.
      - The first two are refused while the cluster is not whole, and for a replica whose link to its master is not up.
    type: str
    choices: [over, away, whole]
    required: true
  members:
    description: The names of the replicas, or of the masters.
    type: list
    elements: str
    default: []
  of_versions:
    description:
      - With O(state=away), whether servers are of several versions. Then a replica of the oldest version takes over, since newer ones can follow it, and not
        the other way round; and the former master need not have a link to it, which it gets when it is upgraded.
    type: bool
    default: false
  timeout:
    description: Seconds until a replica must have caught up and taken over, and until all members must agree.
    type: int
    default: 120
extends_documentation_fragment:
  - stackdb.trove.redis
  - stackdb.trove.cloud.attributes
requirements:
  - redis >= 4.3 (Python library) where it runs
seealso:
  - module: stackdb.trove.trove_redis_cluster
"""

EXAMPLES = r"""
- name: Have a replica take the place of its master
  stackdb.trove.trove_redis_failover:
    state: over
    members: [sessions-member-4]
    nodes: "{{ nodes }}"
    username: trove
    password: "{{ redis_password }}"
    ca_cert: /etc/redis/tls/ca.pem
  run_once: true
"""

RETURN = r"""
failed_over:
  description: Who took whose place, C(master) and C(replica), and the C(offset) of the replication stream that the replica had at least.
  returned: success
  type: list
  elements: dict
redis_cluster:
  description: The cluster, as RV(stackdb.trove.trove_redis_cluster#module:redis_cluster).
  returned: success
  type: dict
plan:
  description: The steps as they were created, or would be in check mode.
  returned: success
  type: list
  elements: dict
"""

from collections.abc import Mapping
from typing import Any

from ..module_utils._datastores.redis_cluster.verbs.cluster import Nodes
from ..module_utils._datastores.redis_cluster.verbs.failover import FailedOver, Whole
from ..module_utils._module import guest, redis
from ..module_utils._plan.runner import Reconciler, reconcile


def act(params: Mapping[str, Any], check_mode: bool) -> dict[str, Any]:
    """The module's result."""
    with redis.connect(params) as connections:
        nodes = Nodes(connections, params["timeout"])
        wanted: Reconciler[Any] = Whole(nodes) if params["state"] == "whole" else FailedOver(
            nodes, params["members"], away=params["state"] == "away", of_versions=params["of_versions"]
        )
        outcome = reconcile(wanted, check_mode)
    done = outcome.result.get("failed_over", [])
    return {"changed": outcome.changed, "failed_over": done, "redis_cluster": outcome.after, "plan": outcome.plan.view(), "diff": outcome.diff()}


def main() -> None:
    guest.run(
        act,
        {
            **redis.OPTIONS,
            "state": {"type": "str", "choices": ["over", "away", "whole"], "required": True},
            "members": {"type": "list", "elements": "str", "default": []},
            "of_versions": {"type": "bool", "default": False},
            "timeout": {"type": "int", "default": 120},
        },
        required_together=redis.TOGETHER,
        required_if=[("state", "over", ("members",)), ("state", "away", ("members",))],
    )


if __name__ == "__main__":
    main()
