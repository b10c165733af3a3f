# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which slots move for each verb, and what is refused before one does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.redis_cluster.rules import moves as redis_moves
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.redis_cluster.rules.slots import Move, after
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.redis_cluster.rules.topology import Cluster
from ansible_collections.stackdb.trove.plugins.module_utils._model.errors import InvalidInput, Refused
from ansible_collections.stackdb.trove.tests.unit.redis_builders import Node, cluster, met, node_id, whole


def grown() -> list[Node]:
    return met(*whole(), Node("m4"))


def opened(source: str, target: str, slot: int) -> list[Node]:
    """Four masters, and a slot open between two of them."""
    nodes = {node.name: node for node in grown()}
    nodes[source].marks = f"[{slot}->-{node_id(target)}]"
    nodes[target].marks = f"[{slot}-<-{node_id(source)}]"
    return list(nodes.values())


@pytest.mark.parametrize("weight", ["many", True, None, -1, float("nan"), float("inf"), "nan", [1]])
def test_weight_that_is_no_number(weight: object) -> None:
    with pytest.raises(InvalidInput, match="weights.m1: .* a number, 0 or more"):
        redis_moves.rebalance(cluster(grown()), {"m1": weight}, False)


def test_weight_of_a_name_that_is_no_master() -> None:
    replica = Node("m5", master="m1")
    seen = cluster(met(*grown(), replica))
    for name in ("m6", "m5"):
        with pytest.raises(InvalidInput, match="Only masters have a weight"):
            redis_moves.rebalance(seen, {name: 1}, False)
    assert redis_moves.rebalance(seen, {"m5": 0}, False)[1]


def test_weights_given_as_text() -> None:
    _begun, moves = redis_moves.rebalance(cluster(grown()), {"m4": "0"}, False)
    assert moves == []


def test_rebalance_to_fewer_than_three() -> None:
    with pytest.raises(InvalidInput, match="2 masters"):
        redis_moves.rebalance(cluster(whole()), {"m1": 0}, False)
    assert redis_moves.rebalance(cluster(whole()), {"m1": 0}, True)[1]


def sizes(seen: Cluster, moves: Sequence[Move]) -> dict[str, int]:
    return {name: len(slots) for name, slots in after(seen.owned(), moves).items()}


def test_one_master_alone_gets_its_share_and_nothing_moves_between_the_others() -> None:
    seen = cluster(met(*whole(4), Node("m5"), Node("m6")))
    _begun, moves = redis_moves.rebalance(seen, {"m1": 0.5}, False, ["m5"])
    # m6 has as little, and was not named
    assert {move.target for move in moves} == {"m5"}
    # 16384 / 5.5, and m1, which is the furthest beyond its half of that, gives the most
    assert sizes(seen, moves)["m5"] == 2979
    assert sizes(seen, moves)["m1"] < min(sizes(seen, moves)[name] for name in ("m2", "m3", "m4"))
    assert {move.target for move in redis_moves.rebalance(seen, {}, False, ["m5", "m6"]).moves} == {"m5", "m6"}


@pytest.mark.parametrize("name", ["m5", "m6"])
def test_who_is_no_master_is_not_rebalanced(name: str) -> None:
    seen = cluster(met(*grown(), Node("m5", master="m1")))
    with pytest.raises(InvalidInput, match=f"Only masters serve slots.*members: '{name}' was given; allowed: one of m1, m2, m3, m4"):
        redis_moves.rebalance(seen, {}, False, ["m1", name])


def test_own_open_slot_is_finished_first() -> None:
    begun, moves = redis_moves.rebalance(cluster(opened("m1", "m4", 5461)), {}, False)
    assert begun == [Move("m1", "m4", (5461,))]
    assert sum(len(move.slots) for move in moves) == 4095
    assert all(5461 not in move.slots for move in moves)


def test_open_slot_against_the_grain_is_refused_unless_it_is_to_be_fixed() -> None:
    seen = cluster(opened("m2", "m1", 6000))
    with pytest.raises(Refused, match="another operation than this one: 6000 from m2 to m1.*state=fixed"):
        redis_moves.rebalance(seen, {}, False)
    with pytest.raises(Refused, match="another operation"):
        redis_moves.drain(seen, ["m4"], False)
    assert redis_moves.fix(seen) == ([Move("m2", "m1", (6000,))], [])


def test_open_slot_towards_an_unknown_node_is_refused_even_then() -> None:
    nodes = grown()
    nodes[0].marks = f"[0->-{node_id('gone')}]"
    with pytest.raises(Refused, match="is not known between which members: slots 0: its target is gone, and its keys were not counted"):
        redis_moves.fix(cluster(nodes))


def test_drain_spreads_over_all_and_resumes() -> None:
    seen = cluster(whole(4))
    _begun, moves = redis_moves.drain(seen, ["m4"], False)
    assert {(move.source, move.target) for move in moves} == {("m4", "m1"), ("m4", "m2"), ("m4", "m3")}
    nodes = whole(4)
    nodes[3].marks = f"[16383->-{node_id('m1')}]"
    nodes[0].marks = f"[16383-<-{node_id('m4')}]"
    begun, moves = redis_moves.drain(cluster(nodes), ["m4"], False)
    assert begun == [Move("m4", "m1", (16383,))]
    assert sum(len(move.slots) for move in moves) == 4095


@pytest.mark.parametrize(("names", "words"), [([], "at least one member"), (["m9"], "one of m1, m2, m3")])
def test_drain_of_unknown_names(names: list[str], words: str) -> None:
    with pytest.raises(InvalidInput, match=words):
        redis_moves.drain(cluster(whole(3)), names, False)


def test_drain_leaves_three_masters() -> None:
    with pytest.raises(InvalidInput, match="2 masters"):
        redis_moves.drain(cluster(whole(3)), ["m3"], False)


def test_room() -> None:
    nodes = whole(3, used=89, maxmemory=100)
    small = {redis_moves.Move("m2", "m1", (6000,)): redis_moves.Size(1, 4), redis_moves.Move("m3", "m1", (12000,)): redis_moves.Size(1, 6)}
    more = {**small, redis_moves.Move("m3", "m1", (13000,)): redis_moves.Size(1, 1)}
    redis_moves.check_room(cluster(nodes), small, {})
    with pytest.raises(Refused, match="m1 uses .* of maxmemory .* would arrive .estimated"):
        redis_moves.check_room(cluster(nodes), more, {"m1": "noeviction"})
    with pytest.raises(Refused, match="for which it would delete others silently .maxmemory-policy volatile-ttl"):
        redis_moves.check_room(cluster(nodes), more, {"m1": "volatile-ttl"})
    redis_moves.check_room(cluster(whole(3, used=90)), {redis_moves.Move("m2", "m1", (6000,)): redis_moves.Size(1, 10**9)}, {})


def test_bytes_are_no_less_than_the_share_of_the_dataset_where_keys_were_not_weighed() -> None:
    member = cluster(whole(3, keys=100, dataset=1000)).members[0]
    assert redis_moves.weigh(member, redis_moves.Size(50, 10), 1) == (50, 500)
    assert redis_moves.weigh(member, redis_moves.Size(50, 900), 1) == (50, 900)
    assert redis_moves.weigh(member, redis_moves.Size(50, 10), 0) == (50, 10)


def test_slots_do_not_move_in_a_cluster_that_is_not_whole() -> None:
    nodes = whole(3)
    nodes[1].settings["error"] = "no route"
    with pytest.raises(Refused, match="m2 does not answer: no route"):
        redis_moves.check_whole(cluster(nodes))
    nodes = met(*whole(3), Node("m9"))
    with pytest.raises(Refused, match="nodes that were not named: 10.0.0.9:7009"):
        redis_moves.check_whole(cluster(nodes[:3]))


def test_forget_says_what_trove_says_while_slots_remain() -> None:
    words = r"Instance\(s\) m1, m2 currently in use and cannot be deleted. Details: Nodes cannot be removed. Check slots."
    with pytest.raises(Refused, match=words):
        redis_moves.forget(cluster(grown()), ["m4", "m1", "m2"], True)


def test_forget_by_id_and_a_dead_one_by_its_exact_address() -> None:
    nodes = grown()
    assert redis_moves.forget(cluster(nodes), ["m4"], False) == {node_id("m4"): "m4"}
    nodes[3].settings["error"] = "no route"
    # 10.0.0.44 contains 10.0.0.4: that must not matter.
    other = Node("m44")
    seen = cluster(met(*nodes, other))
    assert redis_moves.forget(seen, ["m4"], False) == {node_id("m4"): "m4"}


def test_forget_a_dead_one_with_slots() -> None:
    nodes = whole(4)
    nodes[3].settings["error"] = "no route"
    with pytest.raises(Refused, match="Check slots"):
        redis_moves.forget(cluster(nodes), ["m4"], False)


def test_forget_needs_every_survivor() -> None:
    nodes = grown()
    nodes[1].settings["error"] = "no route"
    with pytest.raises(Refused, match="Every survivor must forget.*m2"):
        redis_moves.forget(cluster(nodes), ["m4"], False)


def test_forget_of_a_replicas_master() -> None:
    nodes = met(*grown(), Node("m5", master="m4"))
    with pytest.raises(Refused, match="m5 replicate a member"):
        redis_moves.forget(cluster(nodes), ["m4"], False)
    assert set(redis_moves.forget(cluster(nodes), ["m4", "m5"], False).values()) == {"m4", "m5"}


def test_a_member_on_the_way_to_get_a_slot_is_not_forgotten() -> None:
    with pytest.raises(Refused, match=r"Instance\(s\) m4 currently in use") as caught:
        redis_moves.forget(cluster(opened("m1", "m4", 5461)), ["m4"], False)
    assert caught.value.details["members"] == ["m4"]


def test_a_member_is_reached_by_the_address_that_the_others_know() -> None:
    seen = cluster(whole())
    assert redis_moves.place(seen, seen["m1"]) == ("10.0.0.1", 7001)
    # reached from here by another address than the one that it announces
    here = Cluster((replace(seen["m1"], address="192.0.2.1"), *seen.members[1:]))
    assert redis_moves.place(here, here["m1"]) == ("10.0.0.1", 7001)
    alone = Cluster((here["m1"],))
    assert redis_moves.place(alone, alone["m1"]) == ("192.0.2.1", 7001)
