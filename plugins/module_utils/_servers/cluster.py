# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The reconcilers of trove_cluster: the servers of a cluster made, and deleted with the whole cluster."""

from __future__ import annotations

import uuid
from dataclasses import replace

from .._cloud import lookup, observe, quotas, traces
from .._cloud.connection import at_once
from .._cloud.waiter import wait_for
from .._datastores import registry
from .._model import identity, scaling
from .._model.cluster import Cluster, Instance, ServerGroup, Volume
from .._model.contract import from_metadata
from .._plan.plan import Plan
from . import cluster_check, cluster_plan, cluster_removal, obstacles, tasks
from .leased import Leased

_BUSY = ("BUILD", "DELETING")


class _ClusterReconciler(Leased):
    def __init__(self, cloud, name, timeout):
        self.cloud = cloud
        self.name = name
        self.timeout = timeout

    def observe(self):
        """:raises InvalidInput: for a name that is a family's"""
        found = observe.cluster(self.cloud, self.name)
        cluster_check.check_is_cluster(found)
        return found

    def view(self, observed):
        return observed.view() if observed and observed.instances else None


class ClusterPresent(_ClusterReconciler):
    """Make what is missing of a cluster's servers and of what they need.

    :param request: _model.request.ClusterRequest
    :param driver: the datastore's driver
    :param wait: whether to wait for the last servers to be active
    :param clear_task: whether a task of another verb that has not ended is given up
    """

    def __init__(self, cloud, request, driver, timeout, wait, name=None, clear_task=False):
        super().__init__(cloud, name or request.name, timeout)
        self.clear_task = clear_task
        self.request = request
        self.driver = driver
        self.wait = wait

    #: what Trove's words call it
    of = "cluster"

    def find(self):
        """What there is now."""
        return super().observe()

    def observe(self):
        """As it is once Nova is done with what an earlier run, now dead, asked for: servers that fail or go are made again."""
        observed = self.find()
        busy = [i.name for i in observed.instances if i.status in _BUSY] if observed and observed.id else []
        if busy and self.wait:
            wait_for(
                f"Nova to be done with the servers {', '.join(busy)}",
                lambda: {i.name: i.status for i in observe.members(self.cloud, observed.id)},
                lambda seen: not set(_BUSY) & set(seen.values()),
                self.timeout,
            )
            observed = self.find()
        return observed

    def plan(self, observed):
        given_up, observed = tasks.take_over(self._or_new(observed), self.request.task, self.of, self.clear_task)
        warnings = obstacles.check_group(self.cloud, observed)
        cluster_check.check_same(self.request, observed)
        return Plan((*given_up, *self._plan_missing(observed).stages), tuple(warnings))

    def _plan_missing(self, observed):
        draft = cluster_plan.present(self.request, observed, self.driver, None, self.wait)
        if not draft:
            return draft
        # names are looked up, and head-room checked, only when there is something to make: an unchanged run asks little
        found, servers, limits = at_once(
            lambda: lookup.resolve(self.cloud, self.request),
            lambda: lookup.servers(self.cloud),
            lambda: quotas.read(self.cloud),
        )
        cluster_check.check_names_free(self.name, draft, observed, servers)
        plan = cluster_plan.present(self.request, observed, self.driver, found, self.wait)
        quotas.check(limits, cluster_plan.need(self.request, plan, found))
        return plan

    def _or_new(self, observed):
        """The cluster as observed, with an id: a new one where nothing of it, or only its server group, is there yet."""
        if observed and observed.id:
            return observed
        new = observed or Cluster("", self.name, None, None)
        return replace(new, id=str(uuid.uuid4()), datastore=self.request.datastore, version=self.request.version)

    def apply(self, plan, observed):
        have = {}
        if observed:
            single = identity.resource_name(self.name)
            have.update({("server", i.name): i.id for i in observed.instances})
            have.update({("volume", v.instance): v.id for v in observed.volumes})
            have.update({("server_group", single): observed.group.id} if observed.group else {})
            have.update({("security_group", single): observed.security_group.id} if observed.security_group else {})
        self.applier(have, self.wait).run(plan)

    def predict(self, plan, observed):
        return {**self._predicted_cluster(observed).view(), "id": observed.id if observed else None}

    def _predicted_cluster(self, observed):
        cluster = self._or_new(observed)
        members = [cluster.instance(w.name) or self._predicted(w) for w in self.request.instances]
        group = cluster.group or (self.request.locality and ServerGroup("", "", self.request.locality, {}, ()))
        return replace(cluster, instances=tuple(members), group=group or None)

    def _predicted(self, wanted):
        volume = wanted.volume_size and Volume(None, wanted.name, wanted.volume_size, wanted.volume_type, "available", wanted.name)
        return Instance(
            id=None,
            name=wanted.name,
            type=self.request.type,
            status="BUILD",
            host_id=None,
            flavor_name=wanted.flavor,
            flavor_id=None,
            image_id=None,
            image_name=self.request.image,
            key_name=self.request.key_name,
            availability_zone=wanted.availability_zone,
            network_ids=(),
            addresses={},
            security_groups=(),
            task="BUILDING",
            created="",
            updated="",
            volume=volume or None,
            contract=from_metadata(dict(wanted.metadata)) if self.request.type == "instance" else None,
        )


class ClusterGrown(ClusterPresent):
    """Make more members like the living ones.

    :param total: the number of instances that the cluster shall have, as the user gave it
    :param key_name: the key pair for the new ones; key pairs belong to a user, and another one may grow the cluster
    """

    def __init__(self, cloud, name, total, key_name, timeout, wait, clear_task=False):
        # what is requested is known when the living members have been seen
        super().__init__(cloud, None, None, timeout, wait, name, clear_task)
        self.total = total
        self.key_name = key_name

    def plan(self, observed):
        cluster_check.check_exists(self.name, observed)
        given_up, observed = tasks.take_over(observed, scaling.GROWING, clear=self.clear_task)
        self.driver = registry.of_cluster(observed.datastore)
        total = scaling.check_total(observed, self.total)
        self.request = scaling.grown(observed, self.driver, total, self.key_name)
        missing = self._plan_missing(observed)
        noted = cluster_removal.note_task(observed, scaling.GROWING).stages if missing else ()
        return Plan((*given_up, *noted, *missing.stages))


class ClusterAbsent(_ClusterReconciler):
    """Take away a cluster: servers, volumes with their data, server group and security group.

    :param name: None where the id is enough
    :param cluster_id: which of two clusters of the name; a server group that both use is left to the other one
    """

    def __init__(self, cloud, name, timeout, cluster_id=None):
        super().__init__(cloud, name, timeout)
        self.cluster_id = cluster_id

    def observe(self):
        self.name = self.name or traces.name_of(self.cloud, self.cluster_id)
        if not self.name:
            return None
        found = observe.cluster(self.cloud, self.name, self.cluster_id)
        cluster_check.check_is_cluster(found)
        if self.cluster_id and found and any(traces.host_of(self.cloud, id_) for id_ in cluster_check.strangers(found)):
            return replace(found, group=None)
        return found

    def plan(self, observed):
        plan = cluster_removal.absent(observed)
        if not plan:
            return plan
        warnings = obstacles.check_group(self.cloud, observed)
        obstacles.check_deletion(self.cloud, f"the cluster {self.name}", observed.instances, observed.volumes, observed.security_group)
        return Plan(plan.stages, tuple(warnings))

    def view(self, observed):
        """Whatever is left of the cluster, so that a diff shows a deletion that was cut short, too."""
        return observed and observed.view()

    def predict(self, plan, observed):
        return None
