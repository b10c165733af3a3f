# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The reconciler of trove_replica that writes contracts which were given as data, when the databases replicate so."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from .._cloud.connection import Cloud
from .._datastores import registry
from .._model import instance as instances
from .._model.cluster import Cluster, Instance
from .._model.errors import Refused
from .._plan.plan import Plan
from .._plan.runner import View
from . import instance_plan, tasks
from .contracts import links_act
from .instance import InFamily, OfInstance
from .proof import Proof
from .rearrangement import Rearrangement

TASK = "REARRANGING"
_ADVICE = "The playbook stackdb.trove.replica_topology changes the databases, and asks every instance."


class TopologyWritten(OfInstance):
    """
    :param name: of an instance of the replication topology; a flat contract is its own
    :param contract: as the user gave it
    :param proof: that the databases replicate so
    :param clear_task: whether a task of another verb that has not ended is given up
    """

    def __init__(self, cloud: Cloud, name: str, contract: Mapping[str, Any], proof: Proof, clear_task: bool = False) -> None:
        super().__init__(cloud, name)
        self.contract = contract
        self.proof = proof
        self.clear_task = clear_task

    def rearrangement(self, observed: InFamily | None) -> Rearrangement:
        family, instance = self.found(observed)
        return Rearrangement.of(family, instance, self.contract)

    def concerned(self, observed: InFamily | None) -> list[Instance]:
        return self.rearrangement(observed).instances

    def plan(self, observed: InFamily | None) -> Plan:
        family, _instance = self.found(observed)
        wanted = self.rearrangement(observed)
        wanted.check()
        given_up, _begun = tasks.take_over(family, TASK, "instance", self.clear_task)
        last = next((i.id for i in wanted.instances if wanted.after[i.id].replicates_to), "")
        written = instance_plan.change_contracts(family, wanted.after, last)
        driver, act = registry.of_instance(family.datastore), links_act(family, wanted.instances, wanted.after, wanted.joining())
        if written:
            return Plan.of(*given_up, [self.proof.step(driver, act, family.name, _ADVICE)], *written.stages)
        # nothing to write: but the databases may not replicate as the contracts have said for long
        problems = [] if self.proof.force else self.proof.problems(driver, act)
        if problems:
            raise Refused(f"The contracts stand as they were given, and are not kept. {'; '.join(problems)}. {_ADVICE}", problems=problems)
        return Plan.of(*given_up)

    def changes(self, observed: InFamily | None) -> list[dict[str, Any]]:
        """What the databases have to do: see rearranging.Change.view."""
        family, _instance = self.found(observed)
        return [change.view(instances.names(family)) for change in self.rearrangement(observed).changes()]

    def predict(self, plan: Plan, observed: InFamily | None) -> View:
        family, instance = self.found(observed)
        after = self.rearrangement(observed).after
        return self.view((_with(family, after), instance))


def _with(family: Cluster, after: Mapping[str, Any]) -> Cluster:
    return replace(family, instances=tuple(replace(i, contract=after[i.id]) for i in family.instances))
