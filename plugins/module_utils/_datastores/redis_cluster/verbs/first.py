# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A master without slots gets one before all others: Redis fails over nobody who serves nothing, and what is on its way to such a master is lost with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ...._guest.command import GuestError
from ..guest import sizes
from ..guest.connection import Connections
from ..rules.nodes import Line
from ..rules.slots import Move
from ..rules.topology import Cluster
from .cluster import Nodes

#: seconds until all members must know of a first slot; the bus takes one or two
_SPREAD = 30


def divide(connections: Connections, cluster: Cluster, moves: Sequence[Move]) -> tuple[list[Move], list[Move]]:
    """(first, rest): the first slot of each target that has none, which is the one with the fewest keys, none where there is such; and all else."""
    firsts: list[Move] = []
    for name in dict.fromkeys(move.target for move in moves):
        if not cluster[name].slots:
            firsts.append(_fewest(connections, [move for move in moves if move.target == name]))
    taken = {slot for move in firsts for slot in move.slots}
    rest = [Move(move.source, move.target, tuple(slot for slot in move.slots if slot not in taken)) for move in moves]
    return firsts, [move for move in rest if move.slots]


def _fewest(connections: Connections, moves: Sequence[Move]) -> Move:
    counts = [(keys, move.source, slot) for move in moves for slot, keys in sizes.expect(connections[move.source], move.slots).items()]
    _keys, source, slot = min(counts)
    return Move(source, moves[0].target, (slot,))


def await_known(nodes: Nodes, firsts: Sequence[Move]) -> None:
    """Wait until all members know who serves the first slots: its replicas, to take its place, and the masters, to let them.

    :raises GuestError: with who does not know, and at once where a target is gone
    """

    def unaware(cluster: Cluster) -> list[str]:
        gone = [cluster[move.target].error or "" for move in firsts if cluster[move.target].error]
        if gone:
            raise GuestError(f"No more slots were moved: {'; '.join(gone)}.", faults=gone)
        return [
            f"{member.name} does not know that {move.target} serves slot {move.slots[0]}"
            for move in firsts
            for member in cluster.reachable
            if not _knows(member.view, cluster[move.target].id, move.slots[0])
        ]

    _seen, left = nodes.wait_for(unaware, _SPREAD)
    if left:
        raise GuestError(f"No more slots were moved: {'; '.join(left)} after {_SPREAD} s.", faults=left)


def _knows(view: Mapping[str, Line], node_id: str | None, slot: int) -> bool:
    return node_id is not None and node_id in view and slot in view[node_id].slots
