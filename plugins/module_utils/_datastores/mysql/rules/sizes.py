# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The sizes that MariaDB and MySQL take by default from the host's memory."""

from __future__ import annotations


def nominal_mb(memory_mb: int) -> int:
    """The memory that a host was created with: it shows some percent less, and another kernel some MiB more or less, for which no server shall be restarted.

    Rounded up to an eighth of the power of two below, since flavors are on such steps and a kernel does not come near the next one.
    """
    step = max(1 << max(memory_mb.bit_length() - 4, 0), 1)
    return -(-memory_mb // step) * step


def buffer_pool_mb(memory_mb: int) -> int:
    """Half of the memory is InnoDB's; the rest serves connections and what else runs on the host."""
    return max(memory_mb // 2, 128)


def settings(memory_mb: int) -> dict[str, str | int]:
    """Settings by name, as they stand in the settings file."""
    return {"innodb_buffer_pool_size": f"{buffer_pool_mb(memory_mb)}M", "max_connections": min(max(memory_mb // 8, 100), 2000)}
