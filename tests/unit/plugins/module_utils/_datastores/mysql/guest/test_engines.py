# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What differs between MariaDB and MySQL, over fake programs."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from unittest.mock import create_autospec

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.mysql.guest import connection, engines
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.mysql.guest.engines import ENGINES, MARIADB, MYSQL
from ansible_collections.stackdb.trove.plugins.module_utils._guest.command import GuestError
from ansible_collections.stackdb.trove.tests.unit.fake_database import FakeDatabase
from ansible_collections.stackdb.trove.tests.unit.fake_programs import FakePrograms


@pytest.mark.parametrize(
    ("name", "text", "version"),
    [
        ("mariadb", "mariadbd  Ver 10.11.18-MariaDB-0+deb12u1 for debian-linux-gnu on x86_64 (Debian 12)\n", "10.11.18"),
        ("mysql", "/usr/sbin/mysqld  Ver 9.6.0-1 for Linux on x86_64 ((Debian))\n", "9.6.0"),
        ("mysql", "", None),
    ],
)
def test_version(monkeypatch: pytest.MonkeyPatch, name: str, text: str, version: str | None) -> None:
    engine = ENGINES[name]
    FakePrograms(**{f"{engine.daemon} --no-defaults --version": text}).install(monkeypatch, engines)
    assert engine.version() == version


def test_no_server_is_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    FakePrograms().install(monkeypatch, engines)
    assert MARIADB.version() is None


def test_what_they_are_called() -> None:
    assert {name: (engine.service.name, engine.daemon) for name, engine in ENGINES.items()} == {
        "mariadb": ("mariadb.service", "mariadbd"),
        "mysql": ("mysql.service", "mysqld"),
    }


def test_mariadbs_system_tables(monkeypatch: pytest.MonkeyPatch) -> None:
    programs = FakePrograms(**{"mariadb-install-db": ""}).install(monkeypatch, engines)
    MARIADB.create_system_tables("/data")
    (line,) = programs.ran
    assert line == "mariadb-install-db --user=mysql --datadir=/data --skip-test-db --auth-root-authentication-method=socket"


def test_mysqls_system_tables_are_created_beside_the_markers(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / ".marker").touch()

    def initialise(argv: Sequence[str], timeout: float = 60, check: bool = True) -> subprocess.CompletedProcess[str]:
        options = dict(option.lstrip("-").partition("=")[::2] for option in argv[1:])
        assert (argv[0], options["user"]) == ("mysqld", "mysql")
        assert "no-defaults" in options
        assert "initialize-insecure" in options
        with open(options["init-file"], encoding="ascii") as file:
            assert "IDENTIFIED WITH auth_socket" in file.read()
        assert os.stat(options["init-file"]).st_mode & 0o777 == 0o644
        os.mkdir(options["datadir"])
        Path(options["datadir"], "ibdata1").touch()
        Path(options["datadir"], "mysql").mkdir()
        return subprocess.CompletedProcess(argv, 0, "", "")

    monkeypatch.setattr(engines, "run", initialise)
    MYSQL.create_system_tables(str(tmp_path))
    assert sorted(os.listdir(tmp_path)) == [".marker", "ibdata1", "mysql"]


def test_who_upgrades_system_tables() -> None:
    assert MARIADB.upgrade_needed("10.6.1", "10.11.19") is True
    assert MARIADB.upgrade_needed("10.11.1", "10.11.19") is False
    assert MARIADB.upgrade_needed("10.11.1", None) is None
    assert MYSQL.upgrade_needed("8.0.1", "9.6.0") is False


@pytest.mark.parametrize(
    ("links", "said"),
    [
        ([], []),
        ([("", "No")], []),
        ([("", "No"), ("b", "Yes"), ("c", "Yes")], ["STOP b", "STOP c", "START b", "START c"]),
        ([("", "Yes")], ["STOP ", "START "]),
    ],
)
def test_nothing_is_applied_while_mariadbs_tables_are_upgraded(monkeypatch: pytest.MonkeyPatch, links: list[tuple[str, str]], said: list[str]) -> None:
    """Whatever applies stops that, and goes on receiving."""
    database = FakeDatabase({"SHOW ALL SLAVES": [{"Connection_name": name, "Slave_SQL_Running": applies} for name, applies in links]}).install(monkeypatch)
    programs = FakePrograms(**{"mariadb-upgrade": ""}).install(monkeypatch, engines)
    MARIADB.upgrade_tables(77)
    statements = [f"{word} SLAVE %s SQL_THREAD" for word in (one.split()[0] for one in said)]
    assert database.said == ["SHOW ALL SLAVES STATUS", *statements]
    assert database.values == [(one.partition(" ")[2],) for one in said]
    assert programs.ran == ["mariadb-upgrade --no-defaults --user=root --socket=/run/mysqld/mysqld.sock --silent --skip-write-binlog"]


def test_what_was_stopped_for_the_tables_of_a_run_that_was_killed_applies_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """What an error has stopped is not taken for that, and is tried again with the new tables."""
    rows = [("", "No", ""), ("b", "Yes", ""), ("c", "No", "1062: Duplicate entry")]
    links = [{"Connection_name": name, "Slave_SQL_Running": applies, "Last_SQL_Error": error} for name, applies, error in rows]
    database = FakeDatabase({"SHOW ALL SLAVES": links}).install(monkeypatch)
    assert MARIADB.not_applying() == [""]
    MARIADB.apply_again()
    assert database.said[-2:] == ["START SLAVE %s"] * 2
    assert database.values[-2:] == [("",), ("c",)]
    assert MYSQL.not_applying() == []


def test_mysql_upgrades_its_tables_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    programs = FakePrograms().install(monkeypatch, engines)
    MYSQL.upgrade_tables(77)
    assert programs.ran == []


def test_what_mariadb_does_not_take_while_it_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    database = FakeDatabase({"SELECT VARIABLE_NAME": [{"name": "PORT"}, {"name": "DATADIR"}]}).install(monkeypatch)
    with connection.Connection(connection.local("/socket")) as local:
        assert MARIADB.at_start(local, ["port", "max_connections"]) == {"port"}
    assert "READ_ONLY = 'YES'" in database.said[0]


def test_what_mysql_does_not_take_while_it_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = {"SET GLOBAL `port`": GuestError("read only", code=1238), "SET GLOBAL `sync_binlog`": GuestError("Incorrect argument type", code=1232)}
    database = FakeDatabase(answers).install(monkeypatch)
    with connection.Connection(connection.local("/socket")) as local:
        assert MYSQL.at_start(local, ["port", "sync_binlog"]) == {"port"}
    assert database.said[0] == "SET GLOBAL `port` = @@GLOBAL.`port`, GLOBAL max_connections = 'none'"


def test_data_to_try_settings_with(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    given = create_autospec(shutil.chown)
    monkeypatch.setattr(shutil, "chown", given)
    MARIADB.fill_for_trial(str(tmp_path / "a"))
    assert os.stat(tmp_path / "a").st_mode & 0o777 == 0o700
    given.assert_called_once_with(str(tmp_path / "a"), "mysql", "mysql")
    programs = FakePrograms(**{"mysqld --no-defaults --initialize-insecure": ""}).install(monkeypatch, engines)
    MYSQL.fill_for_trial("/place/data")
    assert "--user=mysql --datadir=/place/data --innodb-redo-log-capacity=8M" in programs.ran[0]
