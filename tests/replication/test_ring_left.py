# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The way out of a ring, a member that has lost its data, one that is gone for good, and what is refused."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.mysql_replication.rules.topology import decide
from ansible_collections.stackdb.trove.plugins.module_utils._model.errors import Refused
from conftest import slave, wait_until
from rings import a_ring, equal, in_ring, nothing_is_lost, opened, ringed, written
from servers import Family, Server
from test_chain import made, sources
from test_preflight import words


@pytest.fixture
def ring(family: Family) -> list[Server]:
    return a_ring(family)


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


def test_one_that_has_lost_what_it_wrote_is_refused_and_left_out(ring: list[Server], tmp_path: Path) -> None:
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


def test_one_is_gone_for_good_and_the_one_that_comes_last_behind_the_gap_goes_on(ring: list[Server]) -> None:
    source, first, second = ring
    with written([source, second]) as writers:
        wait_until(lambda: min(map(len, writers.done.values())) > 50)
        first.kill()
        counts = {name: len(done) for name, done in writers.done.items()}
        wait_until(lambda: all(len(writers.done[name]) > count + 20 for name, count in counts.items()))
        with pytest.raises(Refused, match="in the ring source -> second -> source it is source"):
            ringed([source, second], ("source", "second"))
        with pytest.raises(Refused, match=r"second cannot be the source of all: .* of source\. Let source be the source"):
            opened([source, second], "second", ("source", "second"))
        # as a run does that ends while it waits for a source that was well chosen when it was planned
        assert source.run(state="closed")["changed"]
        opened([source, second], "source", ("source", "second"))
        assert [(server.info()["source"], server.info()["read_only"]) for server in (source, second)] == [(None, False), (None, True)]
        assert opened([source, second], "source", ("source", "second")) == []
        made([source, second], "source", "second")
        ringed([source, second], ("source", "second"))
    nothing_is_lost([source, second], writers)
