#!/usr/bin/python
# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: trove_print
short_description: Print a table or a plan as it stands
version_added: 1.0.0
author: stackdb.trove contributors (@stackdb)
description:
  - Prints text to the screen and the job's log without the quotes and the folding that M(ansible.builtin.debug) gives it,
    whatever the callback. The playbooks show tables and plans so.
options:
  text:
    description: What to print.
    type: str
    required: true
extends_documentation_fragment:
  - stackdb.trove.cloud.info
attributes:
  action:
    description: Runs on the controller.
    support: full
seealso:
  - plugin: stackdb.trove.cluster_table
    plugin_type: filter
"""

EXAMPLES = r"""
- name: Show the clusters
  stackdb.trove.trove_print:
    text: "{{ listed.clusters | stackdb.trove.cluster_table }}"
"""

RETURN = r""" # """
