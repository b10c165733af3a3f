# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Move slots by the servers' own atomic slot migration, from Redis 8.4 on.

The target copies a source's slots with what is written meanwhile, and takes them over at once: clients see no half-moved slot.
A task goes on when the run that began it is killed. Source: Redis documentation, "CLUSTER MIGRATION".
"""

from __future__ import annotations

import time
from collections.abc import Sequence

from ..rules.slots import Move, runs
from .connection import Connections, Node, NodeError, plain
from .progress import Progress
from .sizes import count

_POLL = 0.02


class Importer:
    """One run of moves."""

    def __init__(self, connections: Connections, progress: Progress):
        self.connections, self.progress = connections, progress

    def run(self, moves: Sequence[Move]) -> None:
        """Make the moves, one after the other, since a server takes part in one task at a time.

        :raises NodeError: for a task that failed; its slots are where they were
        """
        for move in moves:
            target = self.connections[move.target]
            keys = sum(count(self.connections[move.source], move.slots).values())
            task = target.text("CLUSTER", "MIGRATION", "IMPORT", *(slot for run in runs(move.slots) for slot in run))
            self._await(target, task, move)
            self.progress.add(move.source, move.target, len(move.slots), keys)
        self.progress.end()

    def _await(self, target: Node, task: str, move: Move) -> None:
        while True:
            fields = plain(target.call("CLUSTER", "MIGRATION", "STATUS", "ID", task))[0]
            status = dict(zip(fields[::2], fields[1::2]))
            if status["state"] == "completed":
                return
            if status["state"] in ("failed", "canceled"):
                raise NodeError(f"The move of {len(move.slots)} slots from {move.source} to {move.target} {status['state']}: {status['last_error']}")
            time.sleep(_POLL)
