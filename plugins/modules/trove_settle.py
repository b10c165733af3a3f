#!/usr/bin/python
# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: trove_settle
short_description: Do the last part of a verb in the cloud, by what the members said
version_added: 1.0.0
author: stackdb.trove contributors (@stackdb)
description:
  - Calls the modules that delete servers, write contracts and end the task, with the words of the members as evidence. They refuse what is not proven.
  - Where a member refused or failed, and all members prove that they are as they were, the task that the run began is ended, and the verb fails.
  - A task that one run begins and ends is no change (C(changed)), since nothing of it is there after the run.
options:
  before:
    description: The words of the members before the first batch.
    type: dict
    default: {}
  after:
    description: Their words after the last one; none in check mode.
    type: dict
    default: {}
  failed:
    description: Why members failed in a batch of this run, a text each.
    type: list
    elements: str
    default: []
extends_documentation_fragment:
  - stackdb.trove.verb
  - stackdb.trove.cloud.attributes
attributes:
  action:
    description: Runs on localhost, in the play that has the Python library openstacksdk.
    support: full
"""

EXAMPLES = r"""
- name: End the task
  stackdb.trove.trove_settle:
    plan: "{{ plan }}"
    options: "{{ options }}"
    before: "{{ words_before }}"
    after: "{{ words_after }}"
"""

RETURN = r"""
text:
  description: What there is now, as tables.
  returned: always
  type: str
errors:
  description: Of a verb that checks, its findings that are errors, a line each. The playbook fails when there are some.
  returned: where a cluster or instances are checked
  type: list
  elements: str
files:
  description: Of a verb that shows or checks, what is to be written on the controller, each with its C(path) and C(text).
  returned: where a cluster or instances are shown or checked
  type: list
  elements: dict
"""
