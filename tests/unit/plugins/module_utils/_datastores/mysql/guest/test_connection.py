# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How PyMySQL is spoken to, and that its errors become ours; the library is the real one, and only the network is missing."""

from __future__ import annotations

from typing import Any
from unittest.mock import Mock, create_autospec

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.mysql.guest import connection
from ansible_collections.stackdb.trove.plugins.module_utils._guest.command import GuestError

pymysql = pytest.importorskip("pymysql")


@pytest.fixture
def network(monkeypatch: pytest.MonkeyPatch) -> Mock:
    """A fake pymysql.connect, whose cursor has one row."""
    made = create_autospec(pymysql.connections.Connection, instance=True)
    made.cursor.return_value.__enter__.return_value.fetchall.return_value = ({"a": b"x", "b": 1},)
    connect = Mock(return_value=made)
    monkeypatch.setattr(connection.pymysql, "connect", connect)
    return connect


def test_where_and_how(network: Mock) -> None:
    with connection.Connection({**connection.local("/run/x.sock"), "read_timeout": 10}) as opened:
        assert opened.rows("SELECT %s", 1) == [{"a": b"x", "b": 1}]
    cursor = network.return_value.cursor.return_value.__enter__.return_value
    cursor.execute.assert_called_once_with("SELECT %s", (1,))
    given = network.call_args.kwargs
    assert {name: given[name] for name in ("unix_socket", "user", "read_timeout", "write_timeout", "connect_timeout", "autocommit")} == {
        "unix_socket": "/run/x.sock", "user": "root", "read_timeout": 10, "write_timeout": 60, "connect_timeout": 5, "autocommit": True,
    }  # fmt: skip
    network.return_value.close.assert_called_once_with()


def test_a_statement_without_values_may_have_percent_signs(network: Mock) -> None:
    connection.Connection({}).run("SHOW STATUS LIKE 'wsrep_%'", "SELECT 1")
    cursor = network.return_value.cursor.return_value.__enter__.return_value
    assert [call.args for call in cursor.execute.call_args_list] == [("SHOW STATUS LIKE 'wsrep_%'", None), ("SELECT 1", None)]


def test_expressions_by_name(network: Mock) -> None:
    assert connection.Connection({}).select(a="@@server_uuid", b="@@server_id") == {"a": "x", "b": 1}
    cursor = network.return_value.cursor.return_value.__enter__.return_value
    cursor.execute.assert_called_once_with("SELECT @@server_uuid AS `a`, @@server_id AS `b`", None)


def test_rows_as_tuples(network: Mock) -> None:
    assert connection.query("/run/x.sock", "SELECT 1", "SELECT 2") == [[(b"x", 1)], [(b"x", 1)]]
    network.return_value.close.assert_called_once_with()


def test_another_server_is_known_by_its_certificate() -> None:
    tls = {"ca_cert": "ca", "client_cert": "cert", "client_key": "key"}
    assert connection.remote("db-1", 3306, "replica", tls) == {
        "host": "db-1", "port": 3306, "user": "replica", "ssl_ca": "ca", "ssl_cert": "cert", "ssl_key": "key",
        "ssl_verify_cert": True, "ssl_verify_identity": True,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("error", "message", "code"),
    [
        (pymysql.err.OperationalError(2003, "Can't connect"), "Can't connect", 2003),
        (pymysql.err.ProgrammingError(1064, "syntax"), "syntax", 1064),
        (pymysql.err.InterfaceError("closed"), "closed", None),
        (pymysql.err.InterfaceError(), "", None),
        (BrokenPipeError(32, "Broken pipe"), "Broken pipe", 32),
    ],
)
def test_errors_are_told_in_the_servers_words(network: Mock, error: Any, message: str, code: int | None) -> None:
    opened = connection.Connection({})
    network.return_value.cursor.return_value.__enter__.return_value.execute.side_effect = error
    with pytest.raises(GuestError) as told:
        opened.rows("SELECT 1")
    assert (told.value.message, told.value.details["code"]) == (message, code)
    network.side_effect = error
    with pytest.raises(GuestError):
        connection.Connection({})


def test_a_connection_that_is_gone_can_be_closed(network: Mock) -> None:
    network.return_value.close.side_effect = pymysql.err.Error("Already closed")
    connection.Connection({}).close()


def test_the_library_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "pymysql", None)
    with pytest.raises(GuestError, match="python3-pymysql"):
        connection.Connection({})


def test_where_root_finds_the_server() -> None:
    assert connection.local(connection.SOCKET) == {"unix_socket": "/run/mysqld/mysqld.sock", "user": "root"}


def test_a_client_of_another_character_set_is_one_for_a_moment(network: Mock) -> None:
    cursor = network.return_value.cursor.return_value.__enter__.return_value
    cursor.fetchall.return_value = ({"charset": "utf8mb4", "collation": "utf8mb4_bin"},)
    network.return_value.encoding = "utf8"
    opened = connection.Connection({})
    with opened.speaking("latin1", "latin1_swedish_ci"):
        assert network.return_value.encoding == "cp1252"
    assert network.return_value.encoding == "utf8"
    assert [call.args[1] for call in cursor.execute.call_args_list] == [None, ("latin1", "latin1_swedish_ci"), ("utf8mb4", "utf8mb4_bin")]


@pytest.mark.parametrize(("charset", "encoding"), [("utf8mb3", "utf8"), ("utf8mb4", "utf8"), ("no such", "utf8")])
def test_character_sets_that_pymysql_may_not_know(network: Mock, charset: str, encoding: str) -> None:
    network.return_value.cursor.return_value.__enter__.return_value.fetchall.return_value = ({"charset": "utf8mb4", "collation": "utf8mb4_bin"},)
    network.return_value.encoding = "ascii"
    with connection.Connection({}).speaking(charset, "any"):
        assert network.return_value.encoding == encoding
