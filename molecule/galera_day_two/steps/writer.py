#!/usr/bin/env python3
# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A client that writes all the time, on one member, and goes over to the next one when its connection is lost, as behind a proxy.

Arguments as JSON on stdin: {servers: [address], password, ca, stop: path of a file that ends it, result: path}. Result as JSON: {written, refused: [{server,
at, text}], moved: [{source, target, at}], longest_pause_on_one_server in seconds}, at in seconds since the epoch. A write is counted when its commit was
acknowledged, by a number that grows.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import pymysql

# Client errors: cannot connect, gone away, lost during a query; and of a server that leaves 1053, "Server shutdown in progress"
_LOST = (2002, 2003, 2006, 2013, 1053, 0)
# "WSREP has not yet prepared node for application use": what a member says that leaves the cluster, before it closes its connections
_NOT_READY = 1047


class Writer:
    def __init__(self, told: dict, at: int = 0) -> None:
        self.told = told
        self.at = at
        self.connection = self.connect()
        self.result: dict = {"written": 0, "refused": [], "moved": [], "longest_pause_on_one_server": 0.0}

    def connect(self) -> pymysql.Connection:
        tls = {"ca": self.told["ca"], "check_hostname": True}
        server = self.told["servers"][self.at]
        return pymysql.connect(host=server, user="demo", password=self.told["password"], database="demo", ssl=tls, autocommit=True, connect_timeout=5)

    def write(self, number: int) -> None:
        with self.connection.cursor() as cursor:
            cursor.execute("INSERT INTO written VALUES (%s)", (number,))

    def move(self) -> None:
        """Go over to the next server that lets it in."""
        source, at = self.told["servers"][self.at], time.time()
        while True:
            self.at = (self.at + 1) % len(self.told["servers"])
            try:
                self.connection = self.connect()
            except pymysql.MySQLError:
                time.sleep(0.1)
            else:
                self.result["moved"].append({"source": source, "target": self.told["servers"][self.at], "at": at})
                return

    def run(self) -> dict:
        with self.connection.cursor() as cursor:
            cursor.execute("CREATE TABLE IF NOT EXISTS written (id BIGINT PRIMARY KEY)")
        number, last = int(time.time() * 1000), time.monotonic()
        while not Path(self.told["stop"]).exists():
            number += 1
            try:
                self.write(number)
            except pymysql.MySQLError as error:
                code = error.args[0] if error.args else 0
                if code not in _LOST:
                    self.result["refused"].append({"server": self.told["servers"][self.at], "at": time.time(), "text": str(error)})
                if code in (*_LOST, _NOT_READY):
                    self.move()
                last = time.monotonic()
                continue
            self.result["written"] += 1
            self.result["longest_pause_on_one_server"] = max(self.result["longest_pause_on_one_server"], round(time.monotonic() - last, 3))
            last = time.monotonic()
            with Path(self.told["result"] + ".rows").open("a", encoding="ascii") as file:
                file.write(f"{number}\n")
            time.sleep(0.005)
        return self.result


def check(told: dict) -> None:
    """Every acknowledged row is on every server."""
    rows = {int(line) for line in Path(told["result"] + ".rows").read_text(encoding="ascii").splitlines()}
    for number, server in enumerate(told["servers"]):
        reader = Writer(told, number)
        with reader.connection.cursor() as cursor:
            cursor.execute("SET SESSION wsrep_sync_wait = 1")
            cursor.execute("SELECT id FROM written")
            missing = rows - {row[0] for row in cursor.fetchall()}
        if missing or not rows:
            sys.exit(f"{server} lacks {len(missing)} of {len(rows)} acknowledged rows")


def main() -> None:
    told = json.load(sys.stdin)
    if sys.argv[1:] == ["check"]:
        check(told)
        return
    Path(told["result"]).write_text(json.dumps(Writer(told).run()), encoding="ascii")


if __name__ == "__main__":
    main()
