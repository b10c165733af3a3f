# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Snapshots of volumes: found by name and volume, waited for. What comes of them is in _servers/test_member_snapshot.py."""

from __future__ import annotations

from types import SimpleNamespace as Thing

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._cloud import snapshots
from ansible_collections.stackdb.trove.plugins.module_utils._cloud.waiter import TimedOut


def test_of_two_of_a_name_the_volumes_own_is_found(cloud):
    cloud.snapshots += [Thing(id="s1", name="nightly", volume_id="v1"), Thing(id="s2", name="nightly", volume_id="v2")]
    assert snapshots.find(cloud, "v2", "nightly").id == "s2"
    assert snapshots.find(cloud, "v3", "nightly") is None


def test_one_that_is_never_done_is_told(cloud):
    cloud.snapshots.append(Thing(id="s1", name="nightly", volume_id="v1", status="creating"))
    with pytest.raises(TimedOut, match="nightly"):
        snapshots.take(cloud, "v1", "nightly", "shop-1", 0)
