# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A module's option ``progress``: a file, to which is written what the module says while it runs."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from .._model import progress
from .._model.errors import TroveError

#: documented in doc_fragments/progress.py
OPTIONS: dict[str, Any] = {"progress": {"type": "path"}}
#: seconds between two lines
_PAUSE = 1.0


class _File:
    """Appends to a file that its owner alone can read; several threads may speak. What cannot be said or written is no reason to end the work."""

    def __init__(self, path: str):
        self._path, self._next, self._lock = path, time.monotonic() + _PAUSE, threading.Lock()

    def planned(self, text: str) -> None:
        with suppress(OSError), open(self._path, "a", encoding="utf-8", opener=lambda path, flags: os.open(path, flags, 0o600)) as file:
            file.write(text)

    def now(self, words: Callable[[], str], last: bool) -> None:
        with self._lock, suppress(OSError, TroveError):
            if last or time.monotonic() >= self._next:
                self.planned(f"{time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime())} {words()}\n")
                self._next = time.monotonic() + _PAUSE


def to(path: str | None) -> None:
    """Write to this file, where one was given, what is said from now on."""
    if path:
        progress.listen(_File(path))
