# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
name: cluster_table
short_description: A table of clusters, or of one cluster and its instances, for people
version_added: 1.0.0
author: stackdb.trove contributors (@stackdb)
description:
  - Lays out what M(stackdb.trove.trove_cluster_info) returns as text, in the manner of Trove's command line.
options:
  _input:
    description: One cluster as a dictionary, or a list of clusters.
    type: raw
    required: true
"""

EXAMPLES = r"""
- name: Show a cluster
  ansible.builtin.debug:
    msg: "{{ (shown.clusters | first | stackdb.trove.cluster_table).splitlines() }}"
"""

RETURN = r"""
_value:
  description: The table, lines with newlines between.
  type: str
"""

from collections.abc import Callable
from typing import Any

from ansible.errors import AnsibleFilterError

from ..module_utils._view import table


def cluster_table(clusters: Any) -> str:
    try:
        return table.one(clusters) if hasattr(clusters, "keys") else table.many(clusters)
    except (KeyError, TypeError) as error:
        raise AnsibleFilterError(f"cluster_table: a cluster or a list of clusters was expected: {error!r}") from error


class FilterModule:
    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"cluster_table": cluster_table}
