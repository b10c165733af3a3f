# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Several connections to one node, for commands that wait, each one for itself.

Valkey from 8.0 on holds a client that says CLUSTER SETSLOT until all replicas have it, up to 13 ms (tried on 9.1.2), so that commands of one connection
follow each other by so much. Those of others wait at the same time.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from .connection import Node, NodeError, Words

#: at most so many connections; 32 took 0.13 ms a command where one took 1.5 to 13
WIDTH = 32


class Fan:
    """Connections that are created when they are first used.

    :param make: creates a connection to the node
    """

    def __init__(self, make: Callable[[], Node], width: int = WIDTH):
        self._make, self._width = make, width
        self._nodes: list[Node] = []

    def calls(self, commands: Sequence[Words], check: bool = True) -> list[Any]:
        """The replies of commands that do not depend on each other, like `Node.calls`."""
        width = max(min(self._width, len(commands)), 1)
        self._nodes += [self._make() for _more in range(width - len(self._nodes))]
        with ThreadPoolExecutor(max_workers=width) as pool:
            parts = list(pool.map(lambda number: self._nodes[number].calls(commands[number::width], check=False), range(width)))
        replies = [parts[number % width][number // width] for number in range(len(commands))]
        errors = [reply for reply in replies if isinstance(reply, NodeError)]
        if check and errors:
            raise errors[0]
        return replies

    def close(self) -> None:
        while self._nodes:
            self._nodes.pop().close()
