# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A steady load from a cluster-aware client, and what it was promised: a process of its own, so that nothing else shares its interpreter.

Every key has one writer, which remembers the last value that was acknowledged. Reads compare with it while the load runs, and all keys
are compared at the end. Arguments as JSON on stdin: {port, options, stop: path of a file that ends the load, seed, threads}. Result as JSON on stdout.
"""

from __future__ import annotations

import json
import random
import sys
import threading
import time
from pathlib import Path

from redis.cluster import PRIMARY, ClusterNode, RedisCluster
from redis.exceptions import ClusterError, TryAgainError

KINDS = ("text", "large", "lasting", "brief", "list", "hash", "set", "zset", "stream", "counter", "pair", "fresh")
KEYS_OF_A_KIND = 60


class Client(RedisCluster):
    """redis-py, able to follow ASK to a node that served no slots when the client looked last.

    By itself (4.3 to 8.1 at least) it knows only nodes with slots, and fails with an AttributeError at the first ASK to a new master,
    whoever moves the slots.
    """

    new_nodes: dict[str, ClusterNode] = {}

    def get_node(self, host=None, port=None, node_name=None):
        found = super().get_node(host=host, port=port, node_name=node_name)
        if found or not node_name:
            return found
        host, _colon, port = node_name.rpartition(":")
        return self.new_nodes.setdefault(node_name, ClusterNode(host, int(port), PRIMARY))


class Writer:
    """Writes and reads keys of its own, and knows what they must hold."""

    def __init__(self, client: Client, number: int, seed: int):
        self.client, self.number, self.random = client, f"{seed}-{number}", random.Random(seed + number)
        self.expected: dict[tuple[str, str], object] = {}
        self.errors: list[str] = []
        self.wrong: list[str] = []
        self.latencies: list[float] = []
        self.waits = self.fresh = 0

    def key(self, kind: str, index: int) -> str:
        # Half of the keys share a slot with others, by a hash tag.
        return f"{kind}:{self.number}:{index}" if index % 2 else f"{kind}:{{tag{index % 20}}}:{self.number}:{index}"

    def step(self) -> None:
        kind = self.random.choice(KINDS)
        key = self.key(kind, self.random.randrange(KEYS_OF_A_KIND))
        began = time.monotonic()
        try:
            if self.random.random() < 0.5:
                getattr(self, f"write_{kind}")(key)
            else:
                self.check(kind, key)
        except Exception as error:  # whatever it is, the application would have seen it
            self.errors.append(f"{kind} {key}: {type(error).__name__}: {error}")
        self.latencies.append(time.monotonic() - began)

    def check(self, kind: str, key: str) -> None:
        expected = self.expected.get((kind, key))
        found = getattr(self, f"read_{kind}")(key)
        # A brief key may be gone, but must never hold anything else; another that was never written is not there.
        if found != expected and not (kind == "brief" and not found) and not (expected is None and not found):
            self.wrong.append(f"{kind} {key}: {str(found)[:80]!r} instead of {str(expected)[:80]!r}")

    def check_all(self) -> None:
        for kind, key in self.expected:
            self.check(kind, key)

    def value(self, size: int) -> str:
        return f"{self.random.random()}".ljust(size, "x")

    def write_text(self, key: str) -> None:
        self._set("text", key, 100)

    def write_large(self, key: str) -> None:
        self._set("large", key, 4096)

    def write_lasting(self, key: str) -> None:
        self._set("lasting", key, 50, ex=3600)

    def write_brief(self, key: str) -> None:
        self._set("brief", key, 50, px=self.random.randrange(1, 200))

    def _set(self, kind: str, key: str, size: int, **options) -> None:
        value = self.value(size)
        self.client.set(key, value, **options)
        self.expected[kind, key] = value

    def read_text(self, key: str) -> object:
        return self.client.get(key)

    read_large = read_brief = read_text

    def read_lasting(self, key: str) -> object:
        value = self.client.get(key)
        left = self.client.ttl(key)
        return value if value is None or 0 < left <= 3600 else f"a time to live of {left}"

    def write_list(self, key: str) -> None:
        items = list(self.expected.get(("list", key)) or [])
        if len(items) > 30:
            self.client.delete(key)
            self.expected["list", key] = items = []
        self.client.rpush(key, len(items))
        self.expected["list", key] = [*items, str(len(items))]

    def read_list(self, key: str) -> object:
        return self.client.lrange(key, 0, -1)

    def write_hash(self, key: str) -> None:
        name, value = f"f{self.random.randrange(20)}", self.value(30)
        self.client.hset(key, name, value)
        self.expected["hash", key] = {**(self.expected.get(("hash", key)) or {}), name: value}

    def read_hash(self, key: str) -> object:
        return self.client.hgetall(key)

    def write_set(self, key: str) -> None:
        item = str(self.random.randrange(50))
        self.client.sadd(key, item)
        self.expected["set", key] = {*(self.expected.get(("set", key)) or ()), item}

    def read_set(self, key: str) -> object:
        return self.client.smembers(key)

    def write_zset(self, key: str) -> None:
        item, score = str(self.random.randrange(50)), float(self.random.randrange(1000))
        self.client.zadd(key, {item: score})
        self.expected["zset", key] = {**(self.expected.get(("zset", key)) or {}), item: score}

    def read_zset(self, key: str) -> object:
        return dict(self.client.zrange(key, 0, -1, withscores=True))

    def write_stream(self, key: str) -> None:
        count = self.expected.get(("stream", key)) or 0
        self.client.xadd(key, {"n": count})
        self.expected["stream", key] = count + 1

    def read_stream(self, key: str) -> object:
        return self.client.xlen(key)

    def write_counter(self, key: str) -> None:
        # Not safe to repeat: a write that was made twice or lost shows.
        self.client.incr(key)
        self.expected["counter", key] = int(self.expected.get(("counter", key)) or 0) + 1

    def read_counter(self, key: str) -> object:
        return int(self.client.get(key) or 0)

    def write_pair(self, key: str) -> None:
        value = self.value(20)
        self._patiently(self.client.mset, {f"{{{key}}}a": value, f"{{{key}}}b": value})
        self.expected["pair", key] = [value, value]

    def write_fresh(self, key: str) -> None:
        # Keys that nobody has written before: while their slot is half moved no node can say that they are all there, or that none is.
        self.fresh += 1
        key, value = f"{key}:{self.fresh}", self.value(20)
        self._patiently(self.client.mset, {f"{{{key}}}a": value, f"{{{key}}}b": value})
        self.expected["fresh", key] = [value, value]

    def read_pair(self, key: str) -> object:
        found = self._patiently(self.client.mget, [f"{{{key}}}a", f"{{{key}}}b"])
        return found if any(found) else None

    read_fresh = read_pair

    def _patiently(self, command, argument):
        """Commands on several keys get TRYAGAIN while their slot is half moved, and stay so while nobody continues a killed move.

        The client tries for a while by itself; the rest is the application's part, counted as `waits`.
        """
        deadline = time.monotonic() + 60
        while True:
            try:
                return command(argument)
            except (TryAgainError, ClusterError) as error:
                if "TTL exhausted" not in str(error) and not isinstance(error, TryAgainError) or time.monotonic() > deadline:
                    raise
                self.waits += 1


def main() -> None:
    arguments = json.load(sys.stdin)
    stop = Path(arguments["stop"])

    def connect() -> Client:
        return Client(host="127.0.0.1", port=arguments["port"], decode_responses=True, **arguments["options"])

    writers = [Writer(connect(), number, arguments["seed"]) for number in range(arguments["threads"])]

    def run(writer: Writer) -> None:
        while not stop.exists():
            for _turn in range(20):
                writer.step()
            time.sleep(arguments.get("pause", 0.005))

    threads = [threading.Thread(target=run, args=(writer,)) for writer in writers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    errors = [error for writer in writers for error in writer.errors]
    # By a client that has learned nothing on the way, too.
    for writer in writers:
        writer.client = connect()
        writer.check_all()
    latencies = sorted(latency for writer in writers for latency in writer.latencies)
    print(json.dumps({
        "operations": len(latencies),
        "keys": sum(len(writer.expected) for writer in writers),
        "errors": errors,
        "wrong": [wrong for writer in writers for wrong in writer.wrong],
        "waits": sum(writer.waits for writer in writers),
        "p50": round(latencies[len(latencies) // 2] * 1000, 2),
        "p99": round(latencies[len(latencies) * 99 // 100] * 1000, 2),
        "max": round(latencies[-1] * 1000, 2),
    }))


if __name__ == "__main__":
    main()
