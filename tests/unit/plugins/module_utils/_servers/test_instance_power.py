# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The servers of an instance and its replicas are stopped by proof that their databases are, and started again; one that was detached is none of them."""

from __future__ import annotations

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._model.errors import InvalidInput, Refused
from ansible_collections.stackdb.trove.plugins.module_utils._plan.runner import reconcile
from ansible_collections.stackdb.trove.plugins.module_utils._servers import power
from ansible_collections.stackdb.trove.plugins.module_utils._servers.instance_power import InstanceStarted, InstanceStopped
from ansible_collections.stackdb.trove.plugins.module_utils._servers.proof import Proof
from ansible_collections.stackdb.trove.tests.unit import replication_builders, runs, words
from ansible_collections.stackdb.trove.tests.unit.builders import instance

BOTH, APART = ["orders", "orders-replica-1"], "orders-replica-2"


@pytest.fixture
def at(cloud):
    runs.family_of_three(cloud)
    runs.contract_changed(cloud, APART, "detached")
    runs.instance_task(cloud, "orders")
    cloud.writes.clear()
    return words.addresses(cloud)


def said(at, moment="after", **states):
    """Words of those that were stopped, unless another state of a unit is given for one, or None for one that is silent."""
    found = {}
    for name in BOTH:
        state = states.get(name.replace("-", "_"), "inactive")
        unit = {"state": state, "enabled": state == "active", "invocation": "a", "turn": None, "stopped": {"others": []}}
        found[name] = words.said(moment, at[name], replication=replication_builders.silent(), unit=unit) if state else words.silent()
    return found


def stop(cloud, after, servers=True, check_mode=False, name="orders"):
    return reconcile(InstanceStopped(cloud, name, 60, Proof({"after": after}, check_mode=check_mode), servers), check_mode)


def start(cloud, name="orders", check_mode=False):
    return reconcile(InstanceStarted(cloud, name, 60), check_mode)


def statuses(cloud):
    return {server.name: server.status for server in cloud.servers.values()}


def tasks(outcome):
    return {one["name"]: one["task"]["name"] for one in outcome.after["instances"]}


def test_servers_of_databases_that_are_down_are_stopped_and_started_again(cloud, at):
    planned = stop(cloud, said(at), check_mode=True)
    assert (planned.changed, cloud.writes) == (True, [])
    assert [one["server_status"] for one in planned.after["instances"]] == ["SHUTOFF", "SHUTOFF"]
    assert [one["name"] for one in stop(cloud, said(at)).after["instances"]] == BOTH
    assert statuses(cloud) == {"orders": "SHUTOFF", "orders-replica-1": "SHUTOFF", APART: "ACTIVE"}
    assert not stop(cloud, None).changed, "nobody can be asked any more"
    assert [step.name for step in start(cloud, "orders-replica-1").plan.steps] == BOTH
    assert {*statuses(cloud).values()} == {"ACTIVE"}
    assert not start(cloud).changed


def test_servers_run_on_unless_it_is_asked_for_and_the_proof_is_wanted_all_the_same(cloud, at):
    assert not stop(cloud, said(at), servers=False).changed
    with pytest.raises(Refused, match=r"orders was not stopped in order: its service is active\. Run stackdb.trove.instance_stop again"):
        stop(cloud, said(at, orders="active"), servers=False)
    assert cloud.writes == []


@pytest.mark.parametrize(
    ("states", "text"),
    [({"orders": "failed"}, "orders was not stopped in order: its service is failed"), ({"orders_replica_1": None}, "orders-replica-1 is silent")],
)
def test_without_proof_nothing_is_stopped(cloud, at, states, text):
    with pytest.raises(Refused, match=text):
        stop(cloud, said(at, **states))
    assert (cloud.writes, {*statuses(cloud).values()}) == ([], {"ACTIVE"})


def test_those_that_are_connected_are_stopped_and_nothing_but_their_start_changes_their_family(cloud, at):
    begun = runs.instance_task(cloud, "orders", "STOPPED")
    assert tasks(begun) == {"orders": "STOPPED", "orders-replica-1": "STOPPED", APART: "NONE"}
    for wanted in ("UPDATING", "REBOOTING"):
        with pytest.raises(Refused, match="start it with stackdb.trove.instance_start"):
            runs.instance_task(cloud, APART, wanted, clear_task=True)
    # the one apart has nothing to start, and ends nobody's task
    start(cloud, APART)
    assert tasks(runs.instance_task(cloud, APART))["orders"] == "STOPPED"
    assert {*tasks(runs.instance_task(cloud, "orders-replica-1")).values()} == {"NONE"}


def test_a_task_that_is_given_up_for_a_stop_ends_for_those_that_are_not_stopped(cloud, at):
    runs.instance_task(cloud, "orders", "UPDATING")
    begun = runs.instance_task(cloud, "orders", "STOPPED", clear_task=True)
    assert tasks(begun) == {"orders": "STOPPED", "orders-replica-1": "STOPPED", APART: "NONE"}
    start(cloud)
    assert {*tasks(runs.instance_task(cloud, "orders")).values()} == {"NONE"}


def test_a_start_does_not_come_between_another_task(cloud, at):
    runs.instance_task(cloud, "orders", "UPDATING")
    with pytest.raises(Refused, match="while the current instance task is 'UPDATING'"):
        start(cloud)


def test_a_locked_server_is_refused_before_any_is_stopped(cloud, at):
    next(server for server in cloud.servers.values() if server.name == "orders").is_locked = True
    with pytest.raises(Refused, match="orders are locked"):
        stop(cloud, said(at))
    assert {*statuses(cloud).values()} == {"ACTIVE"}


def test_a_name_that_nothing_has(cloud, at):
    with pytest.raises(InvalidInput, match="nobody"):
        start(cloud, "nobody", check_mode=True)


def test_of_servers_that_are_off_nobody_is_asked():
    def nobody(act):
        raise AssertionError(act)

    off = [instance("orders", type="instance", status="SHUTOFF")]
    assert not power.stop(off, nobody, True)
    assert [step.line() for step in power.start(off).steps] == ["~ start server orders: it is off"]
    assert power.with_status(off, None) == tuple(off)
