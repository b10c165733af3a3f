# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reconcilers of the cloud that change a cluster or replication topology while no other run does."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from .._cloud import observe
from .._cloud.connection import Cloud
from .._cloud.lease import Lease
from .._model import identity
from .._model.cluster import Cluster, SecurityGroup
from .._plan.plan import Plan
from .._plan.runner import Reconciler, Seen
from .apply import Applier


class Leased(Reconciler[Seen]):
    """
    :param timeout: seconds for each thing that is waited for
    """

    def __init__(self, cloud: Cloud, timeout: int) -> None:
        self.cloud = cloud
        self.timeout = timeout
        self.lease = Lease(cloud)

    @abstractmethod
    def cluster_of(self, observed: Seen) -> Cluster | None:
        """The cluster, or replication topology, that was observed."""

    def anchor(self, observed: Seen) -> SecurityGroup | None:
        """The security group that was observed, on which the lease stands."""
        cluster = self.cluster_of(observed)
        return cluster.security_group if cluster else None

    @contextmanager
    def alone(self, observed: Seen) -> Iterator[bool]:
        """With the lease. A new cluster gets it with the group that the plan creates."""
        group = self.anchor(observed)
        try:
            yield bool(group and self.lease.take(group))
        finally:
            self.lease.release()

    def apply(self, plan: Plan, observed: Seen) -> Mapping[str, Any]:
        Applier(self.cloud, self.timeout, {}, self.lease).run(plan)
        return {}


class LeasedLater(Leased[Seen]):
    """Was observed without its security group, which is looked for when there is something to do."""

    def anchor(self, observed: Seen) -> SecurityGroup | None:
        cluster = self.cluster_of(observed)
        if cluster is None:
            return None
        groups = observe.security_groups(self.cloud, name=identity.resource_name(cluster.name))
        return next((group for group in groups if group.cluster_id == cluster.id), None)

    @contextmanager
    def alone(self, observed: Seen) -> Iterator[bool]:
        with super().alone(observed) as _changed:
            # the group was read after the rest
            yield True
