# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Writers of every kind, as a process of its own; whoever is refused or cut off tries the next server at once.

Reads ``{servers: [[port, socket]], password, seed, kinds: [name], stop, started}`` as JSON on stdin; a kind is a key of KINDS. Each writer commits rows of
shop.orders with ids of its own, at the first server until it refuses, with pauses that the seed chooses, and ends when the file `stop` is there. The file
`started` is made when each of them has committed once. Prints ``{kind: {acknowledged: [id], errors: {text: count}}}``.
"""

from __future__ import annotations

import collections
import contextlib
import json
import random
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pymysql

ROW = "INSERT INTO shop.orders VALUES ({}, 'acknowledged')"


def plain(number: int) -> list[str]:
    return [ROW.format(number)]


def in_transaction(number: int) -> list[str]:
    return ["BEGIN", ROW.format(number), "UPDATE shop.orders SET note = 'twice' WHERE id = -1", "COMMIT"]


def by_procedure(number: int) -> list[str]:
    return [f"CALL shop.place({number})"]


def in_two_phases(number: int) -> list[str]:
    return [f"XA START 'x{number}'", ROW.format(number), f"XA END 'x{number}'", f"XA PREPARE 'x{number}'", f"XA COMMIT 'x{number}'"]


def by_temporary_table(number: int) -> list[str]:
    return [
        "CREATE TEMPORARY TABLE IF NOT EXISTS shop.cart (id BIGINT PRIMARY KEY, note VARCHAR(100))", "DELETE FROM shop.cart",
        f"INSERT INTO shop.cart VALUES ({number}, 'acknowledged')", "INSERT INTO shop.orders SELECT * FROM shop.cart",
    ]  # fmt: skip


#: by name: the user (root comes by the socket), what it does for a commit, and after how many commits it connects anew
KINDS = {
    "ordinary": ("writer", plain, 10**9),
    "transaction": ("writer", in_transaction, 50),
    "temporary": ("writer", by_temporary_table, 10**9),
    "procedure": ("writer", by_procedure, 10**9),
    "two-phase": ("writer", in_two_phases, 10**9),
    "root": ("root", plain, 10**9),
    "root, connecting": ("root", plain, 1),
    "administrator": ("administrator", plain, 10**9),
    "by role": ("manager", in_transaction, 10),
}


class Writer(threading.Thread):
    def __init__(self, number: int, kind: str, options: dict):
        super().__init__()
        self.options, self.stop, self.kind = options, Path(options["stop"]), kind
        self.user, self.commit, self.commits = KINDS[kind]
        self.random = random.Random(f"{options['seed']} {kind}")
        self.servers = collections.deque(map(tuple, options["servers"]))
        # never one of an earlier process
        self.next_id = (number + 1) * 10**17 + time.time_ns() // 1000
        self.acknowledged: list[int] = []
        self.errors: collections.Counter = collections.Counter()

    def run(self) -> None:
        while not self.stop.exists():
            try:
                self._write()
            except pymysql.MySQLError as error:
                self.errors[str(error)] += 1
                self.servers.rotate()

    @contextlib.contextmanager
    def _connection(self) -> Iterator[pymysql.Connection]:
        port, socket = self.servers[0]
        where = {"unix_socket": socket} if self.user == "root" else {"host": "127.0.0.1", "port": port, "ssl": {"check_hostname": False}}
        password = "" if self.user == "root" else self.options["password"]
        with contextlib.closing(pymysql.connect(user=self.user, password=password, autocommit=True, **where)) as made:
            yield made

    def _write(self) -> None:
        with self._connection() as connection, connection.cursor() as cursor:
            self._refuse_read_only(cursor)
            for _number in range(self.commits):
                if self.stop.exists():
                    return
                self.next_id += 1
                for statement in self.commit(self.next_id):
                    cursor.execute(statement)
                self.acknowledged.append(self.next_id)
                time.sleep(self.random.choice((0, 0.001, 0.01, 0.05)))

    def _refuse_read_only(self, cursor: pymysql.cursors.Cursor) -> None:
        """MariaDB does not keep whoever may write in spite of read_only from connecting to an old source anew, as the role's README says: these look first."""
        if self.user == "writer" and self.kind != "procedure":
            return
        cursor.execute("SELECT @@read_only")
        if cursor.fetchone() == (1,):
            raise pymysql.OperationalError("it is read-only")


def main() -> None:
    options = json.load(sys.stdin)
    writers = [Writer(number, kind, options) for number, kind in enumerate(options["kinds"])]
    for writer in writers:
        writer.start()
    while not all(writer.acknowledged for writer in writers) and not Path(options["stop"]).exists():
        time.sleep(0.01)
    Path(options["started"]).touch()
    for writer in writers:
        writer.join()
    print(json.dumps({writer.kind: {"acknowledged": writer.acknowledged, "errors": dict(writer.errors)} for writer in writers}))


if __name__ == "__main__":
    main()
