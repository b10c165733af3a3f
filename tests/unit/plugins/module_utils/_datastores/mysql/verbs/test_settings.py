# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a settings file becomes, or what is refused, over real files; what touches a server is a fake with the real signatures."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest.mock import create_autospec

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.mysql.guest import data_directory, settings_file, trial
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.mysql.guest.engines import MARIADB, MariaDB
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.mysql.rules.catalogue import Catalogue
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.mysql.rules.option_file import Option
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.mysql.verbs import settings as verb
from ansible_collections.stackdb.trove.plugins.module_utils._guest import kept_options
from ansible_collections.stackdb.trove.plugins.module_utils._guest.command import GuestError
from ansible_collections.stackdb.trove.plugins.module_utils._model.errors import InvalidInput
from ansible_collections.stackdb.trove.plugins.module_utils._plan.runner import Outcome, reconcile
from ansible_collections.stackdb.trove.tests.unit.fake_database import FakeDatabase, pairs

NAMES = "innodb_log_file_size wsrep_provider_options a b c max_connections plugin_load_add sql_mode innodb_page_size binlog_format wsrep_on"


class FakeServer:
    """A server program that refuses some values, and shows others in capitals."""

    def __init__(self, directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.file, self.version = directory / "ours.cnf", "10.11.18"
        self.unread: set[str] = set()
        self.unstartable: set[str] = set()
        self.said: list[str] = []
        self.makes: dict[str, str] = {}
        self.possible = True
        self.starts: list[list[str]] = []
        self.data = {"state": "blank"}
        monkeypatch.setattr(kept_options, "DIRECTORY", str(directory / "etc"))
        monkeypatch.setattr(MariaDB, "version", lambda _self: self.version)
        monkeypatch.setattr(data_directory, "look", lambda _path: self.data)
        values = {name: "1" if name == "max_connections" else "x" for name in NAMES.split()}
        monkeypatch.setattr(trial, "known", create_autospec(trial.known, return_value=Catalogue(values, {name: name for name in values})))
        #: what the program makes of settings that no server is tried with
        self.makes_of_untried: dict[str, str] = {}
        monkeypatch.setattr(trial, "as_read", create_autospec(trial.as_read, side_effect=lambda *_given: Catalogue(self.makes_of_untried, {})))
        monkeypatch.setattr(trial, "read", create_autospec(trial.read, side_effect=self.read))
        self.theirs = [Option("theirs", ("1",))]
        monkeypatch.setattr(trial, "theirs", create_autospec(trial.theirs, side_effect=lambda _engine, _file: self.theirs))
        monkeypatch.setattr(trial, "is_possible", lambda: self.possible)
        monkeypatch.setattr(trial, "start", create_autospec(trial.start, side_effect=self.start))
        self.database = FakeDatabase({"": GuestError("gone")}).install(monkeypatch)

    def read(self, _engine: Any, options: Iterable[Option]) -> tuple[bool, list[str]]:
        bad = self.unread & {option.text for option in options}
        return not bad, [*self.said, *(f"[ERROR] no {text}" for text in sorted(filter(None, bad)))]

    def start(self, _engine: Any, options: Iterable[Option], hidden: str) -> trial.Answer:
        assert hidden == "/data"
        texts = {option.name: str(option.text) for option in options}
        self.starts.append(list(texts))
        bad = self.unstartable & set(texts.values())
        shown = {name: self.makes.get(name, text.upper()) for name, text in texts.items()}
        return trial.Answer(None if bad else shown, [f"[ERROR] cannot {text}" for text in bad])

    def wants(self, check_mode: bool = False, owned: Mapping[str, Any] | None = None, **settings: Any) -> Outcome[verb.Seen]:
        asked = verb.Asked("galera", settings, {"max_connections": 100}, {"binlog_format": "ROW"} if owned is None else owned, "# head\n", "\n[sst]\n")
        return reconcile(verb.SettingsFile(MARIADB, str(self.file), "/data", asked), check_mode)


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeServer:
    return FakeServer(tmp_path, monkeypatch)


def live(server: FakeServer) -> dict[str, str | None]:
    return {name: entry["live"] for name, entry in settings_file.read("galera")["entries"].items()}


def test_a_file_and_what_a_server_makes_of_it(server: FakeServer) -> None:
    outcome = server.wants(sql_mode="ansi", a=None)
    (step,) = outcome.plan.steps
    assert step.line() == f"~ update settings file {server.file}: it says otherwise: a, binlog_format, max_connections, sql_mode"
    assert server.file.read_text() == "# head\n[mysqld]\nmax_connections = 100\nbinlog_format = ROW\nsql_mode = ansi\na\n\n[sst]\n"
    assert live(server) == {"max_connections": "100", "binlog_format": "ROW", "sql_mode": "ANSI", "a": "NONE"}
    assert settings_file.read("galera")["version"] == "10.11.18"


def test_it_is_tried_with_what_other_files_say(server: FakeServer) -> None:
    server.wants(a=1)
    assert server.starts == [["theirs", "max_connections", "binlog_format", "a"]]
    server.unread = {"utf8mb4_general_ci"}
    server.theirs = [Option("collation_server", ("utf8mb4_general_ci",))]
    with pytest.raises(GuestError, match="not even without galera_settings: no utf8mb4_general_ci"):
        server.wants(a=2)


def test_a_second_run_changes_nothing_and_starts_no_server(server: FakeServer) -> None:
    server.wants(sql_mode="ansi")
    server.starts.clear()
    assert (server.wants(sql_mode="ansi").changed, server.starts) == (False, [])


def test_check_mode_writes_nothing(server: FakeServer) -> None:
    outcome = server.wants(check_mode=True, a=1)
    assert (outcome.changed, server.file.exists()) == (True, False)
    assert outcome.after is not None
    assert outcome.after["content"].endswith("a = 1\n\n[sst]\n")
    assert server.wants(a=1).changed
    assert server.wants(check_mode=True, a=1).after == {"content": server.file.read_text()}


def test_a_file_that_somebody_else_changed_is_written_again(server: FakeServer) -> None:
    server.wants(a=1)
    server.starts.clear()
    server.file.write_text("theirs")
    assert server.wants(a=1).plan.steps[0].why == "it says otherwise: its form"
    assert (server.file.read_text()[:6], server.starts) == ("# head", [])


def test_another_version_of_the_server_is_asked_anew(server: FakeServer) -> None:
    server.wants(a=1)
    server.version = "11.8.2"
    assert [step.kind for step in server.wants(a=1).plan.steps] == ["settings_record"]
    assert settings_file.read("galera")["version"] == "11.8.2"
    assert not server.wants(a=1).changed


def test_what_is_only_the_roles_and_no_server_can_be_tried_with_starts_none(server: FakeServer) -> None:
    server.wants(owned={"wsrep_on": True})
    server.starts.clear()
    assert server.wants(owned={"wsrep_on": False}).changed
    assert server.starts == []


def test_a_setting_that_goes_is_noted_by_its_default(server: FakeServer) -> None:
    server.wants(a=1)
    server.wants()
    assert settings_file.read("galera")["entries"]["a"]["lines"] == []
    assert "a = 1" not in server.file.read_text()


def test_what_a_server_collects_is_the_roles_and_the_users(server: FakeServer) -> None:
    server.wants(owned={"plugin_load_add": "ours.so"}, plugin_load_add=["ours.so", "theirs.so"])
    assert "plugin_load_add = ours.so\nplugin_load_add = theirs.so\n" in server.file.read_text()


def test_what_the_role_overrides_for_a_while_is_no_fault_of_the_user(server: FakeServer) -> None:
    asked = verb.Asked("galera", {"a": 1, "b": 2}, {}, {}, "", "", overrides={"a": False})
    reconcile(verb.SettingsFile(MARIADB, str(server.file), "/data", asked), False)
    assert server.file.read_text() == "[mysqld]\na = OFF\nb = 2\n"
    reconcile(verb.SettingsFile(MARIADB, str(server.file), "/data", replace(asked, overrides={})), False)
    assert server.file.read_text() == "[mysqld]\na = 1\nb = 2\n"


def test_galeras_parameters_are_one_setting(server: FakeServer) -> None:
    asked = verb.Asked("galera", {}, {}, {}, "", "", {"gcache.size": "1G"}, {"socket.ssl": "yes"})
    with pytest.raises(InvalidInput, match="galera_provider_options.socket.ssl"):
        reconcile(verb.SettingsFile(MARIADB, str(server.file), "/data", replace(asked, provider={"socket.ssl": "no"})), False)
    reconcile(verb.SettingsFile(MARIADB, str(server.file), "/data", asked), False)
    assert server.file.read_text() == '[mysqld]\nwsrep_provider_options = "gcache.size=1G;socket.ssl=yes;"\n'


def test_what_no_server_is_tried_with_is_as_the_program_reads_it(server: FakeServer) -> None:
    server.makes_of_untried = {"innodb_log_file_size": "100663296", "max_connections": "7"}
    words = "galera_settings.innodb_log_file_size: '100663297' was given; allowed: what the server takes as it is; .* it sets 100663296"
    with pytest.raises(InvalidInput, match=words):
        server.wants(innodb_log_file_size=100663297, a=1)
    assert not server.file.exists()
    server.wants(a=1)
    server.starts.clear()
    # alone, too, and then no server is started
    with pytest.raises(InvalidInput, match=words):
        server.wants(innodb_log_file_size=100663297, a=1)
    assert server.wants(innodb_log_file_size="96M", a=1).changed
    assert live(server)["innodb_log_file_size"] == "100663296"
    assert (server.wants(innodb_log_file_size="96M", a=1).changed, server.starts) == (False, [])


def test_what_the_server_does_not_take_as_it_is_leaves_the_file_as_it_is(server: FakeServer) -> None:
    server.makes = {"c": "134217728", "max_connections": "90"}
    with pytest.raises(InvalidInput, match="galera_settings.c: '134217729' was given; allowed: .* it sets 134217728"):
        server.wants(a=1, c=134217729)
    assert not server.file.exists()
    # the role's default of max_connections is nobody's fault
    assert server.wants(a=1, c="128M").plan.warnings == ()
    server.said = ["[Warning] option 'a': unsigned value 2 adjusted to 10"]
    with pytest.raises(InvalidInput, match=r"galera_settings.a: '2' was given; .*unsigned value 2 adjusted to 10"):
        server.wants(a=2)


def test_what_the_host_does_not_allow_is_told(server: FakeServer) -> None:
    server.makes = {"max_connections": "214"}
    assert server.wants(max_connections=5000).plan.warnings == ("max_connections: 5000 was given, and this host lets the server have 214",)


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"a": 1, "b": "bad", "c": 3}, r"galera_settings.b: 'bad' was given; allowed: what mariadbd starts with; it says: no bad"),
        ({"a": 1, "b": "worse", "c": 3}, r"galera_settings.b: 'worse' was given; allowed: what mariadbd starts with; it says: cannot worse"),
        ({"a": "worse"}, "galera_settings.a: 'worse' was given"),
        ({"typo": 1}, "galera_settings.typo"),
        ({"binlog_format": "MIXED"}, "galera_settings.binlog_format: 'MIXED' was given; allowed: nothing: Galera works with no other value"),
        ({"a": "x\ny"}, "galera_settings.a"),
    ],
)
def test_what_is_refused_leaves_the_file_as_it_is(server: FakeServer, given: dict[str, Any], why: str) -> None:
    server.wants(a=5)
    before = server.file.read_text(), settings_file.read("galera")
    server.unread, server.unstartable = {"bad"}, {"worse"}
    with pytest.raises(InvalidInput, match=why):
        server.wants(**given)
    assert (server.file.read_text(), settings_file.read("galera")) == before


@pytest.mark.parametrize(
    ("together", "why"),
    [
        ({"a1", "a7"}, "galera_settings.a7: '7' was given; allowed: what mariadbd starts with beside a1; it says: it gives no reason"),
        ({"a0", "a1", "a19"}, "galera_settings.a19: '19' was given; allowed: what mariadbd starts with beside a1, a0; it"),
        ({"a0", "a1", "a2", "a19"}, "galera_settings.a19: '19' was given; allowed: what mariadbd starts with beside a2, a1; it"),
        ({"a5"}, "galera_settings.a5: '5' was given; allowed: what mariadbd starts with; it"),
    ],
)
def test_of_settings_that_only_together_are_refused_one_is_named(server: FakeServer, monkeypatch: pytest.MonkeyPatch, together: set[str], why: str) -> None:
    starts = []

    def start(_engine: Any, options: Iterable[Option], hidden: str) -> trial.Answer:
        starts.append(hidden)
        return trial.Answer(None if together <= {option.name for option in options} else {}, [])

    names = [*NAMES.split(), *(f"a{number}" for number in range(20))]
    monkeypatch.setattr(trial, "known", lambda *_arguments: Catalogue({}, {name: name for name in names}))
    monkeypatch.setattr(trial, "start", start)
    with pytest.raises(InvalidInput, match=why):
        server.wants(**{f"a{number}": number for number in range(20)})
    assert len(starts) <= 20


def test_a_host_on_which_no_server_can_be_tried_is_no_fault_of_the_settings(server: FakeServer) -> None:
    server.unstartable = {"ROW"}
    with pytest.raises(GuestError, match="mariadbd cannot be started to try settings, not even without galera_settings: cannot ROW"):
        server.wants(a=1)


def test_without_a_server_only_what_needs_none_is_refused(server: FakeServer) -> None:
    server.version = None  # type: ignore[assignment]
    assert not server.wants(typo=1).changed
    with pytest.raises(InvalidInput, match="galera_cluster_name"):
        server.wants(wsrep_cluster_name="x")


def test_a_host_that_lets_no_server_be_tried_is_told(server: FakeServer) -> None:
    server.possible = False
    outcome = server.wants(a=1)
    assert (outcome.changed, server.starts) == (True, [])
    assert "allows no namespaces" in outcome.plan.warnings[0]
    assert not server.wants(a=1).changed


class TestDataThatWereMadeWithAnotherValue:
    def test_by_the_server_that_runs(self, server: FakeServer) -> None:
        server.data = {"state": "initialised"}
        server.database.answers = {"SHOW GLOBAL": pairs(innodb_page_size="16384")}
        with pytest.raises(InvalidInput, match="galera_settings.innodb_page_size: '8K' was given; allowed: 16384: the data in /data were created with it"):
            server.wants(innodb_page_size="8K")
        assert server.wants(innodb_page_size="16384").changed

    def test_by_what_was_noted(self, server: FakeServer) -> None:
        server.wants(innodb_page_size="8192")
        server.data = {"state": "initialised"}
        with pytest.raises(InvalidInput, match="allowed: 8192"):
            server.wants(innodb_page_size="16384")

    def test_no_data(self, server: FakeServer) -> None:
        server.wants(innodb_page_size="8192")
        assert server.wants(innodb_page_size="16384").changed


def test_values_are_in_no_repr() -> None:
    assert "s3cret" not in repr(verb.WriteSettings("f", "why", "s3cret", {"version": "s3cret", "entries": {}}))
    assert "s3cret" not in repr(verb.NoteSettings("f", "why", {"version": "s3cret", "entries": {}}))
