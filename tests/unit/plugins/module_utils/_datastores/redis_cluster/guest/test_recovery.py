# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a guest's server has left, and how it is started. Against a real unit: molecule/redis_day_two."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.redis_cluster.guest import local, recovery
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.redis_cluster.guest.local import Local
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.redis_cluster.rules.nodes import NamedNode
from ansible_collections.stackdb.trove.plugins.module_utils._guest.command import GuestError
from ansible_collections.stackdb.trove.tests.unit.redis_builders import Node, node_id
from ansible_collections.stackdb.trove.tests.unit.redis_outages import SNAPSHOT, nodes_conf, shards


class FakeUnit:
    """:ivar states: what it is, one look after the other; told: what was done"""

    name = "redis-server.service"

    def __init__(self, *states: str) -> None:
        self.states, self.told = list(states), []

    def show(self) -> dict[str, Any]:
        return {"state": self.states.pop(0) if len(self.states) > 1 else self.states[0]}

    def log(self, lines: int, since: float | None = None) -> list[str]:
        return ["oO0OoO0OoO0Oo", "Unrecoverable error: corrupted cluster config file."]

    def down_for(self) -> float:
        return 7.0

    def enable(self) -> None:
        self.told.append("enable")

    def start(self) -> None:
        self.told.append("start")


@pytest.fixture
def guest(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    def make(*states: str, answers: bool = False) -> FakeUnit:
        unit = FakeUnit(*states)
        found = Node("m1").replies() if answers else "Connection refused"
        monkeypatch.setattr(local, "unit", lambda: unit)
        monkeypatch.setattr(local, "look", lambda name: Local(NamedNode(name, "10.0.0.1", 7001), found))
        monkeypatch.setattr(local, "wanted", lambda: {"appendonly": "yes", "cluster-announce-ip": "10.0.0.1"})
        monkeypatch.setattr(recovery, "run", lambda argv: subprocess.CompletedProcess(argv, 0, "Result=exit-code\nExecMainCode=1\nExecMainStatus=1\n", ""))
        monkeypatch.setattr(recovery.stopped, "read", lambda unit: None)
        monkeypatch.setattr(recovery.stopped, "forget", lambda unit: unit.told.append("forget"))
        monkeypatch.setattr(recovery.kept_options, "path", lambda role: str(tmp_path / f"{role}.json"))
        monkeypatch.setattr(recovery.time, "sleep", lambda seconds: None)
        return unit

    return make


def test_what_one_has_left_that_is_down(guest: Any, tmp_path: Path) -> None:
    guest("failed")
    (tmp_path / "nodes.conf").write_text(nodes_conf(shards()["m1"]))
    (tmp_path / "appendonlydir").mkdir()
    (tmp_path / "appendonlydir" / "appendonly.aof.manifest").write_text("x")
    found = recovery.row("m1", str(tmp_path), tried=True)
    assert (found["state"], found["answers"], found["id"], found["file"], found["persistence"], found["data"]) == (
        "failed", False, node_id("m1"), "ok", "aof", True,
    )  # fmt: skip
    assert (found["damaged"], found["tried"], found["announced"]) == (True, True, "10.0.0.1")
    assert (found["down_for"], found["replid"], found["saved"]) == (7.0, None, (tmp_path / "appendonlydir" / "appendonly.aof.manifest").stat().st_mtime)
    assert found["why"] == ["nodes.conf is damaged: Unrecoverable error: corrupted cluster config file."]


def test_where_a_snapshot_is_in_its_stream(guest: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    guest("failed")
    monkeypatch.setattr(local, "wanted", lambda: {"save": "3600 1"})
    assert [recovery.row("m1", str(tmp_path), tried=False)[key] for key in ("replid", "offset", "saved", "data")] == [None, None, None, False]
    (tmp_path / "dump.rdb").write_bytes(SNAPSHOT)
    found = recovery.row("m1", str(tmp_path), tried=False)
    assert (found["replid"], found["offset"], found["saved"], found["data"]) == ("ab" * 20, 10000, float(0x60000000), True)


def test_one_that_answers_has_no_reasons(guest: Any, tmp_path: Path) -> None:
    guest("active", answers=True)
    found = recovery.row("m1", str(tmp_path), tried=True)
    assert (found["answers"], found["why"], found["tried"], found["file"], found["data"]) == (True, [], False, "missing", False)
    guest("active")
    assert recovery.row("m1", str(tmp_path), tried=False)["why"] == ["it runs, and does not answer: Connection refused"]


def test_one_that_runs_is_not_started_again_and_one_that_is_down_also_starts_at_boot(guest: Any) -> None:
    unit = guest("active", answers=True)
    recovery.start("m1", 5)
    assert unit.told == ["forget"]
    unit = guest("inactive", answers=True)
    recovery.start("m1", 5)
    assert unit.told == ["enable", "start", "forget"]


def test_one_that_does_not_come_up_says_why(guest: Any) -> None:
    guest("inactive", "activating", "failed")
    with pytest.raises(GuestError, match=r"m1 could not be started: nodes.conf is damaged"):
        recovery.start("m1", 60)


def test_a_decision_is_kept(guest: Any) -> None:
    guest("active")
    recovery.note({"first": ["m1"]})
    assert recovery.noted()["decision"] == {"first": ["m1"]}
