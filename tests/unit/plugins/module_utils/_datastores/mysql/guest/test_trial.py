# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How settings are tried on a server of their own, over a fake program that is a real process. `tests/settings` tries real servers."""

from __future__ import annotations

import os
import resource
import stat
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.mysql.guest import connection, trial
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.mysql.guest.engines import MARIADB, MYSQL, Engine
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.mysql.rules.option_file import Option
from ansible_collections.stackdb.trove.plugins.module_utils._guest.command import GuestError
from ansible_collections.stackdb.trove.tests.unit.fake_programs import FakePrograms

OPTIONS = {
    "max_connections": Option("max_connections", ("5",)),
    "plugin_load_add": Option("plugin_load_add", ("a.so",)),
    "socket": Option("socket", ("/theirs",)),
    "wsrep_on": Option("wsrep_on", ("ON",)),
}
# what unshare and choom do is the machine's business: the fakes run what comes behind --
WRAPPERS = ("unshare", "choom")


# a server that listens at its socket
LISTENS = """for word; do case $word in --socket=*) path="${{word#*=}}";; esac; done
exec {} -c 'import socket, sys, time; s = socket.socket(socket.AF_UNIX); s.bind(sys.argv[1]); s.listen(); time.sleep(60)' "$path" """


class FakeProgram:
    """A program that keeps its arguments and its file, and then does what it is told."""

    def __init__(self, directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.directory = directory
        (directory / "place").mkdir()
        bin_directory = directory / "bin"
        bin_directory.mkdir()
        self.path = bin_directory / "fake-mysqld"
        for name in WRAPPERS:
            self.write(bin_directory / name, f'echo "{name} $*" >>{directory}/wrapped\nwhile [ "$1" != -- ]; do shift; done\nshift\nexec "$@"')
        self.write(bin_directory / "systemctl", "echo 4096")
        monkeypatch.setenv("PATH", f"{bin_directory}:{os.environ['PATH']}")
        monkeypatch.setattr(trial, "_PLACE", str(directory / "place"))
        monkeypatch.setattr(trial, "_POLL", 0)
        self.does("")
        for engine in (MARIADB, MYSQL):
            monkeypatch.setattr(engine, "program", (str(self.path),), raising=False)
            monkeypatch.setattr(engine, "user", "root", raising=False)
            monkeypatch.setattr(engine, "fill_for_trial", os.mkdir, raising=False)

    @staticmethod
    def write(path: Path, code: str) -> None:
        path.write_text(f"#!/bin/sh\n{code}\n")
        path.chmod(0o755)

    def does(self, code: str) -> None:
        self.write(self.path, f'echo "$@" >>{self.directory}/argv\ncat "${{1#--defaults-file=}}" >{self.directory}/cnf\n{code}')

    def kept(self, name: str) -> str:
        return (self.directory / name).read_text()

    def left(self) -> list[str]:
        return os.listdir(self.directory / "place")


@pytest.fixture
def program(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeProgram]:
    # a socket's path has at most 107 bytes, and pytest's own directories are deep
    with tempfile.TemporaryDirectory(prefix="trial-") as directory:
        made = FakeProgram(Path(directory), monkeypatch)
        yield made
        assert made.left() == []


def answers(monkeypatch: pytest.MonkeyPatch, rows: Any, program: FakeProgram) -> None:
    """The program answers with rows when it is up, or with an error."""

    def query(socket: str, *statements: str) -> Any:
        if isinstance(rows, GuestError) or not (program.directory / "up").exists():
            raise rows if isinstance(rows, GuestError) else GuestError("not yet")
        assert (os.path.basename(socket), statements) == ("socket", ("SHOW GLOBAL VARIABLES",))
        return [rows]

    monkeypatch.setattr(connection, "query", query)


def test_what_the_program_knows_depends_on_its_plugins(program: FakeProgram) -> None:
    program.does("echo '  --server-audit-x'")
    assert trial.known(MARIADB, OPTIONS).spellings == {"server_audit_x": "server_audit_x"}
    assert program.kept("cnf") == "[mysqld]\nplugin_load_add = a.so\n"


@pytest.mark.parametrize(("code", "takes"), [("echo note >&2", True), ("echo note >&2; exit 1", False)])
def test_what_the_program_says_of_its_options(program: FakeProgram, code: str, takes: bool) -> None:
    program.does(code)
    assert trial.read(MARIADB, OPTIONS.values()) == (takes, ["note"])
    assert program.kept("cnf") == "[mysqld]\nmax_connections = 5\nplugin_load_add = a.so\nsocket = /theirs\n"


def test_mysql_is_asked_twice(program: FakeProgram) -> None:
    program.does('case "$*" in *--validate-config*) exit 1;; esac')
    assert trial.read(MYSQL, ()) == (False, [])
    assert [line.split()[-1] for line in program.kept("argv").splitlines()] == ["--validate-config", "--help"]


@pytest.mark.parametrize("engine", [MARIADB, MYSQL])
def test_a_server_is_started_with_the_settings_and_killed(program: FakeProgram, engine: Engine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    program.does(f"touch {program.directory}/up; exec sleep 60")
    answers(monkeypatch, [("Max_Connections", "5")], program)
    hidden = tmp_path / "none"
    found = trial.start(engine, OPTIONS.values(), str(hidden))
    assert found.variables == {"max_connections": "5"}
    words = program.kept("wrapped").splitlines()
    assert words[0].startswith("choom -n 1000 --")
    assert words[1].startswith("unshare --mount --net -- sh -c")
    assert f" sh 4096 {hidden} -- {program.path} --defaults-file=" in words[1]


def test_what_a_started_server_is_told(program: FakeProgram, monkeypatch: pytest.MonkeyPatch) -> None:
    program.does(f"touch {program.directory}/up; exec sleep 60")
    answers(monkeypatch, [], program)
    trial.start(MARIADB, OPTIONS.values(), "/none")
    argv = program.kept("argv").split()
    assert {"--skip-networking", "--loose-wsrep-on=OFF", "--loose-wsrep-provider=none", "--skip-grant-tables", "--user=root"} <= set(argv)
    place = argv[0].partition("=")[2].rpartition("/")[0]
    assert place.startswith(str(program.directory / "place" / "stackdb-trove-"))
    assert {f"--datadir={place}/data", f"--socket={place}/socket", f"--log-error={place}/log.err"} <= set(argv)
    # neither where it listens nor whom it joins
    assert program.kept("cnf") == "[mysqld]\nmax_connections = 5\nplugin_load_add = a.so\n"


@pytest.mark.parametrize(
    ("tmpdir", "hidden", "own"),
    [(None, "/none", True), ("/usr", "/none /usr", False), ("/a:/b", "/none /a /b", False), ("/", "/none", True)],
)
def test_it_deletes_no_temporary_tables_of_the_server_that_serves(
    program: FakeProgram, monkeypatch: pytest.MonkeyPatch, tmpdir: str | None, hidden: str, own: bool
) -> None:
    program.does(f"touch {program.directory}/up; exec sleep 60")
    # the fake shell mounts nothing
    monkeypatch.setattr(trial, "_BEGIN", 'while [ "$1" != -- ]; do shift; done; shift; exec "$@"')
    answers(monkeypatch, [], program)
    trial.start(MARIADB, [Option("tmpdir", (tmpdir,))] if tmpdir else [], "/none")
    assert f" sh 4096 {hidden} -- {program.path} " in program.kept("wrapped").splitlines()[1]
    assert ("--tmpdir=" in program.kept("argv")) is own


def test_a_server_that_ends(program: FakeProgram, monkeypatch: pytest.MonkeyPatch) -> None:
    program.does('for word; do case $word in --log-error=*) echo logged >"${word#*=}";; esac; done; echo said >&2; exit 1')
    answers(monkeypatch, GuestError("no answer"), program)
    assert trial.start(MARIADB, OPTIONS.values(), "/none") == trial.Answer(None, ["said", "logged"])


def test_a_server_that_never_answers(program: FakeProgram, monkeypatch: pytest.MonkeyPatch) -> None:
    program.does("exec sleep 60")
    monkeypatch.setattr(trial, "_TIMEOUT", -1)
    answers(monkeypatch, GuestError("no answer"), program)
    with pytest.raises(GuestError, match="did not answer within -1 s when it was started to try the settings: no answer"):
        trial.start(MARIADB, OPTIONS.values(), "/none")


@pytest.mark.parametrize("message", ["[Errno 32] Broken pipe", "Access denied for user 'root'"])
def test_a_server_that_turns_everybody_away(program: FakeProgram, monkeypatch: pytest.MonkeyPatch, message: str) -> None:
    program.does(LISTENS.format(sys.executable))
    monkeypatch.setattr(trial, "_TURNED_AWAY", 0)
    answers(monkeypatch, GuestError(message), program)
    found = trial.start(MARIADB, OPTIONS.values(), "/none")
    assert found == trial.Answer(None, [f"[ERROR] it starts, and refuses all connections: {message}"])


def test_a_server_that_listens_and_is_slow(program: FakeProgram, monkeypatch: pytest.MonkeyPatch) -> None:
    program.does(LISTENS.format(sys.executable))
    monkeypatch.setattr(trial, "_TURNED_AWAY", 0)
    monkeypatch.setattr(trial, "_TIMEOUT", 1)
    answers(monkeypatch, GuestError("timed out"), program)
    with pytest.raises(GuestError, match="did not answer within 1 s when it was started to try the settings: timed out"):
        trial.start(MARIADB, OPTIONS.values(), "/none")


def test_a_file_that_every_server_can_read(program: FakeProgram) -> None:
    with trial._file(OPTIONS.values(), trial._PLACE) as file:
        assert stat.S_IMODE(os.stat(file).st_mode) == 0o644


@pytest.mark.parametrize(
    ("every", "ours", "theirs"),
    [
        (["--a=1", "--b=2", "--c-d"], ["--b=2"], ["a = 1", "c-d"]),
        (["--a=1", "--b=2", "--b=2"], ["--b=2"], ["a = 1", "b = 2"]),
        (["--a=1", "--b=2"], ["--b=2", "--c=3"], ["a = 1", "b = 2"]),
        (["--a=x y"], [], ['a = "x y"']),
        ([], [], []),
    ],
)
def test_what_other_files_say(monkeypatch: pytest.MonkeyPatch, every: list[str], ours: list[str], theirs: list[str]) -> None:
    answers = {"my_print_defaults --mysqld": "\n".join(every), "my_print_defaults --defaults-file=/ours.cnf mysqld": "\n".join(ours)}
    FakePrograms(**answers).install(monkeypatch, trial)
    assert [line for option in trial.theirs(MARIADB, "/ours.cnf") for line in option.lines()] == theirs


@pytest.mark.parametrize("shown", ["", "infinity"])
def test_a_unit_that_names_no_number_of_open_files(program: FakeProgram, shown: str) -> None:
    program.write(program.directory / "bin" / "systemctl", f"echo {shown}")
    assert trial._open_files(MARIADB) == str(resource.getrlimit(resource.RLIMIT_NOFILE)[0])


def test_a_host_that_allows_no_namespaces(program: FakeProgram) -> None:
    assert trial.is_possible()
    program.write(program.directory / "bin" / "unshare", "exit 1")
    assert not trial.is_possible()


def test_what_can_be_tried() -> None:
    assert [trial.is_tried(name) for name in ("max_connections", "datadir", "wsrep_on", "read_only")] == [True, False, False, False]
