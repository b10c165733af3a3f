# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The module's states that need no server."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._model.errors import Refused
from ansible_collections.stackdb.trove.plugins.modules import trove_mysql_upgrade
from ansible_collections.stackdb.trove.tests.unit.plugins.module_utils._model.test_upgrade import offer
from ansible_collections.stackdb.trove.tests.unit.replication_builders import info, replica, silent

ADDRESSES = {"s": "10.0.0.1", "r1": "10.0.0.2"}


def members(version: str) -> dict[str, Any]:
    found = {"s": info(1, version=version), "r1": replica(2, "", version=version, link={"host": "10.0.0.1"})}
    return {name: {"identity": {"addresses": [ADDRESSES[name]]}, "replication": one} for name, one in found.items()}


def decided(old: str, new: str, rolled: list[str], engine: str = "mariadb", **more: Any) -> dict[str, Any]:
    offers = {name: offer(running=old, has=old, new=new, package=f"1:{new}-1") for name in ADDRESSES}
    given = {"offers": offers, "rolled": rolled, "required": [], "members": members(old), "sources": None, "asks_again": True, "timeout": 1, **more}
    return trove_mysql_upgrade.act({"state": "decided", "name": "s", "engine": engine, **given}, True)


def test_a_decision_and_its_text() -> None:
    found = decided("10.11.19", "11.8.9", ["r1", "s"])
    assert (found["decided"]["series"], found["decided"]["todo"]) == ("11.8", ["r1", "s"])
    assert "! There is no way back to 10.11: an upgraded server" in found["text"]
    assert "error 1020" in found["text"]
    assert decided("10.11.19", "11.8.9", ["r1"])["decided"]["todo"] == ["r1"]


def test_a_source_alone_does_not_leave_its_replica_behind() -> None:
    with pytest.raises(Refused, match=r"r1 replicates from s and is 10\.11\.19, while s would be 11\.8\.9"):
        decided("10.11.19", "11.8.9", ["s"])
    assert decided("10.11.18", "10.11.19", ["s"])["decided"]["todo"] == ["s"]


def test_a_source_does_not_leave_a_replica_behind_that_is_down() -> None:
    words = members("10.11.19")
    words["r1"]["replication"] = {**silent(), "version": "10.11.19"}
    with pytest.raises(Refused, match="r1 does not answer, replicates by its contract from s"):
        decided("10.11.19", "11.8.9", ["s"], members=words, sources={"s": None, "r1": "s"})
    assert decided("10.11.19", "11.8.9", ["r1", "s"], members=words, sources={"s": None, "r1": "s"})["decided"]["todo"] == ["r1", "s"]


def with_a_stranger(version: str) -> dict[str, Any]:
    words = members(version)
    words["s"]["replication"]["replicas"] = [{"user": "x", "host": "10.0.0.2"}, {"user": "dr", "host": "192.0.2.9"}]
    return words


def test_a_replica_that_is_no_member_is_left_behind_by_name_alone() -> None:
    words = with_a_stranger("10.11.19")
    with pytest.raises(Refused, match=r"192.0.2.9 replicates from s.* allow it with trove_force") as refused:
        decided("10.11.19", "11.8.9", ["r1", "s"], members=words)
    assert "10.0.0.2" not in str(refused.value)
    assert "! 192.0.2.9 replicates from s" in decided("10.11.19", "11.8.9", ["r1", "s"], members=words, asks_again=False)["text"]
    assert "192.0.2.9" not in decided("10.11.18", "10.11.19", ["r1", "s"], members=with_a_stranger("10.11.18"))["text"]


def test_each_engine_has_its_own_steps() -> None:
    with pytest.raises(Refused, match="an LTS series must not be left out, so go to 8.4 first"):
        decided("8.0.42", "9.7.4", ["r1", "s"], "mysql")
    assert "mysql_native_password" in decided("8.0.42", "8.4.6", ["r1", "s"], "mysql")["text"]
    assert "no way back to 8.4" in decided("8.4.6", "9.7.4", ["r1", "s"], "mysql")["text"]
    with pytest.raises(Refused, match=r"replicas of 11\.8 follow a source of 10\.5"):
        decided("10.5.3", "11.8.9", ["r1", "s"])


def test_its_turn_is_refused_while_a_replica_is_of_an_older_series(monkeypatch: pytest.MonkeyPatch) -> None:
    answers: list[str | None] = ["10.11.19"]
    monkeypatch.setattr(trove_mysql_upgrade.versions, "running", lambda: answers[0])
    monkeypatch.setattr(trove_mysql_upgrade.host, "addresses", lambda: ["10.0.0.1"])
    monkeypatch.setattr(trove_mysql_upgrade.aside, "check_whole", lambda _path: None)
    monkeypatch.setattr(trove_mysql_upgrade.upgrade, "reconciled", lambda *_args: {"changed": True})
    params = {
        "name": "s", "engine": "mariadb", "datadir": "/d", "wanted": {"mariadb-server": "1:11.8.9-1"}, "turn": "r/v", "timeout": 1, "asks_again": True,
        "promotes": None, "sources": None,
        "members": members("10.11.19"),
    }  # fmt: skip
    with pytest.raises(Refused, match="s was not touched: r1 replicates from s"):
        trove_mysql_upgrade._upgraded(params, False)
    assert trove_mysql_upgrade._upgraded(params, True)["changed"]
    assert trove_mysql_upgrade._upgraded({**params, "members": members("11.8.9")}, False)["changed"]
    late = with_a_stranger("11.8.9")
    late["s"]["replication"]["version"] = "10.11.19"
    with pytest.raises(Refused, match="s was not touched: 192.0.2.9 replicates from s"):
        trove_mysql_upgrade._upgraded({**params, "members": late}, False)
    assert trove_mysql_upgrade._upgraded({**params, "members": late, "asks_again": False}, False)["changed"]
    answers[0] = None
    with pytest.raises(Refused, match="s does not answer, so r1 cannot take its place first"):
        trove_mysql_upgrade._upgraded({**params, "members": members("11.8.9"), "promotes": "r1"}, False)
