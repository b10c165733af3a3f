# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Commands to many nodes at the same time, by one thread: all have theirs before the first reply is read.

Threads, a reply each, took twice as long for the same: they wait for each other (measured with 100 nodes on two cores). Only connecting has some, since that
is several ways forth and back.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar, Union

from .connection import CHUNK, Connections, Node, NodeError, Words

Item = TypeVar("Item")
#: by name of the node: its replies in order, a NodeError in the place of one that is an error; or why it does not answer
Answers = dict[str, Union[list[Any], NodeError]]

#: how many nodes are connected to at the same time
_WIDTH = 16


def each(act: Callable[[Item], None], items: Iterable[Item], width: int = _WIDTH) -> None:
    """Act on each, so many at the same time."""
    listed = list(items)
    if len(listed) == 1:
        act(listed[0])
    elif listed:
        with ThreadPoolExecutor(max_workers=min(len(listed), width)) as pool:
            list(pool.map(act, listed))


def calls(connections: Connections, wanted: Mapping[str, Sequence[Words]]) -> Answers:
    """The replies to commands, by name of the node that gets them.

    Who is silent for as long as a connection waits does not answer; all have that time together.
    """
    waiting = {name: _Waiting(connections[name], commands) for name, commands in wanted.items()}
    each(_Waiting.open, [one for one in waiting.values() if not one.node.is_open()])
    going = [one for one in waiting.values() if one.is_going]
    try:
        while going:
            for one in going:
                one.send()
            deadline = time.monotonic() + max(one.node.timeout for one in going)
            for one in going:
                one.receive(deadline)
            going = [one for one in going if one.is_going]
    except BaseException:
        # replies that are still due must not be taken for those of what follows, e.g. of what is put back
        for one in going:
            one.node.close()
        raise
    return {name: one.error or one.replies for name, one in waiting.items()}


def checked(connections: Connections, wanted: Mapping[str, Sequence[Words]]) -> dict[str, list[Any]]:
    """The same, where each has to answer.

    :raises NodeError: for the first that does not, or refuses a command
    """
    found = {}
    for name, replies in calls(connections, wanted).items():
        if isinstance(replies, NodeError):
            raise replies
        for reply in replies:
            if isinstance(reply, NodeError):
                raise reply
        found[name] = replies
    return found


class _Waiting:
    """One node, its commands, and what it has replied so far."""

    def __init__(self, node: Node, commands: Sequence[Words]):
        self.node, self.commands = node, commands
        self.replies: list[Any] = []
        self.error: NodeError | None = None

    @property
    def is_going(self) -> bool:
        return not self.error and len(self.replies) < len(self.commands)

    def open(self) -> None:
        try:
            self.node.open()
        except NodeError as error:
            self.error = error

    def send(self) -> None:
        try:
            # while others were opened, or had not replied yet, the server may have closed it (its setting timeout)
            self.node.open()
            self.node.send(self._next())
        except NodeError as error:
            self.error = error

    def receive(self, deadline: float) -> None:
        """:param deadline: of all its replies, by the monotonic clock"""
        if self.error:
            return
        try:
            self.replies += self.node.receive(self._next(), deadline)
        except NodeError as error:
            self.error = error

    def _next(self) -> Sequence[Words]:
        return self.commands[len(self.replies): len(self.replies) + CHUNK]
