# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Servers and volumes in the place of members that are lost, by the word of those that stay."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from .._cloud.connection import Cloud
from .._datastores import registry
from .._datastores.base import Datastore
from .._model import replacing, task
from .._model.cluster import Cluster, Instance
from .._model.evidence import REPLACE, Act
from .._model.replacing import REPLACING, Lost
from .._model.scaling import Otherwise
from .._plan.plan import Plan, Step
from .._plan.runner import View
from . import cluster_check, cluster_removal, notes, obstacles, steps, wanted
from .cluster import OfCluster, find, itself
from .creation import Creation
from .proof import Proof
from .wanted import Wanted

_REPLICAS = "a replica that is lost is created again by stackdb.trove.replica_create."
_ADVICE = "The playbook stackdb.trove.cluster_replace asks every member."


@dataclass(frozen=True)
class Replacement:
    """What the user wants of it.

    :param members: the names of the lost members
    :param otherwise: what the new servers shall have otherwise than those that stay
    :param delete_volumes: whether the data volumes of the lost members are deleted; else they are kept under another name
    :param loss_accepted: whether what only the lost members held is given up
    """

    members: Sequence[str]
    otherwise: Otherwise = Otherwise()
    delete_volumes: bool = False
    loss_accepted: bool = False


class MembersReplaced(OfCluster):
    """Delete the servers of lost members, and create others of the same names. What the database must do then is the playbook's part.

    :param proof: that those that stay serve, and the lost ones do not
    """

    def __init__(self, cloud: Cloud, name: str | None, want: Replacement, timeout: int, proof: Proof, cluster_id: str | None = None) -> None:
        super().__init__(cloud, timeout)
        self.name, self.cluster_id = name, cluster_id
        self.want = want
        self.proof = proof
        self.creation = Creation(cloud, timeout, wait=True)

    def observe(self) -> Cluster | None:
        return self.creation.settled(lambda: find(self.cloud, self.name, self.cluster_id, otherwise=_REPLICAS), itself)

    def plan(self, observed: Cluster | None) -> Plan:
        cluster = cluster_check.existing(self.name or self.cluster_id, observed)
        task.check(cluster.task, REPLACING, may_follow=True)
        driver = registry.of_cluster(cluster.datastore)
        lost = self._lost(cluster, driver)
        act = self._act(lost, driver)
        judged = [self.proof.step(driver, act, cluster.name, _ADVICE)] if act.leaving else []
        created = self.creation.plan_missing(self._wanted(lost, driver, act), lost.rest, lost.servers)
        if not act.leaving and not created:
            return Plan.of(self._unasked(lost))
        volumes = [] if self.want.delete_volumes else lost.volumes
        obstacles.check_deletion(self.cloud, ", ".join(lost.names), lost.servers, lost.volumes if self.want.delete_volumes else [])
        return Plan.of(
            [*judged, *_follow(cluster)],
            [notes.DropNote.of(i) for i in lost.staying if i.replaces and i.takes_notes],
            cluster_removal.note_task(lost.rest, REPLACING),
            [steps.DeleteServer(i.name, "it is lost, and a new server takes its place", i.id, self._loses(i)) for i in lost.servers],
            [steps.SetVolumeAside.of(v, cluster.name) for v in volumes] or self._deleted(lost),
            *created.stages,
        )

    def _unasked(self, lost: Lost) -> Iterator[Step]:
        """What a plan without anybody's words has to say of those that took the place of lost ones before, and may be lost by now."""
        for instance in lost.done if self.proof.check_mode and not self.proof.given else ():
            yield notes.JudgeEvidence(instance.name, "needs proof that it serves, which took the place of a lost one before: else a new server takes its place")

    def _lost(self, cluster: Cluster, driver: Datastore) -> Lost:
        asked = bool(self.proof.given)
        words = self.proof.latest(Act(REPLACE, {i.name: i.address() for i in cluster.instances if i.name in self.want.members})) if asked else {}
        serving = [name for name, word in words.items() if word.said is not None and not driver.problems(word.said)]
        return replacing.find(cluster, driver, self.want.members, serving if asked else None)

    def _act(self, lost: Lost, driver: Datastore) -> Act:
        """Those that stay, and new ones that have joined already, are who tells."""
        created = {i.name: i.address() for i in (*lost.begun, *lost.done)}
        words = self.proof.latest(Act(REPLACE, created)) if self.proof.given else {}
        joined = {name: created[name] for name, word in words.items() if word.said is not None and not driver.problems(word.said)}
        staying = {i.name: i.address() for i in lost.staying}
        return Act(REPLACE, {**staying, **joined}, leaving=lost.leaving, loss_accepted=self.want.loss_accepted)

    def _wanted(self, lost: Lost, driver: Datastore, act: Act) -> Wanted:
        standings = driver.standings(act, self.proof.latest(act)) if act.leaving and self.proof.given else {}
        return Wanted(replacing.request(lost, self.want.otherwise, standings), driver)

    def _loses(self, instance: Instance) -> str | None:
        return None if instance.volume else "destroys the data on its root disk"

    def _deleted(self, lost: Lost) -> Iterator[Step]:
        for volume in lost.volumes:
            yield steps.DeleteVolume(volume.name, "trove_delete_volumes was given", volume.id, f"destroys {volume.size} GiB of data")

    def apply(self, plan: Plan, observed: Cluster | None) -> Mapping[str, Any]:
        self.creation.carry_out(plan, observed, self.lease)
        return {}

    def predict(self, plan: Plan, observed: Cluster | None) -> View:
        cluster = cluster_check.existing(self.name or self.cluster_id, observed)
        driver = registry.of_cluster(cluster.datastore)
        lost = self._lost(cluster, driver)
        new = wanted.granted(self._wanted(lost, driver, self._act(lost, driver)).request, lost.rest)
        return self.view(replace(new, instances=tuple(replace(i, task=REPLACING) for i in new.instances)))


def _follow(cluster: Cluster) -> Iterator[Step]:
    if cluster.task not in ("NONE", REPLACING):
        yield notes.GiveUpTask(cluster.name, f"ends {cluster.task}, which has not ended: it cannot go on without the lost members")
