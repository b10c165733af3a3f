#!/usr/bin/env python3
# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ours against redis-cli --cluster, in turn, on the same servers in one run; prints tables with ratios. README.md says how it is measured."""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import redis
from redis.crc import key_slot

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tests" / "redis"))
from servers import PASSWORD, Servers  # noqa: E402
from test_under_load import Load  # noqa: E402

THREE, FOUR = ("m1", "m2", "m3"), ("m1", "m2", "m3", "m4")
#: (keys, bytes of each value)
SIZES = {"0": (0, 0), "100k": (100_000, 100), "1M": (1_000_000, 100), "100k-4KB": (100_000, 4096)}
OURS, PEER = "stackdb.trove", "redis-cli"


def cli(servers: Servers, *words: str) -> float:
    """Run redis-cli --cluster; seconds."""
    began = time.monotonic()
    subprocess.run(
        ["redis-cli", "--cluster", *words, "--cluster-yes"], check=True, stdout=subprocess.DEVNULL, env={**os.environ, "REDISCLI_AUTH": PASSWORD}
    )
    return time.monotonic() - began


def ours(servers: Servers, names: tuple[str, ...], **options) -> float:
    """Run the module as Ansible does, a process of its own; seconds."""
    began = time.monotonic()
    result = servers.run(names, **options)
    if result.get("failed"):
        sys.exit(f"{options}: {result['msg']}")
    return time.monotonic() - began


def connect(servers: Servers, name: str) -> redis.Redis:
    client = redis.Redis(port=servers.port(name), password=PASSWORD)
    client.response_callbacks.clear()
    return client


def fill(servers: Servers, keys: int, size: int) -> None:
    """Evenly spread keys, each sent to its owner directly."""
    shown = servers.run(THREE, module="trove_redis_cluster_info")["redis_cluster"]["members"]
    owners = [next(m["name"] for m in shown if in_runs(slot, m["slots"])) for slot in range(16384)] if keys else []
    pipes = {name: connect(servers, name).pipeline(transaction=False) for name in THREE}
    value = "x" * size
    for number in range(keys):
        key = f"key:{number}"
        pipe = pipes[owners[key_slot(key.encode())]]
        pipe.set(key, value)
        if len(pipe) >= 1000:
            pipe.execute()
    for pipe in pipes.values():
        pipe.execute()


def in_runs(slot: int, spelled: str) -> bool:
    return any(int(first) <= slot <= int(last or first) for first, _dash, last in (run.partition("-") for run in spelled.split(",") if run))


def rebalance(servers: Servers, side: str, directory: Path, threads: int) -> dict:
    """3 → 4 masters under a steady load; {seconds, p99, max, errors, waits}."""
    load = Load(servers, directory, time.monotonic_ns() % 10**9, threads) if threads else None
    if load:
        time.sleep(2)
    try:
        if side == OURS:
            seconds = ours(servers, FOUR, state="rebalanced")
        else:
            first = f"127.0.0.1:{servers.port('m1')}"
            seconds = cli(servers, "rebalance", first, "--cluster-use-empty-masters", "--cluster-pipeline", "200", "--cluster-threshold", "1")
    finally:
        seen = load.end() if load else {"p99": 0.0, "max": 0.0, "errors": [], "wrong": [], "waits": 0}
    counts = [connect(servers, name).dbsize() for name in FOUR]
    if seen["wrong"]:
        sys.exit(f"{side}: {seen['wrong'][0]}")
    return {"seconds": seconds, "p99": seen["p99"], "max": seen["max"], "errors": len(seen["errors"]), "waits": seen["waits"], "keys": counts}


def measure_rebalance(place: Path, which: list[str], rounds: int, threads: int) -> None:
    print(f"\nRebalance 3 → 4 masters under the load of {threads} clients; seconds until the tool ended, client latencies in ms")
    print(f"{'keys':>10} {'side':>14} {'seconds':>8} {'p99':>8} {'max':>8} {'errors':>7} {'waits':>6} {'ratio':>7}")
    for number, name in enumerate(which):
        servers = Servers(place / f"rebalance-{name}", 13000 + 20 * number)
        try:
            # So the fourth stays a master, and can be emptied and filled again.
            servers.start(*FOUR, cluster_allow_replica_migration="no")
            ours(servers, THREE)
            fill(servers, *SIZES[name])
            ours(servers, FOUR)
            found: dict[str, list[dict]] = {OURS: [], PEER: []}
            for turn in range(rounds):
                for side in (OURS, PEER) if turn % 2 == 0 else (PEER, OURS):
                    found[side].append(rebalance(servers, side, place, threads))
                    ours(servers, FOUR, state="drained", members=["m4"])
            show(name, found)
        finally:
            servers.stop()


def show(name: str, found: dict[str, list[dict]]) -> None:
    middle = {side: statistics.median(run["seconds"] for run in runs) for side, runs in found.items()}
    for side, runs in found.items():
        p99, highest = (statistics.median(run[what] for run in runs) for what in ("p99", "max"))
        ratio = f"{middle[OURS] / middle[PEER]:7.2f}" if side == OURS else ""
        errors, waits = (sum(run[what] for run in runs) for what in ("errors", "waits"))
        print(f"{name:>10} {side:>14} {middle[side]:8.2f} {p99:8.1f} {highest:8.1f} {errors:7} {waits:6} {ratio}", flush=True)


class Watch(threading.Thread):
    """Notes when all nodes say cluster_state:ok with all slots served."""

    def __init__(self, servers: Servers, names: tuple[str, ...]):
        super().__init__(daemon=True)
        self.nodes = [connect(servers, name) for name in names]
        self.serving = 0.0

    def run(self) -> None:
        while not all(self.serves(node) for node in self.nodes):
            time.sleep(0.02)
        self.serving = time.monotonic()

    @staticmethod
    def serves(node: redis.Redis) -> bool:
        text = node.execute_command("CLUSTER", "INFO")
        return b"cluster_state:ok" in text and b"cluster_slots_ok:16384" in text


def create(servers: Servers, side: str, names: tuple[str, ...]) -> tuple[float, float]:
    """(seconds until the tool ended, seconds until all nodes served)."""
    servers.start(*names)
    # A node serves nothing in its first two seconds.
    time.sleep(3)
    watch = Watch(servers, names)
    watch.start()
    began = time.monotonic()
    addresses = [f"127.0.0.1:{servers.port(name)}" for name in names]
    seconds = ours(servers, names) if side == OURS else cli(servers, "create", *addresses)
    watch.join(60)
    return seconds, watch.serving - began


def measure_create(place: Path, counts: list[int], rounds: int) -> None:
    print("\nCreate; seconds until the tool ended, and until all nodes served. The floor: a node serves 5 s after it has slots (rejoin delay)")
    print(f"{'masters':>10} {'side':>14} {'ended':>8} {'serving':>8} {'ratio':>7}")
    for count in counts:
        names = tuple(f"m{number}" for number in range(1, count + 1))
        found: dict[str, list[tuple[float, float]]] = {OURS: [], PEER: []}
        for turn in range(rounds):
            for number, side in enumerate((OURS, PEER) if turn % 2 == 0 else (PEER, OURS)):
                servers = Servers(place / f"create-{count}-{turn}-{number}", 13500 + 40 * (turn * 2 + number))
                try:
                    found[side].append(create(servers, side, names))
                finally:
                    servers.stop()
        middle = {side: [statistics.median(run[part] for run in runs) for part in (0, 1)] for side, runs in found.items()}
        for side, (ended, serving) in middle.items():
            ratio = f"{serving / middle[PEER][1]:7.2f}" if side == OURS else ""
            print(f"{count:>10} {side:>14} {ended:8.2f} {serving:8.2f} {ratio}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=int(os.environ.get("BENCH_ROUNDS", "1")))
    parser.add_argument("--keys", nargs="*", choices=list(SIZES), default=list(SIZES))
    parser.add_argument("--masters", nargs="*", type=int, default=[3, 6, 12])
    parser.add_argument("--clients", type=int, default=2, help="threads of the load; 0 for none")
    parser.add_argument("--directory", help="where the servers have their files; by default on disk, since nodes sync their configuration")
    options = parser.parse_args()
    place = Path(tempfile.mkdtemp(prefix="redis-bench-", dir=options.directory or "/var/tmp"))
    version = subprocess.run(["redis-server", "--version"], check=True, capture_output=True, text=True).stdout.split()[2]
    print(f"Redis {version}, redis-py {redis.__version__}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, files in {place.parent}")
    # So that the servers are stopped then, too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("stopped"))
    try:
        if options.keys:
            measure_rebalance(place, options.keys, options.rounds, options.clients)
        if options.masters:
            measure_create(place, options.masters, options.rounds)
    finally:
        shutil.rmtree(place)


if __name__ == "__main__":
    main()
