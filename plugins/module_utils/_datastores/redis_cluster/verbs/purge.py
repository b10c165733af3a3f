# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lost members of a Redis Cluster: all that stay forget them, and serve the slots that no member serves any more, where that was accepted."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import singledispatchmethod
from typing import Any

from ...._model.errors import Refused
from ...._plan.plan import Plan, Step
from ..guest import form
from ..rules import lost, topology
from ..rules.slots import brief, divide_among, runs
from ..rules.topology import Cluster
from .cluster import InStages, Nodes


@dataclass(frozen=True)
class ForgetNode(Step):
    action = "forget"
    kind = "node"

    @classmethod
    def of(cls, node_id: str, address: str) -> ForgetNode:
        return cls(node_id, f"it was at {address or 'an unknown address'}, failed, and is no member any more; every member drops it")


@dataclass(frozen=True)
class GiveLostSlots(Step):
    action = "give"
    kind = "slots"
    risk = "the keys in them are lost"

    slots: AbstractSet[int]

    @classmethod
    def to(cls, name: str, slots: AbstractSet[int]) -> GiveLostSlots:
        return cls(name, f"{brief(slots)}, which no member serves", slots)


class Purged(InStages[Cluster]):
    """The nodes that were named are all members that there are: no other one is in their view, and they serve all slots.

    :param accept_lost_slots: whether the keys in slots that no member serves are given up
    """

    def __init__(self, nodes: Nodes, accept_lost_slots: bool):
        self.nodes, self.accept_lost_slots = nodes, accept_lost_slots

    def observe(self) -> Cluster:
        return self.nodes.look()

    def plan(self, observed: Cluster) -> Plan:
        silent = [f"{member.name} ({member.error})" for member in observed.members if member.error]
        if silent:
            raise Refused(f"Every member must forget within a minute, or the node comes back by gossip; no answer from {', '.join(silent)}.")
        seen = lost.of_cluster(observed)
        # where they were is of no matter: they are all that nobody has named
        found = lost.obstacles(seen, {id_: address for id_, (address, _master, _slots) in seen.strangers.items()}, self.accept_lost_slots)
        if found:
            raise Refused(f"Nothing was forgotten: {'; '.join(found)}.", problems=found)
        masters = [member.name for member in observed.masters if member.slots]
        shares = divide_among(seen.unserved, masters)
        if seen.unserved and not masters:
            raise Refused("Nothing was forgotten: no member serves slots, so there is no cluster left that the lost ones were members of.")
        return Plan.of(
            [ForgetNode.of(id_, address) for id_, (address, _master, _slots) in sorted(seen.strangers.items())],
            [GiveLostSlots.to(name, slots) for name, slots in shares.items() if slots],
        )

    def apply(self, plan: Plan, observed: Cluster) -> Mapping[str, Any]:
        result = super().apply(plan, observed)
        ids = {step.name for step in plan.steps if isinstance(step, ForgetNode)}
        self.nodes.await_agreement(lambda cluster: _still_known(cluster, ids))
        return result

    @singledispatchmethod
    def carry_out_stage(self, first: Step, stage: Sequence[Any], observed: Cluster) -> None:
        super().carry_out_stage(first, stage, observed)

    @carry_out_stage.register(ForgetNode)
    def _forget_nodes(self, first: ForgetNode, stage: Sequence[ForgetNode], observed: Cluster) -> None:
        form.forget(self.nodes.connections, [member.name for member in observed.members], [step.name for step in stage])

    @carry_out_stage.register(GiveLostSlots)
    def _give_slots(self, first: GiveLostSlots, stage: Sequence[GiveLostSlots], observed: Cluster) -> None:
        for step in stage:
            form.add_slots(self.nodes.connections[step.name], runs(step.slots), observed[step.name].software.adds_ranges)

    def view(self, observed: Cluster) -> dict[str, Any]:
        return topology.view(observed)

    def predict(self, plan: Plan, observed: Cluster) -> dict[str, Any]:
        owned = observed.owned()
        for step in plan.steps:
            if isinstance(step, GiveLostSlots):
                owned[step.name] = owned[step.name] | step.slots
        return topology.predict(observed, owned)


def _still_known(cluster: Cluster, ids: Collection[str]) -> list[str]:
    return [f"{member.name} still knows {id_}" for member in cluster.reachable for id_ in ids if id_ in member.view] or topology.faults(cluster)
