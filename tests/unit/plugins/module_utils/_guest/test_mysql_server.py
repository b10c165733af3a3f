# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from pathlib import Path

from ansible_collections.stackdb.trove.plugins.module_utils._guest import mysql_server


def test_schemas_are_the_users_only(tmp_path: Path) -> None:
    for name in ("mysql", "sys", "performance_schema", "lost+found", ".sst", "#rocksdb", "crm", "my@002dshop"):
        (tmp_path / name).mkdir()
    (tmp_path / "ibdata1").touch()
    assert mysql_server.schemas(tmp_path) == ["crm", "my-shop"]
    assert mysql_server.schemas(tmp_path / "missing") == []
