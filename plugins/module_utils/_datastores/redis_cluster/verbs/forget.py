# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Members leave a Redis Cluster: the survivors forget them, and they forget the cluster."""

from __future__ import annotations

from ...._plan.plan import Plan, loose
from ..guest import form
from ..rules import moves, topology
from .cluster import RedisCluster


class Forgotten(RedisCluster):
    """The leaving members, by name, are in no survivor's view any more. A dead one is known by its address."""

    @property
    def leaving(self):
        return self.params["members"]

    def plan(self, observed):
        ids = moves.forget(observed, self.leaving, self.params["allow_few_masters"])
        # A member that was asked to go still knows the others, and would go on talking to them.
        stay = [member for member in observed.reachable if member.name in self.leaving and not member.alone]
        return Plan.of(
            [loose("forget", "member", name, f"it leaves, and every survivor drops its id {node_id}", args={"id": node_id}) for node_id, name in ids.items()],
            [loose("reset", "member", member.name, "it left, and is to know nothing of the cluster", risk=_loses(observed, member)) for member in stay],
        )

    def _forget_member(self, steps, cluster):
        survivors = [member.name for member in cluster.members if member.name not in self.leaving]
        form.forget(self.connections, survivors, [step.args["id"] for step in steps])

    def _reset_member(self, steps, cluster):
        for step in steps:
            form.reset(self.connections[step.name])

    def apply(self, plan, observed):
        super().apply(plan, observed)
        ids = {step.args["id"] for step in plan.steps if step.action == "forget"}
        self.wait_until(lambda cluster: _still_known(_survivors(cluster, self.leaving), ids))

    def predict(self, plan, observed):
        return topology.view(_survivors(observed, self.leaving))

    def view(self, observed):
        return topology.view(_survivors(observed, self.leaving) if not self._is_known(observed) else observed)

    def _is_known(self, cluster):
        """Whether a survivor knows a leaving member still."""
        ids = {member.id for member in cluster.members if member.name in self.leaving}
        return any(line.id in ids for member in cluster.reachable if member.name not in self.leaving for line in member.others)


def _loses(cluster, member):
    """What a reset destroys: Redis refuses it to a master with keys, and empties a replica."""
    return None if member.is_master else f"its copy of the {member.keys} keys of {cluster.name_of(member.master_id) or 'its master'} is dropped"


def _survivors(cluster, leaving):
    return topology.Cluster(tuple(member for member in cluster.members if member.name not in leaving))


def _still_known(survivors, ids):
    found = [f"{member.name} still knows {node_id}" for member in survivors.reachable for node_id in ids if node_id in member.view]
    return found or topology.faults(survivors)
