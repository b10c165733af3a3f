# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.mysql.rules import settings

LIVE = {
    "innodb_buffer_pool_size": "536870912",
    "log_bin": "ON",
    "sync_binlog": "0",
    "require_secure_transport": "OFF",
    "tls_version": "TLSv1.2,TLSv1.3",
    "long_query_time": "10.000000",
    "ssl_ca": "",
    "relay_log": "",
}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("innodb_buffer_pool_size", "512M"),
        ("innodb-buffer-pool-size", 536870912),
        ("log_bin", "binlog"),
        ("log_bin", "ON"),
        ("require_secure_transport", "OFF"),
        ("require_secure_transport", False),
        ("tls_version", "TLSv1.2, TLSv1.3"),
        ("long_query_time", 10),
        ("plugin_load_add", "mysql_clone.so"),
    ],
)
def test_the_same_in_other_words(name: str, value: object) -> None:
    assert settings.differences({name: value}, LIVE) == {}


@pytest.mark.parametrize(
    ("name", "value"),
    [("innodb_buffer_pool_size", "1G"), ("sync_binlog", 1), ("require_secure_transport", "ON"), ("ssl_ca", "/etc/mysql/tls/ca.pem"), ("relay_log", "relay")],
)
def test_what_differs(name: str, value: object) -> None:
    assert settings.differences({name: value}, LIVE) == {name: (LIVE[name], value)}


@pytest.mark.parametrize(
    ("value", "live"),
    [
        ("0", "0"),
        ("-1", "-1"),
        ("1K", "1024"),
        ("1k", "1024"),
        ("16M", "16777216"),
        ("16m", "16777216"),
        ("16MB", "16777216"),
        ("16mb", "16777216"),
        ("16MiB", "16777216"),
        (" 2G ", "2147483648"),
        ("1gb", "1073741824"),
        ("1T", "1099511627776"),
        ("1P", "1125899906842624"),
        ("1E", "1152921504606846976"),
        ("18446744073709551615", "18446744073709551615"),
        ("0.5", "0.500000"),
    ],
)
def test_sizes_as_the_servers_read_them(value: str, live: str) -> None:
    """By what ``mariadbd --join-buffer-size=… --verbose --help`` of 10.11 and mysqld of 9 answered."""
    assert settings.differences({"size": value}, {"size": live}) == {}
    assert settings.statement("size", value) in (f"SET GLOBAL `size` = {live}", f"SET GLOBAL `size` = {value}")


@pytest.mark.parametrize(
    ("value", "live"),
    [("1K", "1000"), ("1M", "1048577"), ("18446744073709551615", "18446744073709551614"), ("16", "16777216"), ("0.5", "0.6")],
)
def test_sizes_that_differ(value: str, live: str) -> None:
    assert settings.differences({"size": value}, {"size": live}) == {"size": (live, value)}


@pytest.mark.parametrize("value", ["1.5G", "1X", "16 M", "0x10", "M", "1mail.example"])
def test_what_the_servers_refuse_is_no_size(value: str) -> None:
    """It is handed over as it stands, so that the server says so, and not first at its next start."""
    assert settings.statement("size", value) == f"SET GLOBAL `size` = '{value}'"


@pytest.mark.parametrize(
    ("value", "live", "same"),
    [
        ("yes", "ON", True),
        ("TRUE", "ON", True),
        ("off", "OFF", True),
        ("no", "OFF", True),
        ("false", "OFF", True),
        (0, "OFF", True),
        (True, "ON", True),
        ("off", "ON", False),
        ("binlog", "1", False),
        ("binlog", "OFF", False),
        ("ROW", "row", True),
        ("/var/lib/mysql", "/var/lib/mysql/", True),
        ("a,b", "a", False),
        ("a, B", "A,b", True),
        ("a,b", "b,a", False),
    ],
)
def test_words_and_lists(value: object, live: str, same: bool) -> None:
    assert (settings.differences({"it": value}, {"it": live}) == {}) is same


def test_some_of_what_differs() -> None:
    found = settings.differences({"Sync-Binlog": 1, "relay_log": "relay"}, LIVE)
    assert settings.chosen(found, ["sync_binlog"]) == {"sync_binlog": ("0", 1)}


def test_log_bin_that_is_off_is_a_difference() -> None:
    assert settings.differences({"log_bin": "binlog"}, {"log_bin": "OFF"}) == {"log_bin": ("OFF", "binlog")}


def test_what_needs_a_start() -> None:
    names = ["log_bin", "sync_binlog", "skip_name_resolve", "tls_version"]
    assert settings.MARIADB.among(names) == (["log_bin"], ["skip_name_resolve", "tls_version"])
    assert settings.MYSQL.among(names) == (["log_bin"], ["skip_name_resolve"])


@pytest.mark.parametrize(
    ("value", "sql"),
    [("512M", "536870912"), ("ON", "1"), (1, "1"), ("a'b\\", "'a''b\\\\'"), ("ROW", "'ROW'")],
)
def test_statements(value: object, sql: str) -> None:
    assert settings.statement("name", value) == f"SET GLOBAL `name` = {sql}"
