# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The reconcilers of instances: one created, and one deleted, be it a replica or not."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Optional

from .._cloud import families
from .._cloud.connection import Cloud
from .._model import instance as instances
from .._model import replicas
from .._model import task as _task
from .._model.cluster import Cluster, Instance
from .._model.errors import InvalidInput, Refused
from .._plan.plan import Plan
from .._plan.runner import View
from . import instance_plan, obstacles, steps, wanted
from .cluster import OfCluster, itself
from .creation import Creation
from .leased import Leased
from .wanted import Wanted

#: a family with one of its instances, or None where only its volume, or nothing of it, is left
InFamily = tuple[Cluster, Optional[Instance]]


class InstancePresent(OfCluster):
    """Create what is missing of a single instance and of what it needs. Its replicas are nothing to it.

    :param wait: whether to wait for the server to be active
    :param clear_task: whether a task of another verb that has not ended is given up
    """

    def __init__(self, cloud: Cloud, wanted: Wanted, timeout: int, wait: bool, clear_task: bool = False) -> None:
        super().__init__(cloud, timeout)
        self.wanted = wanted
        self.clear_task = clear_task
        self.creation = Creation(cloud, timeout, wait)
        #: of a family that is not there yet
        self.new_id = str(uuid.uuid4())

    def observe(self) -> Cluster | None:
        """Its replication topology, as if it were alone in it."""
        return self.creation.settled(self._find, itself)

    def _find(self) -> Cluster | None:
        name = self.wanted.request.name
        found = families.named(self.cloud, name)
        return instances.alone(found, name) if found else None

    def plan(self, observed: Cluster | None) -> Plan:
        return self.creation.plan(self.wanted, self._begun(observed), "instance", self.clear_task)

    def _begun(self, observed: Cluster | None) -> Cluster:
        return wanted.begun(self.wanted.request, observed, self.new_id)

    def apply(self, plan: Plan, observed: Cluster | None) -> Mapping[str, Any]:
        self.creation.carry_out(plan, observed, self.lease)
        return {}

    def view(self, observed: Cluster | None) -> View:
        return instances.show(observed, observed.instances[0]) if observed and observed.instances else None

    def predict(self, plan: Plan, observed: Cluster | None) -> View:
        return self.view(wanted.granted(self.wanted.request, self._begun(observed)))


class OfInstance(Leased[Optional[InFamily]]):
    """
    :param name: its name or id
    """

    def __init__(self, cloud: Cloud, name: str, timeout: int = 60) -> None:
        super().__init__(cloud, timeout)
        self.name = name

    def observe(self) -> InFamily | None:
        family, instance = families.find(self.cloud, self.name)
        return (family, instance) if family else None

    def cluster_of(self, observed: InFamily | None) -> Cluster | None:
        return observed[0] if observed else None

    def view(self, observed: InFamily | None) -> View:
        """All instances of the replication topology, since their contracts change together."""
        return {"instances": [instances.show(observed[0], i) for i in observed[0].instances]} if observed else None

    def found(self, observed: InFamily | None) -> tuple[Cluster, Instance]:
        """
        :raises InvalidInput: where there is no such instance
        """
        if not observed or not observed[1]:
            raise InvalidInput("name", self.name, "the name or id of an instance; stackdb.trove.trove_instance_info lists them")
        return observed[0], observed[1]


class InstanceAbsent(OfInstance):
    """Delete an instance with its volume, and with the last one of a replication topology what that shared.

    :param replica: whether it has to be a replica
    """

    def __init__(self, cloud: Cloud, name: str, timeout: int, replica: bool = False) -> None:
        super().__init__(cloud, name, timeout)
        self.replica = replica

    def observe(self) -> InFamily | None:
        """Of a replication topology of that name all but its instances may be left."""
        found = super().observe()
        if found:
            return found
        family = families.named(self.cloud, self.name)
        return (family, None) if family and not family.instances else None

    def observe_again(self, observed: InFamily | None) -> InFamily | None:
        """What is left of its replication topology, even if the instance is not."""
        if not observed:
            return self.observe()
        family = families.named(self.cloud, observed[0].name, observed[0].id)
        return (family, next((i for i in family.instances if self.name in (i.name, i.id)), None)) if family else None

    def plan(self, observed: InFamily | None) -> Plan:
        if not observed:
            return Plan()
        family, instance = observed
        if instance:
            self._check(family, instance)
        plan = instance_plan.absent(family, instance.name if instance else self.name)
        if plan:
            self._check_obstacles(plan, family, instance)
        return plan

    def _check(self, family: Cluster, instance: Instance) -> None:
        own = instances.contract_of(instance)
        living = [i.name for i in family.instances if i.contract and instance.id in i.contract.replicates_from]
        if own.replicates_to and living:
            raise Refused(f"{replicas.HAS_REPLICAS} They are {', '.join(living)}.")
        if self.replica and not own.replicates_from and instance.task != _task.DELETING:
            raise InvalidInput("name", self.name, "a replica", rule=f"{instance.name} replicates from no source: stackdb.trove.trove_instance deletes it.")

    def _check_obstacles(self, plan: Plan, family: Cluster, instance: Instance | None) -> None:
        volumes = {step.id for step in plan.steps if isinstance(step, steps.DeleteVolume)}
        with_group = any(isinstance(step, steps.DeleteSecurityGroup) for step in plan.steps)
        obstacles.check_deletion(
            self.cloud,
            self.name,
            [instance] if instance else [],
            [v for v in family.volumes if v.id in volumes],
            family.security_group if with_group else None,
        )

    def view(self, observed: InFamily | None) -> View:
        return super().view(observed) if observed and (observed[0].instances or observed[0].volumes) else None

    def predict(self, plan: Plan, observed: InFamily | None) -> View:
        if not observed:
            return None
        family, instance = observed
        staying = family.instances
        if instance:
            staying = tuple(replace(i, contract=instances.contract_of(i).without(instance.id)) for i in staying if i is not instance)
        return self.view((replace(family, instances=staying, volumes=()), None))
