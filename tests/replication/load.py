# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Writers, as a process of its own: each insert is one commit, and whoever is refused tries the next server at once.

Reads ``{servers: [[host, port]], password, threads, pause, patience, stop, started}`` as JSON on stdin; each thread waits `pause` seconds after each commit,
and `patience` after each refusal (without them, it writes at full speed, and asks the next server at once). Inserts into shop.orders as the user writer,
at the first server until it refuses, and ends when the file `stop` is there. The file `started` is made when all threads have written once.
TLS is not verified.
Prints ``{acknowledged: [id], gap_ms, switches, errors: {text: count}}``; gap_ms is the longest time in which no server took a commit.
"""

from __future__ import annotations

import collections
import contextlib
import itertools
import json
import sys
import threading
import time
from pathlib import Path

import pymysql


class Writer(threading.Thread):
    def __init__(self, number: int, options: dict):
        super().__init__()
        self.options, self.stop = options, Path(options["stop"])
        self.servers = collections.deque(map(tuple, options["servers"]))
        # never one of an earlier process
        self.next_id = number * 10**17 + time.time_ns() // 1000
        self.acknowledged: list[tuple[float, tuple, int]] = []
        self.errors: collections.Counter = collections.Counter()

    def run(self) -> None:
        while not self.stop.exists():
            try:
                self._write()
            except pymysql.MySQLError as error:
                self.errors[str(error)] += 1
                self.servers.rotate()
                time.sleep(self.options.get("patience", 0))

    def _write(self) -> None:
        host, port = self.servers[0]
        where = {"host": host, "port": port, "user": "writer", "password": self.options["password"], "database": "shop"}
        with contextlib.closing(pymysql.connect(**where, autocommit=True, ssl={"check_hostname": False})) as connection, connection.cursor() as cursor:
            while not self.stop.exists():
                self.next_id += 1
                cursor.execute("INSERT INTO orders VALUES (%s, 'acknowledged')", (self.next_id,))
                self.acknowledged.append((time.monotonic(), self.servers[0], self.next_id))
                time.sleep(self.options.get("pause", 0))


def main() -> None:
    options = json.load(sys.stdin)
    writers = [Writer(number, options) for number in range(1, options["threads"] + 1)]
    for writer in writers:
        writer.start()
    while not all(writer.acknowledged for writer in writers):
        time.sleep(0.01)
    Path(options["started"]).touch()
    for writer in writers:
        writer.join()
    commits = sorted(commit for writer in writers for commit in writer.acknowledged)
    pairs = list(itertools.pairwise(commits))
    print(json.dumps({
        "acknowledged": [number for _time, _server, number in commits],
        "seconds": commits[-1][0] - commits[0][0],
        "gap_ms": round(max(later[0] - earlier[0] for earlier, later in pairs) * 1000, 1),
        "switches": sum(earlier[1] != later[1] for earlier, later in pairs),
        "errors": dict(sum((writer.errors for writer in writers), collections.Counter())),
    }))  # fmt: skip


if __name__ == "__main__":
    main()
