# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The server of a failed source is stopped before it is replaced: never a living one, and never one that Nova would not stop."""

from __future__ import annotations

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._cloud import observe
from ansible_collections.stackdb.trove.plugins.module_utils._model.errors import InvalidInput, Refused
from ansible_collections.stackdb.trove.plugins.module_utils._servers import fence
from ansible_collections.stackdb.trove.plugins.module_utils._servers.proof import Proof
from ansible_collections.stackdb.trove.tests.unit import replication_builders, words
from ansible_collections.stackdb.trove.tests.unit.runs import contract_changed, family_of_three, instance_task

SOURCE, FIRST, SECOND = "orders", "orders-replica-1", "orders-replica-2"
FAMILY = {SOURCE: None, FIRST: SOURCE, SECOND: SOURCE}


@pytest.fixture
def at(cloud):
    family_of_three(cloud)
    cloud.writes.clear()
    return words.addresses(cloud)


def asked(at, moment="before", source=None, **verdicts):
    """What was said of the source: by itself, and by its replicas, by their names; hung where nothing is said."""
    said = words.replication(moment, at, FAMILY)
    for name in (FIRST, SECOND):
        verdict = verdicts.get(name.replace("-", "_"), "hung")
        said[name]["said"]["replication"]["source"]["probe"] = verdict and {"verdict": verdict, "why": "so it was seen"}
    return {**said, SOURCE: source or words.silent()}


def fenced(cloud, said, check_mode=False, name=SOURCE):
    return instance_task(cloud, name, "EJECTING", Proof({"before": said}, check_mode=check_mode), stop_server=True)


def status(cloud):
    return {server.name: server.status for server in cloud.servers.values()}[SOURCE]


def refused(cloud, said, says):
    for check_mode in (True, False):
        with pytest.raises(Refused, match=says):
            fenced(cloud, said, check_mode)
    assert cloud.writes == []
    assert status(cloud) == "ACTIVE"


@pytest.mark.parametrize("verdict", ["hung", "dead", "unknown"])
def test_it_is_stopped_after_the_task_was_noted_and_again_nothing_is_done(cloud, at, verdict):
    said = asked(at, orders_replica_1=verdict)
    steps = fenced(cloud, said, check_mode=True).plan.steps
    assert cloud.writes == []
    assert [(step.action, step.kind, step.name) for step in steps][-1] == ("stop", "server", SOURCE)
    assert "its clients are cut off" in steps[-1].line()
    fenced(cloud, said)
    assert cloud.writes[-1] == ("stop", "server", SOURCE)
    assert {write[1] for write in cloud.writes[:-1]} == {"metadata"}
    cloud.writes.clear()
    # without a word, since nothing is to be done
    assert not fenced(cloud, {}).changed
    assert cloud.writes == []


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"orders_replica_2": "alive"}, "orders-replica-2 finds orders alive: so it was seen; a living source is replaced by a promotion"),
        ({"orders_replica_2": None}, "orders-replica-2 was not asked whether orders answers"),
    ],
)
def test_a_source_that_may_live_is_not_touched(cloud, at, change, says):
    refused(cloud, asked(at, **change), says)


def test_words_of_another_moment_are_none(cloud, at):
    with pytest.raises(InvalidInput, match="words of a round that ends in /before"):
        fenced(cloud, asked(at, moment="after"))
    assert cloud.writes == []


def test_one_that_answers_on_its_own_host_is_not_touched(cloud, at):
    living = words.replication("before", at, FAMILY)[SOURCE]
    refused(cloud, asked(at, source=living), "orders answers on its own host")


def test_one_that_is_down_on_its_own_host_is_stopped(cloud, at):
    down = words.said("before", at[SOURCE], replication=replication_builders.silent())
    fenced(cloud, asked(at, source=down))
    assert status(cloud) == "SHUTOFF"


def test_every_replica_has_to_have_a_word(cloud, at):
    refused(cloud, {**asked(at), SECOND: words.silent()}, "orders-replica-2 is silent")
    down = words.said("before", at[SECOND], replication=replication_builders.silent())
    refused(cloud, {**asked(at), SECOND: down}, "orders-replica-2 does not serve, and may have what no other replica has")
    refused(cloud, {}, "orders-replica-1 is silent: nothing was said of it")


def test_a_replica_is_not_stopped_though_it_is_silent(cloud, at):
    with pytest.raises(Refused, match="orders-replica-1 is a replica by its contract"):
        fenced(cloud, {**words.replication("before", at, FAMILY), FIRST: words.silent()}, name=FIRST)
    assert cloud.writes == []


def test_of_a_run_that_was_killed_the_successor_stands(cloud, at):
    said = asked(at)
    said[FIRST]["said"]["replication"].update(source=None, read_only=False)
    said[SECOND]["said"]["replication"]["source"].update(host=at[FIRST], probe={"verdict": "alive", "why": "it greets"})
    fenced(cloud, said)
    assert status(cloud) == "SHUTOFF"


def test_nobody_who_follows_it_and_no_successor_is_no_proof(cloud, at):
    said = asked(at)
    for name in (FIRST, SECOND):
        said[name]["said"]["replication"]["source"] = None
    refused(cloud, said, r"no instance replicates from orders \(.*\), and none has taken its place")


def test_one_that_was_ejected_is_stopped_by_the_words_of_the_others(cloud, at):
    contract_changed(cloud, FIRST, "ejected")
    cloud.writes.clear()
    refused(cloud, {}, "orders-replica-1 is silent")


@pytest.mark.parametrize(("changes", "says"), [({"is_locked": True}, "is locked in Nova"), ({"becomes": "PAUSED", "status": "PAUSED"}, "is PAUSED")])
def test_what_nova_does_not_stop_is_refused_by_name(cloud, at, changes, says):
    vars(next(server for server in cloud.servers.values() if server.name == SOURCE)).update(changes)
    with pytest.raises(Refused, match=f"Nothing was changed: the server orders .*{says}"):
        fenced(cloud, asked(at))
    assert cloud.writes == []


def test_what_was_stopped_is_what_the_plan_says(cloud, at):
    plan = fenced(cloud, asked(at), check_mode=True).plan
    family = next(iter(observe.clusters(cloud, type_="instance")))
    assert {i.name: i.status for i in fence.stopped(plan, family).instances} == {SOURCE: "SHUTOFF", FIRST: "ACTIVE", SECOND: "ACTIVE"}
