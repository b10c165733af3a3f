# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a run has done so far, in a file, since a module can show nothing before it ends."""

from __future__ import annotations

import threading
import time
from typing import TypedDict


class Moved(TypedDict):
    """What went from one member to another; seconds from the start until its last slot had arrived."""

    source: str
    target: str
    slots: int
    keys: int
    seconds: float


class Progress:
    """Counts what was moved, and writes a line at most every second.

    :param path: a file to append to, or None
    :param slots: how many slots are to be moved; `keys`: how many keys are in them, as counted before
    """

    def __init__(self, path: str | None, slots: int, keys: int):
        self._path, self._slots, self._keys = path, slots, keys
        self._lock = threading.Lock()
        self._began = self._last = time.monotonic()
        self._done: dict[tuple[str, str], Moved] = {}

    def add(self, source: str, target: str, slots: int, keys: int) -> None:
        """So many more slots with so many keys went from one member to another."""
        with self._lock:
            entry = self._done.setdefault((source, target), {"source": source, "target": target, "slots": 0, "keys": 0, "seconds": 0.0})
            entry["slots"] += slots
            entry["keys"] += keys
            entry["seconds"] = round(time.monotonic() - self._began, 3)
            if time.monotonic() - self._last >= 1:
                self._write()

    def end(self) -> None:
        with self._lock:
            self._write()

    def moved(self) -> list[Moved]:
        return list(self._done.values())

    def _write(self) -> None:
        self._last = time.monotonic()
        if not self._path:
            return
        slots, keys = sum(entry["slots"] for entry in self._done.values()), sum(entry["keys"] for entry in self._done.values())
        stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        with open(self._path, "a", encoding="utf-8") as file:
            file.write(f"{stamp} {slots}/{self._slots} slots, {keys}/{self._keys} keys, {self._last - self._began:.1f} s\n")
