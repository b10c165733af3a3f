# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Wait for the cloud."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping
from functools import partial
from typing import TypeVar

from .._model import progress
from .._model.errors import TroveError, Unanswered

Looked = TypeVar("Looked")
#: seconds between two looks: at first, and at most; in between a tenth of the time that has passed
_SHORTEST, _LONGEST = 0.3, 5.0


class TimedOut(TroveError):
    """What we waited for did not come in time. Nothing is rolled back: the same run, started again, goes on."""


def wait_for(what: str, look: Callable[[], Looked], done: Callable[[Looked], bool], timeout: float) -> Looked:
    """Look until `done(look())`: what was seen last. A look that the cloud did not answer is one that saw nothing: it is tried again until the timeout.

    :param what: what is waited for, as the end of "waiting for …"
    :param timeout: seconds
    :raises TimedOut: with what was seen last
    """
    began = time.monotonic()
    last = "nothing"
    while True:
        try:
            seen = look()
        except Unanswered as error:
            last = error.message
        else:
            if done(seen):
                return seen
            last = _told(seen)
        passed = time.monotonic() - began
        progress.now(partial(_words, what, passed, last))
        pause = min(max(_SHORTEST, passed / 10), _LONGEST)
        if passed + pause > timeout:
            raise TimedOut(f"Timed out after {timeout} seconds waiting for {what}; seen last: {last}. Run the playbook again to continue.")
        time.sleep(pause)


def _words(what: str, passed: float, last: str) -> str:
    return f"{passed:.0f} s: waiting for {what}; seen last: {last}"


def _told(seen: object) -> str:
    """What was seen, for people: of a thing of the SDK, which has dozens of properties, its status and what Nova does with it."""
    if hasattr(seen, "status"):
        return ", ".join(str(word) for word in (seen.status, getattr(seen, "task_state", None)) if word)
    if isinstance(seen, Mapping):
        return ", ".join(f"{name}: {state}" for name, state in seen.items()) or "none"
    if isinstance(seen, Collection) and not isinstance(seen, str):
        return ", ".join(map(str, seen)) or "none"
    return str(seen)
