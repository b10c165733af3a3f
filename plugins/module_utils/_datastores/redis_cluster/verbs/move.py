# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The states of a Redis Cluster for which slots move: rebalanced, drained, and no slot left open."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import singledispatchmethod
from typing import Any

from ...._guest.command import GuestError
from ...._model.errors import Refused, TroveError
from ...._plan.plan import Plan, Step
from ...._plan.runner import reconcile
from ..guest import form, observe, strays
from ..guest.importer import Importer
from ..guest.mover import Master, Mover
from ..guest.progress import Moved, Progress
from ..rules import moves as rules
from ..rules import open_slots, slots, topology
from ..rules.moves import Chosen
from ..rules.nodes import Member
from ..rules.slots import Move
from ..rules.topology import Cluster
from . import carry, repair
from . import first as first_slots
from .carry import Baggage, CopyLibraries, PutBackSettings, RaiseSettings, SaveKeys
from .cluster import InStages, Nodes
from .steps import CarryKeys, CloseSlots, DeleteKeys, MoveSlots, TakeSlots, TellOwner


@dataclass(frozen=True)
class Seen:
    """The cluster; who else moves slots, and what the moves carry: both empty where none is wanted, or must be refused."""

    cluster: Cluster
    movers: Sequence[str]
    baggage: Baggage


class Moving(InStages[Seen]):
    """Slots move, with their keys, while clients go on."""

    #: what is done with keys that no client reaches, see `repair`; None for refusing to choose
    stray_keys: str | None = None
    #: whether a run that fails waits for failovers, and ends what is open then
    comes_home = True

    def __init__(self, nodes: Nodes):
        self.nodes = nodes

    @abstractmethod
    def choose(self, cluster: Cluster) -> Chosen:
        """:raises TroveError: for what must be refused"""

    def whole(self, cluster: Cluster) -> Cluster:
        """The cluster as it is once its members know who serves which slots: what they are told first must not hinder what is to help them."""
        return open_slots.corrected(cluster)

    def faults(self, cluster: Cluster) -> list[str]:
        return topology.faults(self.whole(cluster))

    def observe(self) -> Seen:
        # What a killed run has left to the servers ends by itself, and so does a failover.
        cluster = self.nodes.settled(lambda seen: self.faults(seen) or [member.name for member in seen.masters if member.tasks])
        nothing = Seen(cluster, (), Baggage())
        try:
            rules.check_whole(self.whole(cluster))
        except TroveError:
            # The plan says so.
            return nothing
        # Outside of that: a member that is lost just now is no reason that the plan could find again.
        cluster = strays.counted(self.nodes.connections, cluster)
        try:
            chosen = self.choose(self.whole(cluster))
        except TroveError:
            return replace(nothing, cluster=cluster)
        baggage = carry.look(self.nodes, cluster, chosen.all)
        if not (chosen.all or self._repairs(cluster) or carry.is_left(baggage)):
            return Seen(cluster, (), baggage)
        return Seen(cluster, observe.movers(self.nodes.connections, [member.name for member in cluster.masters]), baggage)

    def _repairs(self, cluster: Cluster) -> Plan:
        """What is done before slots move.

        :raises Refused: where it has to be chosen first
        """
        whole = self.whole(cluster)
        rescued = repair.rescue(whole, open_slots.strays(whole), self.stray_keys)
        stale = [CloseSlots.of(name, slots) for name, slots in open_slots.judge(whole).stale.items()]
        return Plan.of(repair.tell(cluster), repair.take(cluster), rescued, stale)

    def plan(self, observed: Seen) -> Plan:
        cluster = self.whole(observed.cluster)
        rules.check_whole(cluster)
        chosen, repairs, baggage = self.choose(cluster), self._repairs(observed.cluster), observed.baggage
        if not (chosen.all or repairs or carry.is_left(baggage)):
            return Plan()
        if chosen.all:
            rules.check_databases(cluster)
        _refuse_company(observed)
        weights = {move: rules.weigh(cluster[move.source], weight.size, weight.unweighed) for move, weight in baggage.weights.items()}
        rules.check_room(cluster, weights, {name: has.settings.get("maxmemory-policy", "noeviction") for name, has in baggage.has.items()})
        prepared = carry.before(cluster, baggage, chosen.all)

        def step(move: Move, before: str = "") -> MoveSlots:
            return MoveSlots.of(move, weights[move], carry.told(baggage, move), not cluster[move.target].copies, before)

        moves = [step(move, "an earlier run has begun it: ") for move in chosen.opened] + [step(move) for move in chosen.moves]
        stages = Plan.of(carry.put_back(baggage)).stages + repairs.stages + prepared.stages
        return Plan(stages + Plan.of(moves, carry.after(baggage, chosen.all)).stages, prepared.warnings)

    def apply(self, plan: Plan, observed: Seen) -> Mapping[str, Any]:
        with carry.raised_for(self.nodes, [step.member for step in plan.steps if isinstance(step, RaiseSettings)]):
            try:
                result = super().apply(plan, observed)
            except GuestError as error:
                if not self.comes_home:
                    raise
                raise GuestError(f"{error.message.rstrip('.')}. {self._come_home()}", **error.details) from error
            # replicas hear of the last slots by gossip, and what was changed for them is put back only then
            self.nodes.await_agreement(self.faults)
        return result

    def _come_home(self) -> str:
        """End what is open after an end of it was lost: until then a client that writes to a key which had gone already creates it again at the new source.

        :return: how that went, for the message of the run, which has failed all the same
        """
        fixed = Fixed(self.nodes)
        fixed.comes_home = False
        self.nodes.wait_for(fixed.faults, self.nodes.timeout)
        try:
            reconcile(fixed, check_mode=False)
        except TroveError as error:
            return f"What was open stays so: {error.message}"
        return "What was open has been ended, and no slot is half moved. Start again when all members answer."

    @singledispatchmethod
    def carry_out_stage(self, first: Step, stage: Sequence[Any], observed: Seen) -> Mapping[str, Any] | None:
        return super().carry_out_stage(first, stage, observed)

    @carry_out_stage.register(TellOwner)
    def _tell_owners(self, first: TellOwner, stage: Sequence[TellOwner], observed: Seen) -> None:
        repair.carry_out_tell(self.nodes, stage, self.faults)

    @carry_out_stage.register(TakeSlots)
    def _take_slots(self, first: TakeSlots, stage: Sequence[TakeSlots], observed: Seen) -> None:
        repair.carry_out_take(self.nodes, stage, self.faults)

    @carry_out_stage.register(CloseSlots)
    def _close_slots(self, first: CloseSlots, stage: Sequence[CloseSlots], observed: Seen) -> None:
        repair.carry_out_close(self.nodes, stage)

    @carry_out_stage.register(CarryKeys)
    def _carry_keys(self, first: CarryKeys, stage: Sequence[CarryKeys], observed: Seen) -> None:
        repair.carry_out_carry(self.nodes, stage, observed.cluster)

    @carry_out_stage.register(DeleteKeys)
    def _delete_keys(self, first: DeleteKeys, stage: Sequence[DeleteKeys], observed: Seen) -> None:
        repair.carry_out_delete(self.nodes, stage, observed.cluster)

    @carry_out_stage.register(PutBackSettings)
    def _put_settings_back(self, first: PutBackSettings, stage: Sequence[PutBackSettings], observed: Seen) -> None:
        carry.put_settings_back(self.nodes, [step.member for step in stage])

    @carry_out_stage.register(CopyLibraries)
    def _copy_libraries(self, first: CopyLibraries, stage: Sequence[CopyLibraries], observed: Seen) -> None:
        carry.copy_libraries(self.nodes, stage)

    @carry_out_stage.register(RaiseSettings)
    def _raise_settings(self, first: RaiseSettings, stage: Sequence[RaiseSettings], observed: Seen) -> None:
        carry.raise_settings(self.nodes, stage)

    @carry_out_stage.register(SaveKeys)
    def _save_keys(self, first: SaveKeys, stage: Sequence[SaveKeys], observed: Seen) -> None:
        carry.save(self.nodes, stage)

    @carry_out_stage.register(MoveSlots)
    def _move_slots(self, first: MoveSlots, stage: Sequence[MoveSlots], observed: Seen) -> dict[str, list[Moved]]:
        cluster = observed.cluster
        progress = Progress(sum(len(step.move.slots) for step in stage), sum(step.keys for step in stage))
        by_us, by_servers = _divide([step.move for step in stage], cluster)
        carry.owe(self.nodes, sorted({step.move.target for step in stage}))
        timeouts = {member.name: member.node_timeout for member in self.nodes.look().reachable}
        if by_us:
            mover = Mover(self.nodes.connections, {member.name: _master(cluster, member, timeouts) for member in cluster.masters}, progress)
            firsts, rest = first_slots.divide(self.nodes.connections, cluster, by_us)
            if firsts:
                mover.run(firsts)
                self._tell_others(firsts)
                first_slots.await_known(self.nodes, firsts)
            mover.run(rest)
            self._tell_others(by_us)
        if by_servers:
            Importer(self.nodes.connections, progress, {move: weight.size.bytes for move, weight in observed.baggage.weights.items()}).run(by_servers)
        return {"moved": progress.moved()}

    def _tell_others(self, moves: Sequence[Move]) -> None:
        """Who owns a slot now spreads on the bus by itself; a master that has missed it would send clients to the source until it hears it again."""
        seen = self.nodes.look()
        arrived: dict[str, set[int]] = {}
        for move in moves:
            target = seen[move.target]
            if target.error or not target.id:
                raise GuestError(f"{move.target} was lost when slots had arrived on it: {target.error}")
            arrived.setdefault(target.id, set()).update(move.slots)
        for member in seen.masters:
            for owner_id, moved in arrived.items():
                late = moved - member.view[owner_id].slots
                if late:
                    form.assign(self.nodes.connections[member.name], late, owner_id)

    def view(self, observed: Seen) -> dict[str, Any]:
        return topology.view(observed.cluster)

    def predict(self, plan: Plan, observed: Seen) -> dict[str, Any]:
        owned = slots.after(self.whole(observed.cluster).owned(), [step.move for step in plan.steps if isinstance(step, MoveSlots)])
        return topology.predict(observed.cluster, owned)


class Rebalanced(Moving):
    """Every master serves slots by its weight.

    :param weights: by name, 1 for who is not named
    :param few_masters: whether fewer than three masters were asked for by name
    :param named: the masters that are brought to their share; all where none is named
    """

    def __init__(self, nodes: Nodes, weights: Mapping[str, Any], few_masters: bool, named: Collection[str] = ()):
        super().__init__(nodes)
        self.weights, self.few_masters, self.named = weights, few_masters, named

    def choose(self, cluster: Cluster) -> Chosen:
        return rules.rebalance(cluster, self.weights, self.few_masters, self.named)


class Drained(Moving):
    """The leaving members, by name, serve no slots any more."""

    def __init__(self, nodes: Nodes, leaving: Collection[str], few_masters: bool):
        super().__init__(nodes)
        self.leaving, self.few_masters = leaving, few_masters

    def choose(self, cluster: Cluster) -> Chosen:
        return rules.drain(cluster, self.leaving, self.few_masters)


class Fixed(Moving):
    """No slot is open, and no member holds keys that no client reaches. Members that failed and serve nothing may be gone.

    :param stray_keys: what is done with keys that no client reaches, see `repair`; None for refusing to choose
    """

    def __init__(self, nodes: Nodes, stray_keys: str | None = None):
        super().__init__(nodes)
        self.stray_keys = stray_keys

    def whole(self, cluster: Cluster) -> Cluster:
        return open_slots.without_dead(super().whole(cluster))

    def choose(self, cluster: Cluster) -> Chosen:
        return rules.fix(cluster)


def _refuse_company(observed: Seen) -> None:
    busy = [*observed.movers]
    busy += [f"{member.name} itself ({member.tasks} tasks of CLUSTER MIGRATION)" for member in observed.cluster.masters if member.tasks]
    if busy:
        raise Refused(f"Another program is moving slots at this moment: {'; '.join(busy)}. Start again when that has ended.", clients=busy)


def _divide(moves: Sequence[Move], cluster: Cluster) -> tuple[list[Move], list[Move]]:
    """Which moves we make, and which the servers make by themselves. What was begun slot by slot is ended so, too."""
    if not all(member.software.moves_slots for member in cluster.masters):
        return [*moves], []
    opened = {found.slot for found in topology.open_slots(cluster)}
    by_us = [move for move in moves if opened.intersection(move.slots)]
    return by_us, [move for move in moves if move not in by_us]


def _master(cluster: Cluster, member: Member, timeouts: Mapping[str, int]) -> Master:
    """:param timeouts: the members' node timeouts as they are now"""
    address, port = rules.place(cluster, member)
    software = member.software
    timeout = min(timeouts.values(), default=member.node_timeout)
    followers = frozenset(line.id for line in member.others if line.master_id == member.id and "fail" not in line.flags)
    return Master(member.id or "", address, port, software.assigns_at_once, member.copies, software.copies_flags, timeout, followers)
