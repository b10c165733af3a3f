# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The reconcilers of a cluster that was stopped: its servers stopped, where that is asked for, and started again."""

from __future__ import annotations

from dataclasses import replace

from .._cloud.connection import Cloud
from .._cloud.power import OFF, ON
from .._datastores import registry
from .._model.cluster import Cluster
from .._model.errors import Refused
from .._model.evidence import STOPPED, Act
from .._plan.plan import Plan
from .._plan.runner import View
from . import cluster_check, steps
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
        on = [i for i in cluster.instances if i.status != OFF]
        if not on:
            return Plan()
        act = Act(STOPPED, {i.name: i.address() for i in on})
        advice = "Run stackdb.trove.cluster_stop again: it asks every member."
        step = self.proof.step(registry.of_cluster(cluster.datastore), act, cluster.name, advice)
        if not self.servers:
            return Plan()
        _refuse_locked([i.name for i in on if i.locked])
        return Plan.of([step], [steps.StopIdleServer(i.name, "its database was stopped", i.id) for i in on])

    def predict(self, plan: Plan, observed: Cluster | None) -> View:
        return _with_status(self.existing(observed), OFF if self.servers else None).view()


class ClusterStarted(_Power):
    """All servers run. Whether their databases do is the playbook's part."""

    def plan(self, observed: Cluster | None) -> Plan:
        off = [i for i in self.existing(observed).instances if i.status == OFF]
        _refuse_locked([i.name for i in off if i.locked])
        return Plan.of([steps.StartServer(i.name, "it is off", i.id) for i in off])

    def predict(self, plan: Plan, observed: Cluster | None) -> View:
        return _with_status(self.existing(observed), ON).view()


def _refuse_locked(names: list[str]) -> None:
    if names:
        raise Refused(f"Nothing was changed: {', '.join(names)} are locked in Nova. Unlock them, and run it again.")


def _with_status(cluster: Cluster, status: str | None) -> Cluster:
    return replace(cluster, instances=tuple(replace(i, status=status or i.status) for i in cluster.instances))
