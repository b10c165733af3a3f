# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A settings file, what is noted of it, and the running server, over real files, fake programs and a fake connection."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.galera.verbs import settings as galera
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.mysql.guest import engines, settings_file
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.mysql.guest.engines import MARIADB, MYSQL, Engine
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.mysql.rules.settings import EMPTY, Record, Waiting
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.mysql_replication.verbs import settings as replication
from ansible_collections.stackdb.trove.plugins.module_utils._guest import kept_options
from ansible_collections.stackdb.trove.plugins.module_utils._guest.command import GuestError
from ansible_collections.stackdb.trove.tests.unit.fake_database import FakeDatabase, fake_unit, pairs, state
from ansible_collections.stackdb.trove.tests.unit.fake_programs import FakePrograms
from ansible_collections.stackdb.trove.tests.unit.galera_builders import serving

RUNS = state(started=1000.0)
READ_ONLY = "SELECT VARIABLE_NAME"


def entry(line: str, since: float = 2000.0, live: str | None = None) -> Any:
    return {"lines": [line], "since": since, "live": live, "at_start": False}


RECORD: Record = {
    "version": "10.11.18",
    "entries": {
        "max_connections": entry("max_connections = 300", live="300"),
        "port": entry("port = 3307", live="3307"),
        "theirs": entry("theirs = 1", live="1"),
        "init_connect": entry('init_connect = "SET a"', live="SET a"),
    },
}
SHOWN = pairs(max_connections="151", PORT="3306", theirs="2", init_connect="SET a")


class Place:
    """A server that started at 1000, with settings that were written at 2000."""

    def __init__(self, directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(kept_options, "DIRECTORY", str(directory / "etc"))
        monkeypatch.setattr(settings_file, "_POLL", 0)
        answers = {READ_ONLY: [{"name": "PORT"}], "SHOW GLOBAL": SHOWN}
        self.database = FakeDatabase(answers).install(monkeypatch)
        self.programs = FakePrograms().install(monkeypatch, settings_file)
        for groups in ("--mysqld", "mysqld"):
            self.programs.answers[f"my_print_defaults {groups}"] = "--max-connections=300\n--theirs=1\n--theirs=2\n--port=3307\n--init_connect=SET a\n"
        for role in ("galera", "mysql_replication"):
            settings_file.write(role, RECORD)


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    return Place(tmp_path, monkeypatch)


def test_what_is_noted_is_for_root_alone(place: Place, tmp_path: Path) -> None:
    assert settings_file.read("galera") == RECORD
    assert (tmp_path / "etc/galera-settings.json").stat().st_mode & 0o777 == 0o600
    assert settings_file.read("nobodys") == EMPTY


def test_a_file_is_put_in_place_at_once(tmp_path: Path) -> None:
    file = tmp_path / "a.cnf"
    settings_file.put(str(file), "[mysqld]\nä = 1\n")
    assert file.read_text(encoding="utf-8") == "[mysqld]\nä = 1\n"
    assert file.stat().st_mode & 0o777 == 0o644
    assert [path.name for path in tmp_path.iterdir()] == ["a.cnf"]


def test_a_file_that_cannot_be_put_in_place_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "a.cnf").mkdir()
    with pytest.raises(OSError, match="directory"):
        settings_file.put(str(tmp_path / "a.cnf"), "x")
    assert [path.name for path in tmp_path.iterdir()] == ["a.cnf"]


@pytest.mark.parametrize("engine", [MARIADB, MYSQL])
def test_what_a_server_waits_for(place: Place, engine: Engine) -> None:
    place.database.answers["SET GLOBAL `port`"] = GuestError("read only", code=1238)
    assert settings_file.observe(engine, "galera", RUNS) == Waiting({"max_connections": ("151", "300")}, ("port",))


def test_what_a_role_does_not_set_live(place: Place) -> None:
    assert settings_file.observe(MARIADB, "galera", RUNS, {"max_connections"}) == Waiting({}, ("max_connections", "port"))


@pytest.mark.parametrize("service", [state(started=None)])
def test_a_server_that_does_not_run(place: Place, service: Any) -> None:
    assert settings_file.observe(MARIADB, "galera", service) == Waiting({}, ())
    assert place.database.said == []


def test_a_server_that_does_not_answer(place: Place) -> None:
    place.database.answers = {"": GuestError("gone")}
    assert settings_file.observe(MARIADB, "galera", RUNS) == Waiting({}, ())


def test_nothing_is_noted(place: Place) -> None:
    assert settings_file.observe(MARIADB, "nobodys", RUNS) == Waiting({}, ())
    assert place.database.said == []


def test_what_a_server_takes_is_noted_as_it_shows_it(place: Place) -> None:
    place.database.answers["SHOW GLOBAL"] = pairs(max_connections="299", port="3306")
    settings_file.give("galera", {"max_connections": "300"})
    assert place.database.said[:2] == ["SET SESSION sql_mode = ''", "SET GLOBAL `max_connections` = 300"]
    assert settings_file.read("galera")["entries"]["max_connections"] == entry("max_connections = 300", live="299")


def test_a_number_that_is_a_text_takes_quotes(place: Place) -> None:
    place.database.answers["SET GLOBAL `max_connections` = 300"] = GuestError("Incorrect argument type", code=1232)
    settings_file.give("galera", {"max_connections": "300"})
    assert place.database.said[1:3] == ["SET GLOBAL `max_connections` = 300", "SET GLOBAL `max_connections` = '300'"]
    assert settings_file.read("galera")["entries"]["max_connections"]["at_start"] is False


def test_what_a_server_does_not_take_waits_for_a_start(place: Place) -> None:
    place.database.answers["SET GLOBAL `max_connections`"] = GuestError("not now", code=1198)
    settings_file.give("galera", {"max_connections": "300", "init_connect": "SET a"})
    assert settings_file.read("galera")["entries"]["max_connections"] == {**entry("max_connections = 300", live="300"), "at_start": True}
    assert settings_file.observe(MARIADB, "galera", RUNS) == Waiting({}, ("max_connections", "port"))


def test_what_a_start_made_of_the_file(place: Place) -> None:
    settings_file.note_start("galera", 3000.0)
    found = settings_file.read("galera")["entries"]
    assert {name: one["live"] for name, one in found.items()} == {"max_connections": "151", "port": "3306", "theirs": "2", "init_connect": "SET a"}


@pytest.mark.parametrize(("role", "started"), [("galera", None), ("nobodys", 3000.0)])
def test_no_start_to_note(place: Place, role: str, started: float | None) -> None:
    settings_file.note_start(role, started)
    assert place.database.said == []


def test_what_waits_on_a_galera_member(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engines.MariaDB, "service", fake_unit(state(started=3000.0)))
    info = serving(service__started=1000.0)
    assert galera.waiting(info) == {"live": {"max_connections": ["151", "300"]}, "pending": ["port"], "told": []}
    place.database.answers["SHOW GLOBAL"] = pairs(max_connections="300", port="3306", init_connect="SET a")
    galera.give({"max_connections": ["151", "300"]})
    assert galera.waiting(info) == {"live": {}, "pending": ["port"], "told": []}
    galera.note_start()
    assert settings_file.read("galera")["entries"]["port"]["live"] == "3306"


def test_what_waits_on_a_server_with_replicas(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engines.MariaDB, "service", fake_unit(RUNS))
    assert replication.pending("mariadb") == ["port"]
    monkeypatch.setattr(engines.MySQL, "service", fake_unit(state(started=None)))
    assert replication.pending("mysql") == []
