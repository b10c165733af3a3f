# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The reconciler of trove_replica that makes replicas beside their source."""

from __future__ import annotations

import uuid
from dataclasses import replace

from .._cloud import families, lookup
from .._datastores import registry
from .._model import instance as instances
from .._model import replicas
from .._model.cluster import natural
from .._model.errors import InvalidInput, Refused
from .._plan.plan import Plan
from . import instance_plan, obstacles, tasks
from .cluster import ClusterPresent


class ReplicasPresent(ClusterPresent):
    """Make the servers of replicas, like their source's, and write the contract on both sides.

    :param wanted: _model.replicas.ReplicaRequest
    :param adopt: (datastore type, version) of a source that others have made, or None
    """

    def __init__(self, cloud, wanted, adopt, timeout, wait, clear_task=False):
        # what is requested is known when the source has been seen
        super().__init__(cloud, None, None, timeout, wait, wanted.source, clear_task)
        self.wanted = wanted
        self.adopt = adopt
        self.source_id = None

    def find(self):
        family, source = families.source(self.cloud, self.wanted.source)
        self.source_id = source.id
        return family

    def plan(self, observed):
        replicas.check_source(observed, self._source(observed), self.adopt)
        # BUILDING stands on new replicas alone: a source that has it is not ready
        given_up, observed = tasks.take_over(observed, "BUILDING", "instance", self.clear_task, note="NONE")
        source = self._source(observed)
        family, self.driver = self._with_datastore(observed, source)
        # its id is made here, so that the steps and the contract speak of the same family
        family = replace(family, id=family.id or str(uuid.uuid4()))
        self.name = family.name
        self.request = replicas.request(family, source, self.wanted)
        if not self.request.image:
            raise Refused(f"{source.name} boots from a volume: there is no image that a replica could be made from.")
        # the group that an adopted source brought along may hold others
        warnings = obstacles.check_group(self.cloud, family) if source.contract and not source.adopted else []
        made = self._plan_missing(family)
        self._check_disk(source, made)
        names = [i.name for i in self.request.instances if i.name in self._names(family, source)]
        datastore = (family.datastore, family.version)
        stages = (*given_up, *made.stages, instance_plan.adopt(family, source, datastore), instance_plan.link_source(family, source, names))
        return Plan.of(*stages, warnings=warnings)

    def _source(self, family):
        return next(i for i in family.instances if i.id == self.source_id)

    def pair(self, observed):
        return observed, self._source(observed)

    def _with_datastore(self, family, source):
        """The family with the datastore of a source that others have made, and its driver."""
        if source.contract:
            return family, registry.of_instance(family.datastore)
        if not self.adopt:
            raise InvalidInput("adopt", None, f"datastore and datastore_version of {source.name}, since its server was made by others")
        driver = registry.of_instance(self.adopt[0])
        driver.check_version(self.adopt[1])
        return replace(family, datastore=driver.type, version=self.adopt[1]), driver

    def _names(self, family, source):
        """The names of all replicas of the base name, those to be made included."""
        wanted = self.wanted
        return [*(i.name for i in replicas.existing(family, source, wanted.name)), *replicas.new_names(family, source, wanted.name, wanted.count)]

    def _check_disk(self, source, made):
        """:raises InvalidInput: for a flavor whose root disk is smaller than the source's, where the data are on it"""
        wanted = self.wanted
        creates = any((step.action, step.kind) == ("create", "server") for step in made.steps)
        if not creates or not wanted.flavor or source.volume or wanted.volume_size:
            return
        disks = lookup.disks(self.cloud)
        has, gets = disks.get(source.flavor_name, 0), disks.get(wanted.flavor, 0)
        if gets < has:
            raise InvalidInput("flavor", wanted.flavor, f"one with a root disk of {has} GiB or more, as {source.name} has; this one has {gets}")

    def view(self, observed):
        return {"instances": [instances.show(observed, i) for i in observed.instances]} if observed else None

    def predict(self, plan, observed):
        family = self._predicted_cluster(observed)
        return self.view(replace(family, instances=tuple(sorted(family.instances, key=lambda i: natural(i.name)))))
