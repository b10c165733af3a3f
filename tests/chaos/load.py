# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A client that writes all the time while verbs run and are killed, and what was acknowledged to it: tests/replication/load.py, or redis_load.py."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterable
from pathlib import Path

import pymysql
from redis_load import client
from world import Guest, World

HERE = Path(__file__).resolve().parent
#: of a database that is deleted with the test, reached from this machine alone
PASSWORD = "chaos-not-a-secret"
#: seconds in which a replica has to have what its source has acknowledged
_PATIENCE = 120
_ACCOUNT = (
    "CREATE DATABASE IF NOT EXISTS shop; CREATE TABLE IF NOT EXISTS shop.orders (id BIGINT PRIMARY KEY, note VARCHAR(20));"
    f"CREATE USER IF NOT EXISTS writer@'%' IDENTIFIED BY '{PASSWORD}'; GRANT ALL ON shop.* TO writer@'%'"
)


class SqlLoad:
    """Commits to the first server that takes one; who is refused asks the next."""

    def __init__(self, world: World, place: Path):
        self.world, self.place = world, place
        self.process: subprocess.Popen | None = None
        self.seen: set[int] = set()

    def prepare(self) -> None:
        self.world.guests()[0].ssh("sudo mariadb", _ACCOUNT)

    def begin(self) -> None:
        self.place.mkdir(parents=True, exist_ok=True)
        for name in ("stop", "started"):
            (self.place / name).unlink(missing_ok=True)
        told = {
            "servers": [[guest.address, 3306] for guest in self.world.guests()], "password": PASSWORD, "threads": 1, "pause": 0.02, "patience": 0.1,
            "stop": str(self.place / "stop"), "started": str(self.place / "started"),
        }  # fmt: skip
        script = HERE.parent / "replication" / "load.py"
        with (self.place / "report").open("w") as report:
            self.process = subprocess.Popen([sys.executable, str(script)], stdin=subprocess.PIPE, stdout=report, text=True)
        self.process.stdin.write(json.dumps(told))
        self.process.stdin.close()
        _until(lambda: (self.place / "started").exists(), "a client that writes")

    def end(self) -> dict:
        """What it says of itself, with the number of ids that were acknowledged."""
        (self.place / "stop").touch()
        self.process.wait(60)
        report = json.loads((self.place / "report").read_text())
        acknowledged = report.pop("acknowledged")
        self.seen |= set(acknowledged)
        return {"acknowledged": len(acknowledged), **report}

    def lost(self, guests: Iterable[Guest]) -> list[str]:
        """What of all that was ever acknowledged is not on a server: sentences."""
        found = []
        for guest in guests:
            deadline = time.monotonic() + _PATIENCE
            while (missing := self.seen - self._stored(guest)) and time.monotonic() < deadline:
                time.sleep(1)
            if missing:
                found.append(f"{guest.name} lacks {len(missing)} of {len(self.seen)} acknowledged commits, the first is {min(missing)}")
        return found

    def _stored(self, guest: Guest) -> set[int]:
        try:
            where = {"host": guest.address, "user": "writer", "password": PASSWORD, "database": "shop", "connect_timeout": 5}
            connection = pymysql.connect(**where, ssl={"check_hostname": False})
        except pymysql.MySQLError:
            return set()
        with connection, connection.cursor() as cursor:
            cursor.execute("SELECT id FROM orders")
            return {row[0] for row in cursor.fetchall()}


class RedisLoad:
    """Sets keys of its own, each once."""

    def __init__(self, world: World, place: Path):
        self.world, self.place = world, place
        self.process: subprocess.Popen | None = None
        self.seen: set[int] = set()
        self.told: dict = {}

    def prepare(self) -> None:
        """The cluster's password is on the guests."""

    def begin(self) -> None:
        self.place.mkdir(parents=True, exist_ok=True)
        for name in ("stop", "started"):
            (self.place / name).unlink(missing_ok=True)
        guests = self.world.guests()
        self.told = {"servers": [guest.address for guest in guests], "password": redis_password(guests[0])}
        told = {**self.told, "stop": str(self.place / "stop"), "started": str(self.place / "started")}
        with (self.place / "report").open("w") as report:
            self.process = subprocess.Popen([sys.executable, str(HERE / "redis_load.py")], stdin=subprocess.PIPE, stdout=report, text=True)
        self.process.stdin.write(json.dumps(told))
        self.process.stdin.close()
        _until(lambda: (self.place / "started").exists(), "a client that writes")

    end = SqlLoad.end

    def lost(self, guests: Iterable[Guest]) -> list[str]:
        if not self.seen:
            return []
        connected = client({**self.told, "servers": [guest.address for guest in guests]})
        missing = {number for number in self.seen if connected.get(f"written:{number}") != str(number)}
        return [f"{len(missing)} of {len(self.seen)} acknowledged keys are not as they were written, the first is written:{min(missing)}"] if missing else []


def redis_password(guest: Guest) -> str:
    """As a client is given it."""
    return guest.ssh("sudo cat /etc/stackdb-trove/redis-default.password")


def _until(condition, what: str, timeout: float = 90) -> None:
    deadline = time.monotonic() + timeout
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"after {timeout:.0f} s: not {what}")
        time.sleep(0.05)
