# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A cluster is formed, or lets members in: who is told what, in which order, and what is refused before anybody meets."""

from __future__ import annotations

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.redis_cluster.verbs import form
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.redis_cluster.verbs.form import Present
from ansible_collections.stackdb.trove.plugins.module_utils._guest.command import GuestError
from ansible_collections.stackdb.trove.plugins.module_utils._model.errors import Refused
from ansible_collections.stackdb.trove.plugins.module_utils._plan.plan import Step
from ansible_collections.stackdb.trove.plugins.module_utils._plan.runner import reconcile
from ansible_collections.stackdb.trove.tests.unit.fake_redis import FakeServers
from ansible_collections.stackdb.trove.tests.unit.redis_builders import Node, met, node_id, valkey, whole

DIVISION = ["0-5461", "5462-10922", "10923-16383"]


def fresh(count, state="fail", **settings):
    return [Node(f"m{number}", state=state, **settings) for number in range(1, count + 1)]


@pytest.fixture
def of(monkeypatch):
    return lambda nodes: FakeServers(monkeypatch, nodes)


def present(servers, timeout=60, replicas=None, few_masters=False, may_form=True, bus_links=None):
    return Present(servers.nodes(timeout), replicas, few_masters, may_form, bus_links or {})


def slots(outcome):
    return [member["slots"] for member in outcome.after["members"]]


def test_a_new_cluster_is_formed_and_check_mode_says_the_same_before(of):
    servers = of(fresh(3))
    foreseen = reconcile(present(servers), check_mode=True)
    assert servers.done("add") == servers.done("meet") == []
    made = reconcile(present(servers), check_mode=False)
    assert made.plan == foreseen.plan
    assert slots(made) == slots(foreseen) == DIVISION
    assert foreseen.after["slots"] == 16384
    assert (made.after["state"], made.before["slots"]) == ("ok", 0)
    assert [(step.action, step.kind, step.name) for step in made.plan.steps] == [
        *(("give", "slots", f"m{n}") for n in (1, 2, 3)), *(("meet", "member", f"m{n}") for n in (1, 2, 3))
    ]  # fmt: skip
    assert made.plan.steps[0].why == "0-5461, its share of all 16384"
    assert made.plan.steps[3].why == "it becomes a member of the new cluster"
    assert not reconcile(present(servers), check_mode=False).changed


def test_slots_are_given_before_they_meet_and_each_has_an_epoch_of_its_own(of):
    servers = of(fresh(3))
    reconcile(present(servers), check_mode=False)
    doing = [what for what, *_rest in servers.told if what in ("epoch", "add", "meet")]
    assert doing == ["epoch", "add"] * 3 + ["meet"]
    assert servers.done("epoch") == [["m1", 1], ["m2", 2], ["m3", 3]]
    assert servers.done("add")[0] == ["m1", [(0, 5461)], True]


@pytest.mark.parametrize(("info", "ranges"), [({"redis_version": "6.0.16"}, False), (valkey("8.1.1"), True)])
def test_a_server_without_ranges_is_given_slot_by_slot(of, info, ranges):
    servers = of(fresh(3, info=info))
    reconcile(present(servers), check_mode=False)
    assert [told[-1] for told in servers.done("add")] == [ranges] * 3


def test_everybody_meets_everybody_once_by_its_address_and_both_its_ports(of):
    servers = of(fresh(3))
    reconcile(present(servers), check_mode=False)
    assert servers.done("meet")[0] == [{"m1": [("10.0.0.2", 7002, 17002), ("10.0.0.3", 7003, 17003)], "m2": [("10.0.0.3", 7003, 17003)]}]


def test_new_masters_do_not_wait_until_they_may_serve(of):
    servers = of(fresh(3))
    reconcile(present(servers), check_mode=False)
    assert servers.done("end delay") == [[{"m1": 15000, "m2": 15000, "m3": 15000}]]
    servers = of([*whole(), *fresh(4)[3:]])
    reconcile(present(servers), check_mode=False)
    assert servers.done("end delay") == [[{"m4": 15000}]]


def test_an_old_master_that_may_not_serve_yet_is_left_to_itself(of):
    nodes = whole()
    nodes[0].settings["state"] = "fail"
    servers = of(nodes)
    with pytest.raises(GuestError, match="The cluster is not whole after 3 s: m1: cluster_state:fail") as caught:
        reconcile(present(servers, timeout=3), check_mode=False)
    assert caught.value.details["faults"] == ["m1: cluster_state:fail"]
    assert servers.done("end delay") == []
    assert 3 <= servers.clock.now <= 6


def test_a_new_member_is_let_in_without_slots(of):
    servers = of([*whole(), Node("m4", state="ok")])
    made = reconcile(present(servers), check_mode=False)
    assert slots(made) == [*DIVISION, ""]
    assert [step.view()["why"] for step in made.plan.steps] == ["it becomes a member; as a master it has no slots until a rebalance"]
    # who knew each other before does not meet again
    assert servers.done("meet")[0] == [{"m4": [(f"10.0.0.{n}", 7000 + n, 17000 + n) for n in (1, 2, 3)]}]


def test_of_many_new_members_each_is_told_to_meet_a_few_and_of_one_new_all_others(of):
    servers = of([Node(f"m{100 + number}", state="ok") for number in range(40)])
    made = reconcile(present(servers), check_mode=False)
    assert made.after["state"] == "ok"
    met_by_word = {name: [port - 7100 for _ip, port, _bus in places] for name, places in servers.done("meet")[0][0].items()}
    assert met_by_word["m100"] == [*range(1, 9), 16, 24, *range(32, 40)]
    assert sum(map(len, met_by_word.values())) == 40 * 9
    servers = of([*servers.all.values(), Node("m140", state="ok")])
    reconcile(present(servers), check_mode=False)
    assert {name: len(places) for name, places in servers.done("meet")[0][0].items()} == {"m140": 40}


def test_replicas_follow_their_masters(of):
    servers = of([Node(f"m{n}", state="ok", host=f"h{n % 3}") for n in range(1, 7)])
    foreseen = reconcile(present(servers, replicas=1), check_mode=True)
    made = reconcile(present(servers, replicas=1), check_mode=False)
    replicas = {step.name: step.master for step in made.plan.steps if isinstance(step, form.ReplicateMaster)}
    assert sorted(replicas) == ["m4", "m5", "m6"]
    assert servers.done("replicate") == [[name, node_id(master)] for name, master in replicas.items()]
    assert [member["role"] for member in made.after["members"]] == ["master"] * 3 + ["replica"] * 3
    assert slots(foreseen) == slots(made) == [*DIVISION, "", "", ""]
    assert made.plan.steps[-1].why == f"it becomes a replica of {replicas[made.plan.steps[-1].name]}, on another hypervisor"


def test_who_did_not_hear_who_serves_what_is_told_again(of, monkeypatch):
    servers = of(fresh(3, state="ok"))
    learn = servers._meet
    met_once = []

    def meet(connections, pairs):
        learn(connections, pairs)
        if not met_once:
            # the handshake says who is there, and not what they serve
            servers.all["m3"].knows = [Node(name) for name in ("m1", "m2")]
        met_once.append(pairs)

    form.form.meet.side_effect = meet
    assert reconcile(present(servers), check_mode=False).after["state"] == "ok"
    assert met_once[1:] == [{"m1": [("10.0.0.3", 7003, 17003)], "m2": [("10.0.0.3", 7003, 17003)]}]


@pytest.mark.parametrize(("timeout", "tries"), [(60, 7), (12, 3), (1, 2)])
def test_a_pair_that_does_not_meet_is_named_with_the_ports(of, timeout, tries):
    servers = of(fresh(3))
    servers.deaf = {"m3"}
    with pytest.raises(GuestError, match="blocked between them: m1 cannot reach m3; m2 cannot reach m3; m3 cannot reach m1") as caught:
        reconcile(present(servers, timeout), check_mode=False)
    assert "m3 10.0.0.3:17003" in caught.value.message
    assert len(caught.value.details["blocked"]) == 4
    assert len(servers.done("meet")) == tries


def test_a_silent_node_is_refused_by_name(of):
    with pytest.raises(Refused, match=r"No answer from m2 \(no route\)\."):
        reconcile(present(of([*fresh(1), Node("m2", error="no route"), Node("m3")])), check_mode=True)


@pytest.mark.parametrize(
    ("links", "bus", "words"),
    [
        ({"m1": {"m2": "open", "m3": "no answer"}}, {}, r"m1 cannot reach m3 \(no answer\)"),
        ({"m3": {"m1": "refused"}}, {}, r"m3 cannot reach m1 \(refused\)"),
        ({}, {"m2": "refused"}, "nothing listens on m2"),
        # its own port from itself says nothing, and silence from here may be a closed port
        ({"m1": {"m1": "no answer", "m2": "open"}}, {"m2": "no answer"}, None),
    ],
)
def test_a_blocked_bus_is_refused_before_anybody_meets(of, links, bus, words):
    servers = of(fresh(3))
    servers.bus = bus
    if words is None:
        assert reconcile(present(servers, bus_links=links), check_mode=True).changed
        return
    with pytest.raises(Refused, match=words) as caught:
        reconcile(present(servers, bus_links=links), check_mode=False)
    assert "Ports: m1 10.0.0.1:17001, m2 10.0.0.2:17002, m3 10.0.0.3:17003." in caught.value.message
    assert servers.done("add") == []


def test_a_link_between_old_members_does_not_matter_to_a_new_one(of):
    servers = of([*whole(), Node("m4", state="ok")])
    assert reconcile(present(servers, bus_links={"m1": {"m2": "no answer"}}), check_mode=True).changed
    with pytest.raises(Refused, match="m1 cannot reach m4"):
        reconcile(present(servers, bus_links={"m1": {"m4": "no answer"}}), check_mode=True)


def test_where_nobody_is_to_meet_nobody_is_probed(of):
    servers = of(whole())
    outcome = reconcile(present(servers, bus_links={"m1": {"m2": "no answer"}}), check_mode=False)
    assert (outcome.changed, servers.told) == (False, [])


def test_a_cluster_that_is_not_well_yet_is_waited_for(of):
    nodes = whole()
    nodes[1].settings["state"] = "fail"
    servers = of(nodes)
    outcome = reconcile(present(servers), check_mode=True)
    assert outcome.plan.text() == "~ wait members all: not all is well yet: m2: cluster_state:fail\n"
    sleep = servers.clock.sleep
    servers.clock.sleep = lambda seconds: (sleep(seconds), nodes[1].settings.update(state="ok"))
    assert reconcile(present(servers), check_mode=False).after["state"] == "ok"


def test_options_of_its_own(of):
    with pytest.raises(Refused, match="only where all members are named"):
        reconcile(present(of(fresh(3)), may_form=False), check_mode=True)
    assert len(reconcile(present(of(fresh(2)), few_masters=True), check_mode=True).plan.steps) == 4


def test_a_step_of_no_kind_of_its_own_is_an_error(of):
    class Strange(Step):
        action = "paint"
        kind = "node"

    state, step = present(of(whole())), Strange("m1", "")
    with pytest.raises(TypeError, match="Present has no way to paint node"):
        state.carry_out_stage(step, [step], state.observe())


def test_groups_that_met_apart_become_one(of):
    a, b, c = fresh(3, state="ok")
    servers = of([*met(a, b), c])
    assert reconcile(present(servers), check_mode=False).after["state"] == "ok"
