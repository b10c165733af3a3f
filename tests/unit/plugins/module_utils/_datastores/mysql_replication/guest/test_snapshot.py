# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a guest knows of a snapshot on its way: files, ports and units, the latter as autospecced Transients."""

from __future__ import annotations

import json
import os
import socket
import subprocess
from dataclasses import replace
from pathlib import Path
from unittest.mock import create_autospec

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.mysql.guest import data_directory
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.mysql_replication.guest import snapshot
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.mysql_replication.rules import snapshot_pipe
from ansible_collections.stackdb.trove.plugins.module_utils._guest.command import GuestError
from ansible_collections.stackdb.trove.plugins.module_utils._guest.transient import Transient
from ansible_collections.stackdb.trove.plugins.module_utils._model.errors import Refused

CALL = snapshot_pipe.Call("snapshot-send", ("--", "tar"), {"PEER": "one"})
NOTE = {"master": {"host": "10.0.0.1", "port": 3306}, "dataset": {"datastore": "mariadb"}}


@pytest.fixture
def units(monkeypatch: pytest.MonkeyPatch) -> dict:
    """The sender and the receiver, both of them done with nothing logged."""
    found = {}
    for name in ("SENDER", "RECEIVER"):
        found[name] = create_autospec(Transient, instance=True)
        found[name].name = name.lower()
        found[name].state.return_value = "done"
        found[name].log.return_value = ["the tool says why"]
        monkeypatch.setattr(snapshot, name, found[name])
    monkeypatch.setattr(snapshot, "_POLL", 0.01)
    monkeypatch.setattr(snapshot.lock, "check_controller", lambda: None)
    return found


def test_a_program_of_another_version_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    files = Path(__file__).resolve().parents[7] / "roles/mysql_replication/files/snapshot"
    monkeypatch.setattr(snapshot_pipe, "DIRECTORY", str(files))
    snapshot.check(CALL)
    monkeypatch.setattr(snapshot_pipe, "DIRECTORY", str(tmp_path))
    with pytest.raises(Refused, match="snapshot-send is missing. The role stackdb.trove.mysql_replication installs it"):
        snapshot.check(CALL)
    (tmp_path / "snapshot-send").write_text("#!/bin/sh\n")
    with pytest.raises(Refused, match="is of another version"):
        snapshot.check(CALL)


def test_programs_that_are_missing() -> None:
    assert snapshot.missing_programs(["sh", "no-such-program"]) == ["no-such-program"]


def test_listening_returns_when_the_port_is_open(units: dict) -> None:
    with socket.socket() as open_one:
        open_one.bind(("127.0.0.1", 0))
        port = open_one.getsockname()[1]
        units["RECEIVER"].start.side_effect = lambda *_args, **_options: open_one.listen()
        snapshot.listen(replace(CALL, program="snapshot-receive"), port, 60, "mysql")
    argv, environment, timeout = units["RECEIVER"].start.call_args.args
    assert argv == ["/usr/local/lib/stackdb-trove/snapshot-receive", "--", "tar"]
    assert (environment, timeout) == ({"PEER": "one"}, 60)
    # that it was all received is said by the data directory
    assert units["RECEIVER"].start.call_args.kwargs == {"user": "mysql", "keep": False, "open_files": 262144}


def test_a_receiver_that_does_not_listen_says_why(units: dict) -> None:
    units["RECEIVER"].state.return_value = "failed"
    with pytest.raises(GuestError, match="Nothing listens on port 1. The log says:\nthe tool says why"):
        snapshot.listen(CALL, 1, 60, "mysql")


@pytest.fixture
def workspace(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setattr(snapshot.shutil, "chown", lambda *_args: None)
    monkeypatch.setattr(snapshot, "_bytes_through", lambda program: 42 if program == "tee" else 0)
    place = tmp_path / "workspace"
    place.mkdir()
    (place / "of an earlier run").touch()
    return place


def sent(units: dict, workspace: Path, states: list, codes: dict) -> snapshot.Sent:
    units["SENDER"].state.side_effect = states
    units["SENDER"].read.side_effect = codes.get
    return snapshot.send(CALL, str(workspace), len(codes), 60)


def test_each_stream_has_an_end_of_its_own(units: dict, workspace: Path) -> None:
    done = sent(units, workspace, ["running", "done", "done"], {"0.code": "0", "1.code": "1"})
    assert (done["streams"], done["complete"], done["bytes"], done["log"]) == ([0, 1], True, 42, ["the tool says why"])
    assert list(workspace.iterdir()) == [], "the tool gets an empty directory"
    assert workspace.stat().st_mode & 0o777 == 0o700
    start = units["SENDER"].start.call_args
    assert start.args[0] == ["/usr/local/lib/stackdb-trove/snapshot-send", "--", "tar"]
    assert start.kwargs == {"cleanup": ["/bin/rm", "-rf", str(workspace)], "open_files": 262144}
    assert units["SENDER"].forget.call_count == 2, "nothing of it stays"


def test_a_tool_that_fails_is_an_error_unless_streams_broke_before(units: dict, workspace: Path) -> None:
    with pytest.raises(GuestError, match="could not be taken. The tool says:\nthe tool says why"):
        sent(units, workspace, ["failed", "failed"], {"0.code": "0", "1.code": None})
    done = sent(units, workspace, ["failed", "failed"], {"0.code": "1", "1.code": None})
    assert (done["streams"], done["complete"]) == ([1, None], False)


def test_how_much_a_program_has_read() -> None:
    pid = str(os.getpid())
    name = Path(f"/proc/{pid}/comm").read_text().strip()
    assert snapshot._read_bytes(pid, name) > 0
    assert snapshot._read_bytes(pid, "another") == 0
    assert snapshot._read_bytes("no pid", name) == 0


def test_a_directory_is_marked_before_it_is_filled(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    calls = []
    for name in ("create", "begin"):
        original = getattr(data_directory, name)
        monkeypatch.setattr(data_directory, name, create_autospec(original, side_effect=lambda *given, name=name: calls.append((name, *given))))
    snapshot.mark(str(tmp_path), NOTE)
    assert calls == [("create", str(tmp_path)), ("begin", str(tmp_path), data_directory.RECEIVING)]
    assert json.loads((tmp_path / data_directory.RECEIVING).read_text()) == NOTE


def test_what_was_received_is_told_by_its_note_and_the_tools_own(tmp_path: Path) -> None:
    assert snapshot.received(str(tmp_path), ("info",)) is None
    (tmp_path / data_directory.RECEIVED).write_text(json.dumps(NOTE))
    nothing = {"file": None, "position": None, "gtid": None}
    assert snapshot.received(str(tmp_path), ("info",)) == {**NOTE, "binlog_position": nothing}
    (tmp_path / "info").write_text("bin.000003\t4711\t0-1-100\n")
    found = {"file": "bin.000003", "position": 4711, "gtid": "0-1-100"}
    assert snapshot.received(str(tmp_path), ("older", "info"))["binlog_position"] == found
    (tmp_path / "info").write_text("bin.000003\t4711\ta:1-5,\nb:1\n")
    assert snapshot.received(str(tmp_path), ("info",))["binlog_position"]["gtid"] == "a:1-5,b:1"


def states(monkeypatch: pytest.MonkeyPatch, *found: str) -> None:
    """What a data directory is, from look to look."""
    following = iter(found)
    monkeypatch.setattr(data_directory, "look", create_autospec(data_directory.look, side_effect=lambda _path: {"state": next(following)}))


def test_the_wait_ends_when_the_data_directory_says_so(units: dict, monkeypatch: pytest.MonkeyPatch) -> None:
    units["RECEIVER"].state.return_value = "running"
    states(monkeypatch, "receiving", "received")
    snapshot.wait_until_received("/data", 60)
    units["RECEIVER"].forget.assert_called_once_with()


def test_a_receiver_that_ended_without_success_says_why(units: dict, monkeypatch: pytest.MonkeyPatch) -> None:
    units["RECEIVER"].state.return_value = "missing"
    states(monkeypatch, "receiving")
    with pytest.raises(GuestError, match="was not received. The log says:\nthe tool says why"):
        snapshot.wait_until_received("/data", 60)


def test_the_wait_has_a_deadline(units: dict, monkeypatch: pytest.MonkeyPatch) -> None:
    units["RECEIVER"].state.return_value = "running"
    states(monkeypatch, *["receiving"] * 100)
    with pytest.raises(Refused, match="not received within 0.05 s"):
        snapshot.wait_until_received("/data", 0.05)


@pytest.mark.parametrize(("text", "lacks"), [("  -H, --dump-history  Dump system-versioned tables", False), ("--dump-date", True)])
def test_an_option_that_a_program_does_not_have(monkeypatch: pytest.MonkeyPatch, text: str, lacks: bool) -> None:
    monkeypatch.setattr(snapshot, "run", lambda argv, check: subprocess.CompletedProcess(argv, 0, text, ""))
    assert snapshot.lacks_option("mariadb-dump", "--dump-history") is lacks
