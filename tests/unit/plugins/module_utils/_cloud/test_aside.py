# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from ansible_collections.stackdb.trove.plugins.module_utils._cloud import aside, observe
from ansible_collections.stackdb.trove.tests.unit.runs import present


def test_by_one_request_a_volume_is_of_no_cluster_any_more(cloud):
    present(cloud)
    cloud.writes.clear()
    old = next(one for one in cloud.volumes.values() if one.name == "shop-2")
    aside.set_aside(cloud, old.id, "shop-2-kept-1", "shop-2 of the cluster shop")
    assert cloud.writes == [("update", "volume", "shop-2")]
    assert (old.name, old.description) == ("shop-2-kept-1", "Kept data of shop-2 of the cluster shop.")
    assert [volume.instance for volume in observe.cluster(cloud, "shop").volumes] == ["shop-1", "shop-3"]
