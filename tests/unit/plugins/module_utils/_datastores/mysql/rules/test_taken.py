# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.mysql.rules import option_file, taken
from ansible_collections.stackdb.trove.plugins.module_utils._model.errors import InvalidInput


def entry(line: str) -> Any:
    return {"lines": [line] if line else [], "since": 5.0, "live": None, "at_start": False}


def told(given: dict[str, Any], default: str | None = None, **shown: str) -> list[str]:
    return taken.refuse_otherwise(option_file.read(given, "o"), shown, {} if default is None else dict.fromkeys(given, default), "o")


@pytest.mark.parametrize(
    ("name", "asked", "has"),
    [
        ("slave_pending_jobs_size_max", 134217729, "134217728"),
        ("large_page_size", 1, "0"),
        ("max_connections", 1, "10"),
        ("wait_timeout", 0, "1"),
        ("wait_timeout", -1, "1"),
        ("innodb_buffer_pool_size", "1000M", "1073741824"),
        ("max_allowed_packet", "1000001", "1000448"),
        ("big", "16e", "18446744073709551615"),
        ("long_query_time", "0.26", "0.250000"),
        ("long_query_time", -1, "0.000000"),
        ("sync_binlog", True, "5"),
        ("performance_schema", True, "OFF"),
        ("skip_name_resolve", None, "OFF"),
        ("log_queries_not_using_indexes", "OFF", "ON"),
    ],
)
def test_another_number_than_was_asked_for_is_refused(name: str, asked: Any, has: str) -> None:
    text = "ON" if asked is True or asked is None else str(asked)
    with pytest.raises(InvalidInput) as refused:
        told({name: asked}, default="777", **{name: has})
    assert refused.value.message == f"o.{name}: {text!r} was given; allowed: what the server takes as it is; with the other settings it sets {has}."


@pytest.mark.parametrize(
    ("name", "asked", "has"),
    [
        ("max_allowed_packet", "1G", "1073741824"),
        ("max_allowed_packet", " 16mb ", "16777216"),
        ("join_buffer_size", "300k", "307200"),
        ("long_query_time", 0.25, "0.250000"),
        ("long_query_time", "0.1234567", "0.123457"),
        ("big", "18446744073709551615", "18446744073709551615"),
        ("slow_query_log", "yes", "ON"),
        ("sync_binlog", True, "1"),
        ("gtid_mode", 3, "ON"),
        ("query_cache_type", 1, "ON"),
        ("event_scheduler", 2, "DISABLED"),
        ("concurrent_insert", 1, "AUTO"),
        ("innodb_flush_method", "ON", "fsync"),
        ("character_set_server", "utf8", "utf8mb3"),
        ("sql_mode", "TRADITIONAL", "STRICT_TRANS_TABLES,TRADITIONAL"),
        ("sql_mode", 0, ""),
        ("tmpdir", "/tmp/", "/tmp"),
        ("no_variable", 5, ""),
    ],
)
def test_what_is_as_asked_or_a_text(name: str, asked: Any, has: str) -> None:
    assert told({name: asked}, **{name: has}) == []


def test_a_setting_that_is_shown_by_another_name_or_by_none() -> None:
    assert told({"transaction_read_only": "OFF", "plugin_load_add": ["1"]}, tx_read_only="OFF") == []
    with pytest.raises(InvalidInput, match=r"o.transaction_read_only: 'ON' was given"):
        told({"transaction_read_only": "ON"}, tx_read_only="OFF")


@pytest.mark.parametrize(("asked", "default"), [(-1, "-1"), ("0", "0"), ("0", "0.0")])
def test_the_programs_own_value_leaves_it_to_the_server(asked: Any, default: str) -> None:
    assert told({"performance_schema_digests_size": asked}, default, performance_schema_digests_size="10000") == []


def test_less_than_was_asked_for_by_the_hosts_limits_is_told() -> None:
    given = {"max_connections": "5000", "table_open_cache": 4000, "open_files_limit": 1000, "innodb_use_native_aio": True}
    assert told(given, max_connections="214", table_open_cache="400", open_files_limit="65535", innodb_use_native_aio="OFF") == [
        "max_connections: 5000 was given, and this host lets the server have 214",
        "table_open_cache: 4000 was given, and this host lets the server have 400",
        "open_files_limit: 1000 was given, and this host lets the server have 65535",
        "innodb_use_native_aio: ON was given, and this host lets the server have OFF",
    ]


@pytest.mark.parametrize(("asked", "default", "has"), [(4, "4", "1"), ("512", "512", "4096"), (False, "FALSE", "ON"), ("OFF", "0", "ON"), (True, "1", "OFF")])
def test_the_programs_own_value_that_leaves_it_to_nobody_is_refused(asked: Any, default: str, has: str) -> None:
    with pytest.raises(InvalidInput, match=f"it sets {has}"):
        told({"innodb_page_cleaners": asked}, default, innodb_page_cleaners=has)


def test_what_the_disk_of_the_data_decides_is_told() -> None:
    assert told({"innodb_log_file_mmap": "yes", "innodb_log_write_ahead_size": 512}, innodb_log_file_mmap="OFF", innodb_log_write_ahead_size="4096") == [
        "innodb_log_file_mmap: yes was given, and a trial sets OFF. Only the server that has its data knows what their disk allows",
        "innodb_log_write_ahead_size: 512 was given, and a trial sets 4096. Only the server that has its data knows what their disk allows",
    ]
    assert told({"innodb_log_write_ahead_size": "4k"}, innodb_log_write_ahead_size="4096") == []


@pytest.mark.parametrize(
    ("line", "has", "is_told"),
    [
        ("a = ON", "OFF", True), ("a", "OFF", True), ("a = 512", "4096", True), ("a = OFF", "ON", True), ("a = 4k", "4096", False),
        ("a = utf8", "utf8mb3", False),
        ("a = 0", "151", False), ("a = -1", "151", False), ("a = binlog", "ON", False), ("", "4096", False), ('a = "1 2"', "1 2", False),
    ],
)  # fmt: skip
def test_what_a_server_that_runs_made_of_its_file(line: str, has: str, is_told: bool) -> None:
    word = line.partition(" = ")[2] or "ON"
    expected = [f"a: {word} stands in the file, and the server sets {has}"] if is_told else []
    assert list(taken.otherwise({"version": None, "entries": {"a": entry(line)}}, {"a": has}, ())) == expected


def test_what_waits_or_is_of_another_file_is_not_told() -> None:
    entries = {"waits": entry("waits = 5"), "theirs": entry("theirs = 5"), "read_only": entry("read_only = ON"), "gone": entry("gone = 5")}
    entries["transaction_read_only"] = entry("transaction_read_only = ON")
    live = {"waits": "6", "theirs": "6", "read_only": "OFF", "tx_read_only": "OFF"}
    assert list(taken.otherwise({"version": None, "entries": entries}, live, {"waits", "theirs", "tx_read_only"})) == []
    assert len(list(taken.otherwise({"version": None, "entries": entries}, live, {"waits", "theirs"}))) == 1
