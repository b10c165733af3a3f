#!/usr/bin/python
# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: trove_look
short_description: Ask a member of a cluster how it is
version_added: 1.0.0
author: stackdb.trove contributors (@stackdb)
description:
  - Calls the info module of the datastore on the member, with the round of the run in which it is asked.
  - It never fails. A member that is unreachable, or cannot be asked, is C(silent). M(stackdb.trove.trove_gate) and the modules that take evidence judge the
    words.
options:
  round:
    description: The round, C(<run>/<verb>/<batch>/<before or after>).
    type: str
    required: true
  probe:
    description: Ask a replica also whether its source answers. Members that have no source are asked as ever.
    type: bool
    default: false
  patience:
    description: Ask a member that does not serve again and again, for so many seconds.
    type: int
    default: 0
  peers:
    description: The addresses of all members, where each is to say which certificates the others present.
    type: list
    elements: str
    default: []
extends_documentation_fragment:
  - stackdb.trove.cloud.info
attributes:
  action:
    description: Calls a module on the member.
    support: full
"""

EXAMPLES = r"""
- name: Read the state of every member
  stackdb.trove.trove_look:
    round: "{{ plan.run }}/cluster_show/1/before"
  register: trove_health
"""

RETURN = r"""
asked:
  description: O(round), as the member gave it back.
  returned: always
  type: str
silent:
  description: Why the member did not answer. What it said otherwise is the result of its info module.
  returned: when it did not answer
  type: str
"""
