# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a data directory holds, and how an empty one is filled."""

from __future__ import annotations

import os
import pwd
import shutil
from pathlib import Path
from unittest.mock import create_autospec

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.mysql.guest import data_directory
from ansible_collections.stackdb.trove.plugins.module_utils._guest.command import GuestError


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


@pytest.mark.parametrize(
    ("names", "state"),
    [
        ([], "blank"),
        (["lost+found"], "blank"),
        (["mysql"], "initialised"),
        (["ibdata1", "crm"], "initialised"),
        (["notes.txt"], "foreign"),
        (["mysql", data_directory.INITIALISING], "initialising"),
        (["mysql", data_directory.RECEIVING], "receiving"),
        (["mysql", data_directory.RECEIVED], "received"),
        ([data_directory.RECEIVED, data_directory.RECEIVING], "receiving"),
    ],
)
def test_states(tmp_path: Path, names: list[str], state: str) -> None:
    for name in names:
        (tmp_path / name).mkdir()
    found = data_directory.look(str(tmp_path))
    assert (found["path"], found["state"]) == (str(tmp_path), state)
    assert 0 <= found["free"] <= found["size"]


def test_a_directory_that_is_not_there_yet_is_blank_and_has_its_parents_room(tmp_path: Path) -> None:
    there, missing = data_directory.look(str(tmp_path)), data_directory.look(str(tmp_path / "a" / "b"))
    assert (missing["state"], missing["size"]) == ("blank", there["size"])


@pytest.fixture
def server_is_me(monkeypatch: pytest.MonkeyPatch) -> None:
    """There may be no user mysql here."""
    me = pwd.getpwuid(os.getuid())
    monkeypatch.setattr(data_directory.pwd, "getpwnam", lambda name: {"mysql": me}[name])


@pytest.mark.usefixtures("server_is_me")
def test_a_directory_is_marked_until_it_is_filled(tmp_path: Path) -> None:
    (tmp_path / "lost+found").mkdir()
    with data_directory.filling(tmp_path, data_directory.INITIALISING):
        assert sorted(os.listdir(tmp_path)) == [data_directory.INITIALISING, "lost+found"]
        (tmp_path / "mysql").mkdir()
    assert sorted(os.listdir(tmp_path)) == ["lost+found", "mysql"]


@pytest.mark.usefixtures("server_is_me")
def test_a_filling_that_fails_leaves_the_mark(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), data_directory.filling(tmp_path, data_directory.INITIALISING):
        raise ZeroDivisionError
    assert os.listdir(tmp_path) == [data_directory.INITIALISING]


@pytest.mark.usefixtures("server_is_me")
def test_what_an_earlier_run_left_half_filled_is_emptied(tmp_path: Path) -> None:
    data_directory.begin(tmp_path, data_directory.INITIALISING)
    (tmp_path / "mysql").mkdir()
    (tmp_path / "mysql" / "user.frm").touch()
    (tmp_path / "link").symlink_to(tmp_path)
    assert data_directory.look(str(tmp_path))["state"] == "initialising"
    data_directory.begin(tmp_path, data_directory.RECEIVING)
    assert os.listdir(tmp_path) == [data_directory.RECEIVING]
    data_directory.begin(tmp_path, data_directory.INITIALISING)
    assert os.listdir(tmp_path) == [data_directory.INITIALISING]


@pytest.mark.parametrize("name", ["mysql", "notes.txt", data_directory.RECEIVED])
def test_what_is_not_ours_to_empty_is_left_alone(tmp_path: Path, name: str) -> None:
    (tmp_path / name).touch()
    with pytest.raises(GuestError, match="holds data .*, and is not emptied"):
        data_directory.begin(tmp_path, data_directory.INITIALISING)
    assert os.listdir(tmp_path) == [name]


def test_a_directory_is_created_for_the_servers_user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    chown = create_autospec(shutil.chown)
    monkeypatch.setattr(data_directory.shutil, "chown", chown)
    for _again in range(2):
        data_directory.create(tmp_path / "a" / "b")
    assert (tmp_path / "a" / "b").stat().st_mode & 0o777 == 0o750
    chown.assert_called_with(tmp_path / "a" / "b", "mysql", "mysql")
