#!/usr/bin/python
# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: trove_gate
short_description: Refuse the next batch unless the words of the members allow it
version_added: 1.0.0
author: stackdb.trove contributors (@stackdb)
description:
  - Asks the driver of the datastore whether the members said what has to be true before a batch acts.
  - Its result says who acts. A member that is silent and may be, since it is dead and leaves, does not act.
options:
  plan:
    description: RV(stackdb.trove.trove_plan#module:plan).
    type: dict
    required: true
  batch:
    description: The batch that is to act, one of the plan's.
    type: dict
    required: true
  words:
    description: What the members said in the round of this batch, as P(stackdb.trove.evidence#filter) gathers it.
    type: dict
    required: true
  previous:
    description: What this module returned for the batch before.
    type: dict
    default: {}
  failed:
    description: Why members failed in a batch of this run, a text each.
    type: list
    elements: str
    default: []
  force:
    description: Go on in spite of what the members said, or did not say. What only a silent member holds may be lost.
    type: bool
    default: false
  snapshot:
    description: Whether a snapshot of the member's volume is created before its turn.
    version_added: 1.1.0
    type: bool
    default: false
extends_documentation_fragment:
  - stackdb.trove.cloud.info
attributes:
  action:
    description: Runs on the controller.
    support: full
"""

EXAMPLES = r"""
- name: Refuse unless every member serves
  stackdb.trove.trove_gate:
    plan: "{{ plan }}"
    batch: "{{ plan.batches[0] }}"
    words: "{{ plan.names | stackdb.trove.evidence(hostvars, plan.run ~ '/cluster_rebalance/1/before') }}"
  run_once: true
"""

RETURN = r"""
names:
  description:
    - The members that act in this batch. None where a batch before failed.
    - Of a verb that takes members one after the other it is the one whose turn it is, or all where the role has to run on all of them; nobody where all
      had their turn.
  returned: always
  type: list
  elements: str
steps:
  description: What the batch consists of, task files of the playbooks in their order.
  returned: always
  type: list
  elements: str
  sample: [act]
going:
  description: Of a verb that takes members one after the other, whose turn it is by the words, the one that is missed most last. V(none) for no member.
  returned: always
  type: str
standing:
  description: Who serves beside that one; in a stop those that were not stopped yet.
  returned: always
  type: list
  elements: str
done:
  description: Of a verb that takes members one after the other, who had a turn in this run, with the one whose turn it is now.
  returned: always
  type: list
  elements: str
members:
  description: Whom the role takes for the cluster's members.
  returned: always
  type: list
  elements: str
silent:
  description: Who did not answer.
  returned: always
  type: list
  elements: str
silent_nodes:
  description: The same with their addresses, as C(name) and C(address).
  returned: always
  type: list
  elements: dict
before:
  description: The words of the first batch of this run.
  returned: always
  type: dict
refusals:
  description: Why it was refused, a sentence each.
  returned: always
  type: list
  elements: str
"""
