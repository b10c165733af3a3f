# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The state of a Redis Cluster in which the named nodes are its members: it is formed, or new members are let in."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import singledispatchmethod
from typing import Any

from ...._guest.command import GuestError
from ...._model.errors import Refused
from ...._plan.plan import Plan, Step
from ..guest import form
from ..rules import formation as rules
from ..rules import meetings, topology
from ..rules.formation import Formation
from ..rules.slots import SLOTS, brief, runs
from ..rules.topology import Cluster
from .cluster import InStages, Nodes, Wrong

#: seconds until all have met, if nothing is in their way, and until a handshake that a busy node has dropped is begun again
_MEET, _HANDSHAKE = 30, 5
#: seconds until all know who serves what; until who waits is asked not to; and in which members hear more from each other, as long as they do
_SPREAD, _NUDGE, _HEAR = 10, 0.2, 0.5


@dataclass(frozen=True)
class GiveSlots(Step):
    action = "give"
    kind = "slots"

    slots: AbstractSet[int]

    @classmethod
    def to(cls, name: str, slots: AbstractSet[int]) -> GiveSlots:
        return cls(name, f"{brief(slots)}, its share of all {SLOTS}", slots)


@dataclass(frozen=True)
class MeetMember(Step):
    action = "meet"
    kind = "member"

    @classmethod
    def of(cls, name: str, is_new: bool) -> MeetMember:
        """:param is_new: whether the cluster is, too"""
        return cls(name, "it becomes a member of the new cluster" if is_new else "it becomes a member; as a master it has no slots until a rebalance")


@dataclass(frozen=True)
class ReplicateMaster(Step):
    action = "replicate"
    kind = "master"

    master: str

    @classmethod
    def by(cls, name: str, master: str) -> ReplicateMaster:
        return cls(name, f"it becomes a replica of {master}, on another hypervisor", master)


@dataclass(frozen=True)
class WaitForMembers(Step):
    action = "wait"
    kind = "members"

    @classmethod
    def because(cls, faults: Sequence[str]) -> WaitForMembers:
        return cls("all", f"not all is well yet: {'; '.join(faults)}")


@dataclass(frozen=True)
class Seen:
    """The cluster, and the members' bus ports as they look from here, by name; none where nobody is to meet anybody."""

    cluster: Cluster
    bus: Mapping[str, str]


class Present(InStages[Seen]):
    """Members met, slots given where none are served yet, replicas placed; done when every member says that all is well.

    :param replicas: per master; None for none in a new cluster, and for new members being masters in one that exists
    :param few_masters: whether fewer than three masters were asked for by name
    :param may_form: whether the nodes are known to be all members
    :param bus_links: what each member found when it probed the others' bus ports, by name
    :param masters: whom a new member replicates, by the node's id, where that is known: ``{name: id}``
    """

    def __init__(
        self,
        nodes: Nodes,
        replicas: int | None,
        few_masters: bool,
        may_form: bool,
        bus_links: Mapping[str, Mapping[str, str]],
        masters: Mapping[str, str] | None = None,
    ):
        self.nodes, self.replicas, self.few_masters, self.may_form, self.bus_links = nodes, replicas, few_masters, may_form, bus_links
        self.masters = masters or {}

    def observe(self) -> Seen:
        cluster = self.nodes.look()
        return Seen(cluster, self.nodes.probe(cluster) if rules.may_meet(cluster) else {})

    def plan(self, observed: Seen) -> Plan:
        cluster = observed.cluster
        silent = [f"{member.name} ({member.error})" for member in cluster.members if member.error]
        if silent:
            raise Refused(f"No answer from {'; '.join(silent)}.")
        formation = rules.form(cluster, self.replicas, self.few_masters, self.may_form, self.masters)
        if formation.meet:
            self._check_bus(observed, formation)
        plan = Plan.of(
            [GiveSlots.to(name, slots) for name, slots in formation.give.items()],
            [MeetMember.of(name, formation.is_new) for name in formation.meet],
            [ReplicateMaster.by(name, master) for name, master in formation.replicate.items()],
        )
        wrong = topology.faults(cluster)
        return plan or Plan.of([WaitForMembers.because(wrong)] if wrong else [])

    def _check_bus(self, observed: Seen, formation: Formation) -> None:
        """Before anything is met: a node whose bus cannot be reached would hang in its handshake."""
        blocked = [
            f"{source} cannot reach {target} ({result})"
            for source, targets in self.bus_links.items()
            for target, result in targets.items()
            if result != "open" and target != source and {source, target} & set(formation.meet)
        ]
        # From here a silent port proves nothing, as it may be open to members only; one that refuses has nobody behind it.
        blocked += [f"nothing listens on {name}" for name, result in observed.bus.items() if result == "refused"]
        if blocked:
            raise Refused(f"The cluster bus is blocked: {'; '.join(blocked)}. Ports: {_bus_ports(observed.cluster)}.", blocked=blocked)

    def apply(self, plan: Plan, observed: Seen) -> Mapping[str, Any]:
        result = super().apply(plan, observed)
        if not self._end_delay(observed.cluster, {step.name for step in plan.steps if isinstance(step, (GiveSlots, MeetMember))}):
            self.nodes.await_agreement(topology.faults)
        return result

    @singledispatchmethod
    def carry_out_stage(self, first: Step, stage: Sequence[Any], observed: Seen) -> None:
        super().carry_out_stage(first, stage, observed)

    @carry_out_stage.register(GiveSlots)
    def _give_slots(self, first: GiveSlots, stage: Sequence[GiveSlots], observed: Seen) -> None:
        # Before they meet: a node counts the time until it may serve (the rejoin delay, up to 5 s) from its first slot on.
        positions = {member.name: position for position, member in enumerate(observed.cluster.members, 1)}
        for step in stage:
            node = self.nodes.connections[step.name]
            form.set_epoch(node, positions[step.name])
            form.add_slots(node, runs(step.slots), observed.cluster[step.name].software.adds_ranges)

    @carry_out_stage.register(MeetMember)
    def _meet_members(self, first: MeetMember, stage: Sequence[MeetMember], observed: Seen) -> None:
        """Some meet by our word, and the others by what these tell each other at once; who then still lacks another meets that one, too.

        Of few new members each meets each other by our word, which is quicker. Of many that would be the square of their number, and most of it in vain.
        """
        new, seen = {step.name for step in stage}, observed.cluster
        if not all(seen[name].alone for name in new):
            # Who has met others in an earlier run may have no link to them.
            seen = self.nodes.look(links=True)
        form.meet(self.nodes.connections, meetings.pairs(seen, new, near=True))
        seen, unmet = self._hear(meetings.unmet, _MEET)
        for _turn in range(max(min(self.nodes.timeout, _MEET) // _HANDSHAKE, 1)):
            if unmet:
                form.meet(self.nodes.connections, meetings.pairs(seen, new))
            seen, unmet = self._await_met(_HANDSHAKE)
            if not unmet:
                return self._spread_slots(seen)
        raise GuestError(
            f"The members did not all meet, so the cluster bus is blocked between them: {'; '.join(unmet)}. Ports: {_bus_ports(observed.cluster)}."
            " Open these and start the same run again: it goes on from here.",
            blocked=unmet,
        )

    def _await_met(self, seconds: float) -> tuple[Cluster, list[str]]:
        """Their links prove it, which are asked for when all else is right: there are twice as many as the square of the members."""
        began = time.monotonic()
        seen, unmet = self.nodes.wait_for(meetings.unmet, seconds)
        return (seen, unmet) if unmet else self.nodes.wait_for(meetings.unmet, seconds - (time.monotonic() - began), links=True)

    def _hear(self, wrong: Wrong, seconds: float) -> tuple[Cluster, list[str]]:
        """Wait as long as it soon gets right by itself, at most so many seconds; what was seen last, and what is still wrong.

        What is left, when that is little, is quicker by our word.
        """
        deadline, before = time.monotonic() + min(self.nodes.timeout, seconds), None
        while True:
            seen, left = self.nodes.wait_for(wrong, _HEAR)
            slow = len(left) <= len(seen.members) or (before is not None and 2 * len(left) > before)
            if not left or slow or time.monotonic() > deadline:
                return seen, left
            before = len(left)

    def _spread_slots(self, seen: Cluster) -> None:
        """A handshake leaves unknown who serves what, and gossip takes seconds; a node that is met once more has its message read in full."""
        deadline = time.monotonic() + _SPREAD
        while time.monotonic() < deadline:
            untold = meetings.untold(seen)
            if not untold:
                return
            form.meet(self.nodes.connections, untold)
            seen, _left = self._hear(meetings.unheard, _SPREAD)

    @carry_out_stage.register(ReplicateMaster)
    def _replicate_masters(self, first: ReplicateMaster, stage: Sequence[ReplicateMaster], observed: Seen) -> None:
        for step in stage:
            form.replicate(self.nodes.connections[step.name], observed.cluster[step.master].id or "")

    @carry_out_stage.register(WaitForMembers)
    def _wait_for_members(self, first: WaitForMembers, stage: Sequence[WaitForMembers], observed: Seen) -> None:
        """`apply` waits in any case."""

    def _end_delay(self, before: Cluster, new: AbstractSet[str]) -> bool:
        """The rejoin delay protects from masters that others have replaced meanwhile; new members are none.

        :return: whether nothing is wrong any more
        """
        for _try in range(int(_SPREAD / _NUDGE)):
            seen, wrong = self.nodes.wait_for(topology.faults, _NUDGE)
            waiting = {member.name: before[member.name].node_timeout for member in seen.masters if member.name in new and member.state != "ok"}
            if not wrong or not waiting:
                return not wrong
            form.end_delay(self.nodes.connections, waiting)
        return False

    def view(self, observed: Seen) -> dict[str, Any]:
        return topology.view(observed.cluster)

    def predict(self, plan: Plan, observed: Seen) -> dict[str, Any]:
        owned = observed.cluster.owned()
        for step in plan.steps:
            if isinstance(step, GiveSlots):
                owned[step.name] = owned[step.name] | step.slots
            if isinstance(step, ReplicateMaster):
                owned.pop(step.name, None)
        return topology.predict(observed.cluster, owned)


def _bus_ports(cluster: Cluster) -> str:
    return ", ".join(f"{member.name} {member.address}:{member.bus_port}" for member in cluster.members)
