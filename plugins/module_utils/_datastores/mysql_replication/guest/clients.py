# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A server's clients: what they have begun, and how they are disconnected. In words that both engines know."""

from __future__ import annotations

import time
from typing import ClassVar

from ...._guest.command import GuestError
from ...mysql.guest.connection import Connection

_POLL = 0.01
_NO_SUCH_THREAD = 1094
#: all but us, the server itself, and its replicas
_CLIENTS = "ID <> CONNECTION_ID() AND USER NOT IN ('system user', 'event_scheduler') AND COMMAND <> 'Daemon' AND COMMAND NOT LIKE 'Binlog Dump%'"


class ServerClients:
    """What a Server can do about its clients. Every method raises GuestError in the server's own words."""

    connection: Connection
    _processlist: ClassVar[str]

    def prepared(self) -> set[str]:
        """The XA transactions that are prepared, and neither committed nor rolled back."""
        rows = self.connection.rows("XA RECOVER")
        return {row["data"].decode(errors="backslashreplace") if isinstance(row["data"], bytes) else str(row["data"]) for row in rows}

    def temporary_tables(self) -> int:
        """How many temporary tables the threads of a replica hold open for sessions of the source."""
        return int(self.connection.rows("SHOW GLOBAL STATUS LIKE 'Slave_open_temp_tables'")[0]["Value"])

    def disconnect_clients(self, seconds: float) -> None:
        """Disconnect every client but us and the replicas. What they wait for ends with an error, is not acknowledged, and is rolled back.

        One that connects meanwhile is disconnected, too, but not waited for: there may always be another.

        :raises GuestError: when one is still there after so many seconds
        """
        deadline = time.monotonic() + seconds
        first = self._clients()
        here = first
        while True:
            for number in here:
                self._kill(number)
            here = self._clients()
            left = first & here
            if not left:
                return
            if time.monotonic() > deadline:
                raise GuestError(f"{len(left)} clients could not be disconnected within {seconds:.3g} s: {', '.join(map(str, sorted(left)))}.")
            time.sleep(_POLL)

    def _clients(self) -> set[int]:
        return {row["id"] for row in self.connection.rows(f"SELECT ID AS id FROM {self._processlist} WHERE {_CLIENTS}")}

    def _kill(self, number: int) -> None:
        try:
            self.connection.run(f"KILL CONNECTION {number}")
        except GuestError as error:
            if error.details.get("code") != _NO_SUCH_THREAD:
                raise
