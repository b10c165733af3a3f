# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What goes along with a move, in its order, and whatever happens to it."""

from __future__ import annotations

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.redis_cluster.rules import notes
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.redis_cluster.rules.big_values import Value
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.redis_cluster.verbs import carry
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.redis_cluster.verbs.move import Rebalanced
from ansible_collections.stackdb.trove.plugins.module_utils._guest.command import GuestError
from ansible_collections.stackdb.trove.plugins.module_utils._model.errors import Refused
from ansible_collections.stackdb.trove.plugins.module_utils._plan.runner import reconcile
from ansible_collections.stackdb.trove.tests.unit.fake_redis import FakeServers
from ansible_collections.stackdb.trove.tests.unit.redis_builders import Node, met, whole

ALL = ("m1", "m2", "m3", "m4")


@pytest.fixture
def servers(monkeypatch):
    return FakeServers(monkeypatch, met(*whole(), Node("m4")))


def rebalanced(servers, check_mode=False):
    return reconcile(Rebalanced(servers.nodes(), {}, False), check_mode)


def kinds(outcome):
    return [(step.action, step.kind) for step in outcome.plan.steps if step.kind != "slots"]


def test_libraries_come_before_the_first_slot_and_a_save_after_the_last(servers):
    for name in ALL[:3]:
        servers.has[name]["libraries"] = {"mine": "code"}
    servers.has["m4"]["settings"]["save"] = "1 1"
    foreseen = rebalanced(servers, check_mode=True)
    assert servers.told[-1][0] == "ask for movers"
    made = rebalanced(servers)
    assert made.plan == foreseen.plan
    assert kinds(made) == [("copy", "functions"), ("save", "keys")]
    acts = [entry[0] for entry in servers.told if entry[0] in ("load", "move", "save")]
    assert acts == ["load", "move", "move", "move", "move", "save"] or acts == ["load", "move", "move", "move", "save"]
    assert servers.done("save") == [["m4", "rdb"]]
    # noted before the first key came, and the note is gone
    assert [settings[notes.TITLE] for _name, settings in servers.done("set")] == ["{title} [stackdb-trove:unsaved]", "{title}"]
    assert not rebalanced(servers).changed


def test_who_was_stopped_before_the_save_is_followed_by_one_who_saves(servers):
    rebalanced(servers)
    servers.has["m4"]["settings"].update({"save": "1 1", notes.TITLE: "{title} [stackdb-trove:unsaved]"})
    again = rebalanced(servers)
    assert kinds(again) == [("save", "keys")]
    assert servers.done("save") == [["m4", "rdb"]]
    assert not rebalanced(servers).changed


def test_timeouts_are_raised_on_all_and_put_back_whatever_happens(servers):
    servers.large = [Value("m1", b"big", 600 << 20)]
    foreseen = rebalanced(servers, check_mode=True)
    assert [step.member for step in foreseen.plan.steps if step.action == "raise"] == list(ALL)
    assert "large values: 'big' (600.0 MiB)" in foreseen.plan.text()
    assert "if m1 finds that a member really fails meanwhile, it says so only after 225 s" in foreseen.plan.text()
    carry.guest.save.side_effect = GuestError("the disk is full")
    servers.has["m4"]["settings"]["save"] = "1 1"
    with pytest.raises(GuestError, match="the disk is full"):
        rebalanced(servers)
    seen = [name for name, settings in servers.done("set") if settings.get("cluster-node-timeout") == "225000"]
    assert seen == list(ALL)
    assert {servers.has[name]["settings"]["cluster-node-timeout"] for name in ALL} == {"15000"}
    assert servers.has["m4"]["settings"]["proto-max-bulk-len"] == str(512 << 20)
    assert "unsaved" in servers.has["m4"]["settings"][notes.TITLE]


def test_timeouts_are_put_back_by_a_run_that_ends_well(servers):
    servers.large = [Value("m1", b"big", 600 << 20)]
    rebalanced(servers)
    assert {servers.has[name]["settings"]["cluster-node-timeout"] for name in ALL} == {"15000"}
    assert {servers.has[name]["settings"][notes.TITLE] for name in ALL} == {"{title}"}


def test_what_a_killed_run_has_raised_is_put_back_first_and_raised_again(servers):
    servers.large = [Value("m1", b"big", 60 << 20)]
    for name in ALL:
        has = servers.has[name]["settings"]
        has["cluster-node-timeout"] = "1000"
        has.update(notes.raising(has, {"cluster-node-timeout": 22500}))
    made = rebalanced(servers)
    assert kinds(made) == [("put_back", "settings")] * 4 + [("raise", "settings")] * 4
    assert {servers.has[name]["settings"]["cluster-node-timeout"] for name in ALL} == {"1000"}


def test_nobody_puts_back_what_a_living_run_has_raised(servers):
    has = servers.has["m1"]["settings"]
    has.update(notes.raising(has, {"cluster-node-timeout": 22500}))
    servers.busy = ["client 1.2.3.4 of m1"]
    with pytest.raises(Refused, match="Another program is moving slots"):
        rebalanced(servers)


def test_keys_that_nobody_weighed_are_said(servers):
    servers.unweighed = 7
    assert "7 keys were not weighed" in rebalanced(servers, check_mode=True).plan.text()


def test_differences_are_warnings(servers):
    for name in ALL:
        servers.has[name]["settings"]["notify-keyspace-events"] = "" if name == "m4" else "KEA"
    assert any("notify-keyspace-events is 'KEA' on m1 and '' on m4" in warning for warning in rebalanced(servers, check_mode=True).plan.warnings)
