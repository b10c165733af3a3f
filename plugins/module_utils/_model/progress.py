# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a module is going to do and how far it is, for the person who waits.

What is said here goes to the one who listens (_module/progress.py): a file, from which the task's action plugin shows it, or the plugin itself where the
module runs in its process. Where nobody listens, nothing is said.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Protocol


class Listener(Protocol):
    def planned(self, text: str) -> None:
        """Hear the plan, a line a step, before the first step."""

    def now(self, words: Callable[[], str], last: bool) -> None:
        """Hear how far the module is. Who has heard of it just now does not ask for the words, unless they are the last ones."""


_listeners: list[Listener] = []


def listen(listener: Listener) -> None:
    """Have this one alone hear what is said from now on."""
    _listeners[:] = [listener]


@contextmanager
def heard_by(listener: Listener) -> Iterator[None]:
    """A context in which this one hears what is said, unless the module has another one listen."""
    before = _listeners[:]
    listen(listener)
    try:
        yield
    finally:
        _listeners[:] = before


def planned(text: str) -> None:
    """Say what is going to be done, as `Plan.text` has it."""
    for listener in _listeners:
        listener.planned(text)


def now(words: Callable[[], str], last: bool = False) -> None:
    """Say how far it is, as often as one likes: only a listener that wants the words calls for them."""
    for listener in _listeners:
        listener.now(words, last)
