# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reasons why a server must not be attached, promoted or detached as it is set up: refusals with names, before anything is touched. Pure.

Each reason is one by which data would be lost or changed in silence, or by which a verb would end half-way. Here is what one server says of itself; a verb
as a whole is judged in `obstacles`. Sources: those of `facts`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass

from ...._model.errors import Refused
from .dialects import parse
from .facts import Facts
from .info import Link

#: names of all refusals, and what each of them keeps from happening
REASONS = {
    "replica_filters": "a replica does not have what its filters leave out, although its GTIDs say so",
    "binlog_filters": "what the binary log leaves out reaches no replica",
    "other_links": "what comes in from another source is not known to the other members",
    "delay": "what was received is applied so much later, and the verb would wait for it",
    "leniency": "the replica applies something else than was written, or skips it, without an error",
    "broken": "the replica cannot apply what it received",
    "stopped": "MariaDB deletes what it received and has not applied when a thread starts while none runs",
    "errant": "the replica has transactions that its source does not have",
    "purged": "the binary logs of the new source do not reach back to the replica",
    "same_server": "two servers with one id leave out each other's transactions",
    "engine": "MariaDB and MySQL cannot read each other's binary logs",
    "version": "a replica that is older than its source cannot read all that the source writes",
    "names": "servers that compare names in different ways mix up tables",
    "blackhole": "a table that keeps nothing would be the only copy",
    "log_bin": "no server can replicate from a server without a binary log",
    "gtid": "no server can replicate by GTIDs from a server that writes none",
    "log_updates": "what a server received as a replica would not reach its own replicas",
    "gtid_order": "GTIDs out of order cannot be compared",
    "binlog_format": "statements do not have the same result everywhere",
    "closed": "no client could write to the new source",
    "semi_sync": "commits on the new source would wait for a replica that acknowledges nothing",
}


@dataclass(frozen=True)
class Refusal:
    """:param name: one of REASONS
    :param member: whom it is about
    :param why: what the server said
    """

    name: str
    member: str
    why: str

    def __str__(self) -> str:
        return f"{self.name}: {self.why} ({REASONS[self.name]})"


def check(refusals: Iterable[Refusal]) -> None:
    """:raises Refused: with all refusals in words, and as data in ``refusals``"""
    found = list(dict.fromkeys(refusals))
    if found:
        text = "; ".join(f"{one.member}: {one}" for one in found)
        raise Refused(f"Nothing was touched, because of {len(found)} reason{'s' if len(found) > 1 else ''}. {text}.", refusals=[asdict(one) for one in found])


def of_replica(name: str, facts: Facts) -> list[Refusal]:
    """What keeps a server from being the same as its source."""
    found = [
        ("replica_filters", ", ".join(facts["replica_filters"])),
        ("other_links", f"it also replicates by {', '.join(facts['other_links'])}" if facts["other_links"] else ""),
        ("leniency", ", ".join(facts["leniency"])),
    ]
    return [Refusal(reason, name, why) for reason, why in found if why]


def of_source(name: str, filters: Sequence[str]) -> list[Refusal]:
    """What keeps replicas of a server from having all of it; `filters` are Facts' binlog_filters."""
    return [Refusal("binlog_filters", name, ", ".join(filters))] if filters else []


def of_delay(name: str, seconds: int, allowed: float = 0) -> list[Refusal]:
    """:param allowed: seconds that are ignored"""
    lift = "STOP, set MASTER_DELAY (SOURCE_DELAY) to 0, START; or leave it behind"
    return [Refusal("delay", name, f"it applies {seconds} s later than it receives; {lift}")] if seconds > allowed else []


def of_relay(name: str, engine: str, link: Link | None, executed: str) -> list[Refusal]:
    """Source: MariaDB, sql/slave.cc, start_slave_threads(): by GTIDs, it purges the relay logs unless a thread runs. So did 10.11.19."""
    if engine != "mariadb" or not link or (link["io_running"], link["sql_running"]) != ("No", "No"):
        return []
    if parse(engine, link["retrieved"]) <= parse(engine, executed):
        return []
    ways = (
        "where its source lives, START SLAVE has all of it received again; of a dead one it is applied by CHANGE MASTER TO MASTER_USE_GTID=no,"
        " RELAY_LOG_FILE='…', RELAY_LOG_POS=… (as SHOW SLAVE STATUS has them), START SLAVE SQL_THREAD"
    )
    return [Refusal("stopped", name, f"both of its threads are stopped, it received {link['retrieved']} and has {executed or 'none'}; {ways}")]
