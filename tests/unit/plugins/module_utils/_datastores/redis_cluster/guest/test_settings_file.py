# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The settings' file is there whole, or not at all, and nobody else reads it."""

from __future__ import annotations

import os
import pwd

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.redis_cluster.guest.settings_file import SettingsFile
from ansible_collections.stackdb.trove.plugins.module_utils._guest.command import GuestError

ME = pwd.getpwuid(os.geteuid()).pw_name


def test_what_is_written_is_read_and_nobody_else_reads_it(tmp_path):
    file = SettingsFile(str(tmp_path / "redis.conf"), ME)
    assert file.read() is None
    file.write("a 1\n")
    assert (file.read(), os.stat(file.path).st_mode & 0o777, os.listdir(tmp_path)) == ("a 1\n", 0o600, ["redis.conf"])
    os.chmod(file.path, 0o644)
    assert file.read() is None, "it is to be written anew"
    file.write("a 1\n")
    assert SettingsFile(file.path, None).read() == "a 1\n"
    assert SettingsFile(file.path, "no such user").read() == "a 1\n"


def test_what_cannot_be_written_leaves_nothing(tmp_path):
    with pytest.raises(GuestError, match="redis.conf cannot be written: "):
        SettingsFile(str(tmp_path / "missing" / "redis.conf"), ME).write("a")
    with pytest.raises(GuestError, match="no such user"):
        SettingsFile(str(tmp_path / "redis.conf"), "no such user").write("a")
    assert os.listdir(tmp_path) == []
