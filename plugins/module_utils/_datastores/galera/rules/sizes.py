# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The sizes that a Galera member takes by default from the host's memory and CPUs."""

from __future__ import annotations

from ...mysql.rules import sizes


def settings(memory_mb: int, vcpus: int) -> dict[str, str | int]:
    """Settings by name, as they stand in the settings file. What InnoDB does not get serves connections, the write-set cache and a state transfer."""
    log_file_mb = min(max(sizes.buffer_pool_mb(memory_mb) // 4, 96), 1024)
    return {**sizes.settings(memory_mb), "innodb_log_file_size": f"{log_file_mb}M", "wsrep_slave_threads": max(vcpus * 2, 2)}
