# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a server's own rows say of what it leaves out: all rows here were printed by MariaDB 10.11.18 and MySQL 9.7.4."""

from __future__ import annotations

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.mysql_replication.rules.facts import binlog_filters, digest

PLAIN = {
    "slave_exec_mode": "STRICT", "slave_skip_errors": "OFF", "sql_slave_skip_counter": "0", "slave_run_triggers_for_rbr": "NO", "gtid_strict_mode": "ON",
    "replicate_events_marked_for_skip": "REPLICATE", "gtid_ignore_duplicates": "OFF", "slave_type_conversions": "", "replicate_do_db": "",
    "replicate_annotate_row_events": "ON", "innodb_read_only": "OFF", "rpl_semi_sync_master_enabled": "OFF", "lower_case_table_names": "0",
}  # fmt: skip


def test_a_plain_server_leaves_nothing_out() -> None:
    found = digest(PLAIN, [{"Connection_name": "", "SQL_Delay": 0, "Replicate_Do_DB": ""}], [{"File": "bin.1", "Binlog_Do_DB": "", "Binlog_Ignore_DB": ""}])
    assert not any(found[key] for key in ("replica_filters", "binlog_filters", "other_links", "delay", "leniency", "closed", "waits", "acknowledges"))
    assert (found["strict"], found["lower_case_table_names"]) == (True, "0")


@pytest.mark.parametrize(
    ("changes", "where", "says"),
    [
        ({"replicate_wild_ignore_table": "private.%"}, "replica_filters", "replicate_wild_ignore_table = private.%"),
        ({"replicate_rewrite_db": "a->b"}, "replica_filters", "replicate_rewrite_db = a->b"),
        ({"replicate_events_marked_for_skip": "FILTER_ON_SLAVE"}, "leniency", "replicate_events_marked_for_skip = FILTER_ON_SLAVE"),
        ({"slave_exec_mode": "IDEMPOTENT"}, "leniency", "slave_exec_mode = IDEMPOTENT"),
        ({"replica_skip_errors": "1062,1032"}, "leniency", "replica_skip_errors = 1062,1032"),
        ({"slave_skip_errors": "ALL"}, "leniency", "slave_skip_errors = ALL"),
        ({"sql_slave_skip_counter": "3"}, "leniency", "sql_slave_skip_counter = 3"),
        ({"slave_run_triggers_for_rbr": "YES"}, "leniency", "slave_run_triggers_for_rbr = YES"),
        ({"slave_type_conversions": "ALL_LOSSY,ALL_NON_LOSSY"}, "leniency", "type_conversions = ALL_LOSSY,ALL_NON_LOSSY"),
        ({"innodb_force_recovery": "3"}, "closed", "innodb_force_recovery = 3"),
        ({"tx_read_only": "ON"}, "closed", "tx_read_only = ON"),
        ({"offline_mode": "ON"}, "closed", "offline_mode = ON"),
    ],
)
def test_what_a_variable_says(changes: dict, where: str, says: str) -> None:
    found = digest({**PLAIN, **changes}, [], [])
    assert found[where] == [says]
    assert not any(found[key] for key in {"replica_filters", "leniency", "closed"} - {where})


def test_a_conversion_that_loses_nothing_is_none() -> None:
    assert digest({**PLAIN, "slave_type_conversions": "ALL_NON_LOSSY"}, [], [])["leniency"] == []


def test_named_connections_and_their_filters() -> None:
    other = {"Connection_name": "b", "SQL_Delay": 70, "Replicate_Ignore_Domain_Ids": "5", "Replicate_Do_Table": "x.y"}
    found = digest(PLAIN, [{"Connection_name": "", "SQL_Delay": 9}, other], [])
    assert (found["other_links"], found["delay"]) == (["b"], 9)
    assert found["replica_filters"] == ["replicate_do_table = x.y (of b)", "replicate_ignore_domain_ids = 5 (of b)"]


def test_mysql_says_filters_of_a_channel_that_is_not_there_yet() -> None:
    empty = {"CHANNEL_NAME": "b", "FILTER_NAME": "REPLICATE_DO_DB", "FILTER_RULE": ""}
    found = digest({}, [], [], [{"FILTER_NAME": "REPLICATE_WILD_IGNORE_TABLE", "FILTER_RULE": "private.%"}, empty])
    assert found["replica_filters"] == ["replicate_wild_ignore_table = private.%"]


def test_what_the_binary_log_leaves_out() -> None:
    assert binlog_filters([{"File": "bin.1", "Binlog_Do_DB": "", "Binlog_Ignore_DB": "tmp,cache"}]) == ["binlog_ignore_db = tmp,cache"]
    assert binlog_filters([]) == []


@pytest.mark.parametrize("name", ["rpl_semi_sync_master_enabled", "rpl_semi_sync_source_enabled"])
def test_semi_synchronous(name: str) -> None:
    assert digest({**PLAIN, name: "ON"}, [], [])["waits"] is True
    assert digest({**PLAIN, name.replace("master", "slave").replace("source", "replica"): "ON"}, [], [])["acknowledges"] is True
