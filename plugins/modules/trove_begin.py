#!/usr/bin/python
# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: trove_begin
short_description: Begin the cluster task of a verb
version_added: 1.0.0
author: stackdb.trove contributors (@stackdb)
description:
  - Notes the task of the plan on the servers, after the first gate and before the first change.
  - A task that one run begins and ends is no change (C(changed)), since nothing of it is there after the run.
options:
  before:
    description: The words of the members before the first batch.
    type: dict
    default: {}
  stop_server:
    description: Begin it by stopping the server that the verb names, as far as O(before) allows it. Where it is off already, nothing is done.
    type: bool
    default: false
extends_documentation_fragment:
  - stackdb.trove.verb
  - stackdb.trove.cloud.attributes
attributes:
  action:
    description: Runs on localhost, in the play that has the Python library openstacksdk.
    support: full
"""

EXAMPLES = r"""
- name: Begin the cluster task
  stackdb.trove.trove_begin:
    plan: "{{ plan }}"
    options: "{{ options }}"
  delegate_to: localhost
  run_once: true
"""

RETURN = r"""
plan:
  description: The steps that were created, or would be created in check mode.
  returned: success
  type: list
  elements: dict
"""
