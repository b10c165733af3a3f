# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a module says while it runs: remembered, and written to the file of its option ``progress``."""

from __future__ import annotations

import atexit
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
#: begins the name of a file that the task's action plugin reads. It is gone when the module ends, whether its controller is still there or was killed
OWN = "/run/stackdb-trove-progress-"
#: in the result of a module that had such a file: the steps, for what was too short to be read while it ran
TOLD = "told"
#: seconds between two lines
_PAUSE = 1.0
#: steps of a plan that are shown
_MOST = 100


class Heard:
    """Remembers what is said; several threads may speak. What cannot be said is no reason to end the work.

    :ivar steps: of the plan, a line each
    :ivar last: the last line of how far it is
    """

    def __init__(self) -> None:
        self.steps: list[str] = []
        self.last: str | None = None
        self._next, self._lock = time.monotonic() + _PAUSE, threading.Lock()

    def planned(self, text: str) -> None:
        self.steps = [*self.steps, *text.splitlines()][:_MOST]

    def now(self, words: Callable[[], str], last: bool) -> None:
        with self._lock, suppress(TroveError):
            if last or time.monotonic() >= self._next:
                self.said(f"{time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime())} {words()}")
                self._next = time.monotonic() + _PAUSE

    def said(self, line: str) -> None:
        self.last = line


class _File(Heard):
    """Appends it to a file that its owner alone can read."""

    def __init__(self, path: str):
        super().__init__()
        self.path = path

    def planned(self, text: str) -> None:
        super().planned(text)
        self._append(text)

    def said(self, line: str) -> None:
        super().said(line)
        self._append(f"{line}\n")

    def _append(self, text: str) -> None:
        with suppress(OSError), open(self.path, "a", encoding="utf-8", opener=lambda path, flags: os.open(path, flags, 0o600)) as file:
            file.write(text)

    def remove(self) -> None:
        with suppress(OSError):
            os.unlink(self.path)


def to(path: str | None) -> Callable[[], dict[str, Any]]:
    """Write to this file, where one was given, what is said from now on.

    :return: a function that returns what belongs to the module's result; empty but for a file of the action plugin's own
    """
    if not path:
        return dict
    file = _File(path)
    progress.listen(file)
    if not path.startswith(OWN):
        return dict
    atexit.register(file.remove)
    return lambda: {TOLD: file.steps} if file.steps else {}
