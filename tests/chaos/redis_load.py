# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A client of a Redis Cluster, as a process of its own: sets keys, each once, until the file `stop` is there.

Reads ``{servers: [address], password, stop, started}`` as JSON on stdin. Prints ``{acknowledged: [number], gap_ms, errors}``. TLS is not verified.
"""

from __future__ import annotations

import collections
import json
import sys
import time
from pathlib import Path

import redis
from redis.cluster import ClusterNode, RedisCluster


def client(told: dict) -> RedisCluster:
    """One that is let in by any of the servers."""
    nodes = [ClusterNode(address, 6379) for address in told["servers"]]
    options = {"ssl": True, "ssl_cert_reqs": "none", "socket_timeout": 5, "socket_connect_timeout": 2}
    return RedisCluster(startup_nodes=nodes, password=told["password"], decode_responses=True, **options)


def main() -> None:
    told = json.load(sys.stdin)
    acknowledged: list[int] = []
    errors: collections.Counter = collections.Counter()
    number, last, gap, connected = time.time_ns() // 1000, time.monotonic(), 0.0, None
    while not Path(told["stop"]).exists():
        number += 1
        try:
            connected = connected or client(told)
            connected.set(f"written:{number}", number)
        # the last one is redis-py's (8.1) for a slot whose server it does not know
        except (redis.RedisError, OSError, AttributeError) as error:
            errors[f"{type(error).__name__}: {error}"[:120]] += 1
            connected = None
            time.sleep(0.2)
            continue
        acknowledged.append(number)
        gap, last = max(gap, time.monotonic() - last), time.monotonic()
        if len(acknowledged) == 1:
            Path(told["started"]).touch()
        time.sleep(0.02)
    print(json.dumps({"acknowledged": acknowledged, "gap_ms": round(gap * 1000, 1), "errors": dict(errors)}))


if __name__ == "__main__":
    main()
