# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which copy of a master's data has most, and when that is not proven. Against real servers: tests/redis/test_recovery.py."""

from __future__ import annotations

import random
from collections.abc import Collection
from typing import Any

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.redis_cluster.rules import copies_of
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.redis_cluster.rules.copies_of import Choice, History
from ansible_collections.stackdb.trove.tests.unit.redis_builders import Node, met, node_id
from ansible_collections.stackdb.trove.tests.unit.redis_outages import fail, shards

X, Y = "x" * 40, "y" * 40
RDB: dict[str, Any] = {"persistence": "rdb"}
EMPTY: dict[str, Any] = {"data": False}
DAMAGED: dict[str, Any] = {"damaged": True}


def link_down(seconds: int | None, offset: int = 100, replid: str = X, **info: Any) -> dict[str, Any]:
    """A replica whose link has been down for so long; None: since it was started."""
    since = -1 if seconds is None else seconds
    said = {"redis_version": "7.0.15", "role": "slave", "slave_repl_offset": offset, "master_replid": replid, "master_link_down_since_seconds": since, **info}
    return {"info": said, "master_link": "down"}


def chosen(
    replicas: dict[str, dict[str, Any]], lost: Collection[str] = (), down: Collection[str] = (), unreachable: Collection[str] = (), most: bool = True,
    **rows: Any,
) -> Choice:  # fmt: skip
    """Of the shard of m1, which went down 60 s ago and has its log.

    :param replicas: how those of m1 that answer are otherwise, by name
    :param down: replicas that are down; unreachable: whose hosts say nothing
    """
    nodes = shards()
    for name in {*replicas, *down}:
        if name not in nodes:
            nodes[name] = Node(name, (), keys=5)
        nodes[name].settings.update(master="m1", **replicas.get(name, {}))
    met(*nodes.values())
    return copies_of.choose(fail(nodes, ["m1", *down], unreachable, **rows), lost, node_id("m1"), most)


def names(choice: Choice) -> tuple[str, ...]:
    return tuple(copy.name for copy in choice.copies)


def test_a_replica_whose_link_broke_before_its_master_ended_takes_no_place_of_one_that_has_its_log() -> None:
    found = chosen({"m4": link_down(86400)})
    assert (found.own, found.copies, found.problem) == (True, (), None)
    assert found.note == "the link of its replica m4 had been down for 86340 s when it ended"


@pytest.mark.parametrize("most", [True, False])
@pytest.mark.parametrize("row", [RDB, EMPTY, DAMAGED, {"tried": True}])
def test_without_a_log_a_late_replica_is_taken_only_for_one_that_is_named_lost(row: dict[str, Any], most: bool) -> None:
    found = chosen({"m4": link_down(86400)}, most=most, m1=row)
    assert (found.own, found.copies) == (False, ())
    assert "the link of its replica m4 had been down for 86340 s when it ended" in (found.problem or "")
    assert "name it in trove_lost: what was written since is lost then" in (found.problem or "")
    found = chosen({"m4": link_down(86400)}, ["m1"], most=most, m1=row)
    assert (names(found), found.problem) == (("m4",), None)
    assert "86340 s" in found.note


@pytest.mark.parametrize("seconds", [0, 30, 60, 75])
def test_a_link_that_lasted_until_the_end_or_a_node_timeout_before_is_a_proof(seconds: int) -> None:
    assert names(chosen({"m4": link_down(seconds)})) == ("m4",)


def test_a_link_that_is_up_and_silent_for_longer_than_its_master_is_down_is_no_proof() -> None:
    silent = link_down(None, master_last_io_seconds_ago=90) | {"master_link": "up"}
    assert chosen({"m4": silent}).own
    assert names(chosen({"m4": silent}, m1={"down_for": 70.0})) == ("m4",)


def test_the_end_of_one_whose_host_is_silent_is_when_most_masters_last_heard_it() -> None:
    nodes = shards()
    nodes["m4"].settings.update(link_down(5000))
    for name in ("m2", "m3"):
        # pong is 1 ms after the epoch in what the builders say
        nodes[name].settings["info"] = {"redis_version": "7.0.15", "server_time_usec": 5_001_000_000}
    facts = fail(nodes, ["m1"], ["m1"])
    assert names(copies_of.choose(facts, (), node_id("m1"), True)) == ("m4",)
    nodes["m4"].settings.update(link_down(6000))
    assert "had been down for 999 s when it ended" in (copies_of.choose(fail(nodes, ["m1"], ["m1"]), (), node_id("m1"), True).problem or "")
    # one of two is not most of three
    nodes["m3"].settings["info"] = {"redis_version": "7.0.15"}
    assert "may have more than m4" in (copies_of.choose(fail(nodes, ["m1"], ["m1"]), (), node_id("m1"), True).problem or "")


@pytest.mark.parametrize("row", [RDB, EMPTY, {"persistence": "none", **EMPTY}])
@pytest.mark.parametrize("lost", [(), ("m1",)])
def test_a_silent_replica_may_have_more(row: dict[str, Any], lost: tuple[str, ...]) -> None:
    found = chosen({}, lost, ["m4"], ["m4"], m1=row)
    assert (found.own, found.copies) == (False, ())
    assert "its replica m4 is silent, and may have more: bring it back, or name it lost, too (trove_lost)" in (found.problem or "")
    found = chosen({}, (*lost, "m4"), ["m4"], ["m4"], m1=row)
    assert (found.own, found.problem) == (not lost and row["data"] if "data" in row else not lost, None)


def test_a_silent_replica_does_not_keep_a_log_or_a_proven_copy_from_serving() -> None:
    assert chosen({}, (), ["m4"], ["m4"]).own
    assert names(chosen({"m4": link_down(60)}, (), ["m7"], ["m7"], m1=RDB)) == ("m4",)


def test_a_replica_that_has_data_and_cannot_be_started_may_have_more() -> None:
    tried = {"tried": True, "why": ["its port is taken"]}
    assert "its replica m4 has data, and cannot be started (its port is taken)" in (chosen({}, ("m1",), ["m4"], m1=EMPTY, m4=tried).problem or "")
    assert chosen({}, ("m1",), ["m4"], m1=EMPTY, m4=DAMAGED) == Choice()


def test_of_several_copies_on_disk_the_one_that_is_furthest_in_the_stream_is_taken() -> None:
    def at(offset: int, replid: str = X) -> dict[str, Any]:
        return {**RDB, "replid": replid, "offset": offset}

    down = ["m4", "m7"]
    assert names(chosen({}, (), down, m1=EMPTY, m4=at(5), m7=at(9))) == ("m7",)
    assert names(chosen({}, ("m7",), down, m1=EMPTY, m4=at(5), m7=at(9))) == ("m4",)
    # the master's own snapshot is one of them
    assert names(chosen({}, (), down, m1=at(7), m4=at(5), m7=at(9))) == ("m7",)
    assert chosen({}, (), down, m1=at(9), m4=at(5), m7=at(9)).own
    for rows in ({"m4": at(5), "m7": at(9, Y)}, {"m4": at(5), "m7": RDB}, {}):
        found = chosen({}, (), down, m1=EMPTY, **rows)
        assert (found.own, found.copies) == (False, ())
        assert "of the data of m1 there are copies that have no order: m4 (" in (found.problem or "")
        assert names(chosen({}, ("m4",), down, m1=EMPTY, **rows)) == ("m7",)


def test_a_snapshot_of_its_replica_that_cannot_be_compared_is_no_reason_to_start_its_own() -> None:
    found = chosen({}, (), ["m4"], m1=RDB, m4=RDB)
    assert "copies that have no order: m1 (of no known stream, on its disk), m4" in (found.problem or "")
    assert chosen({}, ("m4",), ["m4"], m1=RDB, m4=RDB).own
    assert names(chosen({}, ("m1",), ["m4"], m1=RDB, m4=RDB)) == ("m4",)


def test_a_copy_of_unknown_age_is_not_taken_while_its_master_may_have_more() -> None:
    for found in (chosen({}, (), ["m4"], ["m1"]), chosen({"m4": link_down(None)}, (), (), ["m1"]), chosen({}, (), ["m4"], m1={"tried": True})):
        assert "m1 does not answer, and may have more than m4" in (found.problem or "")
    # nor is one that was started by an earlier run refused, which was to be taken from its disk
    assert names(chosen({"m4": link_down(None)}, m1=EMPTY)) == names(chosen({}, (), ["m4"], m1=EMPTY)) == ("m4",)


def test_offsets_of_different_streams_are_not_compared() -> None:
    found = chosen({"m4": link_down(60, 5, X), "m7": link_down(60, 900, Y)})
    assert "copies that have no order: m4 (at 5 of the stream xxxxxxxx), m7 (at 900 of the stream yyyyyyyy)" in (found.problem or "")
    # of one that followed until the end nobody else is asked, unless it is ahead in the same stream
    assert names(chosen({"m4": link_down(60, 5, X), "m7": link_down(900, 900, Y)})) == ("m4",)
    assert names(chosen({"m4": link_down(60, 5, X), "m7": link_down(None, 900, X)})) == ("m7", "m4")
    # it went on from the other one's, at 6
    went_on = {"master_replid2": X, "second_repl_offset": 6}
    assert names(chosen({"m4": link_down(60, 5, X), "m7": link_down(60, 900, Y, **went_on)})) == ("m7", "m4")
    assert chosen({"m4": link_down(60, 6, X), "m7": link_down(60, 900, Y, **went_on)}).problem


def test_a_snapshot_that_is_further_on_than_a_replica_that_followed_until_the_end_has_more() -> None:
    own = {**RDB, "replid": X, "offset": 101}
    assert chosen({"m4": link_down(60)}, m1=own).own
    assert names(chosen({"m4": link_down(60)}, m1={**own, "offset": 100})) == ("m4",)
    assert names(chosen({"m4": link_down(60)}, ["m1"], m1=own)) == ("m4",)


def test_the_best_of_those_that_were_decided_upon_is_who_has_most_now() -> None:
    nodes = shards()
    nodes["m7"] = Node("m7", (), master="m1", keys=5, **link_down(60, 9))
    nodes["m4"].settings.update(link_down(60, 5))
    met(*nodes.values())
    facts = fail(nodes, ["m1"])
    assert [copies_of.best_of(facts, node_id("m1"), of).name for of in (("m4", "m7"), ("m4",))] == ["m7", "m4"]
    assert copies_of.best_of(facts, node_id("m1"), ["m5"]) is None


@pytest.mark.parametrize("seed", range(100))
def test_nothing_is_chosen_that_another_copy_is_ahead_of(seed: int) -> None:
    """Any replicas, up and down, with any links and streams: who was in the same stream and further on is never passed over, unless it was given up."""
    chance = random.Random(seed)
    others = ["m4", "m7", "m8"]
    down = [name for name in others if chance.random() < 0.5]
    live = {name: link_down(chance.choice([None, 10, 70, 5000]), chance.randint(1, 9), chance.choice([X, X, Y])) for name in others if name not in down}
    rows = {name: {**RDB, "replid": chance.choice([X, X, Y]), "offset": chance.randint(1, 9), "data": chance.random() < 0.8} for name in ["m1", *down]}
    lost = [name for name in ("m1", *down) if chance.random() < 0.2]
    found = chosen(live, lost, down, [name for name in down if chance.random() < 0.2], **rows)
    assert (found.own, bool(found.copies), found.problem is not None).count(True) <= 1
    taken = "m1" if found.own else found.copies[0].name if found.copies else None
    if taken is None:
        return
    assert taken not in lost
    places = {name: History(one["info"]["master_replid"], one["info"]["slave_repl_offset"]) for name, one in live.items()}
    places.update({name: History(row["replid"], row["offset"]) for name, row in rows.items() if row["data"] and name not in lost})
    complete = any(copy.complete for copy in found.copies)
    for name, place in places.items():
        # what is on disk is no more than what a replica has that followed until the end
        if place.replid == places[taken].replid and not (complete and name in down):
            assert (place.offset or 0) <= (places[taken].offset or 0), (taken, name)
