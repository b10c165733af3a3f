# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whose contract is written when a verb is done, what waits for a restart, and which changes last."""

from __future__ import annotations

from dataclasses import replace

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._model.evidence import Word
from ansible_collections.stackdb.trove.plugins.module_utils._servers import hosts
from ansible_collections.stackdb.trove.plugins.plugin_utils import plan as plans
from ansible_collections.stackdb.trove.plugins.plugin_utils.judging import lasts, named, pending, returned, take_turn
from ansible_collections.stackdb.trove.plugins.plugin_utils.verbs import VERBS
from ansible_collections.stackdb.trove.tests.unit.builders import cluster, instance
from ansible_collections.stackdb.trove.tests.unit.galera_builders import serving, stopped, wsrep
from ansible_collections.stackdb.trove.tests.unit.plugins.plugin_utils.test_stops import STAR, Family
from ansible_collections.stackdb.trove.tests.unit.replication_builders import info, replica, word

EJECTED = {
    "shop": {"silent": "it is unreachable"},
    "shop-replica-1": {"said": word(2, info(2))},
    "shop-replica-2": {"said": word(3, replica(3, "", link={"host": "10.0.0.2"}))},
}


def plan(verb="replica_eject", subject="shop"):
    family = cluster(instance("shop-1", type="instance"))
    return {"verb": verb, "subject": subject, "excused": ["shop"] if verb == "replica_eject" else [], "hosts": hosts.of_cluster(family)}


def test_after_an_ejection_the_new_source_is_the_one_that_took_over():
    assert named(plan(), EJECTED) == "shop-replica-1"


def test_while_nobody_took_over_it_is_the_one_that_was_named():
    untouched = {**EJECTED, "shop-replica-1": {"said": word(2, replica(2, ""))}}
    assert named(plan(), untouched) == "shop"
    assert named(plan(), {}) == "shop"


def test_every_other_verb_names_its_own():
    assert named(plan("replica_detach", "shop-replica-2"), EJECTED) == "shop-replica-2"
    assert named(plan("replica_create", None), EJECTED) is None


def test_a_source_that_came_back_is_not_taken_for_the_new_one():
    back = {**EJECTED, "shop": {"said": word(1, info(1))}}
    assert named(plan(), back) == "shop-replica-1"
    assert returned(plan(), back) == ["shop"]
    assert returned(plan(), {**EJECTED, "shop": {"said": word(1, dict(info(1), read_only=True))}}) == []
    assert returned(plan(), EJECTED) == []


def test_a_restart_is_required_of_those_whose_settings_wait_for_it():
    words = {"a": {"said": {"pending": ["innodb_log_file_size"]}}, "b": {"said": {"pending": []}}, "c": {"silent": "it is unreachable"}}
    assert pending({"leaving": []}, words) == ["a"]
    assert pending({"leaving": ["a"]}, words) == []


@pytest.mark.parametrize(
    ("task", "kinds", "is_so"),
    [
        ("NONE", ["task"], False),
        ("NONE", ["evidence", "task", "task"], False),
        ("UPDATING_CLUSTER", ["evidence", "task"], True),
        ("NONE", ["task", "restart_required"], True),
        ("NONE", ["server"], True),
        ("NONE", [], True),
    ],
)
def test_a_task_that_the_run_begins_and_ends_is_no_change(task, kinds, is_so):
    result = {"changed": True, "plan": [{"kind": kind} for kind in kinds]}
    assert lasts({"task": task}, result) is is_so
    assert not lasts({"task": task}, {**result, "changed": False})


ALONE = Word({"galera": serving(wsrep=wsrep(cluster_size=1, members=1))})
DOWN = Word({"galera": stopped()})


def first_turn(verb, words, **options):
    """Whose turn it is of a Galera cluster's members, and why it is refused."""
    found = cluster(*(instance(name) for name in words))
    result = {"clusters": [found.view()], "hosts": hosts.of_cluster(found), "placement": {found.name: {}}, "next_marker": None}
    made = plans.make(verb, VERBS[verb], {"name": found.name, **options}, result)
    name, going = take_turn(made, made["batches"][0], words, words, [])
    return name, list(going.refusals)


@pytest.mark.parametrize(
    ("verb", "options", "words", "refused"),
    [
        ("cluster_initialize", {"keep": "shop-1"}, (ALONE, DOWN, DOWN), []),
        ("cluster_initialize", {"members": ["shop-2"]}, (ALONE, DOWN, DOWN), ["shop-3 does not serve: its service is inactive"]),
        ("cluster_initialize", {"keep": "shop-1"}, (ALONE, DOWN, Word(silent="it is unreachable")), ["shop-3 is silent: it is unreachable"]),
        ("cluster_initialize", {"keep": "shop-1"}, (DOWN, DOWN, DOWN), ["shop-1 does not serve: its service is inactive"]),
        (
            "cluster_initialize", {"members": ["shop-1", "shop-2", "shop-3"]}, (DOWN, DOWN, DOWN),
            ["shop-2 does not serve: its service is inactive", "shop-3 does not serve: its service is inactive"],
        ),
        ("cluster_restart", {"members": ["shop-2", "shop-3"]}, (ALONE, DOWN, DOWN), ["shop-3 does not serve: its service is inactive"]),
    ],
)  # fmt: skip
def test_those_that_wait_to_get_all_data_need_not_serve_while_another_one_has_them(verb, options, words, refused):
    _name, found = first_turn(verb, dict(zip(("shop-1", "shop-2", "shop-3"), words, strict=True)), **options)
    assert found == refused


def test_it_is_so_for_the_one_of_which_a_snapshot_was_made():
    found = cluster(*map(instance, ("shop-1", "shop-2", "shop-3")))
    result = {"clusters": [found.view()], "hosts": hosts.of_cluster(found), "placement": {found.name: {}}, "next_marker": None}
    made = plans.make("cluster_initialize", VERBS["cluster_initialize"], {"name": found.name, "keep": "shop-1", "snapshot": True}, result)
    words = {"shop-1": ALONE, "shop-2": DOWN, "shop-3": DOWN}
    name, going = take_turn(made, {**made["batches"][0], "names": ["shop-2"]}, words, words, [])
    assert (name, going.refusals) == ("shop-2", ())


OLD = Word({"galera": serving(wsrep=wsrep(cached_downto=1000))})


@pytest.mark.parametrize(
    ("verb", "options", "refused"),
    [("cluster_upgrade", {}, True), ("cluster_upgrade", {"allow_full_transfer": True}, False), ("cluster_restart", {}, False)],
)
def test_an_upgrade_begins_with_nobody_who_would_need_all_data(verb, options, refused):
    _name, found = first_turn(verb, dict.fromkeys(("shop-1", "shop-2", "shop-3"), OLD), **options)
    assert bool(found) is refused
    assert not refused or ("full state transfer" in found[0] and "trove_allow_full_transfer" in found[1])


@pytest.mark.parametrize(("task", "first"), [("UPGRADING_CLUSTER", 60), ("NONE", None)])
def test_a_run_that_continues_an_upgrade_waits_for_what_the_first_one_began(task, first):
    members = [replace(instance(name), task=task, task_run="run-0") for name in ("shop-1", "shop-2", "shop-3")]
    found = cluster(*members)
    result = {"clusters": [found.view()], "hosts": hosts.of_cluster(found), "placement": {found.name: {}}, "next_marker": None}
    assert plans.make("cluster_upgrade", VERBS["cluster_upgrade"], {"name": found.name}, result)["patience"].get("first") == first


@pytest.mark.parametrize("verb", ["instance_restart", "instance_upgrade"])
@pytest.mark.parametrize(("goes_on", "begun", "refused"), [(False, False, True), (True, True, False), (True, False, True)])
def test_a_replica_that_was_stopped_by_a_command_is_not_started_by_its_turn(verb, goes_on, begun, refused):
    """In a run that goes on it may be that run which has stopped it: where its turn has begun."""
    made = plans.make(verb, VERBS[verb], {"name": "orders-replica-1"}, Family(STAR).result())
    if goes_on:
        made["task_run"] = "the run before"
    words = {
        "orders": Word(word(1, info(1))),
        "orders-replica-1": Word({**word(2, replica(2, "", link={"sql_running": "No"})), "unit": {"begun": made["turn"] if begun else None}}),
        "orders-replica-2": Word(word(3, replica(3, ""))),
    }
    name, going = take_turn(made, made["batches"][0], words, words, [])
    assert name == "orders-replica-1"
    assert bool(going.refusals) is refused
    assert not refused or "it was stopped by a command" in going.refusals[0]


@pytest.mark.parametrize(
    ("verb", "task", "steps", "waits"),
    [
        ("cluster_create", "NONE", [], False),
        ("cluster_create", "BUILDING", [], True),
        ("cluster_create", "NONE", [{"action": "create", "kind": "security_group", "name": "shop"}], True),
        # of a start nothing is noted where nobody of us has stopped the servers
        ("cluster_start", "NONE", [], True),
        ("cluster_configure", "BUILDING", [], False),
    ],
)
def test_a_run_waits_for_servers_that_may_boot_and_for_no_others(verb, task, steps, waits):
    members = [replace(instance(name), task=task) for name in ("shop-1", "shop-2", "shop-3")]
    found = cluster(*members)
    result = {"clusters": [found.view()], "hosts": hosts.of_cluster(found), "placement": {found.name: {}}, "next_marker": None, "plan": steps}
    assert plans.make(verb, VERBS[verb], {"name": found.name}, result)["waits"] is waits
