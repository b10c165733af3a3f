# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The verb of a Redis Cluster that makes it, or lets new members in."""

from __future__ import annotations

from ...._guest.command import GuestError
from ...._model.errors import Refused
from ...._plan.plan import Plan, loose
from ..guest import form as redis_form
from ..guest import observe
from ..rules import formation as redis_formation
from ..rules import slots as redis_slots
from ..rules import topology
from .cluster import RedisCluster

#: seconds until all have met, if nothing is in their way, and until a handshake that a busy node has dropped is begun again
_MEET, _HANDSHAKE = 30, 5
#: seconds until all know who serves what; until who was told is told again; and until who waits is asked not to
_SPREAD, _TELL, _NUDGE = 10, 0.5, 0.2


class Present(RedisCluster):
    """Members met, slots given where none are served yet, replicas placed; done when every member says that all is well."""

    def plan(self, observed):
        silent = [f"{member.name} ({member.error})" for member in observed.members if member.error]
        if silent:
            raise Refused(f"No answer from {'; '.join(silent)}.")
        formation = redis_formation.form(observed, self.params["replicas"], self.params["allow_few_masters"], self.params["may_form"])
        if formation.meet:
            self._check_bus(observed, formation)
        plan = Plan.of(_give(formation), _meet(formation), _replicate(formation))
        wrong = topology.faults(observed)
        wait = [loose("wait", "members", "all", f"not all is well yet: {'; '.join(wrong)}")] if wrong and not plan else []
        return plan or Plan.of(wait)

    def _check_bus(self, cluster, formation):
        """Before anything is met: a node whose bus cannot be reached would hang in its handshake."""
        blocked = [
            f"{source} cannot reach {target} ({result})"
            for source, targets in self.params["bus_links"].items()
            for target, result in targets.items()
            if result != "open" and target != source and {source, target} & set(formation.meet)
        ]
        # From here a silent port proves nothing, as it may be open to members only; one that refuses has nobody behind it.
        found = self.probe(cluster)
        blocked += [f"nothing listens on {name}" for name, result in found.items() if result == "refused"]
        if blocked:
            raise Refused(f"The cluster bus is blocked: {'; '.join(blocked)}. Ports: {_bus_ports(cluster)}.", blocked=blocked)

    def _give_slots(self, steps, cluster):
        # Before they meet: a node counts the time until it may serve (the rejoin delay, up to 5 s) from its first slot on.
        for step in steps:
            position = [member.name for member in cluster.members].index(step.name)
            redis_form.set_epoch(self.connections[step.name], position + 1)
            redis_form.add_slots(self.connections[step.name], redis_slots.runs(step.args["slots"]))

    def _meet_member(self, steps, cluster):
        """Everybody meets everybody: quicker than gossip, and each pair's handshake shows whether its way is open."""
        new, seen = {step.name for step in steps}, cluster
        for _turn in range(max(min(self.params["timeout"], _MEET) // _HANDSHAKE, 1)):
            redis_form.meet(self.connections, _pairs(seen, new))
            seen, unmet = observe.wait_for(self.look, _unmet, _HANDSHAKE)
            if not unmet:
                return self._spread_slots(seen)
        raise GuestError(
            f"The members did not all meet, so the cluster bus is blocked between them: {'; '.join(unmet)}. Ports: {_bus_ports(cluster)}."
            " Open these and start the same run again: it goes on from here.",
            blocked=unmet,
        )

    def _spread_slots(self, seen):
        """A handshake leaves unknown who serves what, and gossip takes seconds; a node that is met once more has its message read in full."""
        for _turn in range(int(_SPREAD / _TELL)):
            untold = _untold(seen)
            if not untold:
                return
            redis_form.meet(self.connections, untold)
            seen, _left = observe.wait_for(self.look, _untold, _TELL)

    def _replicate_master(self, steps, cluster):
        for step in steps:
            redis_form.replicate(self.connections[step.name], cluster.member(step.args["master"]).id)

    def _wait_members(self, steps, cluster):
        """`apply` waits in any case."""

    def apply(self, plan, observed):
        super().apply(plan, observed)
        self._end_delay(observed, {step.name for step in plan.steps if step.action in ("give", "meet")})
        self.wait_until(topology.faults)

    def _end_delay(self, before, new):
        """The rejoin delay protects from masters that others have replaced meanwhile; new members are none."""
        for _try in range(int(_SPREAD / _NUDGE)):
            seen, wrong = observe.wait_for(self.look, topology.faults, _NUDGE)
            waiting = {member.name: before.member(member.name).node_timeout for member in seen.masters if member.name in new and member.state != "ok"}
            if not wrong or not waiting:
                return
            redis_form.end_delay(self.connections, waiting)

    def predicted(self, plan, observed):
        owned = observed.owned()
        for step in plan.steps:
            if step.action == "give":
                owned[step.name] = owned[step.name] | set(step.args["slots"])
            if step.action == "replicate":
                owned.pop(step.name, None)
        return owned


def _give(formation):
    for name, slots in formation.give.items():
        yield loose("give", "slots", name, f"{redis_slots.spell(slots)}, its share of all {redis_slots.SLOTS}", args={"slots": slots})


def _meet(formation):
    why = "it becomes a member of the new cluster" if formation.is_new else "it becomes a member; as a master it has no slots until a rebalance"
    return [loose("meet", "member", name, why) for name in formation.meet]


def _replicate(formation):
    for name, master in formation.replicate.items():
        yield loose("replicate", "master", name, f"it becomes a replica of {master}, on another hypervisor", args={"master": master})


def _pairs(cluster, new):
    """Whom each member is to meet, so that every pair with a new member does: ``{name: [(ip, port, bus port)]}``."""
    pairs, members = {}, cluster.members
    for number, member in enumerate(members):
        for other in members[number + 1:]:
            if {member.name, other.name} & new and not (member.reaches(other.id) and other.reaches(member.id)):
                pairs.setdefault(member.name, []).append((other.address, other.base_port, other.bus_port))
    return pairs


def _untold(cluster):
    """Whom each member is to tell its slots: ``{name: [(ip, port, bus port)]}``."""
    found = {}
    for member in cluster.reachable:
        for other in cluster.reachable:
            if member.id in other.view and other.view[member.id].slots != member.slots:
                found.setdefault(member.name, []).append((other.address, other.base_port, other.bus_port))
    return found


def _unmet(cluster):
    members = cluster.members
    return [f"{a.name} cannot reach {b.name}" for a in members for b in members if a is not b and (a.error or not a.reaches(b.id))]


def _bus_ports(cluster):
    return ", ".join(f"{member.name} {member.address}:{member.bus_port}" for member in cluster.members)
