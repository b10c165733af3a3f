# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Contracts that were given as data are written when the databases replicate so, and in no other way."""

from __future__ import annotations

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._cloud import observe
from ansible_collections.stackdb.trove.plugins.module_utils._model.errors import InvalidInput, Refused
from ansible_collections.stackdb.trove.plugins.module_utils._model.instance import drift
from ansible_collections.stackdb.trove.plugins.module_utils._plan.runner import reconcile
from ansible_collections.stackdb.trove.plugins.module_utils._servers.attachment import ReplicaAttached
from ansible_collections.stackdb.trove.plugins.module_utils._servers.proof import Proof
from ansible_collections.stackdb.trove.plugins.module_utils._servers.rearrangement import Rearrangement
from ansible_collections.stackdb.trove.plugins.module_utils._servers.topology import TopologyWritten
from ansible_collections.stackdb.trove.tests.unit import words
from ansible_collections.stackdb.trove.tests.unit.runs import contract_changed, family_of_three, instance_task

SOURCE, FIRST, SECOND = "orders", "orders-replica-1", "orders-replica-2"
NOW = {SOURCE: None, FIRST: SOURCE, SECOND: SOURCE}
THEN = {SOURCE: FIRST, FIRST: None, SECOND: None}
CONTRACT = {FIRST: {"replicates_to": [SOURCE]}, SECOND: {"writable": True}, SOURCE: {}}


@pytest.fixture
def at(cloud):
    family_of_three(cloud)
    cloud.writes.clear()
    return words.addresses(cloud)


def family(cloud):
    (found,) = observe.clusters(cloud, type_="instance")
    return found


def proof(at, then=None, **changes):
    return {"before": words.replication("before", at, NOW), "after": {**words.replication("after", at, then or THEN), **changes}}


def written(cloud, given, contract=None, check_mode=False, name=SOURCE):
    reconciler = TopologyWritten(cloud, name, contract or CONTRACT, Proof(given, check_mode=check_mode))
    return reconcile(reconciler, check_mode), reconciler


def contracts(cloud):
    found = family(cloud)
    names = {i.id: i.name for i in found.instances}
    return {i.name: ([names[id_] for id_ in i.contract.replicates_from], i.contract.writable) for i in found.instances}


def test_the_contracts_are_written_the_sources_last_and_again_nothing(cloud, at):
    shown, reconciler = written(cloud, None, check_mode=True)
    assert cloud.writes == []
    assert [(change["verb"], change["names"]) for change in reconciler.changes(shown.observed)] == [
        ("promote", [FIRST]), ("detach", [SECOND]), ("attach", [SOURCE]),
    ]  # fmt: skip
    done, _reconciler = written(cloud, proof(at))
    assert shown.after == done.after
    assert [step.name for step in done.plan.steps][-1] == FIRST
    assert contracts(cloud) == {SOURCE: ([FIRST], False), FIRST: ([], True), SECOND: ([], True)}
    assert drift(family(cloud)) == []
    again, reconciler = written(cloud, proof(at))
    assert not again.changed
    assert [change["verb"] for change in reconciler.changes(again.observed)] == ["attach"]


@pytest.mark.parametrize("silent", [SOURCE, FIRST, SECOND])
def test_all_that_it_is_about_have_to_prove_it(cloud, at, silent):
    with pytest.raises(Refused, match=f"{silent} is silent"):
        written(cloud, proof(at, **{silent: words.silent()}))
    assert cloud.writes == []


def test_links_that_are_not_so_are_not_written(cloud, at):
    with pytest.raises(Refused, match="orders replicates from no source, and by the contract from orders-replica-1"):
        written(cloud, proof(at, NOW))
    assert cloud.writes == []


def test_contracts_that_stand_and_are_not_kept_are_no_success(cloud, at):
    """The written contracts say so already; the databases do not."""
    same = {SOURCE: {"replicates_to": [FIRST, SECOND]}}
    apart = proof(at, {SOURCE: None, FIRST: SOURCE, SECOND: None})
    with pytest.raises(Refused, match="are not kept. orders-replica-2 replicates from no source, and by the contract from orders"):
        written(cloud, apart, same)
    written(cloud, proof(at, NOW), same)
    assert cloud.writes == []


def test_what_the_datastore_cannot_is_refused_before_anything_is_touched(cloud, at):
    for check_mode in (True, False):
        ring = {SOURCE: {"replicates_from": [SECOND]}, FIRST: {"replicates_from": [SOURCE]}, SECOND: {"replicates_from": [FIRST]}}
        with pytest.raises(Refused, match="ring: orders -> orders-replica-1 -> orders-replica-2 -> orders, and .* is not writable"):
            written(cloud, proof(at), ring, check_mode)
        with pytest.raises(InvalidInput, match="replicates_with"):
            written(cloud, proof(at), {SECOND: {"replicates_with": [FIRST]}}, check_mode)
    server = cloud.servers[family(cloud).instance(SECOND).id]
    server.status = server.becomes = "SHUTOFF"
    with pytest.raises(Refused, match="have to be ACTIVE, and orders-replica-2 is SHUTOFF"):
        written(cloud, proof(at))
    assert cloud.writes == []


def test_a_chain_is_written_when_it_stands(cloud, at):
    chain, given = {SOURCE: None, FIRST: SOURCE, SECOND: FIRST}, {SECOND: {"replicates_from": [FIRST]}}
    with pytest.raises(Refused, match="orders-replica-2 replicates from .*, and by the contract from orders-replica-1"):
        written(cloud, proof(at, NOW), given)
    done, reconciler = written(cloud, proof(at, chain), given)
    assert done.changed
    assert contracts(cloud) == {SOURCE: ([], True), FIRST: ([SOURCE], False), SECOND: ([FIRST], False)}
    assert drift(family(cloud)) == []
    again, reconciler = written(cloud, proof(at, chain), given)
    assert not again.changed
    assert [(change["names"], change["source"], change["chain"]) for change in reconciler.changes(again.observed)] == [
        ([FIRST], SOURCE, True), ([SECOND], FIRST, True),
    ]  # fmt: skip
    # and its end is not the place of a source
    with pytest.raises(Refused, match="orders-replica-1, which is a replica itself, so it cannot take the place of the source"):
        contract_changed(cloud, SECOND, "promoted")


def test_a_ring_is_written_when_each_takes_writes_and_again_when_it_is_repaired(cloud, at):
    around = {SOURCE: SECOND, FIRST: SOURCE, SECOND: FIRST}
    given = {name: {"replicates_from": [source], "writeable": True} for name, source in around.items()}
    closed = proof(at, around)
    with pytest.raises(Refused, match="orders-replica-1 does not take writes, and by the contract it is the other way round"):
        written(cloud, closed, given)
    for word in closed["after"].values():
        word["said"]["replication"]["read_only"] = False
    shown, reconciler = written(cloud, None, given, check_mode=True)
    assert [change["verb"] for change in reconciler.changes(shown.observed)] == ["attach", "attach", "ring"]
    assert reconciler.rearrangement(shown.observed).joining() == (FIRST, SECOND, SOURCE)
    assert written(cloud, closed, given)[0].changed
    assert contracts(cloud) == {name: ([source], True) for name, source in around.items()}
    assert drift(family(cloud)) == []
    again, reconciler = written(cloud, closed, given)
    assert not again.changed
    assert [(change["verb"], change["ring"]) for change in reconciler.changes(again.observed)] == [("ring", [SOURCE, FIRST, SECOND])]
    closed["after"][FIRST]["said"]["replication"]["source"]["io_running"] = "No"
    with pytest.raises(Refused, match="are not kept. orders-replica-1 does not serve: it does not receive"):
        written(cloud, closed, given)
    _out, reconciler = written(cloud, None, {SOURCE: {"replicates_to": [FIRST, SECOND]}, FIRST: {}, SECOND: {}}, check_mode=True)
    assert [change["verb"] for change in reconciler.changes(again.observed)] == ["one_writer", "attach"]
    assert set(reconciler.rearrangement(again.observed).joining()) == {SOURCE, FIRST, SECOND}


@pytest.mark.parametrize("members", [(SOURCE, FIRST, SECOND), (SOURCE, FIRST)], ids=["three", "two"])
def test_nobody_leaves_a_ring_or_takes_a_place_in_it(cloud, at, members):
    """Before its databases are asked: it would begin a task."""
    around = {name: members[number - 1] for number, name in enumerate(members)}
    closed = proof(at, {**dict.fromkeys(NOW), **around})
    for name in members:
        closed["after"][name]["said"]["replication"]["read_only"] = False
    written(cloud, closed, {name: {"replicates_from": [source], "writable": True} for name, source in around.items()} | {n: {} for n in {*NOW} - {*around}})
    cloud.writes.clear()
    for state, says in (("detached", "leaves the ring then"), ("promoted", "Each is a source"), ("ejected", "Start a member that is down")):
        with pytest.raises(Refused, match=f"orders-replica-1 is part of a ring: orders -> orders-replica-1 .*, in which each takes writes.*{says}"):
            contract_changed(cloud, FIRST, state)
    for name, source in ((FIRST, SOURCE), (SECOND, FIRST)):
        with pytest.raises(Refused, match="orders-replica-1.* part of a ring.*repair a lost link"):
            reconcile(ReplicaAttached(cloud, name, source, Proof(force=True)), False)
    assert cloud.writes == []


def test_a_flat_contract_is_of_the_instance_that_is_named(cloud, at):
    contract_changed(cloud, SECOND, "detached")
    written(cloud, proof(at, NOW), {"replicates_from": [SOURCE], "writeable": False}, name=SECOND)
    assert contracts(cloud) == {SOURCE: ([], True), FIRST: ([SOURCE], False), SECOND: ([SOURCE], False)}


def test_the_task_is_ended_by_the_words_of_all_that_it_is_about(cloud, at):
    contract_changed(cloud, SECOND, "detached")
    apart = {SOURCE: None, FIRST: SOURCE, SECOND: None}
    contract = {SECOND: {"replicates_from": [SOURCE]}}
    instance_task(cloud, SOURCE, "REARRANGING")
    said = {moment: words.replication(moment, at, apart) for moment in ("before", "after")}
    lost = {**said, "after": {**said["after"], SECOND: words.silent()}}
    with pytest.raises(Refused, match="orders-replica-2 is silent"):
        instance_task(cloud, SOURCE, proof=Proof(lost), untouched=True, contract=contract)
    instance_task(cloud, SOURCE, proof=Proof(said), untouched=True, contract=contract)
    assert family(cloud).task == "NONE"


def test_who_need_not_serve_before_are_those_that_are_attached(cloud, at):
    found = family(cloud)
    wanted = Rearrangement.of(found, found.instance(SOURCE), CONTRACT)
    assert wanted.joining() == (SOURCE,)
    assert [i.name for i in wanted.instances] == [SOURCE, FIRST, SECOND]
