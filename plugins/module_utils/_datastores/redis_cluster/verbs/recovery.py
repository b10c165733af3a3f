# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A Redis Cluster is brought to serve again as was decided: members meet again, replicas take places, dead nodes are forgotten. Each asks again before."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import singledispatchmethod
from typing import Any

from ...._guest import lock
from ...._guest.command import GuestError
from ...._model.errors import Refused
from ...._plan.plan import Plan, Step
from ...._plan.runner import Reconciler
from ..guest import form, observe, sizes
from ..rules import claims, copies_of, halves, open_slots, recovery, topology
from ..rules.claims import Facts, Rows
from ..rules.meetings import Place
from ..rules.nodes import Member
from ..rules.recovery import FORCE, TAKEOVER, Decision
from ..rules.topology import Cluster
from .cluster import InStages, Nodes
from .purge import ForgetNode

#: what was decided, as rules.recovery.Decision shows it
Decided = Mapping[str, Any]

#: a replica tries for so long, and is asked again then; seconds until members that were told to meet are told again, and until links are up after a start
_ATTEMPT, _HANDSHAKE, _LINKS = 6.0, 5, 10
#: seconds after which a node that was forgotten is not brought back by gossip any more, and how often it is forgotten anew
_QUIET, _TRIES = 3.0, 3
_POLL = 0.1


def look(nodes: Nodes, rows: Rows, read: float | None = None) -> Facts:
    """:param read: when the rows were, seconds since the epoch on this host's clock"""
    return Facts(claims.told_apart(nodes.look(links=True)), rows, 0 if read is None else max(time.time() - read, 0))


def decide(
    nodes: Nodes, rows: Rows, lost: Sequence[str], servers: Mapping[str, str], read: float | None = None
) -> tuple[Facts, Decision | None, str | None]:  # fmt: skip
    """``(what is known, what is done, why nothing is)``. Where most masters are there it waits for what they do by themselves."""
    facts = look(nodes, rows, read)
    timeout = max((member.node_timeout for member in facts.answering.values()), default=0) / 1000
    facts, _left = observe.wait_for(lambda: look(nodes, rows, read), _undecided, 2 * timeout + 5)
    try:
        return facts, recovery.decide(facts, lost, counted(nodes, facts), servers), None
    except Refused as refused:
        return facts, None, refused.message


def _undecided(facts: Facts) -> list[str]:
    """The masters that do not answer, and may be replaced by the others' votes: those whose host could be asked are known to be down."""
    failed = [id_ for id_ in facts.owned if id_ not in facts.answering]
    most = 2 * (len(facts.owned) - len(failed)) > len(facts.owned)
    return [id_ for id_ in failed if most and not facts.rows.get(facts.names.get(id_, ""))]


def counted(nodes: Nodes, facts: Facts) -> dict[str, dict[int, int]]:
    """The keys of slots that are claimed twice, by who claims them."""
    found: dict[str, dict[int, int]] = {}
    for names, slots in halves.claimed_twice(facts).items():
        for name in names:
            found.setdefault(name, {}).update(sizes.count(nodes.connections[name], sorted(slots)))
    return found


@dataclass(frozen=True)
class MeetAgain(Step):
    action = "meet"
    kind = "member"

    place: Place
    other: str

    @classmethod
    def of(cls, member: Member, other: Member) -> MeetAgain:
        place = (other.address, other.base_port or other.port, other.bus_port)
        return cls(member.name, f"it does not reach {other.name}, which is the node {other.id} at {other.address}", place, other.name)


@dataclass(frozen=True)
class TakePlace(Step):
    """:param master: the id of the node; replica: the member that takes its place"""

    action = "fail_over"
    kind = "master"

    master: str
    replica: str
    how: str

    @property
    def risk(self) -> str | None:
        return "writes that were acknowledged and not replicated are lost" if self.how == TAKEOVER else None


class _OfFacts(InStages[Facts]):
    """
    :param rows: what was known of each on its own host
    """

    def __init__(self, nodes: Nodes, rows: Rows, decided: Decided):
        self.nodes, self.rows, self.decided, self.lost = nodes, rows, decided, decided["lost"]

    def observe(self) -> Facts:
        return look(self.nodes, self.rows)

    def wait(self, wrong: Callable[[Facts], list[str]], seconds: float) -> tuple[Facts, list[str]]:
        return observe.wait_for(self.observe_now, wrong, seconds)

    def observe_now(self) -> Facts:
        lock.check_controller()
        return look(self.nodes, self.rows)

    def view(self, observed: Facts) -> dict[str, Any]:
        return topology.view(observed.cluster)

    def predict(self, plan: Plan, observed: Facts) -> dict[str, Any]:
        return self.view(observed)


class Met(_OfFacts):
    """All members that answer reach each other, by the ids that they had. Who is a stranger, or would cost another one's keys, is refused."""

    def observe(self) -> Facts:
        # those that were started have to find each other by themselves first
        return self.wait(self._unmet, _LINKS)[0]

    def plan(self, observed: Facts) -> Plan:
        strangers = [name for name in observed.strangers if name not in self.lost]
        found = [f"{name} is a stranger" for name in strangers] + list(halves.conflicts(observed, counted(self.nodes, observed)))
        found += halves.foreign(observed, self.lost)
        if found:
            raise Refused(f"No members meet: {'; '.join(found)}.", problems=found)
        return Plan.of([MeetAgain.of(*pair) for pair in halves.unmet(observed, self.lost)])

    def _unmet(self, facts: Facts) -> list[str]:
        return [f"{a.name} does not reach {b.name}" for a, b in halves.unmet(facts, self.lost)]

    @singledispatchmethod
    def carry_out_stage(self, first: Step, stage: Sequence[Any], observed: Facts) -> None:
        super().carry_out_stage(first, stage, observed)

    @carry_out_stage.register(MeetAgain)
    def _meet_again(self, first: MeetAgain, stage: Sequence[MeetAgain], observed: Facts) -> None:
        left: list[str] = []
        steps = list(stage)
        for _turn in range(max(int(self.nodes.timeout / _HANDSHAKE), 1)):
            pairs: dict[str, list[Place]] = {}
            for step in steps:
                pairs.setdefault(step.name, []).append(step.place)
            form.meet(self.nodes.connections, pairs)
            facts, left = self.wait(self._unmet, _HANDSHAKE)
            if not left:
                return
            steps = [MeetAgain.of(*pair) for pair in halves.unmet(facts, self.lost)]
        raise GuestError(f"Members did not meet within {self.nodes.timeout} s: {'; '.join(left)}. Is the cluster bus blocked between them?", faults=left)


class TakenOver(_OfFacts):
    """Replicas have taken the places of the masters that were decided upon, one after the other; of each the one that is the most complete now."""

    def observe(self) -> Facts:
        """Masters that were started just now take their node timeout to find that another one fails."""
        timeout = max((member.node_timeout for member in look(self.nodes, self.rows).answering.values()), default=0) / 1000
        return self.wait(self._doubts, 2 * timeout + 5)[0]

    def _doubts(self, facts: Facts) -> list[str]:
        masters = [one["master"] for one in self.decided["takeovers"] if self._is_needed(facts, one["master"])]
        return [name for master in masters for name in recovery.doubtful(facts, master)]

    def plan(self, observed: Facts) -> Plan:
        stages = []
        for one in self.decided["takeovers"]:
            if self._is_needed(observed, one["master"]):
                stages.append([self._step(observed, one)])
        return Plan.of(*stages)

    @staticmethod
    def _is_needed(facts: Facts, master: str) -> bool:
        """Not of one that answers again, nor where another one has a later claim to its slots."""
        return master not in facts.answering and bool(facts.owned.get(master))

    def _step(self, facts: Facts, one: Mapping[str, Any]) -> TakePlace:
        replica = copies_of.best_of(facts, one["master"], one["copies"])
        if replica is None:
            raise Refused(f"None of {', '.join(one['copies'])} that answers is known to have most of the data of {one['label']} any more.")
        doubting = recovery.doubtful(facts, one["master"])
        if doubting:
            raise Refused(f"{one['label']} does not answer here, and {', '.join(doubting)} do not find it failed: it may be alive, and keeps its place.")
        if one["how"] == TAKEOVER and facts.names.get(one["master"]) not in self.lost:
            raise Refused(f"{one['label']} is not named lost, and without votes no replica takes its place.")
        failed = [id_ for id_ in facts.owned if id_ not in facts.answering]
        if one["how"] == FORCE and 2 * len(failed) >= len(facts.owned):
            raise Refused(f"{len(failed)} of {len(facts.owned)} masters do not answer, so that no replica can be voted for in the place of {one['label']}.")
        why = f"{replica.name} takes its place, at {replica.history.offset} of its stream (CLUSTER FAILOVER {one['how'].upper()})"
        return TakePlace(one["label"], why, one["master"], replica.name, one["how"])

    @singledispatchmethod
    def carry_out_stage(self, first: Step, stage: Sequence[Any], observed: Facts) -> None:
        super().carry_out_stage(first, stage, observed)

    @carry_out_stage.register(TakePlace)
    def _take_place(self, first: TakePlace, stage: Sequence[TakePlace], observed: Facts) -> None:
        deadline, asked = time.monotonic() + self.nodes.timeout, None
        facts = self.observe_now()
        slots = facts.owned.get(first.master) or set()
        while self._is_needed(facts, first.master) or self._late(facts, slots):
            if self._is_needed(facts, first.master) and (asked is None or time.monotonic() - asked > _ATTEMPT):
                form.fail_over(self.nodes.connections[first.replica], first.how)
                asked = time.monotonic()
            if time.monotonic() > deadline:
                late = self._late(facts, slots) or [f"{first.replica} does not serve its slots"]
                raise GuestError(f"{first.replica} has not taken the place of {first.name} within {self.nodes.timeout} s: {'; '.join(late)}.", faults=late)
            time.sleep(_POLL)
            facts = self.observe_now()

    @staticmethod
    def _late(facts: Facts, slots: set[int]) -> list[str]:
        """Who does not know yet who serves these slots now. The next one is taken over when all know: else two claims could have the same epoch."""
        owners = {slot: facts.owners[slot] for slot in slots if facts.owners.get(slot) in facts.answering}
        found = []
        for member in facts.answering.values():
            believed = {slot: line.id for line in member.view.values() for slot in line.slots}
            if any(believed.get(slot) != id_ for slot, id_ in owners.items()):
                found.append(f"{member.name} does not know who serves its slots")
        return found


class DeadForgotten(_OfFacts):
    """No member knows a node that failed and is no member, owns nothing, and has no replica."""

    def plan(self, observed: Facts) -> Plan:
        forgotten, _kept = halves.dead(observed, self.lost)
        return Plan.of([ForgetNode.of(id_, line.ip) for id_, line in forgotten.items()])

    @singledispatchmethod
    def carry_out_stage(self, first: Step, stage: Sequence[Any], observed: Facts) -> None:
        super().carry_out_stage(first, stage, observed)

    @carry_out_stage.register(ForgetNode)
    def _forget_nodes(self, first: ForgetNode, stage: Sequence[ForgetNode], observed: Facts) -> None:
        ids = [step.name for step in stage]
        names = [member.name for member in observed.answering.values()]
        for _try in range(_TRIES):
            form.forget(self.nodes.connections, names, ids)
            # one that had not heard of it in time tells the others again
            time.sleep(_QUIET)
            left = _knowing(self.observe_now(), ids)
            if not left:
                return
        raise GuestError(f"Dead nodes were forgotten by all, and are known again: {'; '.join(left)}.", faults=left)


def _knowing(facts: Facts, ids: Sequence[str]) -> list[str]:
    return [f"{member.name} knows {id_}" for member in facts.answering.values() for id_ in ids if id_ in member.view]


class Proven(_OfFacts):
    """All members but those that are named lost serve and agree, all slots are served, replicas follow their masters: that is waited for."""

    def observe(self) -> Facts:
        # nobody waits for those that cannot be brought home
        excused = {*self.lost, *self.decided["left"]}
        return self.wait(lambda facts: self._wrong(facts, excused), self.nodes.timeout)[0]

    def plan(self, observed: Facts) -> Plan:
        found = self._wrong(observed, self.lost)
        if found:
            left = [f"{name}: {why}" for name, why in self.decided["left"].items()]
            advice = f" {'. '.join(left)}." if left else ""
            raise Refused(f"The cluster is not whole: {'; '.join(found)}.{advice}", faults=found)
        return Plan()

    def _wrong(self, facts: Facts, excused: Collection[str]) -> list[str]:
        members = [replace(m, error=m.error or "it is a stranger") if m.name in facts.strangers else m for m in facts.cluster.members]
        silent = [member for member in members if member.error and member.name not in excused]
        # of those that are given up the others may know that they failed, as long as these own nothing any more
        seen = open_slots.without_dead(Cluster(tuple(member for member in members if member not in silent)))
        found = [f"{member.name} does not answer: {member.error}" for member in silent] + topology.faults(seen)
        empty = [m.name for m in seen.masters if not m.slots and m.name in self.decided["expected"]]
        return found + [f"{name} serves no slots, and follows no master" for name in empty]


_REACHED: Mapping[str, Callable[[Nodes, Rows, Decided], Reconciler[Facts]]] = {
    "met": Met, "taken_over": TakenOver, "forgotten": DeadForgotten, "proven": Proven,
}  # fmt: skip
#: for the module's option
NAMES = list(_REACHED)


def make(state: str, nodes: Nodes, rows: Rows, decided: Decided) -> Reconciler[Facts]:
    """The Reconciler for a state of the module trove_redis_recovery."""
    return _REACHED[state](nodes, rows, decided)
