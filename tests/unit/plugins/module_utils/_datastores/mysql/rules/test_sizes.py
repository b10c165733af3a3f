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


@pytest.mark.parametrize(
    ("shown", "made_with"),
    [(0, 0), (1, 1), (467, 480), (989, 1024), (1475, 1536), (1970, 2048), (3931, 4096), (3934, 4096), (7941, 8192), (15990, 16384), (64300, 65536)],
)
def test_what_a_host_was_made_with(shown: int, made_with: int) -> None:
    assert sizes.nominal_mb(shown) == made_with


@pytest.mark.parametrize("flavor", [512, 1024, 1536, 2048, 3072, 4096, 6144, 8192, 16384, 32768, 65536, 131072])
def test_a_kernel_that_takes_a_little_more_changes_nothing(flavor: int) -> None:
    for kernel in (0.01, 0.02, 0.03, 0.04):
        shown = int(flavor * (1 - kernel))
        assert {sizes.nominal_mb(shown + change) for change in range(-4, 5)} == {flavor}
