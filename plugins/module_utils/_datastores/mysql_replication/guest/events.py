# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A server's events, and the scheduler that runs them, in words that both engines know."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from contextlib import AbstractContextManager

from ...mysql.guest.connection import Connection
from ..rules.events import Event


class ServerEvents(ABC):
    """What a Server can do about events. Every method raises GuestError in the server's own words."""

    connection: Connection

    @abstractmethod
    def writable_by_us(self, logged: bool = False) -> AbstractContextManager[None]:
        """See Server."""

    def events(self) -> list[Event]:
        rows = self.connection.rows(
            "SELECT EVENT_SCHEMA AS `schema`, EVENT_NAME AS name, DEFINER AS definer, STATUS AS status, CHARACTER_SET_CLIENT AS charset,"
            " COLLATION_CONNECTION AS collation, EVENT_TYPE = 'ONE TIME' AND EXECUTE_AT <= NOW() AS past FROM information_schema.EVENTS ORDER BY 1, 2"
        )
        return [
            {
                "schema": row["schema"],
                "name": row["name"],
                "definer": row["definer"],
                "status": row["status"],
                "charset": row["charset"],
                "collation": row["collation"],
                "over": bool(row["past"]),
            }
            for row in rows
        ]

    def event_scheduler(self) -> str:
        """ON, OFF, or DISABLED, which only a start changes."""
        found: str = self.connection.select(found="@@global.event_scheduler")["found"]
        return found

    def set_event_scheduler(self, wanted: str) -> None:
        """ON or OFF. Events that run already are not stopped."""
        self.connection.run(f"SET GLOBAL event_scheduler = {wanted}")

    def alter_event(self, event: Event, how: str) -> None:
        """Also in the binary log: replicas that receive it disable the event, as they do with every one.

        :param how: ENABLE or DISABLE
        """
        self._alter(event, how)

    def disable_events(self, events: Iterable[Event]) -> None:
        """As replication would have disabled them; in no binary log."""
        with self.writable_by_us():
            for event in events:
                self._alter(event, "DISABLE ON SLAVE")

    def restore_events(self, events: Iterable[Event]) -> None:
        """The opposite of `disable_events`; in no binary log, either."""
        with self.writable_by_us():
            for event in events:
                self._alter(event, "ENABLE")

    def _alter(self, event: Event, how: str) -> None:
        """Without its definer and its client's character set the event would get ours."""
        user, _at, host = event["definer"].rpartition("@")
        definer, values = ("%s@%s", (user, host)) if host else ("%s", (user,))
        name = ".".join(f"`{part.replace('`', '``')}`" for part in (event["schema"], event["name"])).replace("%", "%%")
        with self.connection.speaking(event["charset"], event["collation"]):
            self.connection.rows(f"ALTER DEFINER={definer} EVENT {name} {how}", *values)
