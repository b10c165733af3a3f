# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A snapshot of the data volume of one member, made once."""

from __future__ import annotations

from types import SimpleNamespace as Thing

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._model.errors import InvalidInput, Refused
from ansible_collections.stackdb.trove.plugins.module_utils._plan.runner import reconcile
from ansible_collections.stackdb.trove.plugins.module_utils._servers.member_snapshot import MemberSnapshotted
from ansible_collections.stackdb.trove.tests.unit import runs


@pytest.fixture
def shop(cloud):
    runs.present(cloud)
    runs.end_task(cloud)
    cloud.writes.clear()
    return cloud


def snapshot(cloud, member="shop-2", name="shop-2-run", check_mode=False):
    return reconcile(MemberSnapshotted(cloud, "shop", member, name, 60), check_mode)


def volume_of(cloud, name):
    return next(volume for volume in cloud.volumes.values() if volume.name == name)


def made(cloud):
    return [(one.name, one.volume_id) for one in cloud.snapshots]


def test_it_is_made_of_a_volume_in_use_and_once(shop):
    assert snapshot(shop).changed
    assert not snapshot(shop).changed
    assert made(shop) == [("shop-2-run", volume_of(shop, "shop-2").id)]


def test_one_of_that_name_of_another_volume_is_not_taken_for_it(shop):
    shop.snapshots.append(Thing(id="s9", name="shop-2-run", volume_id=volume_of(shop, "shop-1").id, status="available"))
    assert snapshot(shop).changed
    assert len(shop.snapshots) == 2


def test_check_mode_makes_none(shop):
    done = snapshot(shop, check_mode=True)
    assert done.changed
    assert made(shop) == []
    assert "create snapshot shop-2-run" in done.diff()["prepared"]


def test_one_that_failed_is_not_taken_for_it(shop):
    shop.snapshots.append(Thing(id="s9", name="shop-2-run", volume_id=volume_of(shop, "shop-2").id, status="error"))
    with pytest.raises(Exception, match="is error. Delete it"):
        snapshot(shop)


def test_one_whose_request_nobody_answered_is_found(shop):
    shop.unanswered["create", "snapshot", "shop-2-run"] = True
    assert snapshot(shop).changed
    assert len(shop.snapshots) == 1


def test_a_stranger_and_a_member_without_a_volume_are_refused(shop):
    with pytest.raises(InvalidInput, match="member: 'shop-9' was given"):
        snapshot(shop, "shop-9")
    volume = volume_of(shop, "shop-2")
    del shop.volumes[volume.id]
    with pytest.raises(Refused, match="shop-2 has no data volume"):
        snapshot(shop)
