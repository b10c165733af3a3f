# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import os
from pathlib import Path

from ansible_collections.stackdb.trove.plugins.module_utils._guest import file_system


def test_size_and_use_are_those_of_df(tmp_path: Path) -> None:
    found = file_system.look(str(tmp_path))
    there = os.statvfs(tmp_path)
    assert found is not None
    assert found["size"] == round(there.f_blocks * there.f_frsize / 2**30, 2)
    assert 0 <= found["used"] <= found["size"]


def test_where_there_is_no_directory_there_is_none(tmp_path: Path) -> None:
    assert file_system.look(str(tmp_path / "missing")) is None
