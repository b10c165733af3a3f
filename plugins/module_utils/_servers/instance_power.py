# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The reconcilers of an instance that was stopped with its replicas: their servers stopped, where that is asked for, and started again."""

from __future__ import annotations

from .._cloud.connection import Cloud
from .._cloud.power import OFF, ON
from .._datastores import registry
from .._model import instance as instances
from .._model import task
from .._model.cluster import Cluster
from .._plan.plan import Plan
from .._plan.runner import View
from . import power
from .instance import InFamily, OfInstance
from .proof import Proof


class _Power(OfInstance):
    """What is stopped and started are those that are connected with one; the replication topology may have others, that were detached."""

    def connected(self, observed: InFamily | None) -> Cluster:
        family, instance = self.found(observed)
        return instances.connected(family, instance)

    def view(self, observed: InFamily | None) -> View:
        if not observed or not observed[1]:
            return super().view(observed)
        return self._view(self.connected(observed))

    @staticmethod
    def _view(group: Cluster, status: str | None = None) -> View:
        return {"instances": [instances.show(group, i) for i in power.with_status(group.instances, status)]}


class InstanceStopped(_Power):
    """The databases are down, which is proven; then the servers are stopped, where that is asked for.

    :param servers: whether to stop them
    """

    def __init__(self, cloud: Cloud, name: str, timeout: int, proof: Proof, servers: bool) -> None:
        super().__init__(cloud, name, timeout)
        self.proof, self.servers = proof, servers

    def plan(self, observed: InFamily | None) -> Plan:
        family, instance = self.found(observed)
        driver, advice = registry.of_instance(family.datastore), "Run stackdb.trove.instance_stop again: it asks every instance."
        return power.stop(self.connected(observed).instances, lambda act: self.proof.step(driver, act, instance.name, advice), self.servers)

    def predict(self, plan: Plan, observed: InFamily | None) -> View:
        return self._view(self.connected(observed), OFF if self.servers else None)


class InstanceStarted(_Power):
    """All servers run. Whether their databases do is the playbook's part."""

    def plan(self, observed: InFamily | None) -> Plan:
        """
        :raises Refused: while another task runs, which a start would end
        """
        group = self.connected(observed)
        task.check(group.task, task.STOPPED, "instance")
        return power.start(group.instances)

    def predict(self, plan: Plan, observed: InFamily | None) -> View:
        return self._view(self.connected(observed), ON)
