# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The contract of a source that was ejected and is a replica now, and the end of a recovery: by proof that all links are as the contracts say."""

from __future__ import annotations

import itertools

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._cloud import observe
from ansible_collections.stackdb.trove.plugins.module_utils._model.errors import Refused
from ansible_collections.stackdb.trove.plugins.module_utils._model.instance import drift
from ansible_collections.stackdb.trove.plugins.module_utils._plan.runner import reconcile
from ansible_collections.stackdb.trove.plugins.module_utils._servers.proof import Proof
from ansible_collections.stackdb.trove.plugins.module_utils._servers.recovery import InstancesRecovered
from ansible_collections.stackdb.trove.tests.unit import words
from ansible_collections.stackdb.trove.tests.unit.fake_openstack import Killed
from ansible_collections.stackdb.trove.tests.unit.runs import contract_changed, family_of_three, instance_task

SOURCE, FIRST, SECOND = "orders", "orders-replica-1", "orders-replica-2"
STAR = {SOURCE: None, FIRST: SOURCE, SECOND: SOURCE}
#: after an ejection, and when the old source has come back
LEFT = {SOURCE: None, FIRST: None, SECOND: FIRST}
BACK = {SOURCE: FIRST, FIRST: None, SECOND: FIRST}
TASK = "RECOVERING"


@pytest.fixture
def at(cloud):
    family_of_three(cloud)
    cloud.writes.clear()
    return words.addresses(cloud)


def family(cloud):
    return next(one for one in observe.clusters(cloud, type_="instance") if one.name == SOURCE)


def recovered(cloud, given, check_mode=False, name=SOURCE, **options):
    return reconcile(InstancesRecovered(cloud, name, Proof(given, check_mode=check_mode), **options), check_mode)


def proof(at, sources, **changes):
    after = {**words.replication("after", at, sources), **changes}
    return {"before": words.replication("before", at, sources), "after": after}


def contracts(cloud):
    found = family(cloud)
    names = {i.id: i.name for i in found.instances}
    return {i.name: ([names[id_] for id_ in i.contract.replicates_from], i.contract.writable) for i in found.instances}


def test_of_a_family_as_it_was_no_contract_is_written(cloud, at):
    for name in STAR:
        assert not recovered(cloud, proof(at, STAR), name=name).changed
    assert cloud.writes == []


def test_a_source_that_was_ejected_is_written_as_a_replica_where_it_is_one_also_by_a_run_that_was_killed(cloud, at):
    contract_changed(cloud, FIRST, "ejected")
    # a source that is fenced, and follows nobody: it stays left out
    assert not recovered(cloud, proof(at, LEFT)).changed
    for lives in itertools.count(1):
        cloud.lives = lives
        try:
            recovered(cloud, proof(at, BACK))
            break
        except Killed:
            pass
    cloud.lives = None
    assert contracts(cloud) == {SOURCE: ([FIRST], False), FIRST: ([], True), SECOND: ([FIRST], False)}
    assert drift(family(cloud)) == []
    assert not recovered(cloud, proof(at, BACK)).changed


@pytest.mark.parametrize(
    "changes",
    [
        {FIRST: words.silent()},
        {SECOND: words.silent()},
    ],
)
def test_without_the_word_of_all_it_is_not_written(cloud, at, changes):
    contract_changed(cloud, FIRST, "ejected")
    cloud.writes.clear()
    with pytest.raises(Refused, match="is silent"):
        recovered(cloud, proof(at, BACK, **changes))
    assert cloud.writes == []


def end(cloud, at, sources, **changes):
    return instance_task(cloud, SOURCE, proof=Proof(proof(at, sources, **changes)))


def test_a_recovery_follows_any_task_and_ends_by_proof_of_every_link(cloud, at):
    instance_task(cloud, SOURCE, "PROMOTING")
    with pytest.raises(Refused):
        instance_task(cloud, SOURCE, "ATTACHING")
    instance_task(cloud, SOURCE, TASK)
    assert family(cloud).task == TASK
    for sources in ({**STAR, SECOND: None}, {**STAR, SECOND: FIRST}):
        with pytest.raises(Refused, match="orders-replica-2 replicates from"):
            end(cloud, at, sources)
    with pytest.raises(Refused, match="orders-replica-1 is silent"):
        end(cloud, at, STAR, **{FIRST: words.silent()})
    broken = words.replication("after", at, STAR)[FIRST]
    broken["said"]["replication"]["source"].update(sql_running="No", sql_errno=1062, sql_error="Duplicate entry")
    with pytest.raises(Refused, match="Duplicate entry"):
        end(cloud, at, STAR, **{FIRST: broken})
    assert family(cloud).task == TASK
    end(cloud, at, STAR)
    assert family(cloud).task == "NONE"


def test_a_source_that_was_fenced_is_not_as_it_was(cloud, at):
    """Though it is connected with nobody by its contract."""
    contract_changed(cloud, FIRST, "ejected")
    instance_task(cloud, SOURCE, TASK)
    before = {**words.replication("before", at, LEFT)}
    fenced = words.replication("after", at, LEFT, orders={"read_only": True})
    with pytest.raises(Refused, match="orders was server .* writable, .* and is server .* read-only"):
        instance_task(cloud, SOURCE, proof=Proof({"before": before, "after": fenced}), untouched=True)
    as_before = words.replication("after", at, LEFT)
    instance_task(cloud, SOURCE, proof=Proof({"before": before, "after": as_before}), untouched=True)
    assert family(cloud).task == "NONE"


def test_the_end_proves_of_a_source_that_was_left_out_that_it_takes_no_writes(cloud, at):
    contract_changed(cloud, FIRST, "ejected")
    instance_task(cloud, SOURCE, TASK)
    with pytest.raises(Refused, match="orders takes writes"):
        end(cloud, at, LEFT)
    assert family(cloud).task == TASK
    end(cloud, at, LEFT, **words.replication("after", at, {SOURCE: None}, orders={"read_only": True}))
    assert family(cloud).task == "NONE"


def test_another_verb_does_not_follow_a_recovery_that_has_not_ended(cloud, at):
    instance_task(cloud, SOURCE, TASK)
    with pytest.raises(Refused, match="RECOVERING"):
        instance_task(cloud, SOURCE, "PROMOTING")
