# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Make nodes members of a Redis Cluster, and have a cluster forget them. Every function is safe to repeat."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from .connection import NodeError

#: milliseconds of the rejoin delay that are left of it; a node that was never put back would still work with such a node timeout
_DELAY = 1000


def set_epoch(node, epoch):
    """Give a new node a configuration epoch of its own, so that members need not settle collisions after they met."""
    # A node that has one already, or has met others, says so: then nothing is to be done.
    node.calls([("CLUSTER", "SET-CONFIG-EPOCH", epoch)], check=False)


def add_slots(node, runs):
    """Have a node serve slots that nobody serves.

    :param runs: runs of slots, a list of (first, last)
    """
    words = [slot for run in runs for slot in run]
    refused = node.calls([("CLUSTER", "ADDSLOTSRANGE", *words)], check=False)[0]
    if isinstance(refused, NodeError):
        if "unknown" not in refused.message.lower():
            raise refused
        # Redis 6 and older.
        node.calls([("CLUSTER", "ADDSLOTS", *range(first, last + 1)) for first, last in runs])


def meet(connections, pairs):
    """Have nodes meet others: ``{name: [(ip, port, bus port)]}``."""

    def one(entry):
        name, targets = entry
        connections[name].calls([("CLUSTER", "MEET", *target) for target in targets])

    _each(one, pairs.items())


def end_delay(connections, timeouts):
    """Have masters that wait until they may serve do so after a second: the delay is the node timeout, at most 5 s.

    It is looked at once, when SETSLOT has the node judge its state anew, so the timeout is another one for that moment only.

    :param timeouts: ``{name: its cluster-node-timeout in ms}``
    """

    def one(entry):
        name, timeout = entry
        node = connections[name]
        try:
            node.calls([("CONFIG", "SET", "cluster-node-timeout", min(_DELAY, timeout)), ("CLUSTER", "SETSLOT", 0, "STABLE")], check=False)
        finally:
            node.calls([("CONFIG", "SET", "cluster-node-timeout", timeout)], check=False)

    _each(one, timeouts.items())


def replicate(node, master_id):
    node.call("CLUSTER", "REPLICATE", master_id)


def forget(connections, survivors, ids):
    """Have every survivor forget nodes, all at the same time: gossip brings a node back that one of them still knows after a minute."""

    def one(name):
        replies = connections[name].calls([("CLUSTER", "FORGET", node_id) for node_id in ids], check=False)
        for reply in replies:
            if isinstance(reply, NodeError) and "unknown node" not in reply.message.lower():
                raise reply

    _each(one, survivors)


def reset(node):
    """Have a node that left forget the cluster, and its id. Redis refuses that to a master which holds keys."""
    node.call("CLUSTER", "RESET", "HARD")


def assign(node, slots, owner_id):
    """Tell a node who serves slots now."""
    node.calls([("CLUSTER", "SETSLOT", slot, "NODE", owner_id) for slot in sorted(slots)])


def close_slots(node, slots):
    """Remove flags that a move has left."""
    node.calls([("CLUSTER", "SETSLOT", slot, "STABLE") for slot in sorted(slots)])


def _each(act, items):
    if items:
        with ThreadPoolExecutor(max_workers=min(len(items), 16)) as pool:
            list(pool.map(act, items))
