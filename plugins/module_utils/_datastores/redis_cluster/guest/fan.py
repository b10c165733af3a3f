# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Several connections to one node, for commands that wait, each one for itself.

Valkey from 8.0 on holds a client that says CLUSTER SETSLOT until all replicas have it, up to 13 ms (tried on 9.1.2), so that commands of one connection
follow each other by so much. Those of others wait at the same time. A server that is idle asks its replicas only now and then, 48 ms later in the middle (tried
on 8.1.1), so it is asked to.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from typing import Any

from .connection import WAKE, Node, NodeError, Words

#: at most so many connections; 32 took 0.13 ms a command where one took 1.5 to 13
WIDTH = 32


class Fan:
    """Connections that are created when they are first used.

    :param make: creates a connection to the node
    :param ask: by another connection, has the node ask those for whom the commands wait
    """

    def __init__(self, make: Callable[[], Node], ask: Callable[[Node], None], width: int = WIDTH):
        self._make, self._ask, self._width = make, ask, width
        self._nodes: list[Node] = []
        self._asking: Node | None = None

    def calls(self, commands: Sequence[Words], check: bool = True) -> list[Any]:
        """The replies of commands that do not depend on each other, like `Node.calls`."""
        width = max(min(self._width, len(commands)), 1)
        self._nodes += [self._make() for _more in range(width - len(self._nodes))]
        with ThreadPoolExecutor(max_workers=width) as pool:
            jobs = [pool.submit(node.calls, commands[number::width], check=False) for number, node in enumerate(self._nodes[:width])]
            while wait(jobs, timeout=WAKE).not_done:
                self._asking = self._asking or self._make()
                self._ask(self._asking)
            parts = [job.result() for job in jobs]
        replies = [parts[number % width][number // width] for number in range(len(commands))]
        errors = [reply for reply in replies if isinstance(reply, NodeError)]
        if check and errors:
            raise errors[0]
        return replies

    def close(self) -> None:
        if self._asking:
            self._asking.close()
        while self._nodes:
            self._nodes.pop().close()
