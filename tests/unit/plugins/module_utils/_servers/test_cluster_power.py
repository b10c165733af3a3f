# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The servers of a cluster are stopped by proof that its databases are, and started again."""

from __future__ import annotations

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._model.errors import InvalidInput, Refused
from ansible_collections.stackdb.trove.plugins.module_utils._plan.runner import reconcile
from ansible_collections.stackdb.trove.plugins.module_utils._servers.cluster_power import ClusterStarted, ClusterStopped
from ansible_collections.stackdb.trove.plugins.module_utils._servers.proof import Proof
from ansible_collections.stackdb.trove.tests.unit import galera_builders, runs, words

NAMES = ("shop-1", "shop-2", "shop-3")


@pytest.fixture
def at(cloud):
    runs.present(cloud)
    runs.end_task(cloud)
    cloud.writes.clear()
    return words.addresses(cloud)


def said(at, moment="after", **states):
    """Words of members that were stopped, unless another state of a unit is given for one, or None for one that is silent."""
    found = {}
    for name in NAMES:
        state = states.get(name.replace("-", "_"), "inactive")
        unit = {"state": state, "enabled": state == "active", "invocation": "a", "turn": None, "stopped": {"others": []}}
        found[name] = words.said(moment, at[name], galera=galera_builders.stopped(), unit=unit) if state else words.silent()
    return found


def stop(cloud, after, servers=True, check_mode=False):
    return reconcile(ClusterStopped(cloud, "shop", 60, Proof({"after": after}, check_mode=check_mode), servers), check_mode)


def statuses(cloud):
    return {server.status for server in cloud.servers.values()}


def test_servers_of_databases_that_are_down_are_stopped_and_started_again(cloud, at):
    assert stop(cloud, said(at), check_mode=True).changed
    assert cloud.writes == []
    stop(cloud, said(at))
    assert statuses(cloud) == {"SHUTOFF"}
    assert not stop(cloud, None).changed, "nobody can be asked any more"
    started = reconcile(ClusterStarted(cloud, "shop", 60), False)
    assert [step.line() for step in started.plan.steps] == [f"~ start server {name}: it is off" for name in NAMES]
    assert statuses(cloud) == {"ACTIVE"}
    assert not reconcile(ClusterStarted(cloud, "shop", 60), False).changed


def test_servers_run_on_unless_it_is_asked_for_and_the_proof_is_wanted_all_the_same(cloud, at):
    assert not stop(cloud, said(at), servers=False).changed
    with pytest.raises(Refused, match="shop-2 was not stopped in order: its service is active"):
        stop(cloud, said(at, shop_2="active"), servers=False)
    assert cloud.writes == []


@pytest.mark.parametrize(("states", "text"), [({"shop_2": "active"}, "shop-2 was not stopped"), ({"shop_3": None}, "shop-3 is silent")])
def test_without_proof_nothing_is_stopped(cloud, at, states, text):
    with pytest.raises(Refused, match=text):
        stop(cloud, said(at, **states))
    assert (cloud.writes, statuses(cloud)) == ([], {"ACTIVE"})


def test_a_locked_server_is_refused_before_any_is_stopped(cloud, at):
    next(iter(cloud.servers.values())).is_locked = True
    with pytest.raises(Refused, match="shop-1 are locked"):
        stop(cloud, said(at))
    assert statuses(cloud) == {"ACTIVE"}


def test_a_start_does_not_come_between_another_task(cloud, at):
    """It ends with the end of the task, whatever that was."""
    runs.cluster_task(cloud, "UPDATING_CLUSTER")
    with pytest.raises(Refused, match="while the current cluster task is 'UPDATING_CLUSTER'"):
        reconcile(ClusterStarted(cloud, "shop", 60), False)
    runs.cluster_task(cloud, "NONE")
    runs.cluster_task(cloud, "STOPPED")
    assert not reconcile(ClusterStarted(cloud, "shop", 60), False).changed


def test_a_name_that_no_cluster_has(cloud, at):
    with pytest.raises(InvalidInput, match="nobody"):
        reconcile(ClusterStarted(cloud, "nobody", 60), True)
