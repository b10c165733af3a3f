#!/usr/bin/python
# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: trove_options
short_description: Read the options of a verb from the variables
version_added: 1.0.0
author: stackdb.trove contributors (@stackdb)
description:
  - Reads the variables whose names begin with C(trove_) by the verb's own spec, C(playbooks/<verb>.meta.yml).
  - Empty text is unset, as AWX surveys give it for a question without an answer. Other text becomes what the spec says,
    so that C(-e trove_drain=false) is false, and C(-e trove_members=a,b) is a list.
  - A variable C(trove_*) that no verb knows is refused with the nearest known name. One that only other verbs know is ignored,
    since one file of variables serves all verbs.
  - It is the second task of every playbook of this collection.
options:
  verb:
    description: The playbook's name, such as V(cluster_create).
    type: str
    required: true
extends_documentation_fragment:
  - stackdb.trove.cloud.info
attributes:
  action:
    description: Runs on the controller.
    support: full
seealso:
  - module: stackdb.trove.trove_guard
"""

EXAMPLES = r"""
- name: Read the verb's options
  stackdb.trove.trove_options:
    verb: cluster_shrink
  register: _trove_read

- name: Show who shall leave
  ansible.builtin.debug:
    var: _trove_read.options.members
"""

RETURN = r"""
options:
  description: The options by their names without C(trove_), those with a default among them. What is unset is absent.
  returned: success
  type: dict
  sample: {cloud: mycloud, name: products, members: [products-2], drain: false, timeout: 600}
missing:
  description: Required options that were not given.
  returned: failure for that reason
  type: list
  elements: str
unknown:
  description: Variables that no verb knows, each with the nearest known name, or null.
  returned: failure for that reason
  type: dict
"""
