# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What flags mean after an end of a move was killed, failed over or restored."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.redis_cluster.rules import open_slots, topology
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.redis_cluster.rules.slots import Move
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.redis_cluster.rules.topology import Cluster
from ansible_collections.stackdb.trove.tests.unit.redis_builders import Node, cluster, met, node_id, whole


def to(slot: int, name: str) -> str:
    return f"[{slot}->-{node_id(name)}]"


def from_(slot: int, name: str) -> str:
    return f"[{slot}-<-{node_id(name)}]"


def seen(marks: Mapping[str, str], held: Mapping[str, Mapping[int, int]] | None = None, more: tuple[Node, ...] = ()) -> Cluster:
    """Three masters and a fourth without slots, flags as given; m1 serves slots 0 to 5461, m2 what follows.

    :param held: keys by slot of who does not serve it, by name; None where nobody has counted
    """
    nodes = met(*whole(), Node("m4"), *more)
    for node in nodes:
        node.marks = marks.get(node.name, "")
    found = cluster(nodes)
    if held is None:
        return found
    return Cluster(tuple(replace(member, held=held.get(member.name, {})) for member in found.members))


REPLICA = (Node("m5", master="m1"), Node("m6", master="m4"))


@pytest.mark.parametrize(
    ("marks", "held", "moves", "stale"),
    [
        pytest.param({"m1": to(5, "m4"), "m4": from_(5, "m1")}, {"m4": {5: 3}}, [Move("m1", "m4", (5,))], {}, id="killed"),
        pytest.param({"m4": from_(5, "m1")}, {}, [], {"m4": {5}}, id="killed before the source sent"),
        # what an old RDB brings: the source of the flag owns the slot, and sends nothing
        pytest.param({"m4": from_(5, "m1")}, {"m4": {5: 3}}, [], {"m4": {5}}, id="restored from an old RDB"),
        pytest.param({"m4": from_(5, "m5")}, {"m4": {5: 3}}, [Move("m1", "m4", (5,))], {}, id="the source failed over, and is a replica now"),
        pytest.param({"m4": from_(5, "gone")}, {"m4": {5: 3}}, [Move("m1", "m4", (5,))], {}, id="the source failed over, and is gone"),
        pytest.param({"m4": from_(5, "m2")}, {}, [], {"m4": {5}}, id="a master that is no owner is no source"),
        pytest.param({"m1": to(5, "m6")}, {"m4": {5: 3}}, [Move("m1", "m4", (5,))], {}, id="the target failed over, and is a replica now"),
        pytest.param({"m1": to(5, "m6")}, {}, [Move("m1", "m4", (5,))], {}, id="the same, before a key had arrived"),
        pytest.param({"m1": to(5, "gone")}, {"m4": {5: 3}}, [Move("m1", "m4", (5,))], {}, id="the target is gone, its heir has keys"),
        pytest.param({"m1": to(5, "gone"), "m4": from_(5, "m1")}, {}, [Move("m1", "m4", (5,))], {}, id="its heir has the flag (Valkey)"),
        pytest.param({"m1": to(5, "gone")}, {}, [], {"m1": {5}}, id="the target is gone, and nothing had arrived"),
        pytest.param({"m1": to(5, "gone"), "m4": from_(5, "gone")}, {"m4": {5: 1}}, [Move("m1", "m4", (5,))], {}, id="both failed over"),
        pytest.param({"m1": to(5, "m4"), "m4": from_(5, "m1"), "m3": from_(5, "m1")}, {"m4": {5: 3}}, [Move("m1", "m4", (5,))], {"m3": {5}}, id="a third"),
        pytest.param({"m2": to(5, "m4")}, {}, [], {"m2": {5}}, id="sent by one that does not own it"),
        pytest.param({"m1": from_(5, "m2")}, {}, [], {"m1": {5}}, id="imported by its owner"),
        pytest.param({"m1": to(5, "m1")}, {}, [], {"m1": {5}}, id="sent to itself"),
        pytest.param({"m1": to(5, "m5")}, {}, [], {"m1": {5}}, id="sent to its own replica"),
    ],
)
def test_which_flags_are_moves(marks, held, moves, stale) -> None:
    found = open_slots.judge(seen(marks, held, REPLICA))
    assert (found.moves, found.stale, found.unclear) == (moves, stale, {})


@pytest.mark.parametrize(
    ("marks", "held", "why"),
    [
        ({"m1": to(5, "gone")}, {"m4": {5: 3}, "m3": {5: 7}}, "its target is gone; keys are held by m3 7, m4 3"),
        ({"m1": to(5, "gone")}, None, "its target is gone, and its keys were not counted"),
        ({"m4": from_(5, "gone"), "m3": from_(5, "gone")}, {"m4": {5: 3}}, "m3 and m4 import it; keys are held by m4 3"),
    ],
)
def test_what_cannot_be_told_is_said_with_who_holds_the_keys(marks, held, why) -> None:
    found = open_slots.judge(seen(marks, held))
    assert (found.moves, found.stale, found.unclear) == ([], {}, {5: why})


def test_a_slot_that_nobody_serves_is_unclear() -> None:
    nodes = met(*whole(), Node("m4"))
    nodes[0].slots.discard(5)
    nodes[3].marks = from_(5, "gone")
    assert open_slots.judge(cluster(nodes)).unclear == {5: "no member that answers serves it; no other member holds keys of it"}


def test_keys_that_no_client_reaches() -> None:
    """Of the rows of facts: flags closed by hand while half of a slot's keys had gone; a server restored from an old RDB."""
    assert open_slots.strays(seen({}, {"m4": {5: 10}})) == {"m4": {5: 10}}
    assert open_slots.stray_faults(seen({"m4": from_(5, "m1")}, {"m4": {5: 10, 7: 1}})) == ["m4 holds 11 keys of slots that it does not serve (5,7)"]
    moving = {"m1": to(5, "m4"), "m4": from_(5, "m1")}
    assert open_slots.strays(seen(moving, {"m4": {5: 10}})) == {}
    assert open_slots.strays(seen(moving, {"m4": {5: 10}, "m3": {5: 1}})) == {"m3": {5: 1}}
    assert open_slots.strays(seen({})) == {}


def failed_over() -> list[Node]:
    """m5 has taken the place of m1, which is gone; m4 was importing slot 5, and goes on believing in m1."""
    nodes = met(*whole(), Node("m4", state="fail", epoch=4))
    nodes[0].name = "m5"
    nodes[0].settings["epoch"] = 9
    old = Node("m1", {5}, flags="fail")
    target = nodes[3]
    target.marks = from_(5, "m1")
    target.knows = [Node("m5", nodes[0].slots - {5}, epoch=9), nodes[1], nodes[2], old]
    return nodes


def test_who_imports_from_a_failed_source_is_told_who_serves_the_slot_now() -> None:
    found = cluster(failed_over())
    assert any("cluster_state:fail" in fault for fault in topology.faults(found))
    assert open_slots.misled(found) == {"m4": {node_id("m5"): {5}}}
    corrected = open_slots.corrected(found)
    assert corrected["m4"].view[node_id("m5")].slots == found["m5"].slots
    assert corrected["m4"].view[node_id("m1")].slots == frozenset()
    assert corrected["m4"].state == "ok"
    assert open_slots.misled(corrected) == {}
    assert topology.faults(open_slots.without_dead(corrected)) == topology.faults(corrected) == ["m4: finds that 10.0.0.1:7001 failed"]


def test_a_later_claim_than_the_owners_is_not_denied() -> None:
    nodes = failed_over()
    nodes[3].knows[3].settings["epoch"] = 10
    assert open_slots.misled(cluster(nodes)) == {}


def test_a_view_that_stays_broken_is_no_whole_one() -> None:
    nodes = failed_over()
    nodes[3].knows[2] = Node("m3", nodes[2].slots, flags="fail?")
    assert open_slots.corrected(cluster(nodes))["m4"].state == "fail"


@pytest.mark.parametrize(
    ("slots", "flags", "left"),
    [((), "fail", ["m1", "m2", "m3"]), ((), "", ["m1", "m2", "m3", "m4"]), ((), "fail?", ["m1", "m2", "m3", "m4"]), ((7,), "fail", ["m1", "m2", "m3", "m4"])],
)
def test_a_member_that_failed_and_serves_nothing_may_be_gone(slots, flags, left) -> None:
    nodes = met(*whole(), Node("m4", slots, flags=flags, error="no route"))
    without = open_slots.without_dead(cluster(nodes))
    assert [member.name for member in without.members] == left
    if len(left) == 3:
        assert topology.faults(without) == []
        assert without.strangers() == {}


def test_a_replica_of_one_that_is_gone_needs_no_link_to_it() -> None:
    nodes = met(*whole(), Node("m4", flags="fail", error="no route"), Node("m5", master="m4", master_link="down"), Node("m6", master="m1"))
    assert topology.faults(open_slots.without_dead(cluster(nodes))) == []
    nodes[5].settings["master_link"] = "down"
    assert topology.faults(open_slots.without_dead(cluster(nodes))) == ["m6: its link to its master is not up"]


def test_where_nobody_answers_nobody_is_over() -> None:
    nodes = whole(error="no route")
    assert len(open_slots.without_dead(cluster(nodes)).members) == 3


def test_keys_that_no_client_reaches_are_a_fault_that_is_shown() -> None:
    shown = open_slots.view(seen({}, {"m4": {5: 10, 6: 1}}))
    assert (shown["state"], shown["faults"]) == ("fail", ["m4 holds 11 keys of slots that it does not serve (5-6)"])
    assert [member["stray_keys"] for member in shown["members"]] == [None, None, None, {"slots": "5-6", "key_count": 11}]
    shown = open_slots.view(seen({}, {}))
    assert (shown["state"], shown["faults"]) == ("ok", [])
