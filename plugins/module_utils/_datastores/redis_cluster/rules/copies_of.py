# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which copy of the data of a master that failed is proven to be the most complete one: its own, or whose. Pure.

A replica that answers has all that its master had where its link lasted until that one ended. What servers loaded from their disks has an order only within one
replication stream. Whatever is started or promoted empties the other copies, so that nothing is chosen where there is no proof.

Sources: Redis documentation, "Replication" ("How Redis replication works", "Safety of replication when master has persistence turned off") and "INFO";
cluster.c, clusterHandleSlaveFailover (the age of a replica's data), and replication.c, masterTryPartialResynchronization (whose stream goes on).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from . import down
from .claims import Facts, is_startable
from .down import Row
from .nodes import Member

#: seconds between a master's pings in its stream (repl-ping-replica-period): an idle link that is up has been silent for as long
_PING = 10
_LOST = "name it in trove_lost"


@dataclass(frozen=True)
class History:
    """A place in a replication stream. replid2 is the stream that it went on with at second, as after a failover. None where nothing is known."""

    replid: str | None = None
    offset: int | None = None
    replid2: str | None = None
    second: int = -1

    def is_within(self, other: History) -> bool:
        """Whether the other one has all of it: the same stream, further on, or one that went on from there."""
        if self.replid is None or self.offset is None or other.offset is None:
            return False
        if self.replid == other.replid:
            return self.offset <= other.offset
        return self.replid == other.replid2 and self.offset < other.second


@dataclass(frozen=True)
class Copy:
    """
    :param live: whether its server answers; else it is on its disk
    :param late: how many seconds its link had been down when its master ended, None where that cannot be told; 0 of one that is proven to have all
    """

    name: str
    history: History
    live: bool = True
    late: float | None = None

    @property
    def complete(self) -> bool:
        return self.late == 0


@dataclass(frozen=True)
class Choice:
    """What becomes of the slots of a master that failed. All empty: nobody has a copy.

    :param own: whether it is started with what it has; copies: of whom one takes its place, the most complete one first
    :param problem: why neither is; note: what people should know
    """

    own: bool = False
    copies: tuple[Copy, ...] = ()
    problem: str | None = None
    note: str = ""


def comes_up(row: Row) -> bool:
    """Whether it was started, and does not answer yet."""
    return row["state"] in down.RUNS and not row["answers"] and not row["damaged"] and not row["tried"]


def choose(facts: Facts, lost: Collection[str], id_: str, most: bool) -> Choice:
    """
    :param lost: the names of members that are given up, with what only they have
    :param most: whether most masters are there without it, so that they can vote for a replica
    """
    name, label = facts.names.get(id_, ""), facts.label(id_)
    row, given = facts.rows.get(name), name in lost
    if row and not given and comes_up(row):
        return Choice(own=True)
    own = bool(row and not given and is_startable(row) and row["data"])
    logged = own and bool(row and row["persistence"] == down.AOF)
    live = _live(facts, id_)
    whole = [copy for copy in live if copy.complete]
    if whole and not (logged and not most):
        # one that is ahead of those in the same stream has more, whatever is known of its link
        best = _ordered([*whole, *(copy for copy in live if not copy.complete and any(one.history.is_within(copy.history) for one in whole))])
        if not best:
            return Choice(problem=_unordered(label, whole))
        mine = _history(row) if own else History()
        if not best[0].history.is_within(mine) or mine.is_within(best[0].history):
            return Choice(copies=best)
        # it was stopped in order, and saved more than its replicas had: none of them is complete
    if logged:
        return Choice(own=True, note="; ".join(_behind(copy) for copy in live if not copy.complete))
    disk = [Copy(other, _history(facts.rows[other]), live=False) for other in facts.on_disk(id_) if other not in lost]
    return _unproven(facts, lost, id_, own, [*live, *disk])


def _unproven(facts: Facts, lost: Collection[str], id_: str, own: bool, copies: list[Copy]) -> Choice:
    """Of one that has no log of all its changes, and no replica with a proof."""
    name, label = facts.names.get(id_, ""), facts.label(id_)
    row, given = facts.rows.get(name), name in lost
    silent = list(_silent(facts, lost, id_))
    if silent:
        return Choice(problem=f"{label} does not come back with a log of its changes: {'; '.join(silent)}")
    behind = [copy for copy in copies if copy.late]
    if behind and not given:
        return Choice(problem=(
            f"{label} does not answer, and {', '.join(map(_behind, behind))}: bring {label} back with its log of changes; or, to go on with what there is,"
            f" {_LOST}: what was written since is lost then"
        ))  # fmt: skip
    # what only it may have: its host is silent, or it could not be started and its data are not known to be damaged
    if copies and not own and not given and (row is None or row["data"] and not row["damaged"]):
        return Choice(problem=(
            f"{label} does not answer, and may have more than {', '.join(map(_spelled, copies))}: bring it back; or, where it stays away, {_LOST}: what the"
            " copy has not is lost then"
        ))  # fmt: skip
    if not copies:
        return Choice(own=own)
    mine = [Copy(name, _history(row), live=False)] if own else []
    best = _ordered([*mine, *copies])
    if not best:
        return Choice(problem=_unordered(label, [*mine, *copies]))
    if best[0].name == name:
        return Choice(own=True)
    return Choice(copies=best[:1], note="; ".join(_behind(copy) for copy in best[:1] if copy.late))


def best_of(facts: Facts, id_: str, names: Collection[str]) -> Copy | None:
    """The most complete one of these that answers now; None where none does, or they have no order."""
    ordered = _ordered([copy for copy in _live(facts, id_) if copy.name in names])
    return ordered[0] if ordered else None


def _live(facts: Facts, id_: str) -> list[Copy]:
    ended = _ended(facts, id_)
    return [Copy(member.name, _said(member), True, _late(member, ended)) for member in facts.replicas(id_)]


def _said(member: Member) -> History:
    return History(member.info.get("master_replid"), member.offset, member.info.get("master_replid2"), int(member.info.get("second_repl_offset", -1)))


def _history(row: Row | None) -> History:
    return History(row["replid"], row["offset"]) if row else History()


def _link_age(info: Mapping[str, str]) -> int | None:
    """For how many seconds a replica has heard nothing of its master, or has had no link; None where it had none since its start.

    Source: Redis documentation, "INFO"; a replica reckons the age of its data so itself (cluster.c, clusterHandleSlaveFailover).
    """
    if info.get("master_link_status") == "up":
        return max(int(info.get("master_last_io_seconds_ago", 0)), 0)
    age = int(info.get("master_link_down_since_seconds", -1))
    return None if age < 0 else age


def _late(member: Member, ended: float | None) -> float | None:
    age = _link_age(member.info)
    if age is None:
        return None
    allowed = member.node_timeout / 1000 + (_PING if member.master_link == "up" else 0)
    if age <= (ended or 0) + allowed:
        return 0
    return age - ended if ended is not None else None


def _ended(facts: Facts, id_: str) -> float | None:
    """How many seconds ago a master ended at the latest; None where that is not known. One that most masters do not hear takes no writes."""
    row, found = facts.rows.get(facts.names.get(id_, "")), []
    if row and row["state"] in down.DEAD and row["down_for"] is not None:
        found.append(row["down_for"] + facts.elapsed)
    masters = [member for member in facts.answering.values() if member.is_master and member.slots and id_ in member.view and member.view[id_].pong]
    # each by its own clock
    clocks = [(member, int(member.info.get("server_time_usec", 0)) / 1e6) for member in masters]
    heard = [now - member.view[id_].pong / 1000 for member, now in clocks if now]
    if 2 * len(heard) > len(facts.owned):
        found.append(min(heard))
    return max(found, default=None)


def _ordered(copies: Sequence[Copy]) -> tuple[Copy, ...]:
    """The most complete one first, of equal ones by name; empty where no copy has all that the others have."""
    for best in sorted(copies, key=lambda copy: copy.name):
        others = [copy for copy in copies if copy is not best]
        if all(copy.history.is_within(best.history) for copy in others):
            return (best, *sorted(others, key=lambda copy: (-(copy.history.offset or 0), copy.name)))
    return ()


def _silent(facts: Facts, lost: Collection[str], id_: str) -> Iterator[str]:
    """Replicas that say nothing, and may have more than all who do: sentences."""
    for line in facts.lines.values():
        name = facts.names.get(line.id)
        if line.master_id != id_ or line.id in facts.answering or not name or name in lost:
            continue
        row = facts.rows.get(name)
        if row is None:
            yield f"its replica {name} is silent, and may have more: bring it back, or name it lost, too (trove_lost)"
        elif row["data"] and not row["damaged"] and not is_startable(row):
            yield f"its replica {name} has data, and cannot be started ({'; '.join(row['why'])}): repair it, or name it lost, too (trove_lost)"


def _behind(copy: Copy) -> str:
    if copy.late is None:
        return f"of its replica {copy.name} it is not known until when it followed"
    return f"the link of its replica {copy.name} had been down for {copy.late:.0f} s when it ended"


def _spelled(copy: Copy) -> str:
    at = f"at {copy.history.offset} of the stream {(copy.history.replid or '')[:8]}" if copy.history.replid else "of no known stream"
    return f"{copy.name} ({at}{'' if copy.live else ', on its disk'})"


def _unordered(label: str, copies: Sequence[Copy]) -> str:
    return (
        f"of the data of {label} there are copies that have no order: {', '.join(map(_spelled, copies))}. Keep one: stop the others, where they run, and"
        " name them in trove_lost"
    )
