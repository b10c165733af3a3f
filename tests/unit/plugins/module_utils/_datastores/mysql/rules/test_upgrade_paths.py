# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From which version to which."""

from __future__ import annotations

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.mysql.rules import upgrade_paths


@pytest.mark.parametrize(
    ("old", "new", "allowed"),
    [
        ("10.11.18", "10.11.19", True),
        ("10.6.20", "10.11.19", True),
        ("10.11.19", "11.4.2", True),
        ("10.11.19", "11.8.9", True),
        ("11.4.2", "11.8.9", True),
        ("10.6.20", "11.8.9", False),
        ("10.6.20", "11.4.2", False),
        ("11.8.9", "12.1.1", False),
        ("11.8.9", "10.11.19", False),
        ("10.3.1", "10.11.19", False),
    ],
)
def test_galera(old: str, new: str, allowed: bool) -> None:
    assert (upgrade_paths.galera_step(old, new) is None) is allowed


def test_what_comes_first_is_said() -> None:
    assert "to 10.11 first" in str(upgrade_paths.galera_step("10.6.20", "11.8.9"))


@pytest.mark.parametrize(
    ("old", "new", "allowed"),
    [
        ("8.0.30", "8.0.41", True),
        ("8.0.41", "8.4.3", True),
        ("8.4.3", "9.7.4", True),
        ("8.4.3", "9.1.0", True),
        ("9.1.0", "9.7.4", True),
        ("8.0.41", "9.7.4", False),
        ("8.0.41", "9.1.0", False),
    ],
)
def test_mysql_leaves_no_lts_series_out(old: str, new: str, allowed: bool) -> None:
    assert (upgrade_paths.mysql_step(old, new) is None) is allowed


def test_what_has_to_be_known_of_mariadb() -> None:
    assert list(upgrade_paths.mariadb_tells("10.11.18", "10.11.19")) == []
    back, snapshot = upgrade_paths.mariadb_tells("10.11.19", "11.8.9")
    assert "no way back to 10.11" in back
    assert "error 1020" in snapshot
    assert len(list(upgrade_paths.mariadb_tells("11.6.1", "11.8.9"))) == 1


def test_what_has_to_be_known_where_replicas_follow_a_source() -> None:
    assert list(upgrade_paths.mariadb_replication_tells("10.11.18", "10.11.19")) == []
    back, snapshot = upgrade_paths.mariadb_replication_tells("10.11.19", "11.8.9")
    assert "no replica of the old version can follow one that is upgraded" in back
    assert "error 1020" in snapshot
    assert list(upgrade_paths.mysql_tells("8.4.3", "8.4.6")) == []
    assert "no way back to 8.4" in next(iter(upgrade_paths.mysql_tells("8.4.6", "9.7.4")))


def test_a_replica_may_be_newer_than_its_source_as_far_as_that_is_known() -> None:
    assert upgrade_paths.mariadb_step("10.11.19", "11.8.9") is None
    assert "to 10.11 first" in str(upgrade_paths.mariadb_step("10.6.20", "11.8.9"))
    assert "within its series only" in str(upgrade_paths.mariadb_step("11.8.9", "12.1.1"))
