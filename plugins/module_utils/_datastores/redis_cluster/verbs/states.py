# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The states that a Redis Cluster can be brought to, and what makes each."""

from __future__ import annotations

from .forget import Forgotten
from .form import Present
from .move import Drained, Fixed, Rebalanced

_STATES = {"present": Present, "rebalanced": Rebalanced, "drained": Drained, "forgotten": Forgotten, "fixed": Fixed}


def make(params, connections):
    """The Reconciler for the module's options."""
    return _STATES[params["state"]](connections, params)
