# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is done before slots move again, when an end was killed, failed over or restored."""

from __future__ import annotations

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.redis_cluster.guest import strays
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.redis_cluster.guest.connection import NodeError
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.redis_cluster.rules import topology
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.redis_cluster.rules.slots import Move
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.redis_cluster.verbs import first, repair, steps
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.redis_cluster.verbs.move import Drained, Fixed, Rebalanced
from ansible_collections.stackdb.trove.plugins.module_utils._guest.command import GuestError
from ansible_collections.stackdb.trove.plugins.module_utils._model.errors import Refused
from ansible_collections.stackdb.trove.plugins.module_utils._plan.runner import reconcile
from ansible_collections.stackdb.trove.tests.unit.fake_redis import FakeServers
from ansible_collections.stackdb.trove.tests.unit.redis_builders import Node, met, node_id, whole


@pytest.fixture
def of(monkeypatch):
    return lambda nodes: FakeServers(monkeypatch, nodes)


def fixed(servers, stray_keys=None):
    return Fixed(servers.nodes(), stray_keys)


def rebalanced(servers, stray_keys=None):
    return Rebalanced(servers.nodes(), {}, False)


def restored():
    """m4 was restored from an old RDB: slots 0 and 1 are m1's."""
    nodes = met(*whole(), Node("m4"))
    nodes[3].marks = f"[0-<-{node_id('m1')}] [1-<-{node_id('m1')}]"
    nodes[3].holds = {0: 2, 1: 3}
    return nodes


@pytest.mark.parametrize("make", [fixed, rebalanced])
def test_keys_that_no_client_reaches_are_told_and_nothing_is_done(of, make):
    servers = of(restored())
    words = r"no client reaches: m4 holds 5 keys of slots that it does not serve \(0-1\).*stray_keys=keep.*stray_keys=delete"
    with pytest.raises(Refused, match=words) as caught:
        reconcile(make(servers), check_mode=False)
    assert caught.value.details["stray_keys"] == {"m4": {"slots": "0-1", "key_count": 5}}
    assert {what for what, *_rest in servers.told} <= {"count", "ask for movers"}


@pytest.mark.parametrize(
    ("choice", "told", "risk"),
    [
        (repair.KEEP, ["carry", "m4", node_id("m1"), ("10.0.0.1", 7001), [0, 1]], "where the owner has a key of the same name, that one stays"),
        (repair.DELETE, ["delete", "m4", node_id("m1"), [0, 1]], "they are lost where no other member has them"),
    ],
)
def test_keys_that_no_client_reaches_are_kept_or_deleted_as_chosen(of, choice, told, risk):
    servers = of(restored())
    made = reconcile(fixed(servers, choice), check_mode=False)
    assert "m4 holds 5 keys of them, which no client reaches since m1 serves them" in made.plan.steps[0].why
    assert risk in made.plan.steps[0].risk
    assert [list(entry) for entry in servers.told if entry[0] in ("carry", "delete")] == [told]
    assert servers.done("close") == [["m4", [0, 1]]]
    assert servers.done("move") == []
    assert not reconcile(fixed(servers, choice), check_mode=False).changed


def failed_over():
    """m5 took the place of m1, which is its replica now; m4 was importing slot 4096 from m1, and goes on believing in it."""
    nodes = met(*whole(), Node("m4", state="fail", epoch=4), Node("m5", epoch=9))
    old, new, target = nodes[0], nodes[4], nodes[3]
    new.slots, old.slots = old.slots, set()
    old.settings["master"] = "m5"
    target.marks = f"[4096-<-{node_id('m1')}]"
    target.knows = [Node("m1", {4096}, master="m5"), nodes[1], nodes[2], Node("m5", new.slots - {4096}, epoch=9)]
    return nodes


def heal(servers):
    """Have those who are told see the cluster as it is."""
    assign = servers._assign

    def assigned(node, slots, owner_id):
        assign(node, slots, owner_id)
        servers.all[node.name].settings["state"] = "ok"

    return assigned


@pytest.mark.parametrize("make", [fixed, rebalanced])
def test_who_imports_is_told_of_the_failover_first(of, make, monkeypatch):
    nodes = failed_over()
    servers = of(nodes)
    monkeypatch.setattr(repair.form, "assign", heal(servers))
    outcome = reconcile(make(servers), check_mode=False)
    assert outcome.plan.text().splitlines()[0] == "~ tell owner 4096: m4 imports them, and does not know that m5 serves them since a failover"
    assert servers.done("assign")[0] == ["m4", [4096], node_id("m5")]
    assert servers.told.index(("assign", "m4", [4096], node_id("m5"))) < servers.told.index(("move", Move("m5", "m4", (4096,))))


def test_who_imports_is_told_while_the_source_is_still_gone(of, monkeypatch):
    nodes = failed_over()
    nodes[0].settings.update(error="no route", flags="fail")
    nodes[3].knows[0] = Node("m1", {4096}, flags="fail")
    servers = of(nodes)
    monkeypatch.setattr(repair.form, "assign", heal(servers))
    reconcile(fixed(servers), check_mode=False)
    assert servers.done("move") == [[Move("m5", "m4", (4096,))]]


def unclaimed():
    """m1 does not claim slots 0 and 1 any more, and all others believe that it does; m3 holds keys of one."""
    nodes = met(*whole())
    believed = Node("m1", nodes[0].slots)
    nodes[0].slots = nodes[0].slots - {0, 1}
    nodes[0].settings["state"] = "fail"
    nodes[1].knows, nodes[2].knows = [believed, nodes[2]], [believed, nodes[1]]
    nodes[2].holds = {1: 7}
    return nodes


@pytest.mark.parametrize("make", [fixed, rebalanced])
def test_slots_that_nobody_claims_are_taken_by_who_holds_their_keys(of, make):
    servers = of(unclaimed())
    outcome = reconcile(make(servers), check_mode=False)
    assert [step.line() for step in outcome.plan.steps][:2] == [
        "~ take slots 0: no member claims them since a failover, and members believe that m1 serves them",
        "~ take slots 1: no member claims them since a failover, and m3 holds 7 keys of them",
    ]
    assert servers.done("take") == [["m1", [0], node_id("m1"), node_id("m2")], ["m3", [1], node_id("m3"), node_id("m1")]]
    assert (servers.done("carry"), servers.done("delete")) == ([], [])


def test_what_the_others_do_not_hear_of_is_an_error(of, monkeypatch):
    servers = of(unclaimed())
    monkeypatch.setattr(repair.form, "take_slots", lambda *_words: None)
    with pytest.raises(GuestError, match="not whole 30 s after slots were taken that no member claimed: m1 does not know who serves 0-1"):
        reconcile(fixed(servers), check_mode=False)


def test_who_does_not_heal_gets_no_keys(of):
    servers = of(failed_over())
    with pytest.raises(GuestError, match="not whole 30 s after its members were told who serves which slots: m4: cluster_state:fail"):
        reconcile(fixed(servers), check_mode=False)
    assert servers.done("move") == []


def test_a_target_that_failed_over_is_its_shards_master(of):
    """Facts: KeyError: 'm7'."""
    nodes = met(*whole(), Node("m7", master="m8"), Node("m8", copies=1))
    nodes[0].marks = f"[4096->-{node_id('m7')}]"
    servers = of(nodes)
    outcome = reconcile(fixed(servers), check_mode=False)
    assert servers.done("move") == [[Move("m1", "m8", (4096,))]]
    assert outcome.plan.steps[0].risk is None


def test_a_member_that_failed_and_serves_nothing_is_no_hindrance_to_fixed_alone(of):
    nodes = met(*whole(), Node("m7", error="no route", flags="fail"), Node("m8"))
    nodes[0].marks = f"[4096->-{node_id('m7')}]"
    nodes[4].holds = {4096: 3}
    servers = of(nodes)
    reconcile(fixed(servers), check_mode=False)
    assert servers.done("move") == [[Move("m1", "m8", (4096,))]]
    with pytest.raises(Refused, match="m7 does not answer"):
        reconcile(Drained(of(nodes).nodes(), ["m8"], False), check_mode=False)


def test_a_target_without_slots_gets_the_one_with_the_fewest_keys_first_and_all_know_before_the_rest(of):
    nodes = met(*whole(), Node("m4", copies=1))
    nodes[1].holds = {10000: 0}
    servers = of(nodes)
    outcome = reconcile(rebalanced(servers), check_mode=False)
    made = [move for (move,) in servers.done("move")]
    assert made[0] == Move("m2", "m4", (10000,))
    assert sum(len(move.slots) for move in made) == 4096
    assert [step.risk for step in outcome.plan.steps] == [None] * 3


def test_who_serves_slots_already_gets_no_first_one(of):
    servers = of(whole())
    reconcile(Rebalanced(servers.nodes(), {"m1": 2}, False), check_mode=False)
    assert [len(move.slots) > 1 for (move,) in servers.done("move")] == [True, True]


def test_the_slot_with_the_fewest_keys_is_the_first(of):
    nodes = met(*whole(), Node("m4"))
    nodes[1].holds = {6001: 0}
    servers = of(nodes)
    seen = servers.nodes().look()
    firsts, rest = first.divide(servers.connections, seen, [Move("m1", "m4", (1, 2)), Move("m2", "m4", (6000, 6001)), Move("m3", "m2", (11000,))])
    assert firsts == [Move("m2", "m4", (6001,))]
    assert rest == [Move("m1", "m4", (1, 2)), Move("m2", "m4", (6000,)), Move("m3", "m2", (11000,))]


def test_who_does_not_learn_of_the_first_slot_is_named(of):
    nodes = met(*whole(), Node("m4"))
    nodes[2].knows[-1] = Node("m4", {7})
    nodes[3].slots.update({7, 8})
    with pytest.raises(GuestError, match="No more slots were moved: m3 does not know that m4 serves slot 8 after 30 s"):
        first.await_known(of(nodes).nodes(), [Move("m1", "m4", (8,))])


def test_a_steps_name_is_short_where_slots_are_scattered():
    """994 open slots filled the screen."""
    scattered = set(range(0, 1988, 2))
    for step in (steps.CloseSlots.of("m1", scattered), steps.TellOwner.of("m1", "id", "m2", scattered)):
        assert step.name.endswith("… (994 slots in all)")
        assert step.slots == scattered


def test_a_target_without_replica_is_said(of):
    outcome = reconcile(rebalanced(of(met(*whole(), Node("m4")))), check_mode=True)
    assert {step.risk for step in outcome.plan.steps} == {"m4 has no replica: what has arrived on it is lost with it"}


def broken(servers, times):
    """Have the first moves fail, as when an end is lost."""
    moving = servers._moving

    def made(what, kind, progress):
        mover = moving(what, kind, progress)
        run = mover.run.side_effect

        def fail(moves):
            if times.pop(0):
                servers.all["m1"].marks, servers.all["m4"].marks = f"[4097->-{node_id('m4')}]", f"[4097-<-{node_id('m1')}]"
                raise NodeError("m1 does not answer: refused")
            run(moves)

        mover.run.side_effect = fail
        return mover

    servers._moving = made


def test_a_run_that_fails_ends_what_it_has_opened(of):
    servers = of(met(*whole(), Node("m4")))
    broken(servers, [False, True, False])
    with pytest.raises(GuestError, match="m1 does not answer: refused. What was open has been ended, and no slot is half moved. Start again when all"):
        reconcile(rebalanced(servers), check_mode=False)
    # the first slot, and the one that was open
    assert [len(move.slots) for (move,) in servers.done("move")] == [1, 1]
    assert topology.open_slots(servers.nodes().look()) == []


def test_a_run_that_fails_waits_for_failovers_and_says_what_stays_open(of):
    servers = of(met(*whole(), Node("m4")))
    broken(servers, [False, True, True])
    with pytest.raises(GuestError, match="m1 does not answer: refused. What was open stays so: m1 does not answer: refused$"):
        reconcile(rebalanced(servers), check_mode=False)
    servers = of(met(*whole(), Node("m4")))
    broken(servers, [True])
    real = first.sizes.expect.side_effect

    def lose(node, slots):
        servers.all["m2"].settings["state"] = "fail"
        return real(node, slots)

    first.sizes.expect.side_effect = lose
    with pytest.raises(GuestError, match="What was open stays so: Slots are moved only while the cluster is whole: m2: cluster_state:fail"):
        reconcile(rebalanced(servers), check_mode=False)
    assert servers.clock.now >= 60


@pytest.mark.parametrize("make", [fixed, rebalanced])
def test_a_member_that_is_lost_between_two_looks_is_an_error(of, make):
    """Seen on servers: KeyError: 'm6', since nobody had looked at what moves carry."""
    servers = of(met(*whole(), Node("m4")))
    servers.all["m1"].marks = f"[4096->-{node_id('m4')}]"
    strays.counted.side_effect = NodeError("m1 does not answer: refused")
    with pytest.raises(NodeError, match="m1 does not answer: refused"):
        reconcile(make(servers), check_mode=False)


def test_a_first_slots_target_that_is_gone_is_not_waited_for(of):
    servers = of(met(*whole(), Node("m4", error="no route")))
    with pytest.raises(GuestError, match=r"No more slots were moved: no route\."):
        first.await_known(servers.nodes(), [Move("m1", "m4", (8,))])
    assert servers.clock.now == 0
