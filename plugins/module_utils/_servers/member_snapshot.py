# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The reconciler of a snapshot of one member's data volume."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .._cloud import snapshots
from .._cloud.connection import Cloud
from .._model.cluster import Cluster
from .._model.errors import InvalidInput, Refused
from .._plan.plan import Plan, Step
from .._plan.runner import View
from . import cluster_check
from .cluster import OfCluster, find


@dataclass(frozen=True)
class SnapshotVolume(Step):
    action = "create"
    kind = "snapshot"
    volume_id: str


class MemberSnapshotted(OfCluster):
    """Cinder has a snapshot of that name of the member's data volume.

    :param snapshot: its name; one of that name that is there already is taken for it
    """

    def __init__(self, cloud: Cloud, name: str | None, member: str, snapshot: str, timeout: int, cluster_id: str | None = None) -> None:
        super().__init__(cloud, timeout)
        self.name, self.cluster_id, self.member, self.snapshot = name, cluster_id, member, snapshot

    def observe(self) -> Cluster | None:
        return find(self.cloud, self.name, self.cluster_id)

    def plan(self, observed: Cluster | None) -> Plan:
        volume_id = self._volume(observed)
        there = snapshots.find(self.cloud, volume_id, self.snapshot)
        if there and there.status == snapshots.AVAILABLE:
            return Plan()
        return Plan.of([SnapshotVolume(self.snapshot, f"of the volume of {self.member}", volume_id)])

    def apply(self, plan: Plan, observed: Cluster | None) -> Mapping[str, Any]:
        whose = f"{self.member} of {cluster_check.existing(self.name or self.cluster_id, observed).name}"
        snapshots.take(self.cloud, self._volume(observed), self.snapshot, whose, self.timeout)
        return {}

    def predict(self, plan: Plan, observed: Cluster | None) -> View:
        return observed.view() if observed else None

    def _volume(self, observed: Cluster | None) -> str:
        cluster = cluster_check.existing(self.name or self.cluster_id, observed)
        found = {i.name: i for i in cluster.instances}
        if self.member not in found:
            raise InvalidInput("member", self.member, sorted(found))
        volume = found[self.member].volume
        if volume is None:
            raise Refused(f"{self.member} has no data volume, of which a snapshot could be created.")
        return volume.id
