# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A refusal in words and as data, and what one server says of itself. Whole verbs are in test_obstacles.py."""

from __future__ import annotations

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.mysql_replication.rules import preflight
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.mysql_replication.rules.preflight import Refusal
from ansible_collections.stackdb.trove.plugins.module_utils._model.errors import Refused
from ansible_collections.stackdb.trove.tests.unit.replication_builders import facts, link


def test_a_refusal_names_its_reason() -> None:
    assert str(Refusal("delay", "db1", "late")) == f"delay: late ({preflight.REASONS['delay']})"


def test_all_refusals_are_in_one_error_and_each_once() -> None:
    preflight.check([])
    late, closed = Refusal("delay", "db1", "late"), Refusal("closed", "db2", "offline_mode = ON")
    with pytest.raises(Refused, match="because of 2 reasons. db1: delay: late .*; db2: closed: offline_mode = ON") as refused:
        preflight.check([late, closed, late])
    assert [one["name"] for one in refused.value.details["refusals"]] == ["delay", "closed"]


def test_what_one_server_says() -> None:
    said = facts(replica_filters=["replicate_do_db = a", "replicate_do_db = b"], other_links=["billing"], leniency=["slave_exec_mode = IDEMPOTENT"])
    assert [(one.name, one.why) for one in preflight.of_replica("db1", said)] == [
        ("replica_filters", "replicate_do_db = a, replicate_do_db = b"), ("other_links", "it also replicates by billing"),
        ("leniency", "slave_exec_mode = IDEMPOTENT"),
    ]  # fmt: skip
    assert preflight.of_replica("db1", facts()) == preflight.of_source("db1", []) == []
    assert preflight.of_source("db1", ["binlog_do_db = a"]) == [Refusal("binlog_filters", "db1", "binlog_do_db = a")]


@pytest.mark.parametrize(("seconds", "allowed", "found"), [(0, 0, 0), (1, 0, 1), (3, 3, 0), (4, 3, 1)])
def test_a_delay(seconds: int, allowed: float, found: int) -> None:
    assert len(preflight.of_delay("db1", seconds, allowed)) == found


@pytest.mark.parametrize("engine", ["mariadb", "mysql"])
@pytest.mark.parametrize("applies", ["Yes", "No"])
@pytest.mark.parametrize("receives", ["Yes", "Connecting", "No"])
def test_what_was_received_and_would_be_deleted(receives: str, applies: str, engine: str) -> None:
    """By MariaDB, when a thread starts while none runs; nothing is lost where all was applied."""
    gtid = {"mariadb": "0-1-{}", "mysql": "3e11fa47-71ca-11e1-9e33-c80aa9429562:1-{}"}[engine]
    seen = link(io_running=receives, sql_running=applies, retrieved=gtid.format(130))
    found = preflight.of_relay("db1", engine, seen, gtid.format(120))
    assert [one.name for one in found] == (["stopped"] if (engine, receives, applies) == ("mariadb", "No", "No") else [])
    assert preflight.of_relay("db1", engine, seen, gtid.format(130)) == preflight.of_relay("db1", engine, None, "") == []
