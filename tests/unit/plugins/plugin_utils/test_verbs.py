# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What each verb asks of the cloud: calls that the modules take."""

from __future__ import annotations

import pytest
from ansible_collections.stackdb.trove.plugins.action.trove_options import specs
from ansible_collections.stackdb.trove.plugins.plugin_utils.verbs import ALL, CREATED, REPLICAS, SUBJECT, VERBS, Call
from ansible_collections.stackdb.trove.tests.unit.test_module_contract import documentation

CALLS = [pytest.param(call, id=f"{verb}-{number}") for verb, of in VERBS.items() for number, call in enumerate((of.plan, *of.settle))]


def test_a_call_takes_what_was_given_and_its_own():
    call = Call("trove_replica", {"state": "present"}, ("source", "count", "flavor"), {"name": "replica_name"})
    options = {"cloud": "mycloud", "source": "orders", "count": 2, "replica_name": "copy", "members": ["x"]}
    expected = {"cloud": "mycloud", "source": "orders", "count": 2, "name": "copy", "state": "present", "evidence": {}}
    assert call.arguments(options, evidence={}) == expected


def test_what_is_fixed_and_what_is_added_win():
    assert Call("m", {"state": "present"}, ("state",)).arguments({"state": "absent"}) == {"state": "present"}
    assert Call("m", {"task": "NONE"}).arguments({}, task="UPDATING") == {"task": "UPDATING"}


@pytest.mark.parametrize("call", CALLS)
def test_the_module_has_what_it_is_called_with(call):
    options = documentation(call.module)["doc"]["options"]
    assert {*call.options, *call.renamed, *call.fixed} - options.keys() == set()
    assert [name for name, value in call.fixed.items() if value not in options[name].get("choices", [value])] == []


def test_servers_are_waited_for_where_the_plan_creates_or_starts_them():
    creating = {verb for verb, of in VERBS.items() if of.plan.fixed.get("state") in ("present", "grown", "started")}
    assert {verb for verb, of in VERBS.items() if of.waits} == creating


def test_a_plan_that_would_delete_or_write_a_contract_is_only_looked_at():
    """What it deletes or writes is done when the members have proven that it may be."""
    of_state = {verb for verb, of in VERBS.items() if of.plan.fixed.get("state") in ("shrunk", "replaced", "attached", "topology")}
    assert {verb for verb, of in VERBS.items() if of.plan.check} == of_state


def test_of_settings_and_restarts_the_members_words_do_not_tell():
    silent = {"cluster_configure", "instance_configure", "cluster_restart", "instance_restart", "cluster_stop", "cluster_start", "cluster_initialize"}
    silent |= {"instance_stop", "instance_start", "cluster_recover", "cluster_rotate", "instance_rotate"}
    assert {verb for verb, of in VERBS.items() if not of.telling} == silent


def test_no_two_verbs_have_the_same_task():
    """What has not ended is continued by the verb that began it: another one would end it without having done its part."""
    begins = [(of.task, verb) for verb, of in VERBS.items() if of.task]
    shared = {task: {verb for other, verb in begins if other == task} for task, _verb in begins}
    # which of two is stopped tells of which: a cluster's, or an instance's
    of_clusters = {(task, verb.split("_")[0] == "cluster") for task, verb in begins}
    assert len(of_clusters) == len(begins), {task: verbs for task, verbs in shared.items() if len(verbs) > 1}
    # a part that comes first is the verb that it is like, which can continue it
    assert {(verb, of.first.task) for verb, of in VERBS.items() if of.first} == {
        (verb, VERBS["replica_promote"].task) for verb in ("instance_restart", "instance_resize")
    }
    assert all(of.then.task is None for of in VERBS.values() if of.then)


def test_who_need_not_serve_before():
    joining = {who: {verb for verb, of in VERBS.items() if of.joining == who} for who in (ALL, REPLICAS, SUBJECT)}
    attaching = {"replica_attach", "replica_topology"}
    serving = {"cluster_create", "cluster_start", "cluster_recover", "instance_create", "instance_start", "replica_eject", "replica_recover"}
    assert joining == {ALL: serving, REPLICAS: {"replica_create"}, SUBJECT: attaching}
    assert {of.joining for of in VERBS.values()} == {ALL, REPLICAS, SUBJECT, CREATED}


def test_a_contract_is_written_before_its_task_ends():
    for verb in ("replica_attach", "replica_topology", "replica_detach", "replica_promote", "replica_eject", "replica_recover"):
        write, end = VERBS[verb].settle
        assert (write.module, end.module, end.fixed) == ("trove_replica", "trove_instance_task", {"task": "NONE"})


def test_instances_are_looked_for_with_all_that_are_connected():
    assert all(of.plan.fixed == {"connected": True} for of in VERBS.values() if of.plan.module == "trove_instance_info" and not of.only)


def test_verbs_that_delete_or_wipe_or_give_up_take_the_name_once_more():
    """By what their modules do in the cloud; the others wipe on the members, or give up what a member has."""
    by_state = {verb for verb, of in VERBS.items() for call in (of.plan, *of.settle) if call.fixed.get("state") in ("absent", "shrunk", "replaced")}
    on_members = {"cluster_initialize", "cluster_recover", "replica_eject", "replica_recover"}
    assert {verb for verb, spec in specs().items() if "trove_confirm" in spec} == by_state | on_members
