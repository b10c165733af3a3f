# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The files of passwords, and the line of a settings' file. Servers that take them are in tests/redis."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.redis_cluster.guest import passwords
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.redis_cluster.guest.settings_file import SettingsFile
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.redis_cluster.rules.passwords import CLIENTS, OWN, Kept
from ansible_collections.stackdb.trove.plugins.module_utils._guest.command import GuestError


def test_what_a_member_keeps_is_for_its_owner_alone(tmp_path: Path) -> None:
    assert passwords.read(str(tmp_path)) == {OWN: Kept(), CLIENTS: Kept()}
    assert passwords.found(str(tmp_path)) == [OWN, CLIENTS]
    passwords.write(CLIENTS, "new", following=True, directory=str(tmp_path))
    kept = passwords.read(str(tmp_path))
    assert (len(kept[OWN].present or ""), kept[OWN].following, kept[CLIENTS].newest) == (48, None, "new")
    assert {os.stat(tmp_path / name).st_mode & 0o777 for name in os.listdir(tmp_path)} == {0o600}
    passwords.forget(CLIENTS, str(tmp_path))
    assert passwords.read(str(tmp_path))[CLIENTS].following is None
    # a second run
    assert passwords.found(str(tmp_path)) == []


def test_digests_of_dropped_passwords_add_up_and_go_with_another_cluster(tmp_path: Path) -> None:
    tmp_path = tmp_path / "not there yet"
    passwords.remember(CLIENTS, ["b"], str(tmp_path))
    passwords.remember(CLIENTS, ["a", "b"], str(tmp_path))
    assert passwords.dropped(CLIENTS, str(tmp_path)) == ("a", "b")
    passwords.found(str(tmp_path))
    assert passwords.dropped(CLIENTS, str(tmp_path)) == ()


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("port 1\nmasterauth old\nappendonly yes\n", 'port 1\nmasterauth new\nappendonly yes\n'),
        ("port 1\n", 'port 1\nmasterauth new\n'),
        ("MasterAuth old\nport 1\nmasterauth older\n", 'masterauth new\nport 1\n'),
        ('port 1\nmasterauth new\n', None),
    ],
)
def test_one_line_of_the_settings_has_the_password(tmp_path: Path, before: str, after: str | None) -> None:
    file = SettingsFile(str(tmp_path / "redis.conf"), None)
    file.write(before)
    assert passwords.written(file, "new") == after


def test_a_settings_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(GuestError, match="cluster_configure first"):
        passwords.written(SettingsFile(str(tmp_path / "redis.conf"), None), "new")
