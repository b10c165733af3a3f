# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The reconcilers of instances: one made, its task noted, and one taken away, be it a replica or not."""

from __future__ import annotations

from dataclasses import replace

from .._cloud import families
from .._model import instance as instances
from .._model import replicas
from .._model import task as _task
from .._model.errors import InvalidInput, Refused
from .._plan.plan import Plan
from . import instance_plan, obstacles
from .cluster import ClusterPresent
from .leased import Leased


class InstancePresent(ClusterPresent):
    """Make what is missing of a single instance and of what it needs. Its replicas are nothing to it."""

    of = "instance"

    def find(self):
        found = families.named(self.cloud, self.name)
        return found and instances.alone(found, self.name)

    def view(self, observed):
        return instances.show(observed, observed.instances[0]) if observed and observed.instances else None

    def predict(self, plan, observed):
        return self.view(self._predicted_cluster(observed))


class _InstanceReconciler(Leased):
    """Of one instance; observed is its family, with the Instance or None where only its volume is left."""

    def __init__(self, cloud, name, timeout=60):
        self.cloud = cloud
        self.name = name
        self.timeout = timeout

    def observe(self):
        family, instance = families.find(self.cloud, self.name)
        return family and (family, instance)

    def seen(self, observed):
        return observed and observed[0]

    def view(self, observed):
        """All instances of the family, since their contracts change together."""
        return {"instances": [instances.show(observed[0], i) for i in observed[0].instances]} if observed else None

    def pair(self, observed):
        """(family, Instance) as they were seen last."""
        return observed

    def found(self, observed):
        """(family, Instance).

        :raises InvalidInput: where there is no such instance
        """
        if not observed or not observed[1]:
            raise InvalidInput("name", self.name, "the name or id of an instance; stackdb.trove.trove_instance_info lists them")
        return observed


class InstanceAbsent(_InstanceReconciler):
    """Take away an instance with its volume, and with the last one of a family what that shared.

    :param replica: whether it has to be a replica
    """

    def __init__(self, cloud, name, timeout, replica=False):
        super().__init__(cloud, name, timeout)
        self.replica = replica
        self.family = None

    def observe(self):
        """Of a family that was seen before what is left of it, even if the instance is not."""
        if not self.family:
            return super().observe()
        family = families.named(self.cloud, *self.family)
        return family and (family, next((i for i in family.instances if self.name in (i.name, i.id)), None))

    def plan(self, observed):
        family, instance = observed or self._remains()
        if family is None:
            return Plan()
        self.family = (family.name, family.id)
        if instance and instance.contract.replicates_to and self._living_replicas(family, instance):
            raise Refused(f"{replicas.HAS_REPLICAS} They are {', '.join(self._living_replicas(family, instance))}.")
        if instance and self.replica and not instance.contract.replicates_from and instance.task != _task.DELETING:
            raise InvalidInput("name", self.name, "a replica", rule=f"{instance.name} replicates from nobody: stackdb.trove.trove_instance deletes it.")
        plan = instance_plan.absent(family, instance.name if instance else self.name)
        self._check_obstacles(plan, family, instance)
        return plan

    def _check_obstacles(self, plan, family, instance):
        if not plan:
            return
        going = {step.kind: step.args["id"] for step in plan.steps if step.action == "delete"}
        obstacles.check_deletion(
            self.cloud,
            self.name,
            [instance] if instance else [],
            [v for v in family.volumes if v.id == going.get("volume")],
            family.security_group if "security_group" in going else None,
        )

    def _remains(self):
        """Of a family of that name all but its instances may be left."""
        family = families.named(self.cloud, self.name)
        return (family, None) if family and not family.instances else (None, None)

    @staticmethod
    def _living_replicas(family, instance):
        return [i.name for i in family.instances if instance.id in i.contract.replicates_from]

    def view(self, observed):
        return super().view(observed) if observed and (observed[0].instances or observed[0].volumes) else None

    def predict(self, plan, observed):
        if not observed:
            return None
        family, instance = observed
        staying = [replace(i, contract=i.contract.without(instance.id)) for i in family.instances if i is not instance] if instance else family.instances
        return self.view((replace(family, instances=tuple(staying), volumes=()), None))
