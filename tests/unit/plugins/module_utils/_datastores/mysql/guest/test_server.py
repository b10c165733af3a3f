# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is observed of a server, over fake programs and a fake connection."""

from __future__ import annotations

from pathlib import Path
from unittest.mock import call, create_autospec

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.mysql.guest import connection, engines, server, settings_file
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.mysql.guest.engines import MARIADB
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.mysql.rules.settings import Waiting
from ansible_collections.stackdb.trove.plugins.module_utils._guest.command import GuestError
from ansible_collections.stackdb.trove.tests.unit.fake_database import FakeDatabase, fake_unit, pairs, state
from ansible_collections.stackdb.trove.tests.unit.fake_programs import FakePrograms

WAITING = Waiting({}, ("port",))
VERSION = {"mariadbd": "mariadbd  Ver 10.11.18-MariaDB\n"}


@pytest.mark.parametrize("shown", ["active", "reloading"])
def test_a_server_that_answers(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, shown: str) -> None:
    (tmp_path / "mysql").mkdir()
    (tmp_path / "mysql_upgrade_info").write_text("10.11.17-MariaDB")
    asked = create_autospec(settings_file.observe, return_value=WAITING)
    monkeypatch.setattr(settings_file, "observe", asked)
    database = FakeDatabase({"SHOW GLOBAL VARIABLES": pairs(Port="3306")}).install(monkeypatch)
    FakePrograms(**VERSION).install(monkeypatch, server, engines)
    monkeypatch.setattr(engines.MariaDB, "service", fake_unit(state(shown, started=1000.0)))
    found = server.observe(MARIADB, str(tmp_path), "mysql_replication")
    assert (found["version"], found["tables_version"], found["reachable"], found["error"]) == ("10.11.18", "10.11.17", True, None)
    assert (found["variables"], found["datadir"]["state"], found["configured"]) == ({"port": "3306"}, "initialised", None)
    assert (found["settings"], asked.mock_calls) == (WAITING, [call(MARIADB, "mysql_replication", found["service"])])
    assert database.where == [{"unix_socket": connection.SOCKET, "user": "root", "read_timeout": 10}]


def test_a_server_that_does_not_answer(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    FakeDatabase({"": GuestError("Access denied")}).install(monkeypatch)
    FakePrograms().install(monkeypatch, server, engines)
    monkeypatch.setattr(engines.MariaDB, "service", fake_unit(state()))
    found = server.observe(MARIADB, str(tmp_path), "mysql_replication")
    assert (found["version"], found["reachable"], found["error"], found["variables"]) == (None, False, "Access denied", None)


def test_a_server_that_is_down_is_not_asked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    database = FakeDatabase({}).install(monkeypatch)
    FakePrograms().install(monkeypatch, server, engines)
    monkeypatch.setattr(engines.MariaDB, "service", fake_unit(state("inactive")))
    found = server.observe(MARIADB, str(tmp_path), "mysql_replication")
    assert (found["reachable"], found["error"], database.said) == (False, None, [])


@pytest.mark.parametrize(
    ("names", "found"),
    [(["mysql", "crm"], ["crm"]), (["mysql"], None), (["crm"], None), ([], None)],
)
def test_data_elsewhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, names: list[str], found: list[str] | None) -> None:
    other, wanted = tmp_path / "other", tmp_path / "wanted"
    for name in names:
        (other / name).mkdir(parents=True)
    programs = FakePrograms(my_print_defaults=f"--port=3306\n--datadir={other}/\n").install(monkeypatch, server)
    seen = server._configured(str(wanted))
    assert seen == (found and {"path": str(other), "schemas": found})
    assert programs.ran == ["my_print_defaults mysqld mariadb"]
    assert server._configured(str(other)) is None


def test_a_data_directory_within_the_other_one_is_no_schema(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("mysql", "data"):
        (tmp_path / name).mkdir()
    FakePrograms(my_print_defaults=f"--datadir={tmp_path}\n").install(monkeypatch, server)
    assert server._configured(str(tmp_path / "data")) is None


def test_which_files_of_a_certificate_are_not_read_yet(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(server, "TLS_STAMP", str(tmp_path / "stamp"))
    (tmp_path / "new.pem").touch()
    assert server.unread_tls([str(tmp_path / "new.pem")], {"started": 1000.0}) == [str(tmp_path / "new.pem")]
