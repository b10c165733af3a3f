# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The states that a Redis Cluster can be brought to, by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ...._plan.runner import Reconciler
from .cluster import Nodes
from .forget import Forgotten
from .form import Present
from .move import Drained, Fixed, Rebalanced
from .purge import Purged

_STATES: Mapping[str, Callable[[Nodes, Mapping[str, Any]], Reconciler[Any]]] = {
    "present": lambda nodes, want: Present(nodes, want["replicas"], want["allow_few_masters"], want["may_form"], want["bus_links"], want["masters"]),
    "rebalanced": lambda nodes, want: Rebalanced(nodes, want["weights"], want["allow_few_masters"], want["members"]),
    "drained": lambda nodes, want: Drained(nodes, want["members"], want["allow_few_masters"]),
    "forgotten": lambda nodes, want: Forgotten(nodes, want["members"], want["allow_few_masters"]),
    "purged": lambda nodes, want: Purged(nodes, want["accept_lost_slots"]),
    "fixed": lambda nodes, want: Fixed(nodes, want["stray_keys"]),
}
#: for the module's option
NAMES = list(_STATES)


def make(params: Mapping[str, Any], nodes: Nodes) -> Reconciler[Any]:
    """The Reconciler for the options of the module trove_redis_cluster."""
    return _STATES[params["state"]](nodes, params)
