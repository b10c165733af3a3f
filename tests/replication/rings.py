# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A ring of servers as the role makes it, repairs it and ends it, and clients that write to all of them."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial

import pymysql
import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.mysql_replication.rules.topology import decide
from conftest import attach, unattached, wait_until
from servers import ADDRESS, Family, Server
from test_chain import made
from test_preflight import words

NAMES = ("source", "first", "second")


class Writers:
    """Clients that write to their server whenever it takes writes: into a table of all with automatic numbers, and into one of their own."""

    def __init__(self, servers: list[Server]) -> None:
        self.done: dict[str, list[int]] = {server.name: [] for server in servers}
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._write, args=(server,)) for server in servers]

    def _write(self, server: Server) -> None:
        number = 0
        while not self._stop.is_set():
            with suppress(pymysql.MySQLError), server.connect() as connection, connection.cursor() as cursor:
                # root writes in spite of read_only, which no client of ours shall
                while not self._stop.is_set() and not self._closed(cursor):
                    number += 1
                    cursor.execute("INSERT INTO shop.all_of_us (who, number) VALUES (%s, %s)", (server.name, number))
                    cursor.execute(f"REPLACE INTO shop.{server.name} VALUES (%s, %s)", (number % 50, number))
                    self.done[server.name].append(number)
                    # three that write as fast as they can would be more than the one thread that applies can do
                    time.sleep(0.005)
            time.sleep(0.02)

    @staticmethod
    def _closed(cursor: pymysql.cursors.Cursor) -> bool:
        cursor.execute("SELECT @@GLOBAL.read_only")
        return bool(cursor.fetchone()[0])

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()


@contextmanager
def written(servers: list[Server]) -> Iterator[Writers]:
    writers = Writers(servers)
    writers.start()
    try:
        yield writers
    finally:
        writers.stop()


def ringed(servers: list[Server], order: tuple[str, ...] = NAMES, killed_after: int | None = None) -> list[dict]:
    """What the role does for a ring, and the settings that its file has at the next start. The modules' results.

    :param killed_after: after how many of the steps nothing more is done
    """
    by_name = {server.name: server for server in servers}
    plan = decide("ring", list(by_name), words(servers), ring=order)
    done = [step() for step in list(_steps(by_name, plan))[:killed_after]]
    assert not [one for one in done if one.get("failed")], done
    return done


def _steps(by_name: dict[str, Server], plan: dict) -> Iterator[Callable[[], dict]]:
    accounts = [{**account, "address": ADDRESS} for account in plan["accounts"]]
    first = by_name[plan["source"]]
    yield partial(first.run, state="source", ca_cert=first.tls["ca_cert"], replicas=accounts)
    yield from (partial(by_name[name].run, state="caught_up", timeout=20) for name in plan["path"])
    places = {name: {"ring_size": plan["ring"][name]["size"], "ring_position": plan["ring"][name]["position"]} for name in plan["order"]}
    before = {name: by_name[plan["ring"][name]["source"]] for name in plan["order"]}
    for name, place in places.items():
        yield partial(_in_its_place, by_name[name], before[name], disconnect=bool(plan["opening"]), **place)
    for name, place in places.items():
        yield partial(by_name[name].run, state="caught_up", timeout=20)
        if name in plan["opening"]:
            yield partial(in_ring, by_name[name], before[name], ring_opens=True, **place)


def _in_its_place(server: Server, before: Server, **options: object) -> dict:
    size, position = options["ring_size"], options["ring_position"]
    of_ring = {"gtid_domain_id": server.port, "auto_increment_increment": size, "auto_increment_offset": position, "slave_parallel_threads": 0}
    server.settings = {**server.settings, **of_ring}
    return in_ring(server, before, **options)


def in_ring(server: Server, before: Server, **options: object) -> dict:
    return server.run(state="ring", source_host=ADDRESS, source_port=before.port, **{**server.tls, "timeout": 30, **options})


def contents(server: Server) -> list[list[tuple]]:
    return [server.sql(f"SELECT * FROM shop.{table} ORDER BY 1") for table in ("all_of_us", *NAMES)]


def equal(servers: list[Server]) -> bool:
    found = [contents(server) for server in servers]
    return all(one == found[0] for one in found)


def nothing_is_lost(servers: list[Server], writers: Writers) -> None:
    wait_until(lambda: equal(servers), 60)
    assert not any(server.info()["problems"] for server in servers)
    for server in servers:
        there = {tuple(row) for row in server.sql("SELECT who, number FROM shop.all_of_us")}
        missing = {(name, number) for name, numbers in writers.done.items() for number in numbers} - there
        assert not missing, (server.name, sorted(missing)[:10])


def with_tables(server: Server) -> None:
    server.sql(
        "CREATE TABLE shop.all_of_us (id BIGINT PRIMARY KEY AUTO_INCREMENT, who VARCHAR(20), number INT)",
        *(f"CREATE TABLE shop.{name} (id INT PRIMARY KEY, number INT)" for name in NAMES),
        "CREATE EVENT shop.nightly ON SCHEDULE EVERY 1 DAY DO DELETE FROM shop.orders WHERE id < 0",
    )


def opened(servers: list[Server], candidate: str, order: tuple[str, ...] = NAMES) -> list[dict]:
    """What the role does for the way out of a ring. The modules' results."""
    by_name = {server.name: server for server in servers}
    order = (*order[order.index(candidate) :], *order[: order.index(candidate)])
    plan = decide("one_writer", list(by_name), words(servers), candidate=candidate, ring=order)
    if not plan["order"]:
        return []
    done = [by_name[name].run(state="closed") for name in plan["replicas"]]
    plan = decide("one_writer", list(by_name), words(servers), candidate=candidate, ring=order)
    done.append(by_name[candidate].run(state="one_writer", executed=list(plan["executed"].values()), parallel_threads=4, ring_opens=True, timeout=20))
    for name in plan["replicas"]:
        received, forgets = name in plan["path"], name in plan["leaving"]
        if received:
            done.append(by_name[name].run(state="caught_up", timeout=20))
        done.append(by_name[name].run(state="one_writer", **({"parallel_threads": 4} if received else {}), **({"executed": []} if forgets else {})))
    for server in servers:
        plain = {"gtid_domain_id": 0, "auto_increment_increment": 1, "auto_increment_offset": 1, "slave_parallel_threads": 4}
        server.settings = {**server.settings, **plain}
    assert not [one for one in done if one.get("failed")], done
    return done


def a_star(family: Family) -> list[Server]:
    if family.engine.name != "mariadb":
        pytest.skip("a ring is built on MariaDB")
    servers = unattached(family, "first", "second")
    with_tables(servers[0])
    attach(servers[0], *servers[1:])
    return servers


def a_ring(family: Family) -> list[Server]:
    servers = a_star(family)
    made(servers, "source", "first")
    made(servers, "first", "second")
    ringed(servers)
    return servers
