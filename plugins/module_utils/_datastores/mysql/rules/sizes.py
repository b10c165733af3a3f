# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The sizes that MariaDB and MySQL take by default from the host's memory."""

from __future__ import annotations


def buffer_pool_mb(memory_mb: int) -> int:
    """Half of the memory is InnoDB's; the rest serves connections and what else runs on the host."""
    return max(memory_mb // 2, 128)


def settings(memory_mb: int) -> dict[str, str | int]:
    """Settings by name, as they stand in the settings file."""
    return {"innodb_buffer_pool_size": f"{buffer_pool_mb(memory_mb)}M", "max_connections": min(max(memory_mb // 8, 100), 2000)}
