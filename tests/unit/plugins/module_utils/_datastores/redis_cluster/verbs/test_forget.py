# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Members leave: every survivor forgets them, and they forget the cluster."""

from __future__ import annotations

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.redis_cluster.guest import form
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.redis_cluster.verbs.forget import Forgotten
from ansible_collections.stackdb.trove.plugins.module_utils._guest.command import GuestError
from ansible_collections.stackdb.trove.plugins.module_utils._model.errors import InvalidInput, Refused
from ansible_collections.stackdb.trove.plugins.module_utils._plan.runner import reconcile
from ansible_collections.stackdb.trove.tests.unit.fake_redis import FakeServers
from ansible_collections.stackdb.trove.tests.unit.redis_builders import Node, met, node_id, whole


@pytest.fixture
def of(monkeypatch):
    return lambda nodes: FakeServers(monkeypatch, nodes)


def forgotten(servers, *leaving, few_masters=False, timeout=60):
    return Forgotten(servers.nodes(timeout), leaving, few_masters)


def names(view):
    return [member["name"] for member in view["members"]]


def test_a_member_leaves_and_is_reset(of):
    servers = of(met(*whole(), Node("m4")))
    foreseen = reconcile(forgotten(servers, "m4"), check_mode=True)
    assert servers.told == []
    made = reconcile(forgotten(servers, "m4"), check_mode=False)
    assert made.plan == foreseen.plan
    assert made.plan.text() == (
        f"~ forget member m4: it leaves, and every survivor drops its id {node_id('m4')}\n~ reset member m4: it left, and is to know nothing of the cluster\n"
    )
    assert servers.told == [("forget", "m1", "m2", "m3", node_id("m4")), ("reset", "m4")]
    assert names(made.before) == ["m1", "m2", "m3", "m4"]
    assert names(made.after) == names(foreseen.after) == ["m1", "m2", "m3"]
    assert made.after["state"] == "ok"
    assert not reconcile(forgotten(servers, "m4"), check_mode=False).changed


def test_a_dead_member_is_forgotten_and_not_reset(of):
    nodes = met(*whole(), Node("m4"))
    nodes[3].settings["error"] = "no route"
    servers = of(nodes)
    assert reconcile(forgotten(servers, "m4"), check_mode=False).changed
    assert [what for what, *_rest in servers.told] == ["forget"]


@pytest.mark.parametrize(("few", "refused"), [(False, True), (True, False)])
def test_few_masters_have_to_be_asked_for(of, few, refused):
    nodes = met(*whole(2), Node("m3"))
    if refused:
        with pytest.raises(InvalidInput, match="2 masters"):
            reconcile(forgotten(of(nodes), "m3"), check_mode=True)
    else:
        assert reconcile(forgotten(of(nodes), "m3", few_masters=few), check_mode=True).changed


def test_a_replicas_copy_is_named_as_what_is_lost(of):
    servers = of(met(*whole(), Node("m4", master="m2", keys=12)))
    (reset,) = [step for step in reconcile(forgotten(servers, "m4"), check_mode=True).plan.steps if step.action == "reset"]
    assert reset.risk == "its copy of the 12 keys of m2 is dropped"
    servers = of(met(*whole(), Node("m4", master="m9", keys=3)))
    assert "its copy of the 3 keys of its master is dropped" in reconcile(forgotten(servers, "m4"), check_mode=True).plan.text()


def test_a_master_loses_nothing_by_its_reset(of):
    plan = reconcile(forgotten(of(met(*whole(), Node("m4"))), "m4"), check_mode=True).plan
    assert [step.risk for step in plan.steps] == [None, None]


def test_who_still_serves_slots_stays(of):
    with pytest.raises(Refused, match=r"Instance\(s\) m3 currently in use"):
        reconcile(forgotten(of(whole()), "m3", few_masters=True), check_mode=False)


def test_a_survivor_that_knows_it_still_is_an_error(of):
    servers = of(met(*whole(), Node("m4")))
    forget = servers._forget
    form.forget.side_effect = lambda connections, survivors, ids: forget(connections, survivors[1:], ids)
    with pytest.raises(GuestError, match=f"not whole after 2 s: m1 still knows {node_id('m4')}"):
        reconcile(forgotten(servers, "m4", timeout=2), check_mode=False)


def test_survivors_have_to_be_whole_afterwards(of):
    nodes = met(*whole(), Node("m4"))
    nodes[0].settings["state"] = "fail"
    with pytest.raises(GuestError, match="m1: cluster_state:fail"):
        reconcile(forgotten(of(nodes), "m4", timeout=1), check_mode=False)
