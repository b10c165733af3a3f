# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a server is asked for its facts, over an autospecced connection. Real servers are in tests/replication/test_preflight.py."""

from __future__ import annotations

from unittest.mock import create_autospec

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.mysql.guest.connection import Connection
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.mysql_replication.guest import facts


def fake(version: str, answers: dict):
    connection = create_autospec(Connection, instance=True)
    connection.rows.side_effect = lambda statement, *_given: answers.get(statement, [])
    connection.select.return_value = {"version": version}
    return connection


def test_mariadb_is_asked_for_all_connections() -> None:
    answers = {
        "SHOW GLOBAL VARIABLES": [{"Variable_name": "Replicate_Do_DB", "Value": "a"}],
        "SHOW ALL SLAVES STATUS": [{"Connection_name": "b", "Replicate_Do_DB": "c"}],
        "SHOW MASTER STATUS": [{"Binlog_Do_DB": "d"}],
    }
    found = facts.look("mariadb", fake("10.11.18-MariaDB", answers))
    assert found["replica_filters"] == ["replicate_do_db = a", "replicate_do_db = c (of b)"]
    assert (found["other_links"], found["binlog_filters"]) == (["b"], ["binlog_do_db = d"])


def test_mysql_is_asked_for_filters_of_a_channel_that_is_not_there_yet() -> None:
    rows = [{"FILTER_NAME": "REPLICATE_DO_DB", "FILTER_RULE": "a"}]
    found = facts.look("mysql", fake("9.7.4", {"SELECT  FILTER_NAME, FILTER_RULE FROM performance_schema.replication_applier_global_filters": rows}))
    assert found["replica_filters"] == ["replicate_do_db = a"]


@pytest.mark.parametrize(("version", "statement"), [("9.7.4", "SHOW BINARY LOG STATUS"), ("8.4.0", "SHOW BINARY LOG STATUS"), ("8.0.36", "SHOW MASTER STATUS")])
def test_the_binary_log_is_asked_for_in_the_words_of_the_version(version: str, statement: str) -> None:
    assert facts.binlog_filters("mysql", fake(version, {statement: [{"Binlog_Ignore_DB": "a"}]})) == ["binlog_ignore_db = a"]
