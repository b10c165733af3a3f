# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The reconcilers of trove_cluster: the servers of a cluster created, and deleted with the whole cluster."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Optional

from .._cloud import observe, traces
from .._cloud.connection import Cloud
from .._datastores import registry
from .._model import scaling
from .._model.cluster import Cluster
from .._model.errors import InvalidInput
from .._plan.plan import Plan
from .._plan.runner import View
from . import cluster_check, cluster_removal, obstacles, tasks, wanted
from .creation import Creation
from .leased import Leased
from .wanted import Wanted


def find(cloud: Cloud, name: str | None, cluster_id: str | None = None, **otherwise: str) -> Cluster | None:
    """The cluster of that name or id; None where there is none of that name.

    :param otherwise: of what is said to a name that is an instance's, as check_is_cluster takes it
    :raises InvalidInput: for a name that is a replication topology's, and for an id that no cluster has
    """
    if name is None:
        name = traces.name_of(cloud, cluster_id or "")
        if name is None:
            raise InvalidInput("id", cluster_id, "the id of a cluster; stackdb.trove.cluster_list shows them")
    found: Cluster | None = observe.cluster(cloud, name, cluster_id)
    cluster_check.check_is_cluster(found, **otherwise)
    return found


def itself(observed: Cluster | None) -> Cluster | None:
    """What a reconciler of clusters observes is the cluster."""
    return observed


class OfCluster(Leased[Optional[Cluster]]):
    def cluster_of(self, observed: Cluster | None) -> Cluster | None:
        return observed

    def view(self, observed: Cluster | None) -> View:
        return observed.view() if observed and observed.instances else None


class ClusterPresent(OfCluster):
    """Create what is missing of a cluster's servers and of what they need.

    :param wait: whether to wait for the last servers to be active
    :param clear_task: whether a task of another verb that has not ended is given up
    """

    def __init__(self, cloud: Cloud, wanted: Wanted, timeout: int, wait: bool, clear_task: bool = False) -> None:
        super().__init__(cloud, timeout)
        self.wanted = wanted
        self.clear_task = clear_task
        self.creation = Creation(cloud, timeout, wait)
        #: of a cluster that is not there yet
        self.new_id = str(uuid.uuid4())

    def observe(self) -> Cluster | None:
        return self.creation.settled(lambda: find(self.cloud, self.wanted.request.name), itself)

    def plan(self, observed: Cluster | None) -> Plan:
        return self.creation.plan(self.wanted, self._begun(observed), "cluster", self.clear_task)

    def _begun(self, observed: Cluster | None) -> Cluster:
        return wanted.begun(self.wanted.request, observed, self.new_id)

    def apply(self, plan: Plan, observed: Cluster | None) -> Mapping[str, Any]:
        self.creation.carry_out(plan, observed, self.lease)
        return {}

    def predict(self, plan: Plan, observed: Cluster | None) -> View:
        return {**wanted.granted(self.wanted.request, self._begun(observed)).view(), "id": observed.id if observed else None}


class ClusterGrown(OfCluster):
    """Create more members like the living ones.

    :param name: None where the id is enough
    :param total: the number of instances that the cluster shall have, or a list of new ones, as the user gave it
    :param otherwise: what the new ones shall have otherwise; key pairs belong to a user, and another one may grow the cluster
    :param locality: what the user takes for the cluster's; it cannot be another one
    """

    def __init__(
        self,
        cloud: Cloud,
        name: str | None,
        total: object,
        otherwise: scaling.Otherwise,
        timeout: int,
        wait: bool,
        clear_task: bool = False,
        cluster_id: str | None = None,
        locality: str | None = None,
    ) -> None:
        super().__init__(cloud, timeout)
        self.name = name
        self.cluster_id = cluster_id
        self.locality = locality
        self.total = total
        self.otherwise = otherwise
        self.clear_task = clear_task
        self.creation = Creation(cloud, timeout, wait)

    def observe(self) -> Cluster | None:
        return self.creation.settled(lambda: find(self.cloud, self.name, self.cluster_id), itself)

    def plan(self, observed: Cluster | None) -> Plan:
        cluster = cluster_check.existing(self.name or self.cluster_id, observed)
        cluster_check.check_locality(self.locality, cluster)
        given_up, cluster = tasks.take_over(cluster, scaling.GROWING, clear=self.clear_task)
        missing = self.creation.plan_missing(self._wanted(cluster), cluster)
        noted = cluster_removal.note_task(cluster, scaling.GROWING) if missing else []
        # sizes that differ are accepted; whoever makes more of them is told
        return Plan.of(*given_up, noted, *missing.stages, warnings=scaling.differences(cluster) if missing else ())

    def _wanted(self, cluster: Cluster) -> Wanted:
        """Like the living members."""
        driver = registry.of_cluster(cluster.datastore)
        return Wanted(scaling.grown(cluster, driver, self.total, self.otherwise), driver)

    def apply(self, plan: Plan, observed: Cluster | None) -> Mapping[str, Any]:
        self.creation.carry_out(plan, observed, self.lease)
        return {}

    def predict(self, plan: Plan, observed: Cluster | None) -> View:
        cluster = cluster_check.existing(self.name or self.cluster_id, observed)
        grown = wanted.granted(self._wanted(cluster).request, cluster)
        return self.view(replace(grown, instances=tuple(replace(i, task=scaling.GROWING) for i in grown.instances)))


class ClusterAbsent(OfCluster):
    """Delete a cluster: servers, volumes with their data, server group and security group.

    :param name: None where the id is enough
    :param cluster_id: which of two clusters of the name; a server group that both use is left to the other one
    """

    def __init__(self, cloud: Cloud, name: str | None, timeout: int, cluster_id: str | None = None) -> None:
        super().__init__(cloud, timeout)
        self.name = name
        self.cluster_id = cluster_id

    def observe(self) -> Cluster | None:
        name = self.name or traces.name_of(self.cloud, self.cluster_id or "")
        return self._find(name) if name else None

    def observe_again(self, observed: Cluster | None) -> Cluster | None:
        """By its name, since the id alone finds nothing of what has gone."""
        return self._find(observed.name) if observed else self.observe()

    def _find(self, name: str) -> Cluster | None:
        found = find(self.cloud, name, self.cluster_id)
        if self.cluster_id and found and any(traces.host_of(self.cloud, id_) for id_ in cluster_check.strangers(found)):
            return replace(found, group=None)
        return found

    def plan(self, observed: Cluster | None) -> Plan:
        if observed is None:
            return Plan()
        plan = cluster_removal.absent(observed)
        if not plan:
            return plan
        warnings = obstacles.check_group(self.cloud, observed)
        obstacles.check_deletion(self.cloud, f"the cluster {observed.name}", observed.instances, observed.volumes, observed.security_group)
        return Plan(plan.stages, tuple(warnings))

    def view(self, observed: Cluster | None) -> View:
        """Whatever is left of the cluster, so that a diff shows a deletion that was cut short, too."""
        return observed.view() if observed else None

    def predict(self, plan: Plan, observed: Cluster | None) -> View:
        return None
