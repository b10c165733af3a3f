# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""When a task that makes members has ended."""

from __future__ import annotations

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._model.cluster import Cluster
from ansible_collections.stackdb.trove.plugins.module_utils._model.errors import Refused
from ansible_collections.stackdb.trove.plugins.module_utils._servers.cluster_check import check_complete
from ansible_collections.stackdb.trove.tests.unit.builders import instance, volume


def cluster(*instances, volumes=()):
    return Cluster("c1", "shop", "mariadb", "10.11", instances=instances, volumes=volumes)


def test_all_members_active_with_their_volumes():
    check_complete(cluster(instance("shop-1", task="BUILDING"), volumes=(volume("shop-1"),)))


@pytest.mark.parametrize("task", ["BUILDING", "GROWING_CLUSTER"])
def test_a_member_that_is_not_active_is_named(task):
    with pytest.raises(Refused, match=f"The task {task} has not ended: shop-2 is BUILD"):
        check_complete(cluster(instance("shop-1", task=task), instance("shop-2", task=task, status="BUILD")))


def test_a_volume_that_is_not_attached_is_named():
    with pytest.raises(Refused, match="the volume of shop-1 is not attached"):
        check_complete(cluster(instance("shop-1", task="BUILDING"), volumes=(volume("shop-1", server_id=None),)))


def test_a_task_that_takes_away_ends_whatever_is_left():
    check_complete(cluster(instance("shop-1", task="SHRINKING_CLUSTER", status="SHUTOFF")))
