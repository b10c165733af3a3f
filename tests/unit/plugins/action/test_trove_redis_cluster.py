# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is shown while a module runs, and when. Real runs: tests/redis/test_progress.py."""

from __future__ import annotations

import time

import pytest
from ansible_collections.stackdb.trove.plugins.action.trove_redis_cluster import ActionModule
from ansible_collections.stackdb.trove.plugins.plugin_utils import telling


def test_what_has_changed_is_shown_and_nothing_after_the_module_has_ended() -> None:
    lines = iter(["", "1/3", "1/3", "2/3"])
    told: list[str] = []
    with telling.shown(lambda: next(lines, "2/3"), told.append, 0.01, 0.01):
        deadline = time.monotonic() + 5
        while len(told) < 2 and time.monotonic() < deadline:
            time.sleep(0.01)
    assert told == ["1/3", "2/3"]
    time.sleep(0.05)
    assert told == ["1/3", "2/3"]


def test_a_module_that_ends_at_once_is_not_read_and_its_failure_stays_its_own() -> None:
    with pytest.raises(ZeroDivisionError), telling.shown(lambda: pytest.fail("it was read"), print):
        raise ZeroDivisionError


@pytest.mark.parametrize(("state", "wanted"), [("rebalanced", True), ("drained", True), ("fixed", True), ("present", False), (None, False)])
def test_only_what_moves_slots_is_told(state: str | None, wanted: bool) -> None:
    assert ActionModule.tells(object.__new__(ActionModule), {"state": state} if state else {}) is wanted
