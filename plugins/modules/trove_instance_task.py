#!/usr/bin/python
# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: trove_instance_task
short_description: Begin or end the task of a database instance and its replicas
version_added: 1.0.0
author: stackdb.trove contributors (@stackdb)
description:
  - A source and its replicas have one task at a time, noted in the metadata of their servers. While it runs, another one is refused.
  - The same task can be begun again, which is how a run that was killed goes on.
  - The playbooks end a task with O(task=NONE) after the databases said that they serve and replicate, which is the O(evidence).
    With O(force) the task ends though instances may not serve. It is refused while a server of a new instance is not active, or its volume not attached.
options:
  name:
    description: Name or id of an instance. The task is that of its whole replication topology.
    type: str
    required: true
  task:
    description: The task to begin, in Trove's words, or V(NONE) to end the one that runs. V(STOPPED) is noted on those that are connected with O(name) alone.
    type: str
    required: true
    choices:
      [NONE, DELETING, REBOOTING, RESIZING, BUILDING, PROMOTING, EJECTING, DETACHING, UPGRADING, STOPPED, UPDATING, ATTACHING, REARRANGING, ROTATING,
       RECOVERING]
  source:
    description: The name or id of the source that O(name) is being attached to. All that are connected with either of the two have to prove it then.
    type: str
  contract:
    description: The contracts that are being established, as in M(stackdb.trove.trove_replica). All that they are about have to prove it then.
    type: dict
  untouched:
    description:
      - With O(task=NONE), end a task whose act was refused before it changed anything. Then O(evidence) has to say that all is after as it was before.
      - Otherwise it has to say that every connected instance serves.
    type: bool
    default: false
  restart_required:
    description:
      - With O(task=NONE), the names of the instances that were given settings which take effect at their next start. Their status is shown as
        C(RESTART_REQUIRED) then, as Trove does. It is noted on them, and removed from all others.
      - Without it, what is noted stays.
    type: list
    elements: str
  metadata:
    description: With O(task=NONE), the user's own metadata that O(name) shall have. What is not given is removed; without the option they stay as they are.
    type: dict
  run:
    description: The run that begins O(task), which is noted beside it. A run that continues it tells by this which instances had their turn.
    type: str
  rolled:
    description: >-
      With O(task=NONE), the names of the instances that had a turn. O(evidence) has to say that they did in it what its verb is for.
    type: list
    elements: str
  turn:
    description: The turn that instances have noted, the run that began the task and the verb, with C(/) between.
    type: str
  stop_server:
    description:
      - With O(task=EJECTING), stop the server of O(name), which is a source that failed, and wait until Nova says that it is C(SHUTOFF). Nothing is done, and
        no task is begun, where it is so already.
      - The words before in O(evidence) have to say that no replica finds it alive. One that hangs is stopped. Refused, before anything is changed, for a server
        that is locked, or in a state in which Nova stops none.
    type: bool
    default: false
  timeout:
    description: Seconds to wait for the server to be stopped.
    type: int
    default: 600
extends_documentation_fragment:
  - stackdb.trove.cloud
  - stackdb.trove.progress
  - stackdb.trove.cloud.evidence
  - stackdb.trove.cloud.clear_task
  - stackdb.trove.cloud.actiongroup
  - stackdb.trove.cloud.attributes
seealso:
  - module: stackdb.trove.trove_instance
  - module: stackdb.trove.trove_replica
"""

EXAMPLES = r"""
- name: The instance serves
  stackdb.trove.trove_instance_task:
    cloud: mycloud
    name: orders
    task: NONE
    evidence:
      after: "{{ members | stackdb.trove.evidence(hostvars, round) }}"
"""

RETURN = r"""
instances:
  description: The replication topology's instances, each as RV(stackdb.trove.trove_instance#module:instance).
  returned: success
  type: list
  elements: dict
plan:
  description: The steps that were created, or would be created in check mode.
  returned: success
  type: list
  elements: dict
"""

from typing import Any

from ..module_utils._model import task, user_metadata
from ..module_utils._module.cloud import PROOF_OPTIONS, TASK_OPTIONS, Connect, Options, check_task_options, make_module, reconciled, run
from ..module_utils._servers.contracts import InstanceTask
from ..module_utils._servers.proof import Proof
from ..module_utils._servers.turn import Turn

ARGUMENT_SPEC: dict[str, Any] = {
    "name": {"type": "str", "required": True},
    "task": {"type": "str", "required": True, "choices": list(task.INSTANCE_NAMES)},
    "source": {"type": "str"},
    "contract": {"type": "dict"},
    "untouched": {"type": "bool", "default": False},
    "restart_required": {"type": "list", "elements": "str"},
    "metadata": {"type": "dict"},
    "run": {"type": "str"},
    "rolled": {"type": "list", "elements": "str"},
    "turn": {"type": "str"},
    "stop_server": {"type": "bool", "default": False},
    "timeout": {"type": "int", "default": 600},
    **PROOF_OPTIONS,
    **TASK_OPTIONS,
}


def main() -> None:
    module = make_module(ARGUMENT_SPEC)

    def act(options: Options, connect: Connect) -> dict[str, Any]:
        check_task_options(options)
        wanted = InstanceTask(
            connect(),
            options["name"],
            options["task"],
            Proof.of(options, module.check_mode),
            untouched=options["untouched"],
            clear_task=options["clear_task"],
            restart_required=options["restart_required"],
            turn=Turn.of(options),
            metadata=user_metadata.check(options["metadata"]),
            stop_server=options["stop_server"],
            timeout=options["timeout"],
            source=options["source"],
            contract=options["contract"],
        )
        _outcome, result = reconciled(module, wanted, "family")
        return {**result, **result.pop("family")}

    run(module, act)


if __name__ == "__main__":
    main()
