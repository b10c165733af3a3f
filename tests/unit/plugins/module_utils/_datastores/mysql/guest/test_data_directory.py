# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.mysql.guest import data_directory


@pytest.mark.parametrize(
    ("files", "version"),
    [
        pytest.param({}, None, id="nothing says so"),
        pytest.param({"mysql_upgrade_info": "10.11.19-MariaDB"}, "10.11.19", id="by mariadb-install-db"),
        pytest.param({"mysql_upgrade_info": "10.11.19-MariaDB\n"}, "10.11.19", id="by mariadb-upgrade"),
        pytest.param({"mariadb_upgrade_info": "11.8.3-MariaDB", "mysql_upgrade_info": "10.11.19-MariaDB"}, "11.8.3", id="upgraded to one with another name"),
        pytest.param({"xtrabackup_info": "uuid = 77\ntool_version = 10.11.20-MariaDB\nserver_version = 10.11.19-MariaDB-0+deb12u1\n"}, "10.11.19", id="a copy"),
        pytest.param({"xtrabackup_info": "server_version = 10.6.5-MariaDB\n", "mysql_upgrade_info": "10.11.19-MariaDB"}, "10.11.19", id="a copy, upgraded"),
        pytest.param({"mysql_upgrade_info": ""}, None, id="cut off"),
    ],
)
def test_tables_version(tmp_path: Path, files: dict, version: str | None) -> None:
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    assert data_directory.tables_version(tmp_path) == version


def test_schemas_are_the_users_only(tmp_path: Path) -> None:
    for name in ("mysql", "sys", "performance_schema", "lost+found", ".sst", "#rocksdb", "crm", "my@002dshop"):
        (tmp_path / name).mkdir()
    (tmp_path / "ibdata1").touch()
    assert data_directory.schemas(tmp_path) == ["crm", "my-shop"]
    assert data_directory.schemas(tmp_path / "missing") == []
