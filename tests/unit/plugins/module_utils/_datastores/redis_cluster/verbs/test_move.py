# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which slots go, who carries them, and what is refused before one does."""

from __future__ import annotations

from dataclasses import astuple

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.redis_cluster.guest.mover import Master
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.redis_cluster.rules.slots import Move
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.redis_cluster.verbs.move import Drained, Fixed, Rebalanced
from ansible_collections.stackdb.trove.plugins.module_utils._guest.command import GuestError
from ansible_collections.stackdb.trove.plugins.module_utils._model.errors import InvalidInput, Refused
from ansible_collections.stackdb.trove.plugins.module_utils._plan.runner import reconcile
from ansible_collections.stackdb.trove.tests.unit.fake_redis import FakeServers
from ansible_collections.stackdb.trove.tests.unit.redis_builders import Node, met, node_id, valkey, whole

NEW = {"redis_version": "8.4.0"}


@pytest.fixture
def of(monkeypatch):
    return lambda nodes: FakeServers(monkeypatch, nodes)


def rebalanced(servers, weights=None, few_masters=False, timeout=60):
    return Rebalanced(servers.nodes(timeout), weights or {}, few_masters)


def drained(servers, *leaving, few_masters=False):
    return Drained(servers.nodes(), leaving, few_masters)


def fixed(servers):
    return Fixed(servers.nodes())


def grown(**settings):
    return met(*whole(**settings), Node("m4", **settings))


def counts(outcome):
    return [member["slot_count"] for member in outcome.after["members"]]


def open_slot(nodes, slot, source, target):
    by_name = {node.name: node for node in nodes}
    by_name[source].marks, by_name[target].marks = f"[{slot}->-{node_id(target)}]", f"[{slot}-<-{node_id(source)}]"
    return nodes


def test_a_new_master_is_filled_and_check_mode_says_the_same_before(of, heard):
    servers = of(grown())
    foreseen = reconcile(rebalanced(servers), check_mode=True)
    assert servers.done("move") == []
    assert heard.plans == []
    made = reconcile(rebalanced(servers), check_mode=False)
    assert heard.plans == [made.plan.text()]
    assert heard.lines[-1].startswith("4096/4096 slots, ")
    assert made.plan == foreseen.plan
    assert counts(made) == counts(foreseen) == [4096] * 4
    assert made.after["members"][3]["slots"] == foreseen.after["members"][3]["slots"]
    assert [(step.action, step.kind, step.name, step.why) for step in made.plan.steps][0] == (
        "move", "slots", "4096-5461", "from m1 to m4, 1366 slots with 1366 keys, about 0.0 MiB (estimated)"
    )  # fmt: skip
    assert [{**entry, "seconds": 0} for entry in made.result["moved"]] == [
        {"source": name, "target": "m4", "slots": count, "key_count": keys, "seconds": 0}
        # one of m1's went before all others
        for name, count, keys in (("m1", 1366, 14), ("m2", 1365, 7), ("m3", 1365, 7))
    ]
    again = reconcile(rebalanced(servers), check_mode=False)
    assert (again.changed, again.result) == (False, {})


def test_each_source_is_measured_and_the_room_is_looked_at(of):
    servers = of(grown())
    reconcile(rebalanced(servers), check_mode=True)
    assert sorted(servers.measured) == ["m1", "m2", "m3"]
    nodes = grown()
    # 4096 slots of 10 bytes each
    nodes[3].settings.update(used=100, maxmemory=100 + 4096 * 11)
    assert reconcile(rebalanced(of(nodes)), check_mode=True).changed
    nodes[3].settings.update(maxmemory=99 + 4096 * 11)
    with pytest.raises(Refused, match="m4 uses 0.0 MiB of maxmemory"):
        reconcile(rebalanced(of(nodes)), check_mode=True)


def test_bytes_are_weighed_by_the_sources_dataset(of):
    nodes = grown(keys=1366, dataset=3 << 20)
    servers = of(nodes)
    servers.unweighed = 1
    (step,) = [step for step in reconcile(rebalanced(servers), check_mode=True).plan.steps if "from m1 " in step.why]
    assert "1366 keys, about 3.0 MiB" in step.why


def test_weights_and_few_masters_are_options(of):
    assert counts(reconcile(rebalanced(of(grown()), weights={"m4": 3}), check_mode=False))[3] == 8192
    with pytest.raises(InvalidInput, match="2 masters"):
        reconcile(rebalanced(of(whole()), weights={"m1": 0}), check_mode=True)
    assert reconcile(rebalanced(of(whole()), weights={"m1": 0}, few_masters=True), check_mode=True).changed


def test_members_that_leave_give_all_they_have(of):
    servers = of(whole(4))
    assert counts(reconcile(drained(servers, "m4"), check_mode=False))[3] == 0
    assert not reconcile(drained(servers, "m4"), check_mode=False).changed
    with pytest.raises(InvalidInput, match="2 masters"):
        reconcile(drained(of(whole()), "m3"), check_mode=True)
    assert reconcile(drained(of(whole()), "m3", few_masters=True), check_mode=True).changed


@pytest.mark.parametrize("make", [rebalanced, fixed, lambda servers: drained(servers, "m1")])
def test_a_cluster_that_is_not_whole_is_refused_and_measured_by_nobody(of, make):
    nodes = grown()
    nodes[1].settings["state"] = "fail"
    servers = of(nodes)
    with pytest.raises(Refused, match="only while the cluster is whole: m2: cluster_state:fail"):
        reconcile(make(servers), check_mode=False)
    assert servers.told == servers.measured == []
    # gossip has its time before
    assert servers.clock.now >= 10


def test_a_balanced_cluster_is_asked_nothing_more(of):
    servers = of(whole())
    servers.busy = ["client 10.0.0.9:1 of m1"]
    assert not reconcile(rebalanced(servers), check_mode=False).changed
    assert servers.told == [("count", "m1", "m2", "m3")]
    assert servers.measured == []


def test_keys_in_other_databases_are_refused_and_not_lost(of):
    """Facts: on Valkey 9.1 with cluster-databases 16 the source deleted what was in databases 1 and 5."""
    nodes = grown()
    nodes[1].settings["info"] = {"valkey_version": "9.1.2", "db0": "keys=3,expires=0", "db1": "keys=1,expires=0", "db5": "keys=2,expires=0"}
    servers = of(nodes)
    with pytest.raises(Refused, match=r"of other databases \(cluster-databases\) would be lost: m2 has keys in db1, db5") as caught:
        reconcile(rebalanced(servers), check_mode=False)
    assert caught.value.details["databases"] == ["m2 has keys in db1, db5"]
    assert servers.done("move") == []


def test_where_nothing_moves_other_databases_are_no_hindrance(of):
    nodes = whole()
    nodes[1].settings["info"] = {"valkey_version": "9.1.2", "db1": "keys=1,expires=0"}
    assert not reconcile(rebalanced(of(nodes)), check_mode=False).changed


def test_company_is_refused(of):
    servers = of(grown())
    servers.busy = ["client 10.0.0.9:1 of m1 (migrate 0 s ago)"]
    with pytest.raises(Refused, match="Another program is moving slots at this moment: client 10.0.0.9:1 of m1") as caught:
        reconcile(rebalanced(servers), check_mode=False)
    assert caught.value.details["clients"] == servers.busy
    assert servers.done("ask for movers") == [["m1", "m2", "m3", "m4"]]
    assert servers.done("move") == []


def test_a_servers_own_task_is_waited_for_and_then_refused(of):
    nodes = grown()
    nodes[0].settings["tasks"] = 2
    servers = of(nodes)
    with pytest.raises(Refused, match=r"m1 itself \(2 tasks of CLUSTER MIGRATION\)"):
        reconcile(rebalanced(servers), check_mode=False)
    assert servers.clock.now >= 10
    servers.clock.now, sleep = 0, servers.clock.sleep
    servers.clock.sleep = lambda seconds: (sleep(seconds), nodes[0].settings.update(tasks=0))
    assert reconcile(rebalanced(servers), check_mode=False).changed


def test_what_an_earlier_run_has_begun_is_finished_first(of):
    made = reconcile(rebalanced(of(open_slot(grown(), 5461, "m1", "m4"))), check_mode=False)
    assert made.plan.steps[0].why.startswith("an earlier run has begun it: from m1 to m4, 1 slots")
    assert "an earlier run" not in made.plan.steps[1].why
    assert counts(made) == [4096] * 4


def test_every_open_slot_is_finished_forward(of):
    servers = of(open_slot(grown(), 6000, "m2", "m1"))
    assert reconcile(fixed(servers), check_mode=False).changed
    assert servers.done("move") == [[Move("m2", "m1", (6000,))]]
    assert not reconcile(fixed(servers), check_mode=False).changed


def test_a_flag_that_was_left_is_closed_and_nothing_moves(of):
    nodes = grown()
    nodes[0].slots.discard(5461)
    nodes[3].slots.add(5461)
    nodes[0].marks = f"[5461->-{node_id('m4')}]"
    servers = of(nodes)
    outcome = reconcile(fixed(servers), check_mode=False)
    assert outcome.plan.text() == "~ close slots 5461: no move of them is under way, and m1 still has a flag\n"
    assert servers.done("close") == [["m1", [5461]]]
    assert outcome.result == {}


def test_servers_that_can_move_slots_by_themselves_do(of):
    servers = of(grown(info=NEW))
    made = reconcile(rebalanced(servers), check_mode=False)
    assert len(servers.done("import")) == 3
    assert servers.done("move") == []
    assert len(made.result["moved"]) == 3


def test_what_was_begun_slot_by_slot_is_ended_so(of):
    servers = of(open_slot(grown(info=NEW), 5461, "m1", "m4"))
    made = reconcile(rebalanced(servers), check_mode=False)
    assert servers.done("move") == [[Move("m1", "m4", (5461,))]]
    assert len(servers.done("import")) == 3
    assert sum(entry["slots"] for entry in made.result["moved"]) == 4096


def test_one_server_that_cannot_has_all_slots_carried_by_us(of):
    nodes = grown(info=NEW)
    nodes[1].settings["info"] = {"redis_version": "8.2.0"}
    servers = of(nodes)
    reconcile(rebalanced(servers), check_mode=False)
    assert [len(move.slots) for (move,) in servers.done("move")] == [1, 1365, 1365, 1365]
    assert servers.done("import") == []


@pytest.mark.parametrize(("info", "at_once"), [({"redis_version": "7.0.15"}, True), (valkey("8.1.1"), False)])
def test_masters_are_known_by_the_address_that_the_others_use(of, info, at_once):
    servers = of(grown(info=info))
    reconcile(rebalanced(servers), check_mode=False)
    ((masters,),) = servers.done("masters")
    assert sorted(masters) == ["m1", "m2", "m3", "m4"]
    assert astuple(masters["m2"]) == astuple(Master(node_id("m2"), "10.0.0.2", 7002, at_once, 0, not at_once))


def test_it_is_known_which_nodes_follow_a_master(of):
    servers = of(met(*whole(), Node("m4", copies=1), Node("m5", master="m4"), Node("m6", master="m1")))
    reconcile(rebalanced(servers), check_mode=False)
    ((masters,),) = servers.done("masters")
    assert {name: master.followers for name, master in masters.items()} == {
        "m1": {node_id("m6")}, "m2": frozenset(), "m3": frozenset(), "m4": {node_id("m5")}
    }  # fmt: skip


def test_a_master_that_missed_who_owns_a_slot_is_told(of):
    servers = of(grown())
    # m2 has not heard of what m4 got
    servers.all["m2"].knows = [node if node.name != "m4" else Node("m4") for node in servers.all["m2"].knows]
    reconcile(rebalanced(servers), check_mode=False)
    assert servers.done("assign") == [["m2", [4096], node_id("m4")]]


def test_a_cluster_that_does_not_agree_afterwards_is_an_error(of):
    servers = of(grown())
    move = servers._moving

    def moving(*args):
        servers.all["m1"].settings["state"] = "fail"
        return move(*args)

    servers._moving = moving
    with pytest.raises(GuestError, match="not whole after 2 s: m1: cluster_state:fail"):
        reconcile(rebalanced(servers, timeout=2), check_mode=False)


def test_a_target_that_is_lost_after_the_last_move_is_named(of, monkeypatch):
    """As any other that is lost, so that what is open is ended before the run fails."""
    nodes = grown()
    verb = rebalanced(of(nodes))
    nodes[3].settings["error"] = "m4 does not answer: refused"
    with pytest.raises(GuestError, match="m4 was lost when slots had arrived on it: m4 does not answer: refused"):
        verb._tell_others([Move("m1", "m4", (1,))])
