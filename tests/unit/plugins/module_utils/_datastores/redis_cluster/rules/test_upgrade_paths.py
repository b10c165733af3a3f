# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From which version of Redis and Valkey to which."""

from __future__ import annotations

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.redis_cluster.rules import upgrade_paths


@pytest.mark.parametrize(
    ("old", "new", "allowed"),
    [("7.0.15", "7.0.16", True), ("7.0.15", "8.0.2", True), ("8.0.1", "8.1.1", True), ("8.1.1", "9.1.2", True), ("7.2.4", "9.1.2", False), ("x", "8.0", False)],
)
def test_one_major_version_at_a_time(old: str, new: str, allowed: bool) -> None:
    assert (upgrade_paths.step(old, new) is None) is allowed


def test_what_has_to_be_known() -> None:
    assert list(upgrade_paths.tells("7.0.15", "7.0.16")) == []
    back, copy = upgrade_paths.tells("7.0.15", "8.0.2")
    assert "no way back to 7.0" in back
    assert "may be on one server alone" in copy


def test_the_oldest_version_comes_first() -> None:
    assert sorted(["8.10.1", None, "8.2.3"], key=upgrade_paths.order) == ["8.2.3", "8.10.1", None]


@pytest.mark.parametrize(
    ("settings", "refused"), [({"cluster-allow-replica-migration": "no"}, False), ({"cluster-allow-replica-migration": "yes"}, True), ({}, True)]
)
def test_no_replica_changes_its_master_during_an_upgrade(settings: dict[str, str], refused: bool) -> None:
    found = upgrade_paths.migrates(settings)
    assert (found is not None and "cluster-allow-replica-migration is yes" in found) is refused
