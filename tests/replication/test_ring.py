# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A source with replicas becomes a ring of three sources while somebody writes; each of its links is lost and repaired, while all three are written to."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial

import pymysql
import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.mysql_replication.rules.topology import decide
from ansible_collections.stackdb.trove.plugins.module_utils._model.errors import Refused
from conftest import attach, slave, unattached, wait_until
from servers import ADDRESS, Family, Server
from test_chain import made, sources
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


@pytest.fixture
def star(family: Family) -> list[Server]:
    if family.engine.name != "mariadb":
        pytest.skip("a ring is built on MariaDB")
    servers = unattached(family, "first", "second")
    with_tables(servers[0])
    attach(servers[0], *servers[1:])
    return servers


def with_tables(server: Server) -> None:
    server.sql(
        "CREATE TABLE shop.all_of_us (id BIGINT PRIMARY KEY AUTO_INCREMENT, who VARCHAR(20), number INT)",
        *(f"CREATE TABLE shop.{name} (id INT PRIMARY KEY, number INT)" for name in NAMES),
        "CREATE EVENT shop.nightly ON SCHEDULE EVERY 1 DAY DO DELETE FROM shop.orders WHERE id < 0",
    )


@pytest.fixture
def ring(star: list[Server]) -> list[Server]:
    made(star, "source", "first")
    made(star, "first", "second")
    ringed(star)
    return star


def test_a_star_becomes_a_ring_of_three_that_are_written_to(star: list[Server]) -> None:
    with written(star) as writers:
        wait_until(lambda: len(writers.done["source"]) > 50)
        made(star, "source", "first")
        made(star, "first", "second")
        ringed(star)
        assert sources(star) == {"source": "second", "first": "source", "second": "first"}
        assert [server.info()["read_only"] for server in star] == [False, False, False]
        wait_until(lambda: min(map(len, writers.done.values())) > 100)
        again = ringed(star)
        assert not [one for one in again if one["changed"]], again
        wait_until(lambda: min(map(len, writers.done.values())) > 150)
    nothing_is_lost(star, writers)
    newest = star[0].sql("SELECT who, id % 3 FROM shop.all_of_us ORDER BY id DESC LIMIT 200")
    assert set(newest) == {("source", 1), ("first", 2), ("second", 0)}
    domains = {server.port: {int(gtid.split("-")[0]) for gtid in server.value("@@gtid_slave_pos").split(",")} for server in star}
    assert domains == {port: {0, *domains} for port in domains}


def test_one_is_killed_while_all_are_written_to_and_its_links_come_back(ring: list[Server]) -> None:
    for victim in ring:
        with written(ring) as writers:
            wait_until(lambda writers=writers: min(map(len, writers.done.values())) > 50)
            victim.kill()
            before = {server.name: len(writers.done[server.name]) for server in ring}
            wait_until(lambda before=before, writers=writers: sum(len(writers.done[name]) > count + 20 for name, count in before.items()) == 2)
            with pytest.raises(Refused, match=f"{victim.name} cannot be reached, or the server there does not run"):
                ringed(ring)
            victim.start()
            ringed(ring)
            assert [server.info()["read_only"] for server in ring] == [False, False, False]
            wait_until(lambda own=writers.done[victim.name]: len(own) > 80)
        nothing_is_lost(ring, writers)
        ring[0].sql("TRUNCATE TABLE shop.all_of_us")
        wait_until(lambda: equal(ring))


def test_a_link_is_stopped_and_another_is_forgotten_while_all_are_written_to(ring: list[Server]) -> None:
    source, first, second = ring
    with written(ring) as writers:
        for lost in ((first, "STOP"), (source, "STOP"), (second, "RESET"), (source, "RESET")):
            slave(lost[0], "STOP")
            if lost[1] == "RESET":
                lost[0].sql("RESET SLAVE ALL")
            counts = {name: len(done) for name, done in writers.done.items()}
            wait_until(lambda counts=counts: all(len(writers.done[name]) > count + 20 for name, count in counts.items()))
            ringed(ring)
            assert [server.info()["read_only"] for server in ring] == [False, False, False]
        for server in ring:
            slave(server, "STOP")
        ringed(ring)
    nothing_is_lost(ring, writers)
    assert not [one for one in ringed(ring) if one["changed"]]


def opened(servers: list[Server], candidate: str) -> list[dict]:
    """What the role does for the way out of a ring. The modules' results."""
    by_name = {server.name: server for server in servers}
    order = [*NAMES[NAMES.index(candidate) :], *NAMES[: NAMES.index(candidate)]]
    others = decide("one_writer", list(by_name), words(servers), candidate=candidate, ring=order)["replicas"]
    if not others:
        return []
    done = [by_name[name].run(state="closed") for name in others]
    plan = decide("one_writer", list(by_name), words(servers), candidate=candidate, ring=order)
    done.append(by_name[candidate].run(state="one_writer", executed=list(plan["executed"].values()), parallel_threads=4, timeout=20))
    for name in plan["replicas"]:
        if name in plan["path"]:
            done.append(by_name[name].run(state="caught_up", timeout=20))
        done.append(by_name[name].run(state="one_writer", **({"parallel_threads": 4} if name in plan["path"] else {})))
    for server in servers:
        plain = {"gtid_domain_id": 0, "auto_increment_increment": 1, "auto_increment_offset": 1, "slave_parallel_threads": 4}
        server.settings = {**server.settings, **plain}
    assert not [one for one in done if one.get("failed")], done
    return done


def test_one_goes_on_as_the_source_and_a_ring_is_made_again(ring: list[Server]) -> None:
    source, first, second = ring
    with written(ring) as writers:
        for top, below, last in ((first, second, source), (source, first, second)):
            wait_until(lambda writers=writers: min(map(len, writers.done.values())) > 50)
            opened(ring, top.name)
            assert sources(ring) == {top.name: None, below.name: top.name, last.name: below.name}
            assert [server.info()["read_only"] for server in (top, below, last)] == [False, True, True]
            assert opened(ring, top.name) == []
            # as a source with replicas it is turned round and promoted, as any other
            made(ring, top.name, below.name, last.name)
            made(ring, top.name, below.name)
            made(ring, below.name, last.name)
            count = len(writers.done[top.name])
            wait_until(lambda own=writers.done[top.name], count=count: len(own) > count + 50)
            ringed(ring)
            assert not [one for one in ringed(ring) if one["changed"]]
    nothing_is_lost(ring, writers)


def test_one_that_has_lost_what_it_wrote_is_refused_and_left_out(ring: list[Server], tmp_path) -> None:
    source, first, second = ring
    first.sql("SHUTDOWN")
    first.process.wait(timeout=30)
    shutil.copytree(first.home / "data", tmp_path / "old")
    first.start()
    first.sql("INSERT INTO shop.all_of_us (who, number) VALUES ('first', 1)")
    wait_until(lambda: equal(ring))
    first.kill()
    shutil.rmtree(first.home / "data")
    shutil.copytree(tmp_path / "old", first.home / "data")
    first.start()
    for server in ring:
        slave(server, "STOP")
    done = in_ring(first, source, ring_size=3, ring_position=2)
    assert "this server wrote, and has no more" in done["msg"], done
    for server in ring:
        slave(server, "START")
    opened(ring, "source")
    made([source, second, first], "source", "second")
    source.sql("INSERT INTO shop.all_of_us (who, number) VALUES ('source', 1)")
    wait_until(lambda: equal([source, second]))
    assert first.run(state="detached")["changed"]
    assert "this server wrote, and has no more" in first.attach(source).get("msg", ""), first.info()


def test_what_cannot_be_told_apart_or_would_cost_data_is_refused(ring: list[Server]) -> None:
    source, first, second = ring
    for verb, given in (
        ("promote", {"candidate": "first"}),
        ("detach", {"leaving": ["first"]}),
        ("attach", {"source": "source", "returning": ["second"], "chain": True}),
        ("replicate", {"source": "source"}),
        ("eject", {"source": "source"}),
    ):
        with pytest.raises(Refused, match=f"in which each takes writes: {verb} knows one source"):
            decide(verb, [server.name for server in ring], words(ring), **given)
    first.sql("ALTER EVENT shop.nightly ENABLE")
    wait_until(lambda: equal(ring))
    second.sql("SET SESSION sql_log_bin = 0", "ALTER EVENT shop.nightly ENABLE")
    with pytest.raises(Refused, match=r"shop.nightly on first, second"):
        ringed(ring)
    second.sql("SET SESSION sql_log_bin = 0", "ALTER EVENT shop.nightly DISABLE ON SLAVE")
    ringed(ring)
    # the same row, by two at once: the second link to see both stops, and says so
    for server in ring:
        slave(server, "STOP")
    for server in (source, first):
        server.sql(f"INSERT INTO shop.orders VALUES (77, '{server.name}')")
    for server in ring:
        slave(server, "START")
    wait_until(lambda: any(server.info()["source"]["sql_error"] for server in ring))
    with pytest.raises(Refused, match="cannot apply what it received"):
        ringed(ring)


def test_a_run_that_was_killed_anywhere_goes_on(ring: list[Server]) -> None:
    with written(ring) as writers:
        for steps in (1, 3, 4, 5, 6, 8, 9):
            opened(ring, "source")
            ringed(ring, killed_after=steps)
            if steps == 6:
                ring[0].kill()
                ring[0].start()
            ringed(ring)
            assert [server.info()["read_only"] for server in ring] == [False, False, False]
    nothing_is_lost(ring, writers)
    assert not [one for one in ringed(ring) if one["changed"]]


def test_two_are_a_ring(family: Family) -> None:
    if family.engine.name != "mariadb":
        pytest.skip("a ring is built on MariaDB")
    servers = unattached(family, "first")
    with_tables(servers[0])
    attach(*servers)
    with written(servers) as writers:
        ringed(servers, ("first", "source"))
        wait_until(lambda: min(map(len, writers.done.values())) > 50)
        servers[1].kill()
        servers[1].start()
        assert not [one for one in ringed(servers, ("first", "source")) if one["changed"]]
    nothing_is_lost(servers, writers)
    assert set(servers[0].sql("SELECT who, id % 2 FROM shop.all_of_us ORDER BY id DESC LIMIT 20")) == {("source", 0), ("first", 1)}
