#!/usr/bin/env python3
# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether every commit that the writer got acknowledged is on every server, within a minute, for the replicas are behind.

Reads ``{report, hosts, password}`` as JSON on stdin; `report` is what tests/replication/load.py printed.
"""

from __future__ import annotations

import contextlib
import json
import sys
import time

import pymysql


def stored(host: str, password: str) -> set[int]:
    where = {"host": host, "user": "writer", "password": password, "database": "shop", "ssl": {"check_hostname": False}}
    with contextlib.closing(pymysql.connect(**where)) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT id FROM orders")
        return {row[0] for row in cursor.fetchall()}


def main() -> None:
    options = json.load(sys.stdin)
    report = options["report"]
    acknowledged = set(report["acknowledged"])
    for host in options["hosts"]:
        deadline = time.monotonic() + 60
        while missing := acknowledged - stored(host, options["password"]):
            if time.monotonic() > deadline:
                sys.exit(f"{host} lacks {len(missing)} of {len(acknowledged)} acknowledged commits, e.g. {min(missing)}")
            time.sleep(1)
    shown = {key: value for key, value in report.items() if key != "acknowledged"}
    print(f"{len(acknowledged)} acknowledged commits, all of them on {len(options['hosts'])} servers; {json.dumps(shown)}")


if __name__ == "__main__":
    main()
