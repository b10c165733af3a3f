# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the local server says of itself that rules/facts.py makes Facts of, and what another one may be asked for."""

from __future__ import annotations

from typing import NamedTuple

from ...mysql.guest.connection import Connection
from ..rules import facts
from ..rules.facts import Facts


class _Words(NamedTuple):
    links: str
    binlog: str
    filters: tuple[str, ...]


_FILTERS = "SELECT {} FILTER_NAME, FILTER_RULE FROM performance_schema.replication_applier_{}"
_WORDS = {
    "mariadb": _Words("SHOW ALL SLAVES STATUS", "SHOW MASTER STATUS", ()),
    # Those of a channel stand in the status, too; the global ones are those of a channel that is not there yet.
    "mysql": _Words("SHOW REPLICA STATUS", "SHOW BINARY LOG STATUS", (_FILTERS.format("CHANNEL_NAME,", "filters"), _FILTERS.format("", "global_filters"))),
}
#: what MySQL called it before 8.2
_OLD_BINLOG = "SHOW MASTER STATUS"


def look(engine: str, connection: Connection) -> Facts:
    """The Facts of a server of which this connection may see everything."""
    words = _WORDS[engine]
    variables = {row["Variable_name"].lower(): row["Value"] for row in connection.rows("SHOW GLOBAL VARIABLES")}
    filters = [row for statement in words.filters for row in connection.rows(statement)]
    return facts.digest(variables, connection.rows(words.links), _binlog(engine, connection), filters)


def binlog_filters(engine: str, connection: Connection) -> list[str]:
    """What its binary log leaves out; a replica's account and a candidate's may ask for it."""
    return facts.binlog_filters(_binlog(engine, connection))


def _binlog(engine: str, connection: Connection) -> list[dict[str, object]]:
    version = connection.select(version="@@version")["version"]
    old = engine == "mysql" and tuple(map(int, version.split(".")[:2])) < (8, 2)
    return connection.rows(_OLD_BINLOG if old else _WORDS[engine].binlog)
