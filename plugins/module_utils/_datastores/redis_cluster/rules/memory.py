# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The size that a Redis Cluster's node takes by default from the host's memory."""

from __future__ import annotations


def limit_mb(memory_mb: int, persistence: str) -> int:
    """What is left serves connections, and the copy of what changes while a fork saves."""
    share = 75 if persistence == "none" else 60
    return max(memory_mb * share // 100, 32)


def settings(memory_mb: int, persistence: str) -> dict[str, str]:
    """Settings by name, as they stand in ``redis.conf``."""
    return {"maxmemory": f"{limit_mb(memory_mb, persistence)}mb"}
