# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Replicas take the place of their masters, while clients read and write, and nothing is lost; and a cluster that is waited for until it is whole.

Source: Redis documentation, "CLUSTER FAILOVER": without an option the master holds its clients until the replica has all that it has written, and only then
the replica asks for the votes.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from ...._guest import lock
from ...._guest.command import GuestError
from ...._model.errors import InvalidInput, Refused
from ...._plan.plan import Plan, Step
from ...._plan.runner import Reconciler
from ..guest import form
from ..rules import going, topology, upgrade_paths
from ..rules.nodes import Member
from ..rules.topology import Cluster
from .cluster import Nodes

#: a replica tries for so long (cluster.c, CLUSTER_MF_TIMEOUT), and is asked again then
_ATTEMPT = 6.0
_POLL = 0.1


@dataclass(frozen=True)
class FailOver(Step):
    action = "fail_over"
    kind = "master"

    replica: str

    @classmethod
    def of(cls, master: str, replica: str) -> FailOver:
        return cls(master, f"{replica} takes its place, when it has all that {master} has written", replica)


class _OfNodes(Reconciler[Cluster]):
    def __init__(self, nodes: Nodes):
        self.nodes = nodes

    def observe(self) -> Cluster:
        return self.nodes.settled(topology.faults)

    def view(self, observed: Cluster) -> dict[str, Any]:
        return topology.view(observed)

    def predict(self, plan: Plan, observed: Cluster) -> dict[str, Any]:
        """Who is master then is said by the plan."""
        return self.view(observed)


class FailedOver(_OfNodes):
    """The named members are masters of their shards. Those that are already are left alone.

    :param members: names of replicas; or of masters where `away` is set, whose first replica takes their place then; one without a replica stays
    :param of_versions: whether servers are of several versions: of the replicas one of the oldest takes over, since newer ones can follow it and not the other
        way round; and the former master need not have a link to it
    """

    def __init__(self, nodes: Nodes, members: Sequence[str], away: bool = False, of_versions: bool = False):
        super().__init__(nodes)
        self.members, self.away, self.of_versions = members, away, of_versions

    def observe(self) -> Cluster:
        return self.nodes.settled(partial(topology.faults, unlinked=self._unlinked())) if self.of_versions else super().observe()

    def _unlinked(self, *more: str) -> list[str]:
        """Who need not follow its master: one of an older version cannot."""
        return [*self.members, *more] if self.of_versions else []

    def plan(self, observed: Cluster) -> Plan:
        for number, name in enumerate(self.members):
            if name not in [member.name for member in observed.members]:
                raise InvalidInput(f"members[{number}]", name, [member.name for member in observed.members])
        self._refuse_twins(observed)
        steps = [step for name in dict.fromkeys(self.members) for step in (self._away(observed, name) if self.away else _to(observed, observed[name]))]
        wrong = topology.faults(observed, self._unlinked()) if steps else []
        if wrong:
            raise Refused(f"No master is failed over while the cluster is not whole: {'; '.join(wrong)}.", faults=wrong)
        # one shard at a time
        return Plan.of(*([step] for step in steps))

    def _refuse_twins(self, observed: Cluster) -> None:
        """
        :raises InvalidInput: for two that are to be masters of one shard
        """
        twins = [] if self.away else going.same_shard({name: observed.master_of(observed[name].id) for name in self.members})
        if twins:
            raise InvalidInput("members", list(self.members), f"one of each shard. {'; '.join(twins)}")

    def _away(self, observed: Cluster, name: str) -> list[FailOver]:
        master = observed[name]
        if master.error or not master.is_master or not master.slots:
            return []
        replicas = [member for member in observed.reachable if member.master_id == master.id and member.master_link == "up"]
        if self.of_versions:
            replicas.sort(key=lambda member: upgrade_paths.order(member.software.version))
        return _to(observed, replicas[0]) if replicas else []

    def apply(self, plan: Plan, observed: Cluster) -> Mapping[str, Any]:
        return {"failed_over": [self._fail_over(step) for step in plan.steps if isinstance(step, FailOver)]}

    def _fail_over(self, first: FailOver) -> dict[str, Any]:
        offset = self._catch_up(first)
        deadline = time.monotonic() + self.nodes.timeout
        asked: float | None = None
        while True:
            if asked is None or time.monotonic() - asked > _ATTEMPT:
                form.fail_over(self.nodes.connections[first.replica])
                asked = time.monotonic()
            cluster = self.nodes.look()
            wrong = _not_yet(cluster, first) or topology.faults(cluster, self._unlinked(first.name))
            if not wrong:
                return {"master": first.name, "replica": first.replica, "offset": offset}
            if time.monotonic() > deadline:
                raise GuestError(f"{first.replica} has not taken the place of {first.name} within {self.nodes.timeout} s: {'; '.join(wrong)}.", faults=wrong)
            lock.check_controller()
            time.sleep(_POLL)

    def _catch_up(self, step: FailOver) -> int:
        """Wait until the replica has what its master has written by now, and return how much that is."""
        offset = self.nodes.look()[step.name].offset
        _seen, behind = self.nodes.wait_for(lambda cluster: _behind(cluster[step.replica], offset), self.nodes.timeout)
        if behind:
            raise GuestError(f"{step.name} was not failed over: {'; '.join(behind)}.", faults=behind)
        return offset


class Whole(_OfNodes):
    """Every member answers and serves, replicas follow their masters, and all agree: that is waited for, and nothing is changed."""

    def observe(self) -> Cluster:
        return self.nodes.wait_for(topology.faults, self.nodes.timeout)[0]

    def plan(self, observed: Cluster) -> Plan:
        wrong = topology.faults(observed)
        if wrong:
            raise Refused(f"The cluster is not whole after {self.nodes.timeout} s: {'; '.join(wrong)}.", faults=wrong)
        return Plan()


def _to(observed: Cluster, replica: Member) -> list[FailOver]:
    """
    :raises Refused: for one that cannot take over
    """
    if replica.error:
        raise Refused(f"{replica.name} does not answer: {replica.error}", member=replica.name)
    if replica.is_master:
        return []
    master = observed.name_of(replica.master_id)
    if master is None or replica.master_link != "up":
        why = f"its link to its master is {replica.master_link}" if master else "its master is none of the members"
        raise Refused(f"{replica.name} cannot take the place of its master: {why}.", member=replica.name)
    return [FailOver.of(master, replica.name)]


def _behind(replica: Member, offset: int) -> list[str]:
    if replica.error:
        return [f"{replica.name} does not answer: {replica.error}"]
    if replica.master_link != "up":
        return [f"the link of {replica.name} to its master is {replica.master_link}"]
    return [] if replica.offset >= offset else [f"{replica.name} has received {replica.offset} of {offset} bytes of its master's stream"]


def _not_yet(cluster: Cluster, step: FailOver) -> list[str]:
    taken, left = cluster[step.replica], cluster[step.name]
    found = [] if taken.is_master and taken.slots else [f"{taken.name} is no master yet"]
    return found + ([] if left.master_id == taken.id else [f"{left.name} does not follow {taken.name} yet"])
