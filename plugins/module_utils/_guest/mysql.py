# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The local MariaDB or MySQL server, as root through its socket: no password, no TLS."""

from __future__ import annotations

import traceback
from contextlib import closing

from .command import GuestError

try:
    import pymysql
except ImportError:
    pymysql = None
    PYMYSQL_MISSING = traceback.format_exc()
else:
    PYMYSQL_MISSING = None


def query(socket, *statements):
    """The rows of each statement, over one connection: a list of lists of tuples.

    :raises GuestError: when there is no answer, with the reason
    """
    if pymysql is None:
        raise GuestError("the Python library PyMySQL is missing on the guest (package python3-pymysql)")
    try:
        with closing(pymysql.connect(unix_socket=socket, user="root", connect_timeout=5, read_timeout=10)) as connection, connection.cursor() as cursor:
            return [_rows(cursor, statement) for statement in statements]
    except pymysql.MySQLError as error:
        raise GuestError(str(error.args[-1])) from error


def _rows(cursor, statement):
    cursor.execute(statement)
    return list(cursor.fetchall())
