# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
name: instance_table
short_description: A table of instances, each source with its replicas below it, for people
version_added: 1.0.0
author: stackdb.trove contributors (@stackdb)
description:
  - Lays out what M(stackdb.trove.trove_instance_info) returns as text. Where contracts and databases do not agree, it says so below the table.
options:
  _input:
    description: A list of instances.
    type: list
    elements: dict
    required: true
"""

EXAMPLES = r"""
- name: Show instances
  stackdb.trove.trove_print:
    text: "{{ shown.instances | stackdb.trove.instance_table }}"
"""

RETURN = r"""
_value:
  description: The table, lines with newlines between.
  type: str
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ansible.errors import AnsibleFilterError

from ..module_utils._view import topology


def instance_table(instances: Sequence[Mapping[str, Any]]) -> str:
    try:
        return topology.tree(instances)
    except (KeyError, TypeError) as error:
        raise AnsibleFilterError(f"instance_table: a list of instances was expected: {error!r}") from error


class FilterModule:
    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"instance_table": instance_table}
