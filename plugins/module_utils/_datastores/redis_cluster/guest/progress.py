# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a run that moves slots has done so far."""

from __future__ import annotations

import threading
import time
from typing import TypedDict

from ...._model import progress


class Moved(TypedDict):
    """What went from one member to another; seconds from the start until its last slot had arrived."""

    source: str
    target: str
    slots: int
    key_count: int
    seconds: float


class Progress:
    """Counts what was moved, and says so.

    :param slots: how many slots are to be moved; `keys`: how many keys are in them, as counted before
    """

    def __init__(self, slots: int, keys: int):
        self._slots, self._keys = slots, keys
        self._lock = threading.Lock()
        self._began = time.monotonic()
        self._done: dict[tuple[str, str], Moved] = {}

    def add(self, source: str, target: str, slots: int, keys: int) -> None:
        """So many more slots with so many keys went from one member to another."""
        with self._lock:
            entry = self._done.setdefault((source, target), {"source": source, "target": target, "slots": 0, "key_count": 0, "seconds": 0.0})
            entry["slots"] += slots
            entry["key_count"] += keys
            entry["seconds"] = round(time.monotonic() - self._began, 3)
            progress.now(self._line)

    def end(self) -> None:
        with self._lock:
            progress.now(self._line, last=True)

    def moved(self) -> list[Moved]:
        return list(self._done.values())

    def _line(self) -> str:
        slots, keys = sum(entry["slots"] for entry in self._done.values()), sum(entry["key_count"] for entry in self._done.values())
        return f"{slots}/{self._slots} slots, {keys}/{self._keys} keys, {time.monotonic() - self._began:.1f} s"
