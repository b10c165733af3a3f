# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The creation of servers: what the reconcilers of new clusters, new members, instances and replicas have in common."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from .._cloud import lookup, observe, quotas
from .._cloud.connection import Cloud, at_once
from .._cloud.lease import Lease
from .._cloud.waiter import wait_for
from .._model import fitting, identity
from .._model.cluster import Cluster, Instance
from .._plan.plan import Plan
from . import cluster_check, cluster_plan, missing, obstacles, tasks
from .apply import Applier
from .wanted import Wanted

#: what a reconciler observes
Seen = TypeVar("Seen")
_BUSY = ("BUILD", "DELETING")


@dataclass(frozen=True)
class Creation:
    """
    :param timeout: seconds for each thing that is waited for
    :param wait: whether to wait for the last servers to be active
    """

    cloud: Cloud
    timeout: int
    wait: bool

    def settled(self, find: Callable[[], Seen], cluster_of: Callable[[Seen], Cluster | None]) -> Seen:
        """What `find` finds, once Nova is done with what an earlier run, now dead, asked for: servers that fail or go are created again."""
        observed = find()
        cluster = cluster_of(observed)
        busy = [i.name for i in cluster.instances if i.status in _BUSY] if cluster and cluster.id else []
        if not cluster or not busy or not self.wait:
            return observed
        id_ = cluster.id
        wait_for(
            f"Nova to be done with the servers {', '.join(busy)}",
            lambda: {i.name: i.status for i in observe.members(self.cloud, id_)},
            lambda seen: not set(_BUSY) & set(seen.values()),
            self.timeout,
        )
        return find()

    def plan(self, wanted: Wanted, observed: Cluster, of: str, clear_task: bool) -> Plan:
        """The whole plan that creates a cluster, or an instance.

        :param observed: the Cluster; of one that is not there yet an empty one with its new id
        :param of: what Trove's words call it, ``cluster`` or ``instance``
        :param clear_task: whether a task of another verb that has not ended is given up
        :raises TroveError: for all that must be refused
        """
        given_up, observed = tasks.take_over(observed, wanted.request.task, of, clear_task)
        warnings = obstacles.check_group(self.cloud, observed)
        cluster_check.check_same(wanted.request, observed)
        return Plan.of(*given_up, *self.plan_missing(wanted, observed).stages, warnings=warnings)

    def plan_missing(self, wanted: Wanted, observed: Cluster, going: Sequence[Instance] = ()) -> Plan:
        """The plan that creates what is missing.

        :param going: servers that are deleted before, which are not among those observed; their names and their share of the quotas are free then
        Names are looked up, and head-room is checked, only where something is missing: an unchanged run asks little.
        """
        lacking = missing.compare(wanted, observed, self.wait)
        if not lacking:
            return Plan()
        found, servers, limits = at_once(
            lambda: lookup.resolve(self.cloud, wanted.request),
            lambda: lookup.servers(self.cloud),
            lambda: quotas.read(self.cloud),
        )
        fitting.check_datastore(wanted.request, wanted.driver, found.subnet_cidrs)
        if lacking.servers:
            fitting.check_memory(wanted.driver, found.flavor)
        cluster_check.check_volumes(lacking.servers, observed)
        before = replace(observed, instances=(*observed.instances, *going))
        cluster_check.check_names_free(wanted.request.name, [w.name for w in lacking.servers], before, servers)
        plan = cluster_plan.creation(wanted, observed, lacking, found)
        quotas.check(limits, cluster_plan.need(wanted.request, plan, found, len(going)))
        return plan

    def carry_out(self, plan: Plan, observed: Cluster | None, lease: Lease) -> None:
        """Apply the plan to what was observed.

        :raises CloudError: after what this run created was rolled back
        """
        have: dict[tuple[str, str], str] = {}
        if observed:
            single = identity.resource_name(observed.name)
            have.update({("server", i.name): i.id for i in observed.instances})
            have.update({("volume", v.instance): v.id for v in observed.volumes})
            have.update({("server_group", single): observed.group.id} if observed.group else {})
            have.update({("security_group", single): observed.security_group.id} if observed.security_group else {})
        Applier(self.cloud, self.timeout, have, lease, self.wait).run(plan)
