# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What brings a cluster to serve again, and what is refused. Against real servers: tests/redis/test_recovery.py."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.redis_cluster.rules import recovery
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.redis_cluster.rules.recovery import FORCE, TAKEOVER, Decision
from ansible_collections.stackdb.trove.plugins.module_utils._model.errors import Refused
from ansible_collections.stackdb.trove.tests.unit.redis_builders import Node, met, node_id
from ansible_collections.stackdb.trove.tests.unit.redis_outages import fail, shards

SIX = tuple(f"m{number}" for number in range(1, 7))
RDB: dict[str, Any] = {"persistence": "rdb"}
EMPTY: dict[str, Any] = {"data": False}


def decide(facts: Any, *lost: str, servers: dict[str, str] | None = None, held: Any = None) -> Decision:
    return recovery.decide(facts, lost, held or {}, servers or {})


def takeovers(found: Decision) -> list[tuple[str, str, str]]:
    return [(one.label, one.replica, one.how) for one in found.takeovers]


def test_nothing_is_done_where_all_answer() -> None:
    found = decide(fail(shards(), []))
    assert not found.acts
    assert found.why == ("all members answer, and nothing is to be done",)
    assert found.expected == SIX


def test_all_that_are_down_are_started_and_no_place_is_taken() -> None:
    found = decide(fail(shards(), SIX))
    assert (found.first, found.then, found.takeovers) == (SIX[:3], SIX[3:], ())


def test_most_masters_are_down_and_have_their_log_so_they_are_started() -> None:
    found = decide(fail(shards(), ["m1", "m2"]))
    assert (found.first, found.then, found.takeovers) == (("m1", "m2"), (), ())


def test_one_that_failed_while_most_masters_are_there_is_replaced_and_started_after() -> None:
    found = decide(fail(shards(), ["m1"]))
    assert (found.first, takeovers(found), found.then) == ((), [("m1", "m4", FORCE)], ("m1",))


def test_the_most_complete_replica_takes_the_place_and_of_equal_ones_the_first_by_name() -> None:
    nodes = shards()
    for name, offset in (("m7", 100), ("m8", 200), ("m9", 200)):
        info = {"redis_version": "7.0.15", "role": "slave", "slave_repl_offset": offset}
        nodes[name] = Node(name, (), master="m1", info=info, keys=5)
    met(*nodes.values())
    assert takeovers(decide(fail(nodes, ["m1"]))) == [("m1", "m8", FORCE)]


@pytest.mark.parametrize(
    "changes", [{"info": {"redis_version": "7.0.15", "role": "slave", "slave_repl_offset": 0}, "keys": 0}, {"info": {"master_sync_in_progress": "1"}}]
)
def test_a_replica_without_a_whole_copy_takes_no_place(changes: dict[str, Any]) -> None:
    nodes = shards()
    nodes["m4"].settings.update(changes)
    assert decide(fail(nodes, ["m1"])).first == ("m1",)
    nodes = shards()
    nodes["m4"].settings.update(changes)
    with pytest.raises(Refused, match=r"m1 owns the slots 0-5461, does not answer \(its server is SHUTOFF in Nova\), and no member has a copy"):
        decide(fail(nodes, ["m1"], ["m1"]), servers={"m1": "SHUTOFF"})


@pytest.mark.parametrize("changes", [RDB, {"persistence": "none", **EMPTY}, EMPTY])
def test_a_master_that_would_empty_its_replica_is_not_started_before_that_one_has_its_place(changes: dict[str, Any]) -> None:
    down = ["m1", "m2"]
    with pytest.raises(Refused, match=r"m1 is down .*its replica m4 has what was written since.*name it in trove_lost"):
        decide(fail(shards(), down, m1=changes, m2=changes))
    found = decide(fail(shards(), down, m1=changes, m2=changes), "m1", "m2")
    assert (found.first, takeovers(found), found.then) == ((), [("m1", "m4", TAKEOVER), ("m2", "m5", TAKEOVER)], ())
    # with one of both back most masters are there to vote
    found = decide(fail(shards(), down, m1=changes))
    assert (found.first, takeovers(found), found.then) == (("m2",), [("m1", "m4", FORCE)], ("m1",))


def test_a_majority_that_cannot_be_reached_may_be_alive_and_is_taken_over_by_name_alone() -> None:
    down = ["m1", "m2"]
    with pytest.raises(Refused, match=r"m1 does not answer \(its server is ACTIVE in Nova\), and most masters are gone: they may serve on the other side"):
        decide(fail(shards(), down, down, "fail?"), servers=dict.fromkeys(SIX, "ACTIVE"))
    found = decide(fail(shards(), down, down, "fail?"), *down)
    assert takeovers(found) == [("m1", "m4", TAKEOVER), ("m2", "m5", TAKEOVER)]
    assert "writes that were acknowledged and not replicated are lost" in found.why[0]


def test_one_that_others_find_alive_keeps_its_place_even_when_it_is_named() -> None:
    for lost in ((), ("m1",)):
        with pytest.raises(Refused, match="m1 does not answer here, and m2, m3 do not find it failed"):
            decide(fail(shards(), ["m1"], ["m1"], flags="nofailover"), *lost)


def test_one_that_answers_on_its_own_host_is_not_lost() -> None:
    with pytest.raises(Refused, match="the server on m1 answers on its own host, and not to the other members"):
        decide(fail(shards(), ["m1"], m1={"answers": True, "state": "active"}), "m1")
    with pytest.raises(Refused, match="m1 was named lost, and answers"):
        decide(fail(shards(), []), "m1")


def test_one_that_runs_and_does_not_answer_us_keeps_its_place_unless_the_others_find_it_failed() -> None:
    """As with a certificate that we do not take, while members among themselves do."""
    hung = {"state": "active", "tried": True, "why": ["it runs, and does not answer: certificate verify failed"]}
    with pytest.raises(Refused, match="m1 does not answer here, and m2, m3 do not find it failed: it may be alive"):
        decide(fail(shards(), ["m1"], flags="nofailover", m1=hung))
    assert takeovers(decide(fail(shards(), ["m1"], m1=hung))) == [("m1", "m4", FORCE)]


@pytest.mark.parametrize("state", ["deactivating", "activating", "reloading", "maintenance", "refreshing"])
def test_a_unit_that_is_about_to_stop_is_no_proof_that_its_server_is_dead(state: str) -> None:
    row = {"state": state, "tried": True}
    with pytest.raises(Refused, match="m1 does not answer here, and m2, m3 do not find it failed"):
        decide(fail(shards(), ["m1"], flags="nofailover", m1=row))
    for state_of in ("failed", "inactive"):
        assert takeovers(decide(fail(shards(), ["m1"], flags="nofailover", m1={**row, "state": state_of}))) == [("m1", "m4", FORCE)]


def test_one_whose_settings_name_another_address_is_refused() -> None:
    with pytest.raises(Refused, match=r"m1 is at 10\.0\.0\.1, and its settings have it known at 10\.0\.9\.9"):
        decide(fail(shards(), [], m1={"announced": "10.0.9.9"}))


def test_a_copy_on_the_disk_of_a_replica_is_started_for_its_master_that_has_none() -> None:
    found = decide(fail(shards(), ["m1", "m4"], m1=EMPTY))
    assert (found.first, takeovers(found), found.then) == (("m4",), [("m1", "m4", FORCE)], ("m1",))


def test_nobody_has_a_copy() -> None:
    down, rows = ["m1", "m4"], {"m1": EMPTY, "m4": EMPTY}
    with pytest.raises(Refused, match=r"m1 owns the slots 0-5461, has no data on its disk .*cluster_replace"):
        decide(fail(shards(), down, **rows))
    found = decide(fail(shards(), down, **rows), "m1")
    assert found.first == ("m1",)
    assert "given up: the slots 0-5461 of m1, of which no member has a copy" in found.why
    found = decide(fail(shards(), down, down), "m1", "m4")
    assert (found.first, "cluster_replace" in found.left["m1"]) == ((), True)


@pytest.mark.parametrize(
    ("changes", "advice"),
    [
        ({"file": "missing", "nodes": "", "id": None}, "nodes.conf is missing, so that it would start as another node"),
        ({"damaged": True, "why": ["its log of changes (AOF) is damaged: x"]}, "cluster_initialize"),
        ({"tried": True, "why": ["it refuses its settings: x"]}, "fix what its log says"),
    ],
)
def test_one_that_cannot_be_started_is_left_and_what_helps_is_said(changes: dict[str, Any], advice: str) -> None:
    found = decide(fail(shards(), ["m1"], m1=changes))
    assert takeovers(found) == [("m1", "m4", FORCE)]
    assert advice in found.left["m1"]
    assert advice in decide(fail(shards(), ["m4"], m4=changes)).left["m4"]


def test_a_server_that_is_coming_up_is_waited_for() -> None:
    assert decide(fail(shards(), ["m1"], m1={"state": "activating"})).first == ("m1",)


def test_a_stranger_is_refused_with_its_id_and_left_alone_where_the_member_is_lost() -> None:
    nodes = shards()
    # another node answers at m1's address: what all know there is gone
    stranger = Node("m1", ())
    facts = fail(nodes, [])
    members = [stranger.member() if member.name == "m1" else member for member in facts.cluster.members]
    own = members[0].view[node_id("m1")]
    new = "f" * 40
    members[0] = replace(members[0], id=new, view={new: own._replace(id=new)})
    facts = type(facts)(type(facts.cluster)(tuple(members)), {**facts.rows, "m1": None})
    with pytest.raises(Refused, match=f"at the address of m1 answers the node {new}, which is a stranger: the others know {node_id('m1')} there"):
        decide(facts)


def test_who_is_not_a_member_and_dead_is_forgotten_where_all_answer() -> None:
    nodes = shards()
    nodes["m7"] = Node("m7", ())
    met(*nodes.values())
    nodes["m7"].settings["flags"] = "fail"
    dead = nodes.pop("m7")
    found = decide(fail(nodes, []))
    assert found.forget == (node_id("m7"),)
    dead.slots = {0}
    nodes["m1"].slots.discard(0)
    with pytest.raises(Refused, match=f"the node {node_id('m7')} at 10.0.0.7 owns the slots 0, is no member, and has no replica that answers"):
        decide(fail(nodes, []))
    dead.slots, dead.settings["flags"] = set(), ""
    assert "is not found failed by all who know it" in "".join(decide(fail(nodes, [])).why)


@pytest.mark.parametrize("seed", range(60))
def test_whatever_is_down_nothing_is_started_that_could_empty_a_copy_and_nobody_takes_a_place_without_votes_unasked(seed: int) -> None:
    """Any members are down, on hosts that can be reached or not, with any disk, some of them named lost."""
    chance = random.Random(seed)
    nodes = shards()
    down = chance.sample(SIX, chance.randint(0, 6))
    unreachable = [name for name in down if chance.random() < 0.3]
    lost = tuple(name for name in down if chance.random() < 0.3)
    kinds: list[dict[str, Any]] = [{}, RDB, EMPTY, {"persistence": "none", **EMPTY}, {"damaged": True}, {"file": "missing", "nodes": "", "id": None}]
    rows = {name: chance.choice(kinds) for name in down}
    facts = fail(nodes, down, unreachable, chance.choice(["fail", "fail?"]), **rows)
    try:
        found = decide(facts, *lost)
    except Refused:
        return
    started = {*found.first, *found.then}
    masters = [name for name in SIX[:3] if name not in down]
    taken = {one.label: one for one in found.takeovers}
    assert started <= {*down} - {*unreachable}
    for name in started:
        assert rows[name].get("file", "ok") == "ok"
        assert not rows[name].get("damaged")
    for one in found.takeovers:
        assert one.how == FORCE or one.label in lost
        assert one.how == TAKEOVER or 2 * len({*masters, *SIX[:3]} & {*masters, *found.first}) > 3
        assert one.replica not in down or one.replica in found.first
    for name in {*SIX[:3]} & {*down}:
        replica = f"m{int(name[1]) + 3}"
        keeps = rows[name].get("persistence", "aof") == "aof" and rows[name].get("data", True)
        if name in found.first and replica not in down:
            assert keeps, (name, "would empty", replica)
        # each slot has somebody, or was given up
        assert name in started or name in taken or name in lost
    assert {*found.left} | started | {*unreachable} | {*lost} >= {*down}
