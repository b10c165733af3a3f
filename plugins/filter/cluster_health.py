# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
name: cluster_health
short_description: Add to a cluster what its members say of themselves
version_added: 1.0.0
author: stackdb.trove contributors (@stackdb)
description:
  - The cloud knows servers, the database knows its health and how full its volume is. This puts both into one view.
options:
  _input:
    description: A cluster, as M(stackdb.trove.trove_cluster_info) returns it.
    type: dict
    required: true
  words:
    description: What the members said, as P(stackdb.trove.evidence#filter) gathers it. Of one that is missing, nothing is added.
    type: dict
    required: true
"""

EXAMPLES = r"""
- name: Show a cluster with its health
  ansible.builtin.debug:
    msg: "{{ (cluster | stackdb.trove.cluster_health(words) | stackdb.trove.cluster_table).splitlines() }}"
"""

RETURN = r"""
_value:
  description: The cluster. Each instance has C(health), a dictionary, C(problems), sentences, and its C(volume) says what is C(used), in GiB.
  type: dict
"""

from collections.abc import Callable, Mapping
from typing import Any

from ansible.errors import AnsibleFilterError

from ..module_utils._model.errors import TroveError
from ..module_utils._view import cluster as cluster_view


def cluster_health(cluster: Mapping[str, Any], words: Mapping[str, Any]) -> Any:
    try:
        return cluster_view.with_health(cluster, words)
    except TroveError as error:
        raise AnsibleFilterError(error.message) from error


class FilterModule:
    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"cluster_health": cluster_health}
