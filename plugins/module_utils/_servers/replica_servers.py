# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The reconciler of trove_replica that creates replicas beside their source."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from .._cloud import families, lookup
from .._cloud.connection import Cloud
from .._datastores import registry
from .._datastores.base import Datastore
from .._model import instance as instances
from .._model import replicas
from .._model.cluster import Cluster, Instance, natural
from .._model.errors import InvalidInput
from .._model.replicas import ReplicaRequest
from .._plan.plan import Plan
from .._plan.runner import View
from . import instance_plan, obstacles, steps, tasks, wanted
from .creation import Creation
from .leased import Leased
from .wanted import Wanted

#: a family with the source of the replicas
Seen = tuple[Cluster, Instance]


class ReplicasPresent(Leased[Seen]):
    """Create the servers of replicas, like their source's, and write the contract on both sides.

    :param asked: the replicas as the user asked for them
    :param adopt: (datastore type, version) of a source that others have created, or None
    :param wait: whether to wait for the servers to be active
    :param clear_task: whether a task of another verb that has not ended is given up
    """

    def __init__(
        self, cloud: Cloud, asked: ReplicaRequest, adopt: tuple[str, str] | None, timeout: int, wait: bool, clear_task: bool = False
    ) -> None:
        super().__init__(cloud, timeout)
        self.asked = asked
        self.adopt = adopt
        self.clear_task = clear_task
        self.creation = Creation(cloud, timeout, wait)
        #: of the family of a source that is adopted
        self.new_id = str(uuid.uuid4())

    def cluster_of(self, observed: Seen) -> Cluster:
        return observed[0]

    def observe(self) -> Seen:
        return self.creation.settled(lambda: families.source(self.cloud, self.asked.source), self.cluster_of)

    def plan(self, observed: Seen) -> Plan:
        family, source = observed
        replicas.check_source(family, source, self.adopt)
        # BUILDING stands on new replicas alone: a source that has it is not ready
        given_up, family = tasks.take_over(family, "BUILDING", "instance", self.clear_task, note="NONE")
        source = next(i for i in family.instances if i.id == source.id)
        family, driver = self._with_datastore(family, source)
        request = replicas.request(family, source, self.asked)
        if not request.image:
            raise InvalidInput("image", None, f"an image with the system of {source.name}, which boots from a volume that others have created")
        # the group that an adopted source brought along may hold others
        warnings = obstacles.check_group(self.cloud, family) if source.contract and not source.adopted else []
        created = self.creation.plan_missing(Wanted(request, driver), family)
        self._check_disk(source, created)
        names = [i.name for i in request.instances if i.name in self._names(family, source)]
        linked = instance_plan.link_source(family, source, names)
        return Plan.of(*given_up, *created.stages, instance_plan.adopt(family, source), linked, warnings=warnings)

    def _with_datastore(self, family: Cluster, source: Instance) -> tuple[Cluster, Datastore]:
        """The replication topology with the datastore of a source that others have created, and its id; and the driver.

        :raises InvalidInput: for a datastore that was not told, or that has no replicas
        """
        if source.contract:
            return family, registry.of_instance(family.datastore)
        if not self.adopt:
            raise InvalidInput("adopt", None, f"datastore and datastore_version of {source.name}, since its server was created by others")
        driver = registry.of_instance(self.adopt[0])
        driver.check_version(self.adopt[1])
        return replace(family, id=family.id or self.new_id, datastore=driver.type, version=self.adopt[1]), driver

    def _names(self, family: Cluster, source: Instance) -> list[str]:
        """The names of all replicas of the base name, those to be created included."""
        asked = self.asked
        return [*(i.name for i in replicas.existing(family, source, asked.name)), *replicas.new_names(family, source, asked.name, asked.count)]

    def _check_disk(self, source: Instance, created: Plan) -> None:
        """:raises InvalidInput: for a flavor whose root disk is smaller than the source's, where the data are on it"""
        asked = self.asked
        creates = any(isinstance(step, steps.CreateServer) for step in created.steps)
        if not creates or not asked.flavor or source.volume or asked.volume_size:
            return
        disks = lookup.disks(self.cloud)
        has, gets = disks.get(source.flavor_name, 0), disks.get(asked.flavor, 0)
        if gets < has:
            raise InvalidInput("flavor", asked.flavor, f"one with a root disk of {has} GiB or more, as {source.name} has; this one has {gets}")

    def apply(self, plan: Plan, observed: Seen) -> Mapping[str, Any]:
        self.creation.carry_out(plan, observed[0], self.lease)
        return {}

    def view(self, observed: Seen) -> View:
        family, _source = observed
        return {"instances": [instances.show(family, i) for i in family.instances]}

    def predict(self, plan: Plan, observed: Seen) -> View:
        family, _driver = self._with_datastore(*observed)
        after = wanted.granted(replicas.request(family, observed[1], self.asked), family)
        return self.view((replace(after, instances=tuple(sorted(after.instances, key=lambda i: natural(i.name)))), observed[1]))
