# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.redis_cluster.rules import memory


@pytest.mark.parametrize(
    ("memory_mb", "persistence", "limit"),
    [
        (1000, "aof", "600mb"), (1000, "rdb", "600mb"), (999, "aof", "599mb"), (1000, "none", "750mb"),
        (53, "aof", "32mb"), (55, "aof", "33mb"), (40, "none", "32mb"),
    ],
)
def test_what_is_saved_leaves_room_for_the_fork(memory_mb: int, persistence: str, limit: str) -> None:
    assert memory.settings(memory_mb, persistence) == {"maxmemory": limit}
