# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A source with replicas becomes a ring of three sources while somebody writes; each of its links is lost and repaired, while all three are written to."""

from __future__ import annotations

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._model.errors import Refused
from conftest import attach, slave, unattached, wait_until
from rings import a_ring, a_star, equal, nothing_is_lost, opened, ringed, with_tables, written
from servers import Family, Server
from test_chain import made, sources


@pytest.fixture
def star(family: Family) -> list[Server]:
    return a_star(family)


@pytest.fixture
def ring(family: Family) -> list[Server]:
    return a_ring(family)


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


def test_a_run_that_was_killed_anywhere_goes_on(ring: list[Server]) -> None:
    with written(ring) as writers:
        for steps in (1, 4, 5, 6, 8):
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
