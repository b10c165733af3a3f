# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which tasks show what they do while they run. Real runs: tests/redis/test_progress.py."""

from __future__ import annotations

import pytest
from ansible_collections.stackdb.trove.plugins.action.trove_redis_cluster import ActionModule


@pytest.mark.parametrize(("state", "wanted"), [("rebalanced", True), ("drained", True), ("fixed", True), ("present", False), (None, False)])
def test_only_what_moves_slots_is_told(state: str | None, wanted: bool) -> None:
    assert ActionModule.tells(object.__new__(ActionModule), {"state": state} if state else {}) is wanted
