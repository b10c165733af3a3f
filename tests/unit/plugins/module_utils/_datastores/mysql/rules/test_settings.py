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
