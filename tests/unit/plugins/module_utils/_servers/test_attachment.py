# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The contract of one that returned as a replica, on both sides: with proof, and in no other way."""

from __future__ import annotations

import itertools

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._cloud import observe
from ansible_collections.stackdb.trove.plugins.module_utils._model.errors import InvalidInput, Refused
from ansible_collections.stackdb.trove.plugins.module_utils._model.instance import drift
from ansible_collections.stackdb.trove.plugins.module_utils._plan.runner import reconcile
from ansible_collections.stackdb.trove.plugins.module_utils._servers.attachment import ReplicaAttached
from ansible_collections.stackdb.trove.plugins.module_utils._servers.hosts import about
from ansible_collections.stackdb.trove.plugins.module_utils._servers.proof import Proof
from ansible_collections.stackdb.trove.tests.unit import words
from ansible_collections.stackdb.trove.tests.unit.fake_openstack import Killed
from ansible_collections.stackdb.trove.tests.unit.runs import contract_changed, family_of_three, instance_present, instance_task

SOURCE, FIRST, BACK = "orders", "orders-replica-1", "orders-replica-2"
APART = {SOURCE: None, FIRST: SOURCE, BACK: None}
TOGETHER = {SOURCE: None, FIRST: SOURCE, BACK: SOURCE}


@pytest.fixture
def at(cloud):
    family_of_three(cloud)
    contract_changed(cloud, BACK, "detached")
    cloud.writes.clear()
    return words.addresses(cloud)


def family(cloud):
    return next(one for one in observe.clusters(cloud, type_="instance") if one.name == SOURCE)


def attached(cloud, given, check_mode=False, name=BACK, source=SOURCE, **options):
    return reconcile(ReplicaAttached(cloud, name, source, Proof(given, check_mode=check_mode), **options), check_mode)


def proof(at, **changes):
    return {"before": words.replication("before", at, APART), "after": {**words.replication("after", at, TOGETHER), **changes}}


def contracts(cloud):
    found = family(cloud)
    names = {i.id: i.name for i in found.instances}
    return {i.name: ([names[id_] for id_ in i.contract.replicates_from], i.contract.writable) for i in found.instances}


def test_both_sides_are_written_that_of_the_returned_one_last_and_again_nothing(cloud, at):
    shown = attached(cloud, None, check_mode=True)
    assert cloud.writes == []
    done = attached(cloud, proof(at))
    assert [step.line() for step in shown.plan.steps] == [step.line() for step in done.plan.steps]
    assert [step.name for step in done.plan.steps] == [SOURCE, SOURCE, BACK]
    assert shown.after == done.after
    assert contracts(cloud) == {SOURCE: ([], True), FIRST: ([SOURCE], False), BACK: ([SOURCE], False)}
    assert drift(family(cloud)) == []
    assert not attached(cloud, proof(at)).changed


def test_one_that_was_ejected(cloud, at):
    contract_changed(cloud, FIRST, "ejected")
    sources = {FIRST: None, SOURCE: FIRST}
    said = {moment: words.replication(moment, at, sources) for moment in ("before", "after")}
    attached(cloud, said, name=SOURCE, source=FIRST)
    assert contracts(cloud)[SOURCE] == ([FIRST], False)
    assert contracts(cloud)[FIRST] == ([], True)


def test_a_run_that_was_killed_after_any_write_is_continued(cloud, at):
    seen = []
    for lives in itertools.count(1):
        cloud.lives = lives
        try:
            attached(cloud, proof(at))
            break
        except Killed:
            seen.append(drift(family(cloud)))
            # as an earlier run had not written anything
            if lives == 1:
                assert contracts(cloud)[BACK] == ([], True)
    cloud.lives = None
    assert ["orders replicates to orders-replica-2, and the contract of orders-replica-2 does not say so"] in seen, "the source's comes first"
    assert drift(family(cloud)) == []
    assert contracts(cloud)[BACK] == ([SOURCE], False)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({BACK: words.silent()}, "orders-replica-2 is silent"),
        ({SOURCE: words.silent()}, "orders is silent"),
        ({FIRST: words.silent()}, "orders-replica-1 is silent"),
    ],
)
def test_all_that_are_connected_with_either_have_to_prove_it(cloud, at, changes, says):
    with pytest.raises(Refused, match=says):
        attached(cloud, proof(at, **changes))
    assert cloud.writes == []


def test_a_link_that_is_not_there_is_not_written(cloud, at):
    with pytest.raises(Refused, match="orders-replica-2 replicates from no source, and by the contract from orders"):
        attached(cloud, proof(at, **words.replication("after", at, APART)))
    writable = words.replication("after", at, TOGETHER, orders_replica_2={"read_only": False, "source": None})
    with pytest.raises(Refused, match="orders-replica-2 takes writes, and by the contract it is the other way round"):
        attached(cloud, proof(at, **writable))
    assert cloud.writes == []


def test_another_family_is_refused_since_it_could_not_be_reached(cloud, at):
    cloud.hypervisors = 9
    instance_present(cloud, name="invoices")
    instance_task(cloud, "invoices")
    with pytest.raises(Refused, match="orders-replica-2 belongs to the replication topology orders, and invoices to invoices. They share neither a CA nor"):
        attached(cloud, proof(at), source="invoices")
    with pytest.raises(InvalidInput, match="'nobody' was given; allowed: the name or id of an instance"):
        attached(cloud, proof(at), source="nobody")


def test_hosts_are_those_of_either(cloud, at):
    found = family(cloud)
    hosts = about(found, found.instance(BACK), found.instance(SOURCE))["hosts"]
    assert [host["name"] for host in hosts] == [SOURCE, FIRST, BACK]


def test_the_task_is_ended_by_the_words_of_either(cloud, at):
    """Until the contracts are written the two are not connected."""
    instance_task(cloud, BACK, "ATTACHING")
    for name in (SOURCE, FIRST, BACK):
        said = {**words.replication("after", at, APART), name: words.silent()}
        with pytest.raises(Refused, match=f"{name} is silent"):
            instance_task(cloud, BACK, proof=Proof({"before": words.replication("before", at, APART), "after": said}), untouched=True, source=SOURCE)
    same = {moment: words.replication(moment, at, APART) for moment in ("before", "after")}
    instance_task(cloud, BACK, proof=Proof(same), untouched=True, source=SOURCE)
    assert family(cloud).task == "NONE"
    instance_task(cloud, BACK, "ATTACHING")
    with pytest.raises(InvalidInput, match="source: 'nobody' was given"):
        instance_task(cloud, BACK, proof=Proof(same), source="nobody")
