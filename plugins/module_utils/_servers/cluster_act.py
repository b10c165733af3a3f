# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The reconcilers of a cluster that act on proof only: members deleted, and the task of a cluster ended."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from .._cloud import observe
from .._cloud.connection import Cloud
from .._datastores import registry
from .._datastores.base import Datastore
from .._model import leaving as leavers
from .._model import scaling
from .._model.cluster import Cluster, Instance
from .._model.errors import InvalidInput
from .._model.evidence import LEAVE, SERVE, UNTOUCHED, Act
from .._plan.plan import Plan
from .._plan.runner import View
from . import cluster_check, cluster_removal, notes, obstacles, tasks
from .cluster import OfCluster, find
from .leased import LeasedLater
from .proof import Proof
from .turn import Turn


class ClusterShrunk(OfCluster):
    """Delete members for good, with their volumes. What the database must do before is the playbook's part.

    :param name: None where the id is enough
    :param members: the names or ids of those that go; None where `total` tells
    :param total: how many are to stay, as the user gave it
    :param proof: that those that stay serve without them
    """

    def __init__(
        self,
        cloud: Cloud,
        name: str | None,
        members: Sequence[str] | None,
        timeout: int,
        proof: Proof,
        clear_task: bool = False,
        cluster_id: str | None = None,
        total: object = None,
    ) -> None:
        super().__init__(cloud, timeout)
        self.name = name
        self.cluster_id = cluster_id
        self.asked = members
        self.total = total
        #: the names of those that go, known when it is planned
        self.members: Sequence[str] = ()
        self.proof = proof
        self.clear_task = clear_task

    def observe(self) -> Cluster | None:
        return find(self.cloud, self.name, self.cluster_id)

    def plan(self, observed: Cluster | None) -> Plan:
        cluster = cluster_check.existing(self.name or self.cluster_id, observed)
        driver = registry.of_cluster(cluster.datastore)
        self.members = leavers.by_count(cluster, driver, self.total) if self.asked is None else leavers.by_name(cluster, self.asked)
        begun, cluster = self._begin(cluster, driver)
        scaling.check_leaving(cluster, driver, self.members)
        left = leavers.to_note(cluster, driver, self.members)
        plan = cluster_removal.shrunk(cluster, self.members, scaling.last_number(cluster, driver), left, self._why())
        if not plan:
            return plan
        going = [i for i in cluster.instances if i.name in self.members]
        obstacles.check_deletion(self.cloud, ", ".join(self.members), going, [v for v in cluster.volumes if v.instance in self.members])
        advice = "The playbook stackdb.trove.cluster_shrink lets them leave, and asks every member."
        return Plan.of([self.proof.step(driver, self._act(cluster), cluster.name, advice)], *begun, *plan.stages)

    def _why(self) -> str:
        return "" if self.asked is not None else f"; {self.total} are to stay, and the highest numbers go"

    def _begin(self, cluster: Cluster, driver: Datastore) -> tuple[tasks.Stages, Cluster]:
        """The stages by which it follows a task that has not ended, and the cluster as it is then."""
        if self.clear_task:
            return tasks.take_over(cluster, scaling.SHRINKING, clear=True)
        return tasks.follow(cluster, driver, self.members, self.proof), cluster

    def _act(self, cluster: Cluster) -> Act:
        """Of a member whose server has gone already the volume is left, and its address is not known."""
        addresses = {i.name: i.address() for i in cluster.instances}
        leaving = {v.instance for v in cluster.volumes if v.instance in self.members} | {name for name in addresses if name in self.members}
        staying = {name: address for name, address in addresses.items() if name not in leaving}
        return Act(LEAVE, staying, leaving={name: addresses.get(name) for name in sorted(leaving)})

    def predict(self, plan: Plan, observed: Cluster | None) -> View:
        cluster = cluster_check.existing(self.name or self.cluster_id, observed)
        staying = tuple(replace(i, task=scaling.SHRINKING) for i in cluster.instances if i.name not in self.members)
        volumes = tuple(v for v in cluster.volumes if v.instance not in self.members)
        return replace(cluster, instances=staying, volumes=volumes).view()


class ClusterTask(LeasedLater[Cluster]):
    """Begin a task, or end it with NONE.

    :param proof: for NONE, that all members serve
    :param untouched: the task is ended since what it was begun for was refused and nothing was changed, and that is what is proven
    :param clear_task: whether a task of another verb that has not ended is given up; with NONE, whether it ends without proof
    :param leaving: for SHRINKING_CLUSTER, the names of the members that leave
    :param restart_required: for NONE, the names of the members that need a restart for their settings; None leaves what is noted
    :param turn: of a verb that takes members one after the other
    :param lost: for NONE, who need not serve, since the user has given it up
    :param metadata: for NONE, the user's own that all members shall have; None leaves what they have
    """

    def __init__(
        self,
        cloud: Cloud,
        name: str | None,
        task: str,
        proof: Proof,
        untouched: bool = False,
        cluster_id: str | None = None,
        clear_task: bool = False,
        leaving: Sequence[str] = (),
        restart_required: Sequence[str] | None = None,
        turn: Turn | None = None,
        metadata: Mapping[str, str] | None = None,
        lost: Sequence[str] = (),
    ) -> None:
        super().__init__(cloud, timeout=60)
        self.name = name
        self.cluster_id = cluster_id
        self.task = task
        self.proof = proof
        self.untouched = untouched
        self.clear_task = clear_task
        self.leaving = leaving
        self.restart_required = restart_required
        self.turn = turn or Turn()
        self.metadata = None if untouched else metadata
        self.lost = lost

    def cluster_of(self, observed: Cluster) -> Cluster:
        return observed

    def observe(self) -> Cluster:
        """:raises InvalidInput: where there is no cluster of that name or id, or more than one"""
        found: list[Cluster] = observe.clusters(self.cloud, name=self.name, cluster_id=self.cluster_id)
        if len(found) > 1:
            raise InvalidInput("id", None, [c.id for c in found], rule=f"There are {len(found)} clusters of the name {self.name!r}.")
        if not found:
            known = observe.clusters(self.cloud)
            raise InvalidInput("id", self.cluster_id, [c.id for c in known]) if self.cluster_id else InvalidInput("name", self.name, [c.name for c in known])
        return found[0]

    def plan(self, observed: Cluster) -> Plan:
        if self.task != "NONE":
            return self._begun(observed)
        left_out = notes.NoteMetadata.left_out(observed.instances, self.metadata)
        return Plan.of(*self._ended(observed).stages, notes.NoteMetadata.of(observed.instances, self.metadata), warnings=left_out)

    def _ended(self, observed: Cluster) -> Plan:
        if self.clear_task:
            return tasks.ended(observed, lambda: tasks.give_up(observed), self.restart_required, self._numbers(observed))
        cluster_check.check_complete(observed)
        given_up = {i.name: i.address() for i in observed.instances if i.name in self.lost}
        act = self.turn.proven(Act(UNTOUCHED if self.untouched else SERVE, self._proving(observed), given_up=given_up))
        advice = f"Run the playbook again that began {observed.task}: it asks every member."
        driver = registry.of_cluster(observed.datastore)
        last = [*self._numbers(observed), *tasks.note_version(observed, driver, act, self.proof)]
        return tasks.ended(observed, lambda: self.proof.step(driver, act, observed.name, advice), self.restart_required, last)

    @staticmethod
    def _numbers(observed: Cluster) -> list[notes.NoteLastNumber]:
        """The steps that note the highest number when members have come. By older versions none was, and then one that is lost may have had a higher one."""
        if observed.task not in ("BUILDING", scaling.GROWING) and scaling.noted_number(observed) is None:
            return []
        return cluster_removal.note_last_number(observed.instances, scaling.last_number(observed, registry.of_cluster(observed.datastore)))

    def _proving(self, observed: Cluster) -> dict[str, str | None]:
        """:raises InvalidInput: for a lost one that is no member"""
        names = [i.name for i in observed.instances]
        for number, name in enumerate(self.lost):
            if name not in names:
                raise InvalidInput(f"lost[{number}]", name, names)
        return {i.name: i.address() for i in observed.instances if i.name not in self.lost}

    def _begun(self, observed: Cluster) -> Plan:
        if self.leaving and not self.clear_task:
            followed = tasks.follow(observed, registry.of_cluster(observed.datastore), self.leaving, self.proof)
            return Plan.of(*followed, cluster_removal.note_task(observed, self.task))
        given_up, begun = tasks.take_over(observed, self.task, clear=self.clear_task)
        return Plan.of(*given_up, cluster_removal.note_task(begun, self.task, self.turn.run))

    def view(self, observed: Cluster) -> View:
        return observed.view()

    def predict(self, plan: Plan, observed: Cluster) -> View:
        def metadata(of: Instance) -> Mapping[str, str]:
            return of.metadata if self.metadata is None or not of.takes_notes else self.metadata

        return replace(observed, instances=tuple(replace(i, task=self.task, metadata=metadata(i)) for i in observed.instances)).view()
