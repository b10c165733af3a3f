#!/usr/bin/python
# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: trove_plan
short_description: Plan a verb, and create in the cloud what it needs first
version_added: 1.0.0
author: stackdb.trove contributors (@stackdb)
description:
  - Calls the module that finds or creates what a verb needs in the cloud, and says who acts on it, in which batches, and who has to answer.
  - It is part of the skeleton that all playbooks of this collection share. Use the playbooks.
options:
  verb:
    description: The name of the playbook.
    type: str
    required: true
  part:
    description: >-
      A part of the verb in a run of the skeleton of its own. V(then) follows the main one, for C(cluster_replace), whose new servers are other members, and
      C(cluster_initialize). V(first) comes before it, for C(instance_restart) and C(instance_resize), which promote a replica where that is asked for.
    type: str
    choices: [first, then]
  options:
    description: RV(stackdb.trove.trove_options#module:options).
    type: dict
    required: true
extends_documentation_fragment:
  - stackdb.trove.cloud.attributes
attributes:
  action:
    description: Runs on localhost, in the play that has the Python library openstacksdk.
    support: full
"""

EXAMPLES = r"""
- name: Plan to shrink
  stackdb.trove.trove_plan:
    verb: cluster_shrink
    options: {cloud: mycloud, name: products, members: [products-2]}
"""

RETURN = r"""
plan:
  description:
    - The C(run), an id that no other run has; the C(verb) and its C(part); the C(role) of the datastore; the C(names) of the members and their C(addresses);
      those that are C(joining) or C(leaving); the C(batches), each with C(number), C(entry_point) and C(names); the C(task) that runs and the one to C(begin);
      and the steps in the cloud as C(text).
    - Of a verb that takes members one after the other, C(rolled), whom; C(task_run), the run that began the task; C(turn), that run and the verb with C(/)
      between, which members note; and whether the user named them (C(asked)).
  returned: success
  type: dict
untold:
  description: Of the plan's text the lines that were not shown while the cloud's module ran, which says only what it does itself.
  returned: success
  type: str
"""
