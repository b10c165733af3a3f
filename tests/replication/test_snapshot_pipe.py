# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The scripts that carry a snapshot, run for real on loopback: socat, zstd and tee, with certificates; only what they carry is not a database."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.mysql_replication.rules import snapshot_pipe
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.mysql_replication.rules.snapshot_tools import Tool
from servers import ROOT

pytestmark = pytest.mark.skipif(not all(map(shutil.which, ("socat", "zstd", "openssl"))), reason="needs socat, zstd and openssl")

HOST = "127.0.0.1"
PROGRAMS = ROOT / "roles/mysql_replication/files/snapshot"
#: what a tool may do wrong on its way, see the files there
MISBEHAVIOUR = Path(__file__).parent / "tools"


class Tar(Tool):
    """Carries a directory; `by` is a program of MISBEHAVIOUR that carries it in its own way."""

    name, engines, source_programs, replica_programs = "tar", (), (), ()

    def __init__(self, directory: Path, by: str | None = None) -> None:
        self.directory, self.by = directory, by

    def send(self, workspace: str, storage_engines: Iterable[str]) -> list[str]:
        return [str(MISBEHAVIOUR / self.by), str(self.directory)] if self.by else ["tar", "--create", f"--directory={self.directory}", "."]

    def unpack(self, datadir: str) -> list[str]:
        return ["tar", "--extract", f"--directory={datadir}"]


@pytest.fixture(scope="module")
def family(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory of TLS directories: members of one family, and a stranger with a CA of its own."""
    folder = tmp_path_factory.mktemp("tls")
    for authority, names in (("family", ("source", "one", "two")), ("other", ("stranger",))):
        openssl(folder, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", f"/CN={authority}", "-keyout", f"{authority}.key",
                "-out", f"{authority}.pem")
        for name in names:
            (folder / name).mkdir()
            openssl(folder, "req", "-newkey", "rsa:2048", "-nodes", "-subj", f"/CN={name}", "-keyout", f"{name}/server.key", "-out", f"{name}/csr")
            openssl(folder, "x509", "-req", "-days", "2", "-in", f"{name}/csr", "-CA", f"{authority}.pem", "-CAkey", f"{authority}.key",
                    "-out", f"{name}/server.pem")
            shutil.copy(folder / f"{authority}.pem", folder / name / "ca.pem")
    return folder


def openssl(folder: Path, *words: str) -> None:
    subprocess.run(["openssl", *words], cwd=folder, check=True, capture_output=True)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "source"
    folder.mkdir()
    for number in range(8):
        (folder / f"table{number}").write_bytes(os.urandom(4 * 1024 * 1024))
    return folder


class Scripts:
    """Starts the programs as systemd would: each with a directory of its own, and a process group."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.running, self.ports = folder, [], {}

    def start(self, name: str, call: snapshot_pipe.Call) -> subprocess.Popen:
        directory = self.folder / f"run-{name}"
        directory.mkdir()
        environment = {**os.environ, **call.environment, "RUNTIME_DIRECTORY": str(directory)}
        argv = [str(PROGRAMS / call.program), *call.arguments]
        process = subprocess.Popen(argv, env=environment, start_new_session=True, stderr=subprocess.PIPE, text=True)
        self.running.append(process)
        return process

    def receive(self, name: str, tls: Path, tool: Tool, peer: str = "source") -> subprocess.Popen:
        datadir = self.folder / name
        datadir.mkdir()
        (datadir / "marker").touch()
        with socket.socket() as free:
            free.bind((HOST, 0))
            self.ports[name] = free.getsockname()[1]
        finish = (str(datadir / "marker"), str(datadir / "done"))
        process = self.start(name, snapshot_pipe.receiver(tool, str(datadir), self.ports[name], str(tls / name), (peer, HOST), 20, finish))
        until(lambda: f":{self.ports[name]:04X} 00000000:0000 0A" in Path("/proc/net/tcp").read_text())
        return process

    def send(self, tls: Path, tool: Tool, *streams: tuple[str, str], sender: str = "source") -> subprocess.Popen:
        """:param streams: (name in the certificate that is asked for, name of the receiver)"""
        workspace = self.folder / "workspace"
        workspace.mkdir()
        call = snapshot_pipe.sender(tool, {}, str(workspace), [(name, HOST) for name, _receiver in streams], 0, str(tls / sender))
        # All listen on one host here, and so on ports of their own.
        ports = iter(self.ports[receiver] for _name, receiver in streams)
        arguments = tuple(f"{HOST}:{next(ports)}" if word == f"{HOST}:0" else word for word in call.arguments)
        return self.start("sender", replace(call, arguments=arguments))

    def codes(self, count: int) -> list[str]:
        return [(self.folder / "run-sender" / f"{number}.code").read_text().strip() for number in range(count)]

    def is_complete(self, name: str) -> bool:
        return (self.folder / name / "done").exists()


def until(condition: object, timeout: float = 20) -> None:
    deadline = time.monotonic() + timeout
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.fixture
def scripts(tmp_path: Path) -> Iterator[Scripts]:
    made = Scripts(tmp_path)
    yield made
    for process in made.running:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def same(one: Path, other: Path) -> bool:
    return all((other / path.name).exists() and path.read_bytes() == (other / path.name).read_bytes() for path in one.iterdir())


def test_all_receive_the_same(scripts: Scripts, family: Path, data: Path) -> None:
    receivers = [scripts.receive(name, family, Tar(data)) for name in ("one", "two")]
    assert scripts.send(family, Tar(data), ("one", "one"), ("two", "two")).wait(30) == 0
    assert [process.wait(30) for process in receivers] == [0, 0]
    assert scripts.codes(2) == ["0", "0"]
    assert same(data, scripts.folder / "one")
    assert same(data, scripts.folder / "two")
    assert not (scripts.folder / "workspace").exists(), "something stays on the source"


def test_a_receiver_that_is_killed_does_not_spoil_the_other(scripts: Scripts, family: Path, data: Path) -> None:
    doomed, other = (scripts.receive(name, family, Tar(data)) for name in ("one", "two"))
    slow = Tar(data, by="pause-half-way")
    sender = scripts.send(family, slow, ("one", "one"), ("two", "two"))
    until(lambda: any((scripts.folder / "one").glob("table*")))
    os.killpg(doomed.pid, signal.SIGKILL)
    sender.wait(30)
    assert other.wait(30) == 0
    assert same(data, scripts.folder / "two")
    first, second = scripts.codes(2)
    assert (first != "0", second) == (True, "0")
    assert not scripts.is_complete("one")


def test_a_stream_that_the_tool_left_early_is_not_taken(scripts: Scripts, family: Path, data: Path) -> None:
    receiver = scripts.receive("one", family, Tar(data))
    assert scripts.send(family, Tar(data, by="fail-at-the-end"), ("one", "one")).wait(30) == 3
    assert receiver.wait(30) != 0, "all of the tar came, so only the missing end can tell"
    assert "before it was complete" in receiver.stderr.read()
    assert not scripts.is_complete("one")


def test_a_sender_that_is_killed_leaves_nothing_that_counts(scripts: Scripts, family: Path, data: Path) -> None:
    receiver = scripts.receive("one", family, Tar(data))
    sender = scripts.send(family, Tar(data, by="stay-at-the-end"), ("one", "one"))
    until(lambda: any((scripts.folder / "one").glob("table*")))
    os.killpg(sender.pid, signal.SIGKILL)
    assert receiver.wait(30) != 0
    assert not scripts.is_complete("one")


@pytest.mark.parametrize(
    ("asked_for", "sender", "peer"),
    [
        pytest.param("two", "source", "source", id="the receiver is another member"),
        pytest.param("one", "two", "source", id="the sender is another member"),
        pytest.param("one", "stranger", "stranger", id="the sender is of another family"),
    ],
)
def test_who_is_not_the_one_gets_nothing(scripts: Scripts, family: Path, data: Path, asked_for: str, sender: str, peer: str) -> None:
    receiver = scripts.receive("one", family, Tar(data), peer)
    scripts.send(family, Tar(data), (asked_for, "one"), sender=sender).wait(30)
    assert scripts.codes(1) != ["0"] or receiver.wait(30) != 0
    assert not scripts.is_complete("one")
    assert not list((scripts.folder / "one").glob("table*"))
