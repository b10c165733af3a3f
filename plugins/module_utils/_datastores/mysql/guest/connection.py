# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A MariaDB or MySQL server: the local one as root through its socket, another one by TLS with this member's certificate. No password in either case."""

from __future__ import annotations

import traceback
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from typing import Any

from ...._guest.command import GuestError

try:
    import pymysql
    import pymysql.charset
    import pymysql.cursors
except ImportError:
    pymysql = None  # type: ignore[assignment]
    PYMYSQL_MISSING: str | None = traceback.format_exc()
else:
    PYMYSQL_MISSING = None


#: where root finds the local server, by the packages of Debian and Ubuntu
SOCKET = "/run/mysqld/mysqld.sock"


class Connection:
    """One connection, in which each statement commits by itself.

    :param where: how PyMySQL gets there; see `local` and `remote`
    :raises GuestError: when there is no answer, with the reason; so does every method
    """

    def __init__(self, where: Mapping[str, Any]) -> None:
        if pymysql is None:
            raise GuestError("the Python library PyMySQL is missing on the guest (package python3-pymysql)")
        options = {"connect_timeout": 5, "read_timeout": 60, "write_timeout": 60, **where}
        with _translated():
            self._connection = pymysql.connect(autocommit=True, cursorclass=pymysql.cursors.DictCursor, **options)

    def rows(self, statement: str, *values: object) -> list[dict[str, Any]]:
        """The statement's rows, a dict each. Values take the places of ``%s``, quoted."""
        with _translated(), self._connection.cursor() as cursor:
            cursor.execute(statement, values or None)
            return list(cursor.fetchall())

    def run(self, *statements: str) -> None:
        for statement in statements:
            self.rows(statement)

    def select(self, **expressions: str) -> dict[str, Any]:
        """The values of expressions, by the names that the caller gives them."""
        row = self.rows("SELECT " + ", ".join(f"{expression} AS `{name}`" for name, expression in expressions.items()))[0]
        return {name: value.decode() if isinstance(value, bytes) else value for name, value in row.items()}

    @contextmanager
    def speaking(self, charset: str, collation: str) -> Iterator[None]:
        """A context in which the session is a client of that character set and collation, as what is created or changed remembers it.

        :param charset: as the server calls it, e.g. ``utf8mb4``
        """
        here = self.select(charset="@@character_set_client", collation="@@collation_connection")
        own = self._connection.encoding
        try:
            self.rows("SET character_set_client = %s, collation_connection = %s", charset, collation)
            self._connection.encoding = _codec(charset)
            yield
        finally:
            self._connection.encoding = own
            self.rows("SET character_set_client = %s, collation_connection = %s", here["charset"], here["collation"])

    def close(self) -> None:
        with suppress(pymysql.MySQLError):
            self._connection.close()

    def __enter__(self) -> Connection:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()


def local(socket: str) -> dict[str, Any]:
    """How root gets to the local server."""
    return {"unix_socket": socket, "user": "root"}


def remote(host: str, port: int, user: str, tls: Mapping[str, str]) -> dict[str, Any]:
    """Where `user`, who shows this member's certificate, finds another server. Its own certificate has to name the host.

    :param tls: ``{ca_cert, client_cert, client_key}``, paths
    """
    return {
        "host": host,
        "port": port,
        "user": user,
        "ssl_ca": tls["ca_cert"],
        "ssl_cert": tls["client_cert"],
        "ssl_key": tls["client_key"],
        "ssl_verify_cert": True,
        "ssl_verify_identity": True,
    }


def query(socket: str, *statements: str) -> list[list[tuple[Any, ...]]]:
    """The rows of each statement, over one connection: a list of lists of tuples.

    :raises GuestError: when there is no answer, with the reason
    """
    with closing(Connection({**local(socket), "read_timeout": 10})) as connection:
        return [[tuple(row.values()) for row in connection.rows(statement)] for statement in statements]


def _codec(charset: str) -> str:
    """Python's name of a server's character set; PyMySQL 1.0 does not know utf8mb3."""
    try:
        encoding: str = pymysql.charset.charset_by_name("utf8mb4" if charset == "utf8mb3" else charset).encoding
    except (KeyError, AttributeError):
        return "utf8"
    return encoding


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except (pymysql.MySQLError, OSError) as error:
        code = error.args[0] if len(error.args) > 1 else None
        raise GuestError(str(error.args[-1] if error.args else error), code=code) from error
