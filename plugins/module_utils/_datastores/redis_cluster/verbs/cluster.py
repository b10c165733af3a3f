# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A Redis Cluster: what all its verbs have in common."""

from __future__ import annotations

from ...._guest.command import GuestError
from ...._plan.plan import Plan
from ...._plan.runner import Reconciler
from ..guest import observe as redis_observe
from ..guest import probe as redis_probe
from ..rules import nodes as redis_nodes
from ..rules import slots as redis_slots
from ..rules import topology

#: seconds that gossip may need to bring views together after an earlier run was stopped
_SETTLE = 10


class RedisCluster(Reconciler):
    """The nodes that were named; by itself, without a verb, it only looks.

    :param connections: redis_connection.Connections
    :param params: the options of the module trove_redis_cluster
    """

    #: what `observe` waits for a short while: a list of what is wrong with a Cluster
    @staticmethod
    def settled(cluster: topology.Cluster) -> list[str]:
        return []

    def __init__(self, connections, params=None):
        self.connections, self.params = connections, params or {}
        #: what was moved, by `redis_progress.Progress`; empty for a verb that moves nothing
        self.moved = []

    def look(self):
        raw = redis_observe.look(self.connections)
        return topology.Cluster(tuple(redis_nodes.read(node, raw[name]) for name, node in self.connections.nodes.items()))

    def observe(self):
        return redis_observe.wait_for(self.look, self.settled, _SETTLE)[0]

    def probe(self, cluster):
        """The members' bus ports as they look from here, by name; of those that answer, since the others cannot tell their port."""
        return redis_probe.probe({member.name: (member.address, member.bus_port) for member in cluster.reachable})

    def plan(self, observed):
        return Plan()

    def wait_until(self, wrong):
        """Wait until nothing is wrong any more.

        :raises GuestError: with what is still wrong after the timeout; the same run started again goes on waiting
        """
        timeout = self.params["timeout"]
        _seen, found = redis_observe.wait_for(self.look, wrong, timeout)
        if found:
            raise GuestError(f"The cluster is not whole after {timeout} s: {'; '.join(found)}.", faults=found)

    def apply(self, plan, observed):
        for stage in plan.stages:
            getattr(self, f"_{stage[0].action}_{stage[0].kind}")(stage, observed)

    def view(self, observed):
        return topology.view(observed)

    def predict(self, plan, observed):
        """The members' slots as the plan leaves them; keys and memory stay as they were seen."""
        shown = topology.view(observed)
        owned = self.predicted(plan, observed)
        for member in shown["members"]:
            if member["name"] in owned:
                slots = owned[member["name"]]
                member.update(slots=redis_slots.spell(slots), slot_count=len(slots))
        return {**shown, "slots": sum(map(len, owned.values()))}

    def predicted(self, plan, observed):
        """Who owns which slots after the plan: ``{name: slots}``."""
        return observed.owned()
