# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What brings a Redis Cluster to serve again after an outage: which servers are started, whose place is taken by a replica, and what is refused. Pure.

Sources: Redis documentation, "CLUSTER FAILOVER" (FORCE needs the votes of most masters, TAKEOVER none), "Redis Cluster specification" (replica election), and
"Replication" ("Safety of replication when master has persistence turned off"): a master that starts with less than its replica has empties that one, too.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any

from ...._model.errors import Refused
from . import copies_of, down, halves
from .claims import Facts, is_startable
from .copies_of import Copy, comes_up
from .halves import Held
from .slots import brief

#: how a replica takes the place of a master that failed: with the votes of most masters, or without
FORCE, TAKEOVER = "force", "takeover"
_INITIALIZE = "name it in trove_lost, so that the task ends without it, and then stackdb.trove.cluster_initialize gives it all data of its master again"
_REPLACE = "stackdb.trove.cluster_replace creates a server in its place (with trove_accept_lost_slots=true where no member has a copy)"
_LOST = "name it in trove_lost"
_NOTHING = "all members answer, and nothing is to be done"


@dataclass(frozen=True)
class Takeover:
    """
    :param master: the id of the node; replica: who was the most complete one when it was decided, or is to be started for it
    :param copies: the names of all that were found to have what it had, of whom the most complete one at that time takes its place
    """

    master: str
    label: str
    replica: str
    how: str
    copies: tuple[str, ...] = ()

    def view(self) -> dict[str, Any]:
        return {"master": self.master, "label": self.label, "replica": self.replica, "how": self.how, "copies": list(self.copies)}


@dataclass(frozen=True)
class Decision:
    """What is done.

    :param first: who is started at once; then: who is started when replicas have taken the places of masters
    :param left: who cannot be brought home by this, and what can: ``{name: sentence}``
    :param meet, forget: who meets again, and which nodes all members forget, as far as that is known now
    :param expected: the members that served slots or had a master, and have to again
    :param lost: who was given up; why: sentences for people
    """

    first: tuple[str, ...] = ()
    takeovers: tuple[Takeover, ...] = ()
    then: tuple[str, ...] = ()
    meet: tuple[str, ...] = ()
    forget: tuple[str, ...] = ()
    left: Mapping[str, str] = field(default_factory=dict)
    expected: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()
    why: tuple[str, ...] = ()

    def view(self) -> dict[str, Any]:
        return {
            "acts": self.acts, "first": list(self.first), "takeovers": [one.view() for one in self.takeovers], "then": list(self.then), "meet": list(self.meet),
            "forget": list(self.forget), "left": dict(self.left), "expected": list(self.expected), "lost": list(self.lost), "why": list(self.why),
        }  # fmt: skip

    @property
    def acts(self) -> bool:
        return bool(self.first or self.takeovers or self.then or self.meet or self.forget)


def decide(facts: Facts, lost: Collection[str], held: Held, servers: Mapping[str, str]) -> Decision:
    """
    :param lost: the names of members that are given up, with what only they have
    :param held: the keys of slots that are claimed twice
    :param servers: what Nova says of the members' servers, by name
    :raises Refused: in doubt, with all that is in doubt
    """
    if not facts.answering and not any(facts.rows.values()):
        raise Refused("No member answers, and of none it is known what its data are.")
    found = _Deciding(facts, lost, servers)
    problems = [*_doubts(facts, lost), *halves.conflicts(facts, held), *halves.foreign(facts, lost), *found.problems]
    if problems:
        raise Refused(f"{'. '.join(problems)}.", problems=problems)
    forgotten, kept = halves.dead(facts, lost)
    meet = sorted({" and ".join(sorted((a.name, b.name))) for a, b in halves.unmet(facts, lost)})
    why = [*found.why, *(f"{pair} meet again" for pair in meet), *(f"all members forget {facts.label(id_)}" for id_ in forgotten), *kept.values()]
    return Decision(
        first=tuple(sorted(found.first)), takeovers=tuple(found.takeovers), then=tuple(sorted(found.then - found.first)), meet=tuple(meet),
        forget=tuple(forgotten), left=found.left, expected=tuple(_expected(facts)), lost=tuple(lost), why=tuple(why or [_NOTHING]),
    )  # fmt: skip


def _expected(facts: Facts) -> list[str]:
    lines = facts.lines.values()
    return sorted(name for line in lines for name in [facts.names.get(line.id)] if name and (line.slots or line.master_id))


def _doubts(facts: Facts, lost: Collection[str]) -> Iterator[str]:
    """What has to be cleared up before anything is done: sentences."""
    for name, ids in facts.strangers.items():
        if name in lost:
            continue
        own = facts.cluster[name].id
        known = f"the others know {', '.join(sorted(ids))} there" if ids else "it knows no member, and no member knows it"
        yield (
            f"at the address of {name} answers the node {own}, which is a stranger: {known}. Its nodes.conf was lost or replaced. To go on without it,"
            f" {_LOST}; {_REPLACE}"
        )
    for member in facts.cluster.members:
        row = facts.rows.get(member.name)
        if member.error and row and row["answers"]:
            yield (
                f"the server on {member.name} answers on its own host, and not to the other members ({member.error}): it may serve on the other side of a"
                " broken network, which has to be repaired first"
            )
        elif row and row["announced"] not in (None, member.address) and member.name not in lost:
            yield (
                f"{member.name} is at {member.address}, and its settings have it known at {row['announced']}: these, its certificate and the firewalls of all"
                " have to be written for the new address first"
            )
        elif member.name in lost and member.id in facts.answering:
            yield f"{member.name} was named lost, and answers"


def doubtful(facts: Facts, id_: str, flags: tuple[str, ...] = ("fail", "fail?")) -> list[str]:
    """Which masters that answer do not find a node failed, nor that another one answers in its place. None of one whose unit does not run, which is proof.

    A unit that is about to stop or to start has a server, or may have one."""
    row = facts.rows.get(facts.names.get(id_, ""))
    if row is not None and row["state"] in down.DEAD and not row["answers"]:
        return []
    masters = [member for member in facts.answering.values() if member.is_master and member.slots]
    return [member.name for member in masters if id_ in member.view and not member.view[id_].flags & {*flags, "noaddr"}]


class _Deciding:
    """Each master that failed in its turn. Where most masters are there without it, its replica is preferred to its own disk, which may lack what it has."""

    def __init__(self, facts: Facts, lost: Collection[str], servers: Mapping[str, str]):
        self.facts, self.lost, self.servers = facts, lost, servers
        self.first: set[str] = set()
        self.then: set[str] = set()
        self.takeovers: list[Takeover] = []
        self.left: dict[str, str] = {}
        self.why: list[str] = []
        self.problems: list[str] = []
        failed = sorted((id_ for id_ in facts.owned if id_ not in facts.answering), key=facts.label)
        living = len(facts.owned) - len(failed)
        self.most = living * 2 > len(facts.owned)
        self.choices = {id_: copies_of.choose(facts, lost, id_, self.most) for id_ in failed}
        starting = [id_ for id_ in failed if self.choices[id_].own]
        #: whether most masters are there, once those are that start with all they had
        self.voted = (living + len(starting)) * 2 > len(facts.owned)
        for id_ in failed:
            if id_ in starting:
                name = facts.names[id_]
                self._start(self.first, name, f"it owns {len(facts.owned[id_])} slots, and has its data", self.choices[id_].note)
            else:
                self._failed(id_)
        self._rest()
        if facts.unowned and not self.problems:
            self.why.append(f"no member is known to own the slots {brief(facts.unowned)}")

    def _failed(self, id_: str) -> None:
        facts, name, label = self.facts, self.facts.names.get(id_, ""), self.facts.label(id_)
        row, choice = facts.rows.get(name), self.choices[id_]
        replica = choice.copies[0] if choice.copies else None
        # while most masters are away nobody is more than suspected
        doubting = doubtful(facts, id_, ("fail",) if self.most else ("fail", "fail?"))
        if doubting and (replica or choice.problem):
            self.problems.append(f"{label} does not answer here, and {', '.join(doubting)} do not find it failed: it may be alive, and its place is not taken")
        elif choice.problem:
            self.problems.append(choice.problem)
        elif replica is None:
            self._without_copy(id_, name, label)
        elif self.voted or name in self.lost:
            self._take(id_, label, replica, FORCE if self.voted else TAKEOVER)
        else:
            self.problems.append(self._no_votes(label, name, replica.name))
        if replica and row and name not in self.left:
            self._home(name)

    def _take(self, id_: str, label: str, replica: Copy, how: str) -> None:
        choice = self.choices[id_]
        if not replica.live:
            self._start(self.first, replica.name, f"it has a copy of the data of {label}, and no other has more")
        self.takeovers.append(Takeover(id_, label, replica.name, how, tuple(copy.name for copy in choice.copies)))
        copy = f"at {replica.history.offset} of the stream of its master" if replica.live else "as it is on its disk"
        copy += f" ({choice.note})" if choice.note else ""
        risk = "" if how == FORCE else "; most masters are gone, so no vote is possible: writes that were acknowledged and not replicated are lost"
        self.why.append(f"{replica.name}, {copy}, takes the place of {label} ({'CLUSTER FAILOVER ' + how.upper()}){risk}")

    def _no_votes(self, label: str, name: str, replica: str) -> str:
        row = self.facts.rows.get(name)
        if row and is_startable(row):
            has = f"and keeps {'snapshots only' if row['persistence'] == down.RDB else 'nothing on its disk'}" if row["persistence"] != down.AOF else ""
            return (
                f"{label} is down {has}, its replica {replica} has what was written since, and most masters are gone, so that none can be voted for. To have"
                f" {replica} take its place without votes, {_LOST}; what {replica} has not received is lost then"
            )
        where = f" (its server is {self.servers[name]} in Nova)" if name in self.servers else ""
        return (
            f"{label} does not answer{where}, and most masters are gone: they may serve on the other side of a broken network. Bring them back; or, where it is"
            f" off and stays so, {_LOST}: then {replica} takes its place without votes, and what it has not received is lost"
        )

    def _without_copy(self, id_: str, name: str, label: str) -> None:
        row, slots = self.facts.rows.get(name), brief(self.facts.owned[id_])
        if name in self.lost:
            self.why.append(f"given up: the slots {slots} of {label}, of which no member has a copy")
            if row and is_startable(row):
                self._start(self.first, name, f"it serves them with what it has: {'its data' if row['data'] else 'nothing'}")
            else:
                self.left[name] = f"no member serves the slots {slots}: {_REPLACE}"
            return
        state = "cannot be started with its data" if row else f"does not answer (its server is {self.servers.get(name, 'unknown')} in Nova)"
        if row and is_startable(row):
            state = "has no data on its disk"
        why = f" ({'; '.join(row['why'])})" if row and row["why"] else ""
        if not name:
            self.problems.append(f"{label} owns the slots {slots}, is no member, and has no replica that answers: bring it back")
            return
        self.problems.append(
            f"{label} owns the slots {slots}, {state}{why}, and no member has a copy of them. Bring it back with its data; or, to have the rest serve, {_LOST},"
            f" and then {_REPLACE}"
        )

    def _home(self, name: str) -> None:
        """A master whose place is taken is started after that, and becomes a replica."""
        row = self.facts.rows.get(name)
        if not row or row["answers"]:
            return
        if name in self.lost:
            self.why.append(f"{name} stays down, since it is named lost; a run that does not name it starts it as a replica")
        elif is_startable(row):
            self._start(self.then, name, "it becomes a replica of the node that took its place")
        else:
            self._left(name)

    def _left(self, name: str) -> None:
        row = self.facts.rows[name]
        why = "; ".join(row["why"]) if row else ""
        if row and row["file"] != down.OK:
            self.left[name] = f"its nodes.conf is {row['file']}, so that it would start as another node: {_REPLACE}"
        elif row and row["damaged"]:
            self.left[name] = f"it cannot be started with its data ({why}): {_INITIALIZE}"
        else:
            self.left[name] = f"it could not be started ({why}): fix what its log says, and run this again"
        self.why.append(f"{name} stays down: {self.left[name]}")

    def _rest(self) -> None:
        """All others that are down: replicas, and masters without slots."""
        taken = {one.replica for one in self.takeovers}
        named = {self.facts.names.get(id_) for id_ in self.facts.owned}
        for member in self.facts.cluster.members:
            row = self.facts.rows.get(member.name)
            known = {*self.first, *self.then, *self.left, *taken, *named, *self.lost}
            if not member.error or not row or row["answers"] or member.name in known:
                continue
            if comes_up(row) or is_startable(row):
                self._start(self.then, member.name, "it is down, and owns no slots")
            else:
                self._left(member.name)

    def _start(self, wave: set[str], name: str, why: str, note: str = "") -> None:
        row = self.facts.rows.get(name)
        wave.add(name)
        why += f"; {note}" if note else ""
        self.why.append(f"{name} is started: {why} (it is down: {'; '.join(row['why'])})" if row else f"{name} is started: {why}")


def table(facts: Facts, lost: Collection[str], servers: Mapping[str, str]) -> str:
    """The evidence for people, a line a member."""
    rows: list[tuple[str, ...]] = [("Member", "Server", "Unit", "Node", "Role", "Epoch", "Slots", "Offset", "Keys", "On disk", "Remarks")]
    rows += [(member.name, servers.get(member.name, ""), *_cells(facts, member.name, lost)) for member in facts.cluster.members]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return "".join("  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip() + "\n" for row in rows)


def _cells(facts: Facts, name: str, lost: Collection[str]) -> tuple[str, ...]:
    member, row = facts.cluster[name], facts.rows.get(name)
    id_ = member.id or facts.id_of(name)
    line = facts.lines.get(id_ or "")
    slots = facts.owned.get(id_ or "")
    role = "" if not line else f"replica of {facts.label(line.master_id)[:44]}" if line.master_id else "master"
    remarks = ["named lost"] if name in lost else []
    remarks += ["a stranger"] if name in facts.strangers else []
    remarks += [f"cluster_state:{member.state}"] if not member.error and member.state != "ok" else []
    remarks += row["why"] if row and member.error else ["no answer, so unknown"] if member.error else []
    return (
        row["state"] if row else "unknown", (id_ or "unknown")[:8], role, str(line.epoch) if line else "", brief(slots) if slots else "-",
        "" if member.error else str(member.offset), "" if member.error else str(member.keys),
        f"{row['persistence']}{_written(row['saved']) if row['data'] else ', no data'}, nodes.conf {row['file']}" if row else "", ", ".join(remarks),
    )  # fmt: skip


def _written(at: float | None) -> str:
    return "" if at is None else datetime.fromtimestamp(at, timezone.utc).strftime(" of %Y-%m-%d %H:%M:%S UTC")
