# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Make nodes members of a Redis Cluster, and have a cluster forget them. Every function is safe to repeat."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from ..rules.meetings import Place
from . import copies, together
from .connection import Connections, Node, NodeError

#: milliseconds of the rejoin delay that are left of it; a node that was never put back would still work with such a node timeout
_DELAY = 1000
#: how many nodes judge at the same time
_FEW = 4


def set_epoch(node: Node, epoch: int) -> None:
    """Give a new node a configuration epoch of its own, so that members need not settle collisions after they met."""
    # A node that has one already, or has met others, says so: then nothing is to be done.
    node.calls([("CLUSTER", "SET-CONFIG-EPOCH", epoch)], check=False)


def add_slots(node: Node, runs: Sequence[tuple[int, int]], ranges: bool) -> None:
    """Have a node serve slots that no member serves.

    :param runs: runs of slots, each its first and its last
    :param ranges: whether the server takes runs as they are
    """
    if ranges:
        node.call("CLUSTER", "ADDSLOTSRANGE", *(slot for run in runs for slot in run))
    else:
        node.calls([("CLUSTER", "ADDSLOTS", *range(first, last + 1)) for first, last in runs])


def meet(connections: Connections, pairs: Mapping[str, Sequence[Place]]) -> None:
    """Have nodes meet others, whom to meet by name."""
    together.checked(connections, {name: [("CLUSTER", "MEET", *target) for target in targets] for name, targets in pairs.items()})


def end_delay(connections: Connections, timeouts: Mapping[str, int]) -> None:
    """Have masters that wait until they may serve do so after a second: the delay is the node timeout, at most 5 s.

    It is looked at once, when SETSLOT has the node judge its state again, so the timeout is another one for that moment only.

    :param timeouts: ``{name: its cluster-node-timeout in ms}``
    """

    def one(entry: tuple[str, int]) -> None:
        name, timeout = entry
        node = connections[name]
        try:
            node.calls([("CONFIG", "SET", "cluster-node-timeout", min(_DELAY, timeout)), ("CLUSTER", "SETSLOT", 0, "STABLE")], check=False)
        finally:
            # Not sent with the others: a node judges when it has worked off all that came together.
            node.calls([("CONFIG", "SET", "cluster-node-timeout", timeout)], check=False)

    # Few at a time, so that each has the short timeout for a moment only: meanwhile it asks all others whether they live.
    together.each(one, timeouts.items(), _FEW)


def replicate(node: Node, master_id: str) -> None:
    node.call("CLUSTER", "REPLICATE", master_id)


def fail_over(node: Node, how: str | None = None) -> None:
    """Ask a replica to take the place of its master when it has all of it. One that is about it, or has done it, says so: who is master then is looked at.

    :param how: ``force``, of a master that failed, with the votes of most masters; ``takeover``, without votes
    """
    node.calls([("CLUSTER", "FAILOVER", *([how.upper()] if how else []))], check=False)


def forget(connections: Connections, survivors: Collection[str], ids: Collection[str]) -> None:
    """Have every survivor forget nodes, all at the same time: gossip brings a node back that one of them still knows after a minute."""

    def one(name: str) -> None:
        replies = connections[name].calls([("CLUSTER", "FORGET", node_id) for node_id in ids], check=False)
        for reply in replies:
            if isinstance(reply, NodeError) and "unknown node" not in reply.message.lower():
                raise reply

    together.each(one, survivors)


def reset(node: Node) -> None:
    """Have a node that left forget the cluster, and its id. A master which holds keys refuses that."""
    node.call("CLUSTER", "RESET", "HARD")


def assign(node: Node, slots: Iterable[int], owner_id: str) -> None:
    """Tell a node who serves slots now."""
    copies.set_slots(node, [("CLUSTER", "SETSLOT", slot, "NODE", owner_id) for slot in sorted(slots)])


def take_slots(node: Node, slots: Iterable[int], own_id: str, other_id: str) -> None:
    """Have a node serve slots that nobody claims, whatever others believe: who takes a slot that it imports gets a later epoch than all others have.

    :param other_id: the id of another master
    """
    for slot in sorted(slots):
        copies.set_slots(node, [("CLUSTER", "SETSLOT", slot, "IMPORTING", other_id), ("CLUSTER", "SETSLOT", slot, "NODE", own_id)])


def close_slots(node: Node, slots: Iterable[int]) -> None:
    """Remove flags that a move has left."""
    copies.set_slots(node, [("CLUSTER", "SETSLOT", slot, "STABLE") for slot in sorted(slots)])
