# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The verbs of a Redis Cluster that move slots: rebalance, drain, and finishing what was left open."""

from __future__ import annotations

from abc import abstractmethod
from concurrent.futures import ThreadPoolExecutor

from ...._model.errors import Refused
from ...._plan.plan import Plan, loose
from ..guest import form, observe
from ..guest import sizes as redis_sizes
from ..guest.importer import Importer
from ..guest.mover import Mover
from ..guest.progress import Progress
from ..rules import moves as redis_moves
from ..rules import slots as redis_slots
from ..rules.topology import faults, open_slots
from .cluster import RedisCluster


class Moving(RedisCluster):
    """Slots move, with their keys, while clients go on."""

    @staticmethod
    def settled(cluster):
        # What a killed run has left to the servers ends by itself.
        return faults(cluster) or [member.name for member in cluster.masters if member.tasks]

    @abstractmethod
    def choose(self, cluster):
        """(moves that finish open slots, moves to make), lists of redis_slots.Move; raises what must be refused."""

    def plan(self, observed):
        redis_moves.check_whole(observed)
        opened, moves = self.choose(observed)
        flags = redis_moves.settled(observed)
        if not (opened or moves or flags):
            return Plan()
        self._refuse_company(observed)
        sizes = self._estimate(observed, opened + moves)
        redis_moves.check_room(observed, _loads(sizes))
        begun = [_step(move, sizes[move], "an earlier run has begun it: ") for move in opened]
        return Plan.of(_close(flags), begun + [_step(move, sizes[move]) for move in moves])

    def _refuse_company(self, cluster):
        busy = observe.movers(self.connections, [member.name for member in cluster.masters])
        busy += [f"{member.name} itself ({member.tasks} tasks of CLUSTER MIGRATION)" for member in cluster.masters if member.tasks]
        if busy:
            raise Refused(f"Somebody else is moving slots at this moment: {'; '.join(busy)}. Start again when that has ended.", clients=busy)

    def _estimate(self, cluster, moves):
        """``{move: (keys, bytes)}``, all sources asked at the same time."""
        by_source = {}
        for move in moves:
            by_source.setdefault(move.source, []).append(move)

        def sizes(item):
            return [redis_sizes.estimate(self.connections[item[0]], move.slots) for move in item[1]]

        with ThreadPoolExecutor(max_workers=max(len(by_source), 1)) as pool:
            found = list(pool.map(sizes, by_source.items()))
        pairs = [pair for ones, got in zip(by_source.values(), found) for pair in zip(ones, got)]
        return {move: redis_moves.weigh(cluster.member(move.source), *size) for move, size in pairs}

    def _close_slots(self, steps, cluster):
        for step in steps:
            form.close_slots(self.connections[step.args["member"]], step.args["slots"])

    def _move_slots(self, steps, cluster):
        moves = [step.args["move"] for step in steps]
        progress = Progress(self.params["progress"], sum(len(move.slots) for move in moves), sum(step.args["keys"] for step in steps))
        masters = {member.name: _master(cluster, member) for member in cluster.masters}
        # What was begun slot by slot is ended so, too.
        opened = {found.slot for found in open_slots(cluster)}
        by_servers = [move for move in moves if all(member.imports for member in cluster.masters) and not opened.intersection(move.slots)]
        by_us = [move for move in moves if move not in by_servers]
        try:
            if by_us:
                Mover(self.connections, masters, progress).run(by_us)
                self._tell_others(by_us)
            if by_servers:
                Importer(self.connections, redis_slots.runs, progress).run(by_servers)
        finally:
            self.moved = progress.moved()

    def _tell_others(self, moves):
        """Who owns a slot now spreads on the bus by itself; a master that has missed it would send clients to the source until it hears it again."""
        seen = self.look()
        arrived = {}
        for move in moves:
            arrived.setdefault(seen.member(move.target).id, set()).update(move.slots)
        for member in seen.masters:
            for owner_id, slots in arrived.items():
                late = slots - member.view[owner_id].slots
                if late:
                    form.assign(self.connections[member.name], late, owner_id)

    def apply(self, plan, observed):
        super().apply(plan, observed)
        self.wait_until(faults)

    def predicted(self, plan, observed):
        return redis_slots.after(observed.owned(), [step.args["move"] for step in plan.steps if step.action == "move"])


class Rebalanced(Moving):
    """Every master serves slots by its weight."""

    def choose(self, cluster):
        return redis_moves.rebalance(cluster, self.params["weights"], self.params["allow_few_masters"])


class Drained(Moving):
    """The leaving members serve no slots any more."""

    def choose(self, cluster):
        return redis_moves.drain(cluster, self.params["members"], self.params["allow_few_masters"])


class Fixed(Moving):
    """No slot is open."""

    def choose(self, cluster):
        return redis_moves.fix(cluster)


def _master(cluster, member):
    """What redis_mover.Mover has to know of it."""
    address, port = redis_moves.place(cluster, member)
    return {"id": member.id, "address": address, "port": port, "is_valkey": member.is_valkey}


def _step(move, size, before=""):
    keys, weight = size
    why = f"{before}from {move.source} to {move.target}, {len(move.slots)} slots with {keys} keys, about {redis_moves.mib(weight)} (estimated)"
    return loose("move", "slots", redis_slots.spell(move.slots), why, args={"move": move, "keys": keys, "bytes": weight})


def _close(flags):
    for name, slots in flags.items():
        yield loose("close", "slots", redis_slots.spell(slots), f"they have moved, and {name} still has a flag", args={"member": name, "slots": slots})


def _loads(sizes):
    loads = {}
    for move, (_keys, weight) in sizes.items():
        loads[move.target] = loads.get(move.target, 0) + weight
    return loads
