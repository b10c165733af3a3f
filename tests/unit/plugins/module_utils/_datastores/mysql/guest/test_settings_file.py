# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A settings file against the running server, over real files, fake programs and a fake connection."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.galera.rules.info import Info
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.galera.verbs import settings as galera
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.mysql.guest import engines, settings_file
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.mysql.guest.engines import MARIADB, MYSQL
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.mysql_replication.verbs import settings as replication
from ansible_collections.stackdb.trove.plugins.module_utils._guest.command import GuestError
from ansible_collections.stackdb.trove.tests.unit.fake_database import FakeDatabase, fake_unit, pairs, state
from ansible_collections.stackdb.trove.tests.unit.fake_programs import FakePrograms
from ansible_collections.stackdb.trove.tests.unit.galera_builders import serving

MARIADB_ROWS = [
    {"VARIABLE_NAME": "MAX_CONNECTIONS", "GLOBAL_VALUE": "151", "READ_ONLY": "NO"},
    {"VARIABLE_NAME": "PORT", "GLOBAL_VALUE": "3306", "READ_ONLY": "YES"},
]


class Place:
    """A settings file written at 2000, for a server that started at 1000."""

    def __init__(self, directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.file, self.stamp = directory / "90-ours.cnf", directory / "stamp"
        self.write(self.file, 2000)
        monkeypatch.setattr(settings_file, "STAMP", str(self.stamp))
        self.database = FakeDatabase({"SELECT VARIABLE_NAME": MARIADB_ROWS, "SHOW GLOBAL": pairs(MAX_CONNECTIONS="151", PORT="3306")}).install(monkeypatch)
        programs = FakePrograms().install(monkeypatch, settings_file)
        programs.answers[f"my_print_defaults --defaults-file={self.file} mysqld"] = "--max-connections=200\n--port=3307\n--skip-name-resolve\n"
        for groups in ("--mysqld", "mysqld"):
            programs.answers[f"my_print_defaults {groups}"] = "--max_connections=200\n--theirs=1\n--max_connections=300\n--port=3307\n--skip-name-resolve\n"

    @staticmethod
    def write(path: Path, time: float) -> None:
        path.touch()
        os.utime(path, (time, time))


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    return Place(tmp_path, monkeypatch)


def test_what_is_wanted_and_what_is_live(place: Place) -> None:
    assert settings_file.observe(MARIADB, str(place.file), state(started=1000.0)) == settings_file.Settings(
        wanted={"max_connections": "300", "port": "3307", "skip_name_resolve": ""},
        live={"max_connections": "151", "port": "3306"},
        at_start=frozenset({"port"}),
        given=False,
    )


def test_mysql_does_not_say_what_is_read_only(place: Place) -> None:
    found = settings_file.observe(MYSQL, str(place.file), state(started=1000.0))
    assert found is not None
    assert (found.live, found.at_start) == ({"max_connections": "151", "port": "3306"}, frozenset())


@pytest.mark.parametrize("started", [None, 2000.0, 3000.0])
def test_a_server_that_has_read_the_file_as_it_is(place: Place, started: float | None) -> None:
    assert settings_file.observe(MARIADB, str(place.file), state(started=started)) is None
    assert place.database.said == []


def test_a_server_that_does_not_answer(place: Place) -> None:
    place.database.answers = {"": GuestError("gone")}
    assert settings_file.observe(MARIADB, str(place.file), state(started=1000.0)) is None


@pytest.mark.parametrize(("stamped", "given"), [(1999, False), (2000, True), (2001, True)])
def test_what_was_given_since_the_file_was_written(place: Place, stamped: int, given: bool) -> None:
    place.write(place.stamp, stamped)
    found = settings_file.observe(MARIADB, str(place.file), state(started=1000.0))
    assert found is not None
    assert found.given is given


class TestGalera:
    @pytest.fixture(autouse=True)
    def ours(self, place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(galera, "FILE", str(place.file))

    @pytest.fixture
    def info(self) -> Info:
        found: Info = serving(service__started=1000.0)
        return found

    def test_what_can_be_given_and_what_waits(self, info: Info) -> None:
        assert galera.waiting(info) == {"live": {"max_connections": ["151", "300"]}, "pending": ["port", "skip_name_resolve"]}

    def test_what_was_given_is_not_given_again(self, place: Place, info: Info) -> None:
        galera.give({"max_connections": ["151", "300"]})
        assert place.database.said == ["SET GLOBAL `max_connections` = 300"]
        assert galera.waiting(info) == {"live": {}, "pending": ["port", "skip_name_resolve"]}

    def test_nothing_to_compare(self) -> None:
        assert galera.waiting(serving(service__started=3000.0)) == {"live": {}, "pending": []}


def test_what_waits_on_a_server_with_replicas(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replication, "_FILE", str(place.file))
    monkeypatch.setattr(engines.MariaDB, "service", fake_unit(state(started=1000.0)))
    assert replication.pending("mariadb") == ["port"]
    monkeypatch.setattr(engines.MySQL, "service", fake_unit(state(started=3000.0)))
    assert replication.pending("mysql") == []
