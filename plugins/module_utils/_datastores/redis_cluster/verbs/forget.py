# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Members leave a Redis Cluster: the survivors forget them, and they forget the cluster."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import singledispatchmethod
from typing import Any

from ...._plan.plan import Plan, Step
from ..guest import form
from ..rules import moves, topology
from ..rules.nodes import Member
from ..rules.topology import Cluster
from .cluster import InStages, Nodes


@dataclass(frozen=True)
class ForgetMember(Step):
    action = "forget"
    kind = "member"

    id: str

    @classmethod
    def of(cls, name: str, node_id: str) -> ForgetMember:
        return cls(name, f"it leaves, and every survivor drops its id {node_id}", node_id)


@dataclass(frozen=True)
class ResetMember(Step):
    """
    :param loses: the data that it gives up
    """

    action = "reset"
    kind = "member"

    loses: str | None

    @property
    def risk(self) -> str | None:
        return self.loses

    @classmethod
    def of(cls, member: Member, cluster: Cluster) -> ResetMember:
        """A master with keys refuses it, and a replica is emptied."""
        loses = None if member.is_master else f"its copy of the {member.keys} keys of {cluster.name_of(member.master_id) or 'its master'} is dropped"
        return cls(member.name, "it left, and is to know nothing of the cluster", loses)


class Forgotten(InStages[Cluster]):
    """The leaving members, by name, are in no survivor's view any more. A dead one is known by its address."""

    def __init__(self, nodes: Nodes, leaving: Collection[str], few_masters: bool):
        self.nodes, self.leaving, self.few_masters = nodes, leaving, few_masters

    def observe(self) -> Cluster:
        return self.nodes.look()

    def plan(self, observed: Cluster) -> Plan:
        ids = moves.forget(observed, self.leaving, self.few_masters)
        # A member that was asked to go still knows the others, and would go on talking to them.
        stay = [member for member in observed.reachable if member.name in self.leaving and not member.alone]
        return Plan.of([ForgetMember.of(name, node_id) for node_id, name in ids.items()], [ResetMember.of(member, observed) for member in stay])

    def apply(self, plan: Plan, observed: Cluster) -> Mapping[str, Any]:
        result = super().apply(plan, observed)
        ids = {step.id for step in plan.steps if isinstance(step, ForgetMember)}
        self.nodes.await_agreement(lambda cluster: _still_known(cluster.without(self.leaving), ids))
        return result

    @singledispatchmethod
    def carry_out_stage(self, first: Step, stage: Sequence[Any], observed: Cluster) -> None:
        super().carry_out_stage(first, stage, observed)

    @carry_out_stage.register(ForgetMember)
    def _forget_members(self, first: ForgetMember, stage: Sequence[ForgetMember], observed: Cluster) -> None:
        survivors = [member.name for member in observed.without(self.leaving).members]
        form.forget(self.nodes.connections, survivors, [step.id for step in stage])

    @carry_out_stage.register(ResetMember)
    def _reset_members(self, first: ResetMember, stage: Sequence[ResetMember], observed: Cluster) -> None:
        for step in stage:
            form.reset(self.nodes.connections[step.name])

    def predict(self, plan: Plan, observed: Cluster) -> dict[str, Any]:
        return topology.view(observed.without(self.leaving))

    def view(self, observed: Cluster) -> dict[str, Any]:
        return topology.view(observed if self._is_known(observed) else observed.without(self.leaving))

    def _is_known(self, cluster: Cluster) -> bool:
        """Whether a survivor knows a leaving member still."""
        ids = {member.id for member in cluster.members if member.name in self.leaving}
        return any(line.id in ids for member in cluster.without(self.leaving).reachable for line in member.others)


def _still_known(survivors: Cluster, ids: Collection[str]) -> list[str]:
    found = [f"{member.name} still knows {node_id}" for member in survivors.reachable for node_id in ids if node_id in member.view]
    return found or topology.faults(survivors)
