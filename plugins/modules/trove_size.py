#!/usr/bin/python
# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: trove_size
short_description: One step of a member's resize in the cloud, between two steps of its database
version_added: 1.0.0
author: stackdb.trove contributors (@stackdb)
description:
  - Calls M(stackdb.trove.trove_resize) for one member, with what the plan and the verb's options say.
  - It does not fail where the cloud refuses or fails, since the database is down then and has to be started first. It returns why instead.
options:
  member:
    description: The name of the member.
    type: str
    required: true
  state:
    description: As O(stackdb.trove.trove_resize#module:state).
    type: str
    required: true
    choices: [extended, resized, settled]
  words:
    description: What the member said after the step before, as P(stackdb.trove.evidence#filter) gathers it.
    type: dict
    default: {}
extends_documentation_fragment:
  - stackdb.trove.verb
  - stackdb.trove.cloud.attributes
attributes:
  action:
    description: Runs on localhost, in the play that has the Python library openstacksdk.
    support: full
"""

EXAMPLES = r"""
- name: Have Nova resize the server
  stackdb.trove.trove_size:
    plan: "{{ plan }}"
    options: "{{ options }}"
    member: products-2
    state: resized
    words: "{{ ['products-2'] | stackdb.trove.evidence(hostvars, round) }}"
  delegate_to: localhost
  run_once: true
"""

RETURN = r"""
problem:
  description: Why the cloud refused or failed, or why the resize was reverted; V(none) where it was done, or is not needed.
  returned: success
  type: str
now:
  description: How far the member has come, an item of RV(stackdb.trove.trove_resize#module:resize); V(none) where the cloud refused or failed.
  returned: success
  type: dict
"""
