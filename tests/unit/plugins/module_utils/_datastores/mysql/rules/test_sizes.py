# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.mysql.rules import sizes


@pytest.mark.parametrize(
    ("memory_mb", "pool", "connections"),
    [(64, "128M", 100), (256, "128M", 100), (257, "128M", 100), (258, "129M", 100), (807, "403M", 100), (808, "404M", 101), (65536, "32768M", 2000)],
)
def test_half_of_the_memory_is_innodbs_and_connections_are_bounded(memory_mb: int, pool: str, connections: int) -> None:
    assert sizes.settings(memory_mb) == {"innodb_buffer_pool_size": pool, "max_connections": connections}
