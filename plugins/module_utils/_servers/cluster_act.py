# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The reconcilers of a cluster that act on proof only: members deleted, and the task of a cluster ended."""

from __future__ import annotations

from dataclasses import replace

from .._cloud import observe
from .._datastores import registry
from .._model import scaling
from .._model.errors import InvalidInput
from .._model.evidence import LEAVE, SERVE, UNTOUCHED, Act
from .._plan.plan import Plan
from . import cluster_check, cluster_removal, obstacles, tasks
from .cluster import _ClusterReconciler
from .leased import LeasedLater


class ClusterShrunk(_ClusterReconciler):
    """Take members away for good, with their volumes. What the database must do before is the playbook's part.

    :param members: the names of those that go
    :param proof: _servers.proof.Proof, that those that stay serve without them
    """

    def __init__(self, cloud, name, members, timeout, proof, clear_task=False):
        super().__init__(cloud, name, timeout)
        self.clear_task = clear_task
        self.members = members
        self.proof = proof

    def plan(self, observed):
        cluster_check.check_exists(self.name, observed)
        driver = registry.of_cluster(observed.datastore)
        begun, observed = self._begin(observed, driver)
        scaling.check_leaving(observed, driver, self.members)
        plan = cluster_removal.shrunk(observed, self.members, scaling.last_number(observed, driver))
        if not plan:
            return plan
        going = [i for i in observed.instances if i.name in self.members]
        obstacles.check_deletion(self.cloud, ", ".join(self.members), going, [v for v in observed.volumes if v.instance in self.members])
        advice = "The playbook stackdb.trove.cluster_shrink lets them leave, and asks every member."
        return Plan(((self.proof.step(driver, self._act(observed), self.name, advice),), *begun, *plan.stages))

    def _begin(self, observed, driver):
        """The stages by which it follows a task that has not ended, and the cluster as it is then."""
        if self.clear_task:
            return tasks.take_over(observed, scaling.SHRINKING, clear=True)
        return tasks.follow(observed, driver, self.members, self.proof), observed

    def _act(self, observed):
        """Of a member whose server has gone already the volume is left, and its address is not known."""
        addresses = {i.name: i.address() for i in observed.instances}
        leaving = {v.instance for v in observed.volumes if v.instance in self.members} | {name for name in addresses if name in self.members}
        staying = {name: address for name, address in addresses.items() if name not in leaving}
        return Act(LEAVE, staying, leaving={name: addresses.get(name) for name in sorted(leaving)})

    def predict(self, plan, observed):
        staying = tuple(replace(i, task=scaling.SHRINKING) for i in observed.instances if i.name not in self.members)
        return replace(observed, instances=staying).view()


class ClusterTask(LeasedLater, _ClusterReconciler):
    """Begin a task, or end it with NONE.

    :param proof: _servers.proof.Proof for NONE, that all members serve
    :param untouched: the task is ended since what it was begun for was refused and nothing was changed, and that is what is proven
    :param clear_task: whether a task of another verb that has not ended is given up; with NONE, whether it ends without proof
    :param leaving: for SHRINKING_CLUSTER, the names of the members that leave
    :param restart_required: for NONE, the names of the members that need a restart for their settings; None leaves what is noted
    """

    def __init__(self, cloud, name, task, proof, untouched=False, cluster_id=None, clear_task=False, leaving=(), restart_required=None):
        super().__init__(cloud, name, timeout=60)
        self.cluster_id = cluster_id
        self.task = task
        self.proof = proof
        self.untouched = untouched
        self.clear_task = clear_task
        self.leaving = leaving
        self.restart_required = restart_required

    def observe(self):
        """:raises InvalidInput: where there is no cluster of that name or id, or more than one"""
        found = observe.clusters(self.cloud, name=self.name, cluster_id=self.cluster_id)
        if len(found) > 1:
            raise InvalidInput("id", None, [c.id for c in found], rule=f"There are {len(found)} clusters of the name {self.name!r}.")
        if not found:
            known = observe.clusters(self.cloud)
            raise InvalidInput("id", self.cluster_id, [c.id for c in known]) if self.cluster_id else InvalidInput("name", self.name, [c.name for c in known])
        self.name = found[0].name
        return found[0]

    def plan(self, observed):
        if self.task != "NONE":
            return self._begun(observed)
        if self.clear_task:
            return tasks.ended(observed, lambda: tasks.give_up(observed), self.restart_required)
        cluster_check.check_complete(observed)
        act = Act(UNTOUCHED if self.untouched else SERVE, {i.name: i.address() for i in observed.instances})
        advice = f"Run again the playbook that began {observed.task}: it asks every member."
        return tasks.ended(observed, lambda: self.proof.step(registry.of_cluster(observed.datastore), act, self.name, advice), self.restart_required)

    def _begun(self, observed):
        if self.leaving and not self.clear_task:
            followed = tasks.follow(observed, registry.of_cluster(observed.datastore), self.leaving, self.proof)
            return Plan((*followed, *cluster_removal.note_task(observed, self.task).stages))
        given_up, begun = tasks.take_over(observed, self.task, clear=self.clear_task)
        return Plan((*given_up, *cluster_removal.note_task(begun, self.task).stages))

    def predict(self, plan, observed):
        return replace(observed, instances=tuple(replace(i, task=self.task) for i in observed.instances)).view()
