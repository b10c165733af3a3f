# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The reconcilers of a cluster that was stopped: its servers stopped, where that is asked for, and started again."""

from __future__ import annotations

from dataclasses import replace

from .._cloud.connection import Cloud
from .._cloud.power import OFF, ON
from .._datastores import registry
from .._model import task
from .._model.cluster import Cluster
from .._plan.plan import Plan
from .._plan.runner import View
from . import cluster_check, power
from .cluster import OfCluster, find
from .proof import Proof


class _Power(OfCluster):
    def __init__(self, cloud: Cloud, name: str | None, timeout: int, cluster_id: str | None = None) -> None:
        super().__init__(cloud, timeout)
        self.name, self.cluster_id = name, cluster_id

    def observe(self) -> Cluster | None:
        return find(self.cloud, self.name, self.cluster_id)

    def existing(self, observed: Cluster | None) -> Cluster:
        return cluster_check.existing(self.name or self.cluster_id or "", observed)


class ClusterStopped(_Power):
    """The databases are down, which is proven; then the servers are stopped, where that is asked for.

    :param servers: whether to stop them
    """

    def __init__(self, cloud: Cloud, name: str | None, timeout: int, proof: Proof, servers: bool, cluster_id: str | None = None) -> None:
        super().__init__(cloud, name, timeout, cluster_id)
        self.proof, self.servers = proof, servers

    def plan(self, observed: Cluster | None) -> Plan:
        cluster = self.existing(observed)
        driver, advice = registry.of_cluster(cluster.datastore), "Run stackdb.trove.cluster_stop again: it asks every member."
        return power.stop(cluster.instances, lambda act: self.proof.step(driver, act, cluster.name, advice), self.servers)

    def predict(self, plan: Plan, observed: Cluster | None) -> View:
        cluster = self.existing(observed)
        return replace(cluster, instances=power.with_status(cluster.instances, OFF if self.servers else None)).view()


class ClusterStarted(_Power):
    """All servers run. Whether their databases do is the playbook's part."""

    def plan(self, observed: Cluster | None) -> Plan:
        """
        :raises Refused: while another task runs, which a start would end
        """
        cluster = self.existing(observed)
        task.check(cluster.task, task.STOPPED)
        return power.start(cluster.instances)

    def predict(self, plan: Plan, observed: Cluster | None) -> View:
        cluster = self.existing(observed)
        return replace(cluster, instances=power.with_status(cluster.instances, ON)).view()
