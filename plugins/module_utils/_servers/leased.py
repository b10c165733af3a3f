# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reconcilers of the cloud that change a cluster or family while no other run does."""

from __future__ import annotations

from contextlib import contextmanager

from .._cloud import observe
from .._cloud.lease import Lease
from .._model import identity
from .._plan.runner import Reconciler
from .apply import Applier


class Leased(Reconciler):
    """Has `cloud` and `timeout`."""

    lease = None

    def seen(self, observed):
        """The Cluster that was observed, or None."""
        return observed

    def resource_name(self, observed):
        """The name of the security group, which is there or will be made."""
        family = self.seen(observed)
        return identity.resource_name(family.name if family else self.name)

    def anchor(self, observed):
        """The SecurityGroup that was observed, or None."""
        family = self.seen(observed)
        return family and family.security_group

    @contextmanager
    def alone(self, observed):
        """With the lease. A new cluster gets it with the group that the plan makes."""
        self.lease = Lease(self.cloud, self.resource_name(observed))
        group = self.anchor(observed)
        try:
            yield bool(group) and self.lease.take(group)
        finally:
            self.lease.release()

    def applier(self, have=(), wait=True):
        return Applier(self.cloud, self.timeout, dict(have), self.lease, wait)

    def apply(self, plan, observed):
        self.applier().run(plan)


class LeasedLater(Leased):
    """Was observed without its security group, which is looked for when there is something to do."""

    def anchor(self, observed):
        groups = observe.security_groups(self.cloud, name=self.resource_name(observed))
        return next((group for group in groups if group.cluster_id == observed.id), None)

    @contextmanager
    def alone(self, observed):
        with super().alone(observed) as _changed:
            # the group was read after the rest
            yield True
