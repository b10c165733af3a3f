#!/usr/bin/python
# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: trove_guard
short_description: Refuse a run that would see only a part of a cluster
version_added: 1.0.0
author: stackdb.trove contributors (@stackdb)
description:
  - A verb needs the word of every member. A run that is cut by C(--limit), C(--tags), C(--skip-tags) with one of Ansible's special tags or a step of a role,
    C(serial) or a strategy in which hosts do not wait for each other is refused, by name, before anything is touched.
  - It is the first task of every playbook of this collection.
options:
  members:
    description:
      - The inventory names of all members, which have to be in the play; a list, or words with commas between. Empty takes the hosts of the play.
      - Not given where the playbook reads them from the cloud.
    type: raw
  steps:
    description:
      - Whether C(--tags) with C(install), C(configure) or C(run) is allowed. They are steps of a role's entry point C(main), each of which has all that comes
        before it.
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
- name: Refuse a run that is not whole
  stackdb.trove.trove_guard:
    members: "{{ groups['products'] }}"
  run_once: true
"""

RETURN = r"""
members:
  description: The names of all members; empty where they are read from the cloud.
  returned: success
  type: list
  elements: str
  version_added: 1.3.0
refusals:
  description: Why the run is not whole, a sentence each.
  returned: failure
  type: list
  elements: str
"""
