#!/usr/bin/python
# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: trove_cluster_task
short_description: Begin or end the task of a database cluster
version_added: 1.0.0
author: stackdb.trove contributors (@stackdb)
description:
  - A cluster has one task at a time, noted in the metadata of its servers. While it runs, another one is refused.
  - The same task can be begun again, which is how a run that was killed goes on.
  - The playbooks end a task with O(task=NONE) after the database said that it serves on every member, which is the O(evidence).
    With O(force) the task ends though members may not serve. It is refused while a server of a new member is not active, or its volume not attached.
options:
  name:
    description: Name of the cluster. Required unless O(id) is given.
    type: str
  id:
    description: The cluster's id, where two clusters came to have the same name.
    type: str
  task:
    description: The task to begin, in Trove's words, or V(NONE) to end the one that runs.
    type: str
    required: true
    choices:
      - NONE
      - BUILDING
      - DELETING
      - GROWING_CLUSTER
      - SHRINKING_CLUSTER
      - UPGRADING_CLUSTER
      - RESTARTING_CLUSTER
      - UPDATING_CLUSTER
      - RESIZING_CLUSTER
      - REBALANCING_CLUSTER
      - FAILING_OVER_MASTERS
      - REPLACING_MEMBERS
      - INITIALIZING_MEMBERS
      - RECOVERING_CLUSTER
      - ROTATING_CLUSTER
      - STOPPED
  untouched:
    description:
      - With O(task=NONE), end a task whose act was refused before it changed anything. Then O(evidence) has to say that all is after as it was before.
      - Otherwise it has to say that every member serves.
    type: bool
    default: false
  leaving:
    description:
      - With O(task=SHRINKING_CLUSTER), the names of the members that are to leave. Where O(evidence.before) says that they do not serve, the task may follow
        any other that has not ended.
    type: list
    elements: str
  restart_required:
    description:
      - With O(task=NONE), the names of the members that were given settings which take effect at their next start. Their status is shown as
        C(RESTART_REQUIRED) then, as Trove does. It is noted on them, and removed from all others.
      - Without it, what is noted stays.
    type: list
    elements: str
  lost:
    description: With O(task=NONE), the names of members that the user has given up, so that they have neither to answer nor to serve.
    type: list
    elements: str
  metadata:
    description: With O(task=NONE), the user's own metadata that all members shall have. What is not given is removed; without the option they stay as they are.
    type: dict
  run:
    description: The run that begins O(task), which is noted beside it. A run that continues it tells by this which members had their turn.
    type: str
  rolled:
    description: >-
      With O(task=NONE), the names of the members that had a turn. O(evidence) has to say that they did in it what its verb is for.
    type: list
    elements: str
  turn:
    description: The turn that members have noted, the run that began the task and the verb, with C(/) between.
    type: str
extends_documentation_fragment:
  - stackdb.trove.cloud
  - stackdb.trove.progress
  - stackdb.trove.cloud.evidence
  - stackdb.trove.cloud.clear_task
  - stackdb.trove.cloud.actiongroup
  - stackdb.trove.cloud.attributes
seealso:
  - module: stackdb.trove.trove_cluster
"""

EXAMPLES = r"""
- name: The cluster serves
  stackdb.trove.trove_cluster_task:
    cloud: mycloud
    name: products
    task: NONE
    evidence:
      after: "{{ members | stackdb.trove.evidence(hostvars, round) }}"
"""

RETURN = r"""
cluster:
  description: The cluster, as RV(stackdb.trove.trove_cluster#module:cluster).
  returned: success
  type: dict
plan:
  description: The steps that were created, or would be created in check mode.
  returned: success
  type: list
  elements: dict
"""

from typing import Any

from ..module_utils._model import task, user_metadata
from ..module_utils._model.errors import InvalidInput
from ..module_utils._module.cloud import PROOF_OPTIONS, TASK_OPTIONS, Connect, Options, check_task_options, make_module, reconciled, run
from ..module_utils._servers.cluster_act import ClusterTask
from ..module_utils._servers.proof import Proof
from ..module_utils._servers.turn import Turn

ARGUMENT_SPEC: dict[str, Any] = {
    "name": {"type": "str"},
    "id": {"type": "str"},
    "task": {"type": "str", "required": True, "choices": list(task.NAMES)},
    "untouched": {"type": "bool", "default": False},
    "leaving": {"type": "list", "elements": "str"},
    "restart_required": {"type": "list", "elements": "str"},
    "metadata": {"type": "dict"},
    "lost": {"type": "list", "elements": "str"},
    "run": {"type": "str"},
    "rolled": {"type": "list", "elements": "str"},
    "turn": {"type": "str"},
    **PROOF_OPTIONS,
    **TASK_OPTIONS,
}


def main() -> None:
    module = make_module(ARGUMENT_SPEC, required_one_of=[("name", "id")])

    def act(options: Options, connect: Connect) -> dict[str, Any]:
        check_task_options(options)
        if options["leaving"] and options["task"] != "SHRINKING_CLUSTER":
            raise InvalidInput("leaving", options["leaving"], "only with task=SHRINKING_CLUSTER")
        wanted = ClusterTask(
            connect(),
            options["name"],
            options["task"],
            Proof.of(options, module.check_mode),
            untouched=options["untouched"],
            cluster_id=options["id"],
            clear_task=options["clear_task"],
            leaving=options["leaving"] or (),
            restart_required=options["restart_required"],
            turn=Turn.of(options),
            metadata=user_metadata.check(options["metadata"]),
            lost=options["lost"] or (),
        )
        return reconciled(module, wanted, "cluster")[1]

    run(module, act)


if __name__ == "__main__":
    main()
