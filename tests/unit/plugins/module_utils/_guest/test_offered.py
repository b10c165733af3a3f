# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a guest's package sources offer; of MariaDB it is in test_new_server.py."""

from __future__ import annotations

from contextlib import nullcontext
from typing import Any
from unittest.mock import Mock, create_autospec

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._guest import offered, packages


@pytest.fixture
def apt(monkeypatch: pytest.MonkeyPatch) -> Mock:
    found: Mock = create_autospec(packages.Proposed, instance=True)
    found.candidate.return_value = "5:8.0.2-3"
    found.versions.side_effect = lambda names: {name: ["5:8.0.2-3"] for name in names}
    found.changes.return_value = {"come": {}, "gone": []}
    fake = create_autospec(packages)
    fake.proposed.side_effect = lambda _repository, _pins: nullcontext(found)
    fake.installed.return_value = {"versions": {"redis-server": "5:7.0.15-1", "redis-tools": "5:7.0.15-1"}, "unfinished": [], "others": []}
    fake.is_older.return_value = False
    monkeypatch.setattr(offered, "packages", fake)
    return found


def test_the_new_program_is_tried_with_its_own_packages(apt: Mock) -> None:
    tried: list[Any] = []

    def attempt(_apt: Any, wanted: Any) -> Any:
        tried.append(wanted)
        return {"refused": ["no"], "defaults": {}}

    found = offered.offer("redis-server", "7.0.15", "8.0", {}, [], attempt)
    assert tried == [{"redis-server": "5:8.0.2-3", "redis-tools": "5:8.0.2-3"}]
    assert (found["has"], found["new"], found["trial"]["refused"]) == ("7.0.15", "8.0.2", ["no"])


@pytest.mark.parametrize(("running", "tried"), [(None, False), ("7.0.15", True)])
def test_a_program_that_may_be_half_unpacked_is_not_tried(apt: Mock, running: str | None, tried: bool) -> None:
    offered.packages.installed.return_value["unfinished"] = ["redis-server"]  # type: ignore[attr-defined]
    attempt = Mock(return_value={"refused": [], "defaults": {}})
    assert offered.offer("redis-server", running, "8.0", {}, [], attempt)["problem"] is None
    assert attempt.called is tried


def test_a_trial_that_fails_is_a_problem_of_this_member(apt: Mock) -> None:
    found = offered.offer("redis-server", "7.0.15", "8.0", {}, [], Mock(side_effect=offered.GuestError("no room")))
    assert found["problem"] == "the program of 5:8.0.2-3 could not be tried: no room"


def test_sources_are_read_before_anything_is_said_of_them(apt: Mock) -> None:
    apt.update.side_effect = offered.GuestError("cannot be reached")
    with pytest.raises(offered.GuestError):
        offered.offer("redis-server", "7.0.15", "", {}, [], Mock())
    apt.candidate.assert_not_called()
