# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What differs between the engines in what replication means, behind the same few questions. Pure; the SQL of each is in guest/."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar

from .gtid import GtidSet, MariaDbGtids, MySqlGtids
from .info import State


class Dialect(ABC):
    """One engine."""

    engine: ClassVar[str]

    @abstractmethod
    def parse(self, text: str | None) -> GtidSet:
        """The GTID set of a text of this engine; None is none.

        :raises InvalidInput: for a text that is none
        """

    @abstractmethod
    def writer(self, state: State) -> str:
        """By what GTIDs name the server that wrote them."""

    @abstractmethod
    def copied(self, gtid: str, source: State) -> GtidSet:
        """What a copy has, of a source that stood at `gtid` then and is in `source` now."""

    @abstractmethod
    def can_replicate(self, state: State) -> bool:
        """Whether a server may replicate by GTIDs as it is set up."""


class MariaDb(Dialect):
    engine = "mariadb"

    def parse(self, text: str | None) -> GtidSet:
        return MariaDbGtids.parse(text or "")

    def writer(self, state: State) -> str:
        return str(state["server_id"])

    def copied(self, gtid: str, source: State) -> GtidSet:
        """gtid_slave_pos comes with the copied tables, and says where the source stood when it was a replica itself."""
        return MariaDbGtids.parse(source["executed"]).up_to(MariaDbGtids.parse(gtid).position())

    def can_replicate(self, state: State) -> bool:
        """A replica needs no setting for GTIDs."""
        return True


class MySql(Dialect):
    engine = "mysql"

    def parse(self, text: str | None) -> GtidSet:
        return MySqlGtids.parse(text or "")

    def writer(self, state: State) -> str:
        return str(state["server_uuid"])

    def copied(self, gtid: str, source: State) -> GtidSet:
        return self.parse(gtid)

    def can_replicate(self, state: State) -> bool:
        return state["gtid"]


DIALECTS: dict[str, Dialect] = {dialect.engine: dialect for dialect in (MariaDb(), MySql())}


def parse(engine: str, text: str | None) -> GtidSet:
    """The GTID set of an engine's text, e.g. ``parse("mariadb", "0-1-100")``."""
    return DIALECTS[engine].parse(text)
