# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Of which versions the local server is: the one that runs, the one that is installed, and its system tables."""

from __future__ import annotations

import re

from ...._guest.command import GuestError
from ...mysql.guest import connection, data_directory
from ...mysql.guest.engines import Engine
from ..rules.upgraded import Versions


def running() -> str | None:
    """The version of the server that answers, None where none does."""
    return _asked()[0]


def _asked() -> tuple[str | None, str | None]:
    """Its version, and where its data are."""
    try:
        ((version, datadir),) = connection.query(connection.SOCKET, "SELECT @@version, @@datadir")[0]
    except GuestError:
        return None, None
    found = re.match(r"\d+(\.\d+)+", str(version))
    return found.group() if found else None, str(datadir)


def look(engine: Engine, datadir: str | None = None) -> Versions:
    """Never fails because it is down. MySQL upgrades its tables by itself, so of that there is none.

    :param datadir: where its data are; None where a server that runs is to say so
    """
    version, live = _asked()
    place = datadir or live
    return {"running": version, "installed": engine.version(), "tables": data_directory.tables_version(place) if engine.name == "mariadb" and place else None}


def waiting() -> list[str]:
    """The sessions that wait for a table's lock, ``id (user@host)``. Their statements are not told: one that creates an account may have its password."""
    query = "SELECT ID, USER, HOST FROM information_schema.PROCESSLIST WHERE STATE = 'Waiting for table level lock'"
    return [f"{number} ({user}@{host})" for number, user, host in connection.query(connection.SOCKET, query)[0]]


def prepared() -> list[str]:
    """Why the server that answers must not be brought to another series: sentences. Source: MySQL Reference Manual, "Upgrade Prerequisites", XA RECOVER."""
    rows = connection.query(connection.SOCKET, "XA RECOVER")[0]
    return [f"XA transactions that are prepared and not ended: {len(rows)}; XA RECOVER shows them, and each is to be committed or rolled back"] if rows else []
