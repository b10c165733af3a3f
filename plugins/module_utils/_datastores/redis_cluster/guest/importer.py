# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Move slots by the servers' own atomic slot migration, from Redis 8.4 on.

The target copies a source's slots with what is written meanwhile, and takes them over at once: clients see no half-moved slot.
A task goes on when the run that began it is killed. Source: Redis documentation, "CLUSTER MIGRATION".
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence

from ..rules.nodes import parse_nodes
from ..rules.slots import Move, brief, runs
from .connection import Connections, Node, NodeError, plain
from .progress import Progress
from .sizes import count

_POLL = 0.02
#: seconds that a task may take at least, and bytes a second at which slots are copied for certain
_PATIENCE, _RATE = 300, 2 << 20


class Importer:
    """One run of moves.

    :param sizes: about how many bytes each of them carries
    """

    def __init__(self, connections: Connections, progress: Progress, sizes: Mapping[Move, int]):
        self.connections, self.progress, self.sizes = connections, progress, sizes

    def run(self, moves: Sequence[Move]) -> None:
        """Carry out the moves, one after the other, since a server takes part in one task at a time.

        :raises NodeError: for a task that failed, that its target forgot, or that took too long and was canceled; its slots are where they were
        """
        for move in moves:
            target = self.connections[move.target]
            keys = sum(count(self.connections[move.source], move.slots).values())
            task = target.text("CLUSTER", "MIGRATION", "IMPORT", *(slot for run in runs(move.slots) for slot in run))
            self._await(target, task, move)
            self.progress.add(move.source, move.target, len(move.slots), keys)
        self.progress.end()

    def _await(self, target: Node, task: str, move: Move) -> None:
        patience = _PATIENCE + self.sizes.get(move, 0) / _RATE
        deadline = time.monotonic() + patience
        what = f"The move of {len(move.slots)} slots ({brief(move.slots)}) from {move.source} to {move.target}"
        while True:
            status = _status(target, task)
            if status is None:
                # Tasks are in the target's memory only: one that was restarted knows of none, and a task that it had not ended is undone.
                if set(move.slots) <= _served(target):
                    return
                raise NodeError(f"{what} was given up: {move.target} was restarted and knows nothing of it any more. Its slots are where they were.")
            if status["state"] == "completed":
                return
            if status["state"] in ("failed", "canceled"):
                raise NodeError(f"{what} {status['state']}: {status.get('last_error') or 'the server gives no reason'}")
            if time.monotonic() > deadline:
                target.calls([("CLUSTER", "MIGRATION", "CANCEL", "ID", task)], check=False)
                raise NodeError(f"{what} did not end within {patience:.0f} s and was canceled; it was in state {status['state']}.")
            time.sleep(_POLL)


def _status(target: Node, task: str) -> dict[str, str] | None:
    """What the target says of a task, None where it knows of none."""
    found = plain(target.call("CLUSTER", "MIGRATION", "STATUS", "ID", task))
    if not found:
        return None
    fields = found[0]
    return fields if isinstance(fields, dict) else dict(zip(fields[::2], fields[1::2]))


def _served(target: Node) -> frozenset[int]:
    lines = parse_nodes(target.text("CLUSTER", "NODES")).values()
    return next((line.slots for line in lines if "myself" in line.flags), frozenset())
