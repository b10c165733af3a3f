# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.mysql_replication.rules import replication as rules
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.mysql_replication.rules.dialects import parse
from ansible_collections.stackdb.trove.plugins.module_utils._model.errors import InvalidInput, Refused
from ansible_collections.stackdb.trove.tests.unit.replication_builders import UUIDS, info, link, replica

A, B = UUIDS[1], UUIDS[2]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, []),
        ({"io_running": "Connecting", "io_error": "refused"}, ["it does not receive (Connecting): refused"]),
        ({"io_running": "No"}, ["it does not receive (No): no error"]),
        ({"sql_running": "No", "sql_error": "duplicate"}, ["it does not apply (No): duplicate"]),
        ({"lag": 9}, ["it is 9 s behind, and 5 s are allowed"]),
        ({"lag": None}, ["it is an unknown time behind, and 5 s are allowed"]),
    ],
)
def test_problems_of_a_link(changes: dict, words: list) -> None:
    assert rules.problems(link(**changes), max_lag=5) == words


def test_no_link_is_a_problem() -> None:
    assert rules.problems(None) == ["it replicates from no source"]
    assert rules.problems(link(lag=None)) == []


def test_threads_that_a_hand_has_stopped() -> None:
    stopped = {"io_running": "No", "sql_running": "No"}
    assert rules.is_stopped(link(**stopped, io_error="error reconnecting"))
    assert not rules.is_stopped(link(**stopped, sql_error="duplicate"))
    assert not rules.is_stopped(link(io_running="No"))


@pytest.mark.parametrize(("setting", "words"), [("log_bin", "no binary log"), ("gtid", "no GTIDs"), ("logs_updates", "what it receives")])
def test_who_cannot_be_a_source(setting: str, words: str) -> None:
    rules.check_source(info(1), "a")
    with pytest.raises(Refused, match=words):
        rules.check_source(info(1, **{setting: False}), "a")


def test_a_fresh_mariadb_copy_stands_where_the_snapshot_says() -> None:
    source = info(1, "0-9-80,0-1-150")
    assert str(rules.position_after_copy(info(2, ""), source, "0-1-120")) == "0-9-80,0-1-120"
    # the copied tables may tell of a time when the source was a replica
    assert str(rules.position_after_copy(info(2, "0-9-80", logged=""), source, "0-1-120")) == "0-9-80,0-1-120"
    # an earlier run was killed just before it named the source
    assert str(rules.position_after_copy(info(2, "0-9-80,0-1-120"), source, "0-1-120")) == "0-9-80,0-1-120"


@pytest.mark.parametrize(
    ("engine", "logged", "gtid"),
    [("mariadb", "0-2-1", "0-1-120"), ("mariadb", "0-1-121", "0-1-120"), ("mysql", f"{A}:1-5", f"{A}:1-6"), ("mysql", f"{A}:1-5,{B}:1", f"{A}:1-5")],
)
def test_data_that_are_not_the_snapshots(engine: str, logged: str, gtid: str) -> None:
    source = info(1, gtid, engine)
    with pytest.raises(Refused, match="not those of the snapshot") as refused:
        rules.position_after_copy(info(2, logged, engine), source, gtid)
    assert logged in refused.value.message
    assert gtid in refused.value.message


def test_a_mysql_copy_and_a_loaded_dump() -> None:
    source = info(1, f"{A}:1-9", "mysql")
    for executed in (f"{A}:1-5", ""):
        assert str(rules.position_after_copy(info(2, executed, "mysql"), source, f"{A}:1-5")) == f"{A}:1-5"
    with pytest.raises(InvalidInput, match="gtid"):
        rules.position_after_copy(info(2, "", "mysql"), source, "0-1-5")


@pytest.mark.parametrize(
    ("one", "source", "words"),
    [
        (info(2, "0-1-100"), info(1, "0-1-150"), None),
        (info(2, "0-1-100"), info(1, "0-1-150", purged="0-1-100"), None),
        (info(2, "0-1-100"), info(1, "0-1-150", purged="0-1-101"), "do not reach back"),
        (info(2, "0-1-100,0-2-101"), info(1, "0-1-150"), "does not have: 0-2-101"),
        (info(2, "0-1-151"), info(1, "0-1-150"), "does not have: 0-1-151"),
        (info(2, f"{A}:1-5", "mysql"), info(1, f"{A}:1-9", "mysql", purged=f"{A}:1-5"), None),
        (info(2, f"{A}:1-5", "mysql"), info(1, f"{A}:1-9", "mysql", purged=f"{A}:1-6"), "do not reach back"),
        (info(2, f"{A}:1-5,{B}:1", "mysql"), info(1, f"{A}:1-9", "mysql"), f"does not have: {B}:1"),
        (info(2, "", "mysql", gtid=False), info(1, "", "mysql"), "gtid_mode OFF"),
        (info(2, "", "mysql"), info(1, ""), "cannot replicate"),
        (info(1, ""), info(1, ""), "same server_id 1"),
        (info(2, "", "mysql", server_uuid=A), info(1, "", "mysql"), "same server_uuid"),
        (info(2, ""), info(1, "", log_bin=False), "no binary log"),
    ],
)
def test_who_may_follow_whom(one: dict, source: dict, words: str | None) -> None:
    has = parse(one["engine"], one["executed"])
    if words is None:
        rules.check_attach(one, source, has, "a:3306")
        return
    with pytest.raises(Refused, match=words):
        rules.check_attach(one, source, has, "a:3306")


@pytest.mark.parametrize(
    ("candidate", "followers", "words"),
    [
        (replica(2, "0-1-100"), {"c": "0-1-90"}, None),
        (replica(2, "0-1-100", link={"sql_running": "No"}), {}, "no healthy replica"),
        (replica(2, "0-1-100", link={"server_id": 7}), {}, "server with id 7"),
        (replica(2, "0-1-100", logs_updates=False), {}, "The candidate would not write"),
        (replica(2, "0-1-100,0-2-101"), {}, "0-2-101"),
        (replica(2, "0-1-100", purged="0-1-95"), {"b": "0-1-99", "c": "0-1-90"}, "c could not follow"),
    ],
)
def test_who_may_be_promoted(candidate: dict, followers: dict, words: str | None) -> None:
    old = info(1, "0-1-150")
    if words is None:
        rules.check_promotion(candidate, candidate["source"], old, followers, "a:3306")
        return
    with pytest.raises(Refused, match=words):
        rules.check_promotion(candidate, candidate["source"], old, followers, "a:3306")


def test_a_promotion_that_was_killed_is_gone_on_with() -> None:
    stopped = replica(2, "0-1-100", link={"io_running": "No", "sql_running": "No"})
    rules.check_promotion(stopped, stopped["source"], info(1, "0-1-150", read_only=True), {}, "a:3306", resumed=True)


@pytest.mark.parametrize(
    ("changes", "failed"),
    [
        ({}, False),
        ({"io_running": "No"}, False),
        ({"io_running": "No", "io_error": "Access denied"}, True),
        # it tries again by itself
        ({"io_running": "Connecting", "io_error": "Lost connection"}, False),
        ({"sql_running": "No", "sql_error": "duplicate"}, True),
    ],
)
def test_whether_it_is_of_no_use_to_wait_for_a_link(changes, failed) -> None:
    assert rules.has_failed(link(**changes)) is failed


def test_who_replicates_from_nobody_has_no_link_that_could_fail() -> None:
    assert not rules.has_failed(None)
