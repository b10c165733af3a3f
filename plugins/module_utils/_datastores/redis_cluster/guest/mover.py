# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Move slots with their keys, while clients read and write.

A slot goes through the steps of Redis' documentation of CLUSTER SETSLOT: the target imports, the source migrates, MIGRATE
carries the keys, and when the source has none left the slot is assigned: at the target first, then at the source. The other
masters learn it from the target's messages on the bus, and who did not is told at the end. All sources work at the same time,
each on a window of slots. A run that is killed leaves at most one window a source open; clients go on meanwhile by ASK
redirections.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from ..rules.big_values import shown
from ..rules.nodes import NODE_TIMEOUT
from ..rules.slots import Move
from . import copies, strays
from .connection import Connections, Node, NodeError, Words
from .fan import Fan
from .parts import Pace, Window, take_turns
from .progress import Progress
from .sending import MIGRATE, Sender
from .sizes import expect

#: so many slots are assigned at once
_ASSIGN = 128
#: seconds until replicas must have what arrived, at least
_COPIED = 30


@dataclass(frozen=True)
class Master:
    """What is to be known of a master.

    :param address: with the port, where the other nodes reach it
    :param assigns_at_once: whether it takes CLUSTER SETSLOT in a transaction
    :param copies: how many replicas follow it
    :param copies_flags: whether CLUSTER SETSLOT waits for these
    :param node_timeout: milliseconds of silence after which the others fail it over
    :param followers: the ids of the nodes that say they are its replicas
    """

    id: str
    address: str
    port: int
    assigns_at_once: bool
    copies: int = 0
    copies_flags: bool = False
    node_timeout: int = NODE_TIMEOUT
    followers: frozenset[str] = frozenset()


class Mover:
    """One run of moves.

    :param masters: all masters, by name
    """

    def __init__(self, connections: Connections, masters: Mapping[str, Master], progress: Progress):
        self.connections, self.masters, self.progress = connections, masters, progress
        self._stop = threading.Event()
        self._stuck: list[str] = []

    def run(self, moves: Sequence[Move]) -> None:
        """Carry out the moves, all sources at the same time.

        :raises NodeError: at the first trouble; the other sources end their window, and the next run goes on from there. Where only single keys cannot be
            moved, with these at the end: their slots are closed where they were, and all others have moved
        """
        by_source: dict[str, list[Move]] = {}
        for move in moves:
            by_source.setdefault(move.source, []).append(move)
        with ThreadPoolExecutor(max_workers=max(len(by_source), 1)) as pool:
            jobs = [pool.submit(self._work, source, ones, turn) for turn, (source, ones) in enumerate(by_source.items())]
        self.progress.end()
        for job in jobs:
            job.result()
        if self._stuck:
            raise NodeError(f"{'; '.join(self._stuck)}. These slots are where they were, with all their keys; all others have moved.")

    def keep(self, words: str) -> None:
        """Note that slots stay where they are, and why."""
        self._stuck.append(words)

    @property
    def silence(self) -> float:
        """Seconds for which a member may be silent until others hold it for failed."""
        return max(master.node_timeout for master in self.masters.values()) / 1000

    def _work(self, source: str, moves: Sequence[Move], turn: int) -> None:
        nodes: dict[str, Node] = {}
        fans = {name: self._fan(name) for name in {source, *(move.target for move in moves)}}
        pace, window = Pace(), Window()
        try:
            nodes.update((name, self.connections.fresh(name, timeout=max(MIGRATE, self.silence) + 30)) for name in fans)
            counts = expect(nodes[source], [slot for move in moves for slot in move.slots])
            for target, slots in take_turns([(move.target, move.slots) for move in moves], turn, lambda waiting: window.take(waiting, counts)):
                if self._stop.is_set():
                    return
                keys = _Open(self, nodes, fans, source, target, slots, pace).move(window)
                self.progress.add(source, target, len(slots), keys)
        except BaseException:
            self._stop.set()
            raise
        finally:
            for node in nodes.values():
                node.close()
            for fan in filter(None, fans.values()):
                fan.close()

    def _fan(self, name: str) -> Fan | None:
        master = self.masters[name]
        if not (master.copies_flags and master.copies):
            return None
        return Fan(lambda: self.connections.fresh(name), lambda node: copies.ask(node, master.copies))


class _Open:
    """A few slots of one source on their way to one target."""

    def __init__(
        self, mover: Mover, nodes: Mapping[str, Node], fans: Mapping[str, Fan | None], source: str, target: str, slots: Sequence[int], pace: Pace
    ):
        self.mover, self.slots = mover, slots
        self.source, self.target = nodes[source], nodes[target]
        self.at_source, self.at_target = fans[source] or self.source, fans[target] or self.target
        self.from_, self.to = mover.masters[source], mover.masters[target]
        auth = mover.connections.access.auth()
        place = (self.to.address, self.to.port)
        self.sender = Sender(self.source, self.target, place, auth, self.from_.node_timeout, pace, lambda: self._prove_copies(self.target, self.to))

    def move(self, window: Window) -> int:
        """Carry the slots; the number of keys that were carried.

        :param window: gets to know for how long they were open
        """
        self._set_slots(self.at_target, [("CLUSTER", "SETSLOT", slot, "IMPORTING", self.from_.id) for slot in self.slots])
        opened = time.monotonic()
        self._set_slots(self.at_source, [("CLUSTER", "SETSLOT", slot, "MIGRATING", self.to.id) for slot in self.slots])
        keys = self.sender.carry(self.slots)
        self.slots = [slot for slot in self.slots if slot not in self.sender.stuck]
        # Before the target owns the slots: who takes its place then has all of them, and who takes the source's has none left of what is there.
        self._prove_copies(self.target, self.to)
        self._prove_copies(self.source, self.from_)
        self._assign()
        window.took(time.monotonic() - opened)
        if self.sender.stuck:
            self._go_back()
        return keys

    def _prove_copies(self, node: Node, master: Master) -> None:
        copies.prove(node, master.copies, master.followers, self._copied())

    def _set_slots(self, at: copies.Commanded, commands: Sequence[Words], check: bool = True) -> list[Any]:
        return copies.set_slots(at, commands, check, self._copied())

    def _copied(self) -> float:
        """Seconds until replicas must have what arrived; a large value takes them as long as it took the target."""
        return max(_COPIED, self.mover.silence)

    def _go_back(self) -> None:
        """Close slots that cannot be moved where they were. What has moved of them goes back; for so long clients do not find these keys."""
        slots = sorted(self.sender.stuck)
        self._set_slots(self.at_source, [("CLUSTER", "SETSLOT", slot, "STABLE") for slot in slots])
        strays.carry(self.target, self.from_.id, (self.from_.address, self.from_.port), slots, self.mover.connections.access)
        for slot, keys in self.sender.stuck.items():
            named = "; ".join(f"{shown(key)}: {why}" for key, why in keys.items())
            self.mover.keep(f"Slot {slot} stays at {self.source.name}, since {self.target.name} did not take {named}")

    def _assign(self) -> None:
        """Never before the source has no key of a slot left: it would delete them as soon as it learns of the new owner."""
        for start in range(0, len(self.slots), _ASSIGN):
            slots = self.slots[start: start + _ASSIGN]
            self._take_over(slots)
            for reply in self._set_slots(self.at_source, [("CLUSTER", "SETSLOT", slot, "NODE", self.to.id) for slot in slots], check=False):
                if isinstance(reply, NodeError) and not _has_turned_replica(reply):
                    raise reply

    def _take_over(self, slots: Sequence[int]) -> None:
        """Have the target own slots.

        For each slot that it takes while it imports it, a node tells all others at once, and these serve no client until they have
        read that. So only the first, which brings the epoch by which the target is right, and the last, which tells of all, are taken
        like that. In one transaction: nobody ever asks a target that neither imports the slot nor owns it. Who cannot do that has it
        the slow way.
        """
        if not self.to.assigns_at_once:
            self._set_slots(self.at_target, [("CLUSTER", "SETSLOT", slot, "NODE", self.to.id) for slot in slots])
            return
        commands: list[tuple[object, ...]] = [("MULTI",)]
        for slot in slots:
            if slot not in (slots[0], slots[-1]):
                commands.append(("CLUSTER", "SETSLOT", slot, "STABLE"))
            commands.append(("CLUSTER", "SETSLOT", slot, "NODE", self.to.id))
        for reply in self.target.calls([*commands, ("EXEC",)])[-1]:
            if reply != b"OK":
                raise NodeError(f"{self.target.name} refused CLUSTER SETSLOT … NODE: {reply}")


def _has_turned_replica(error: NodeError) -> bool:
    """Redis 7 turns a master that gave its last slot away into a replica (cluster-allow-replica-migration); it learns the rest by gossip."""
    return "only with masters" in error.message
