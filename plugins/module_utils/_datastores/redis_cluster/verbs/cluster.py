# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A Redis Cluster: what all its states have in common."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ...._guest.command import GuestError
from ...._plan.plan import Plan, Step
from ...._plan.runner import Reconciler, Seen
from ..guest import observe, probe
from ..guest.connection import Connections
from ..rules import nodes
from ..rules.topology import Cluster

#: seconds that gossip may need to bring views together after an earlier run was stopped
_SETTLE = 10
#: of a cluster, what is wrong with it
Wrong = Callable[[Cluster], "list[str]"]


class Nodes:
    """The nodes that were named, and how they are looked at.

    :param timeout: seconds until all members must agree after the last step
    """

    def __init__(self, connections: Connections, timeout: int = 0):
        self.connections, self.timeout = connections, timeout

    def look(self, links: bool = False) -> Cluster:
        """:param links: whether it is seen, too, who really reaches whom: `Member.reaches` believes what a node says of the others without"""
        found = observe.look(self.connections, links)
        return Cluster(tuple(nodes.read(node, found[name]) for name, node in self.connections.nodes.items()))

    def settled(self, wrong: Wrong) -> Cluster:
        """The cluster when nothing is wrong with it, or as it is after a short while."""
        return self.wait_for(wrong, _SETTLE)[0]

    def wait_for(self, wrong: Wrong, seconds: float, links: bool = False) -> tuple[Cluster, list[str]]:
        """The cluster when nothing is wrong with it, or as it is at last, and what is wrong with it then."""
        return observe.wait_for(lambda: self.look(links), wrong, seconds)

    def await_agreement(self, wrong: Wrong) -> None:
        """Wait until nothing is wrong any more.

        :raises GuestError: with what is still wrong after the timeout; the same run started again goes on waiting
        """
        _seen, found = self.wait_for(wrong, self.timeout)
        if found:
            raise GuestError(f"The cluster is not whole after {self.timeout} s: {'; '.join(found)}.", faults=found)

    @staticmethod
    def probe(cluster: Cluster) -> dict[str, str]:
        """The members' bus ports as they look from here, by name; of those that answer, since the others cannot tell their port."""
        return probe.probe({member.name: (member.address, member.bus_port) for member in cluster.reachable})


class InStages(Reconciler[Seen]):
    """Who carries out a plan stage by stage: the steps of a stage are of one class, and are carried out together."""

    def apply(self, plan: Plan, observed: Seen) -> Mapping[str, Any]:
        result: dict[str, Any] = {}
        for stage in plan.stages:
            result.update(self.carry_out_stage(stage[0], stage, observed) or {})
        return result

    def carry_out_stage(self, first: Step, stage: Sequence[Any], observed: Seen) -> Mapping[str, Any] | None:
        """Carry out the steps of a stage: a `functools.singledispatchmethod` over the class of its first.

        :raises TypeError: for steps that nobody carries out
        """
        raise TypeError(f"{type(self).__name__} has no way to {first.action} {first.kind}")
