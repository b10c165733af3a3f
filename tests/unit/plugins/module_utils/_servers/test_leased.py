# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who may change a cluster, and when a plan is made anew under the lease."""

from __future__ import annotations

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._cloud.lease import Lease
from ansible_collections.stackdb.trove.plugins.module_utils._model.scaling import Otherwise
from ansible_collections.stackdb.trove.plugins.module_utils._servers.cluster import ClusterAbsent, ClusterGrown, ClusterPresent
from ansible_collections.stackdb.trove.plugins.module_utils._servers.cluster_act import ClusterTask
from ansible_collections.stackdb.trove.plugins.module_utils._servers.leased import Leased, LeasedLater
from ansible_collections.stackdb.trove.plugins.module_utils._servers.wanted import Wanted
from ansible_collections.stackdb.trove.tests.unit.builders import MARIADB, request
from ansible_collections.stackdb.trove.tests.unit.runs import FORCE, end_task, present


@pytest.fixture
def living(cloud):
    present(cloud)
    end_task(cloud)
    return cloud


def test_a_new_cluster_has_nothing_to_hold(cloud):
    reconciler = ClusterPresent(cloud, Wanted(request(), MARIADB), 60, True)
    assert isinstance(reconciler, Leased)
    with reconciler.alone(None) as changed:
        assert changed is False
    assert cloud.leases == []


def test_what_was_observed_with_its_group_is_planned_anew_only_where_that_was_written(living):
    reconciler = ClusterGrown(living, "shop", 4, Otherwise(), 60, True)
    observed = reconciler.observe()
    with reconciler.alone(observed) as changed:
        assert changed is False
        assert "in use by" in next(iter(living.security_groups.values())).description
    assert "in use by" not in next(iter(living.security_groups.values())).description
    with reconciler.alone(observed) as changed:
        assert changed is True


def test_what_was_observed_without_is_always_planned_anew(living):
    reconciler = ClusterTask(living, "shop", "RESTARTING_CLUSTER", FORCE)
    assert isinstance(reconciler, LeasedLater)
    with reconciler.alone(reconciler.observe()) as changed:
        assert changed is True
        assert reconciler.lease.group


def test_the_group_of_another_cluster_of_the_name_is_not_taken(living):
    next(iter(living.security_groups.values())).description = "Members of the stackdb.trove cluster another"
    reconciler = ClusterTask(living, "shop", "RESTARTING_CLUSTER", FORCE)
    assert reconciler.anchor(reconciler.observe()) is None


def test_a_lease_can_be_taken_again(living):
    reconciler = ClusterAbsent(living, "shop", 60)
    for _twice in range(2):
        with reconciler.alone(reconciler.observe()):
            reconciler.lease.confirm()
    assert isinstance(reconciler.lease, Lease)
    reconciler.lease.confirm()
