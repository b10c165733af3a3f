# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One snapshot to one, two and three MariaDB replicas, against a dump through the same pipe and against tar through it; and what writers notice."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from guests import SSH_OPTIONS, ask, run, running, start
from harness import CLOUD, HERE, OURS, ROOT, ROUNDS, Run, play, ratio, say, table

#: MiB of rows that the source holds
MEGABYTES = int(os.environ.get("BENCH_MEGABYTES", "1024"))
DATA, TLS, PORT = "/var/lib/mysql/data", "/etc/mysql/tls", 4444
_PASSWORD = "only-for-this-benchmark"  # noqa: S105 - of servers that live for minutes, on a bridge of this machine


class Family:
    """A source with data, and servers that become its replicas again and again.

    :param addresses: address by name, the source first
    """

    def __init__(self, addresses: dict):
        self.addresses = addresses
        self.source, *self.replicas = addresses

    def run(self, names: list, entry_point: str, **variables: object) -> Run:
        hosts = {name: {"ansible_host": self.addresses[name]} for name in names}
        return play(OURS, str(HERE / "playbooks/replica.yml"), {"bench_entry_point": entry_point, **variables}, hosts)

    def fill(self) -> None:
        self.run([self.source], "main")
        rows = MEGABYTES * 1024
        self.sql(
            "CREATE DATABASE shop; USE shop; CREATE TABLE shop.orders (id BIGINT PRIMARY KEY, note VARCHAR(20));"
            f"CREATE USER writer@'%' IDENTIFIED BY '{_PASSWORD}'; GRANT ALL ON shop.* TO writer@'%';"
            "CREATE TABLE shop.ballast (id INT PRIMARY KEY AUTO_INCREMENT, filling TEXT);"
            f"INSERT INTO shop.ballast (filling) SELECT TO_BASE64(RANDOM_BYTES(720)) FROM seq_1_to_{rows};"
        )

    def sql(self, text: str) -> None:
        # By a file: the client's arguments are seen by everybody.
        subprocess.run(["ssh", *SSH_OPTIONS, self.addresses[self.source], "sudo mariadb"], input=text, text=True, check=True)

    def blank(self, names: list) -> None:
        for name in names:
            run(self.addresses[name], "blank-data", DATA)

    def replicate(self, count: int, tool: str = "auto") -> tuple[float, float]:
        """Seconds from the moment that a replica listens until all have caught up, and those of the whole run."""
        names = self.replicas[:count]
        self.blank(names)
        done = self.run([self.source, *names], "replicate", mysql_replication_source=self.source, mysql_replication_tool=tool)
        ours = [row for row in done.tasks if row["host"] in names]
        began = min(row["start"] for row in ours if row["task"].endswith("Listen for the snapshot"))
        ended = max(row["end"] for row in ours if row["task"].endswith("Wait until the replica has all that the source has"))
        say(f"{tool}, {count} replicas: {ended - began:.1f} s of {done.seconds:.1f} s")
        return ended - began, done.seconds

    def floor(self, count: int) -> float:
        """Seconds that the same files take through tar, zstd and TLS to so many at once, and nothing else."""
        names = self.replicas[:count]
        self.blank(names)
        receivers = [start(self.addresses[name], "receive-tar", str(PORT), TLS, self.source, DATA) for name in names]
        time.sleep(2)
        streams = [word for name in names for word in (name, f"{self.addresses[name]}:{PORT}")]
        began = time.monotonic()
        run(self.addresses[self.source], "send-tar", TLS, DATA, *streams)
        if any(receiver.wait() for receiver in receivers):
            sys.exit("the floor's receivers failed")
        seconds = time.monotonic() - began
        say(f"tar, {count} replicas: {seconds:.1f} s")
        return seconds

    @contextmanager
    def writers(self) -> Iterator[dict]:
        """Two threads on the last server that commit at full speed, at whoever takes it; their report is there afterwards."""
        where, report = self.addresses[self.replicas[-1]], {}
        options = {
            "servers": [[self.addresses[name], 3306] for name in (self.source, *self.replicas[:2])],
            "password": _PASSWORD, "threads": 2, "stop": "/tmp/bench-stop", "started": "/tmp/bench-started",
        }  # fmt: skip
        ask(where, "rm", "-f", options["stop"], options["started"])
        subprocess.run(["ssh", *SSH_OPTIONS, where, "cat > load.py"], input=(ROOT / "tests/replication/load.py").read_text(), text=True, check=True)
        load = subprocess.Popen(["ssh", *SSH_OPTIONS, where, "python3 load.py"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        reader = threading.Thread(target=lambda: report.update(json.loads(load.communicate(json.dumps(options))[0])))
        reader.start()
        run(where, "await-file", options["started"])
        try:
            yield report
        finally:
            ask(where, "touch", options["stop"])
            reader.join()


def measure(family: Family) -> list:
    """Rows of a table: what it was, seconds of the copy, seconds of the whole run, ratio."""
    ours = {count: family.replicate(count) for count in (1, 2, 3)}
    dumps = {count: family.replicate(count, "dump") for count in (1, 3)}
    floors = {count: family.floor(count) for count in (1, 3)}
    one = ours[1][0]
    return [
        *([f"ours, {count}", *ours[count], f"{ratio(ours[count][0], one)} of one"] for count in ours),
        *([f"dump, {count}", *dumps[count], f"{ratio(ours[count][0], dumps[count][0])} is ours"] for count in dumps),
        *([f"tar, {count}", floors[count], "", f"{ratio(ours[count][0], floors[count])} is ours"] for count in floors),
    ]


def disturb(family: Family) -> list:
    """What writers at full speed notice of a snapshot to two, and of a promotion."""
    two = family.replicas[:2]
    with family.writers() as snapshot:
        family.replicate(2)
    with family.writers() as promotion:
        family.run([family.source, *two], "promote", mysql_replication_candidate=two[0])
    return [
        ["snapshot to two replicas", snapshot["gap_ms"], len(snapshot["acknowledged"])],
        ["promotion", promotion["gap_ms"], len(promotion["acknowledged"])],
    ]


def main() -> None:
    CLOUD.update(bench_image=os.environ.get("BENCH_IMAGE", "debian-12-mariadb-10.11"), bench_flavor=os.environ.get("BENCH_FLAVOR", "db.medium"))
    with running("bench-replica", 4) as addresses:
        family = Family(addresses)
        family.fill()
        say(f"{MEGABYTES} MiB on {family.source}")
        for _round in range(ROUNDS):
            rows = measure(family)
            table(f"{MEGABYTES} MiB until all replicas have caught up; seconds", ["", "copy", "whole run", "ratio"], rows)
        table("Two writers at full speed", ["", "longest gap, ms", "commits"], disturb(family))


if __name__ == "__main__":
    main()
