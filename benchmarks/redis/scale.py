#!/usr/bin/env python3
# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Redis Clusters of 12, 100 and 200 masters on loopback: create, join of ten more, plan of a rebalance, rebalance. README.md says how it is measured."""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import redis

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tests" / "redis"))
from servers import PASSWORD, Servers  # noqa: E402

#: the ports of a cluster, whose buses are 10000 above, below those of outgoing connections
FIRST_PORT, APART = 14000, 300
_TICKS = os.sysconf("SC_CLK_TCK")


class Profiled(Servers):
    """Whose runs of the module are profiled: `scale-<number>.prof` in the working directory, for pstats."""

    runs = 0

    def command(self, module: str = "trove_redis_cluster") -> tuple[list[str], dict]:
        (python, _c, code), environment = super().command(module)
        Profiled.runs += 1
        told = f"import cProfile; cProfile.run({code!r}, 'scale-{Profiled.runs}.prof')"
        return [python, "-c", told], environment


class Cost(NamedTuple):
    """What one run of the module took: wall time, CPU time of its process and of all servers meanwhile, and commands that the servers got."""

    seconds: float
    ours: float
    servers: float
    commands: int


def commands(servers: Servers, names: Sequence[str]) -> int:
    found = 0
    for name in names:
        with redis.Redis(port=servers.port(name), password=PASSWORD) as client:
            found += client.info("stats")["total_commands_processed"]
    return found


def cpu_of(servers: Servers) -> float:
    """CPU seconds of the servers' processes so far."""
    fields = (Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split() for process in servers.processes.values())
    return sum(int(stat[11]) + int(stat[12]) for stat in fields) / _TICKS


def run(servers: Servers, names: Sequence[str], **options) -> tuple[dict, Cost]:
    """Run the module as Ansible does, a process of its own."""
    # connecting to count costs each server a few commands, which are the same before and after
    counted, burnt = commands(servers, names), cpu_of(servers)
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    result = servers.run(names, timeout=240, **options)
    seconds, after = time.monotonic() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    if result.get("failed"):
        sys.exit(f"{len(names)} masters, {options}: {result['msg'][:2000]}")
    ours = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return result, Cost(seconds, ours, cpu_of(servers) - burnt, commands(servers, names) - counted)


def show(count: int, what: str, cost: Cost, note: str = "") -> None:
    load = os.getloadavg()[0]
    print(f"{count:>7}  {what:<14} {cost.seconds:8.2f} {cost.ours:9.2f} {cost.servers:9.2f} {cost.commands:9}  {load:5.1f}  {note}".rstrip(), flush=True)


def measure(kind: type[Servers], place: Path, number: int, count: int, joining: int) -> float:
    """All verbs of one cluster: the seconds of create."""
    servers = kind(place / str(count), FIRST_PORT + APART * number)
    names = [f"m{position}" for position in range(1, count + joining + 1)]
    try:
        servers.start(*names)
        # A node serves nothing in its first two seconds.
        time.sleep(3)
        _result, created = run(servers, names[:count])
        show(count, "create", created)
        show(count, "unchanged", run(servers, names[:count])[1])
        show(count, f"join {joining}", run(servers, names)[1])
        planned, cost = run(servers, names, check=True, state="rebalanced")
        show(count, "plan", cost, f"{len(planned['plan']['steps'] if isinstance(planned['plan'], dict) else planned['plan'])} steps")
        result, cost = run(servers, names, state="rebalanced")
        moved = sum(len(move["slots"]) if isinstance(move["slots"], list) else move["slots"] for move in result["moved"])
        show(count, "rebalance", cost, f"{moved} slots moved, {1000 * cost.seconds / max(moved, 1):.2f} ms each")
        return created.seconds
    finally:
        servers.stop()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--masters", nargs="*", type=int, default=[12, 100, 200])
    parser.add_argument("--joining", type=int, default=10)
    parser.add_argument("--directory", default="/dev/shm", help="where the servers have their files; by default in memory, since each syncs its configuration")
    parser.add_argument("--profile", action="store_true", help="write a profile of each run of the module into the working directory")
    options = parser.parse_args()
    # So that the servers are stopped then, too, and after ten minutes in any case.
    for caught in (signal.SIGTERM, signal.SIGALRM):
        signal.signal(caught, lambda *_: sys.exit("stopped"))
    signal.alarm(600)
    place = Path(tempfile.mkdtemp(prefix="redis-scale-", dir=options.directory))
    version = subprocess.run(["redis-server", "--version"], check=True, capture_output=True, text=True).stdout.split()[2]
    print(f"Redis {version}, redis-py {redis.__version__}, Python {sys.version.split()[0]}, {os.cpu_count()} cores, files in {options.directory}")
    print(f"{'masters':>7}  {'':<14} {'seconds':>8} {'our CPU':>9} {'their CPU':>9} {'commands':>9}  {'load':>5}")
    try:
        created = [measure(Profiled if options.profile else Servers, place, number, count, options.joining) for number, count in enumerate(options.masters)]
    finally:
        shutil.rmtree(place)
    for count, seconds in zip(options.masters[1:], created[1:], strict=True):
        print(f"create of {count} against create of {options.masters[0]}: {seconds - created[0]:+.2f} s, ratio {seconds / created[0]:.2f}")


if __name__ == "__main__":
    main()
