# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a member of a ring has beside any source: its settings, and where it stands among the transactions of all. MariaDB only."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypedDict

from ...._model.errors import Refused
from ..rules.info import Address, Tls
from ..rules.ring import foreign
from .mariadb import MariaDb
from .server import Server

_SETTINGS = ("gtid_domain_id", "auto_increment_increment", "auto_increment_offset", "slave_parallel_threads")


class Standing(TypedDict):
    """gtid_current_pos, and gtid_slave_pos."""

    current: str
    applied: str


class RingMember:
    """
    :raises Refused: for a server that is no MariaDB
    """

    def __init__(self, server: Server) -> None:
        if not isinstance(server, MariaDb):
            raise Refused("A ring is built of MariaDB servers: MySQL has no GTID domain for each of its members.")
        self.server = server

    def settings(self) -> dict[str, int]:
        return {name: int(value) for name, value in self.server.connection.select(**{name: f"@@GLOBAL.{name}" for name in _SETTINGS}).items()}

    def set_settings(self, wanted: Mapping[str, int]) -> None:
        """For sessions that connect from now on. The number of threads is set while no thread runs, and the same number is an error while one runs, too.

        Where they were stopped, the caller starts them again.
        """
        threads = self.settings()["slave_parallel_threads"]
        changed = {name: value for name, value in wanted.items() if (name, value) != ("slave_parallel_threads", threads)}
        if "slave_parallel_threads" in changed:
            self.server.stop()
        self.server.connection.run(*(f"SET GLOBAL {name} = {value}" for name, value in changed.items()))

    def standing(self) -> Standing:
        found = self.server.connection.select(current="@@gtid_current_pos", applied="@@gtid_slave_pos")
        return {"current": found["current"], "applied": found["applied"]}

    def stand_at_current(self) -> str:
        """Set gtid_slave_pos, while no thread runs; what it is then."""
        self.server.stand_at_current()
        return self.standing()["applied"]

    def follow(self, source: Address, tls: Tls) -> None:
        """Name the source; gtid_slave_pos stays as it is."""
        self.server.name_source(source, tls)


def comes_in(server: Server, target: str) -> str:
    """The part of a position that a server waits for as a replica: in a ring all but its own, which it has, and which it leaves out when it comes back."""
    if not isinstance(server, MariaDb):
        return target
    found = server.connection.select(domain="@@GLOBAL.gtid_domain_id", server_id="@@server_id")
    return str(foreign(target, found["server_id"])) if found["domain"] else target
