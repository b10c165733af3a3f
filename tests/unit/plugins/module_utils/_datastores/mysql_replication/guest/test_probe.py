# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What counts as a dead source, over real sockets on loopback; the replica's own connection is a FakeServer's. Real servers are in tests/replication."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.mysql_replication.guest import probe
from ansible_collections.stackdb.trove.tests.unit import replication_builders as build
from ansible_collections.stackdb.trove.tests.unit.fake_replication import FakeServer

HOST = "127.0.0.1"
GREETING = b"\x4a\x00\x00\x00\x0a10.11.18-MariaDB\x00rest"
BLOCKED = b"\x45\x00\x00\x00\xff\x69\x04Host is blocked"


@contextmanager
def listener(act: Callable[[socket.socket], None]) -> Iterator[int]:
    """A port on which each connection is accepted and acted on."""
    with socket.create_server((HOST, 0)) as server:
        held: list[socket.socket] = []

        def serve() -> None:
            while True:
                try:
                    connection = server.accept()[0]
                except OSError:
                    return
                held.append(connection)
                act(connection)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)
        thread.join(5)
        for connection in held:
            connection.close()


@pytest.mark.parametrize(
    ("act", "verdict", "why"),
    [
        (lambda connection: connection.sendall(GREETING), "alive", "it greets as 10.11.18-MariaDB"),
        (lambda connection: connection.sendall(BLOCKED), "alive", "it says: Host is blocked"),
        (lambda connection: connection.sendall(b"SSH-2.0-OpenSSH_9.2\r\n"), "alive", "another program than a database answers there"),
        (lambda connection: connection.close(), "alive", "it takes TCP connections and closes them"),
        (lambda connection: None, "hung", "it takes TCP connections, and does not greet within 0.3 s"),
    ],
    ids=["a greeting", "an error", "another program", "closed", "silence"],
)
def test_who_takes_connections_is_not_dead(act: Callable, verdict: str, why: str) -> None:
    with listener(act) as port:
        assert probe.knock(HOST, port, 0.3) == (verdict, why)


def unused() -> int:
    with socket.create_server((HOST, 0)) as server:
        return server.getsockname()[1]


def test_nobody_listens() -> None:
    assert probe.knock(HOST, unused()) == ("dead", "TCP: Connection refused")


@pytest.mark.parametrize(
    ("error", "verdict"),
    [
        (OSError(113, "No route to host"), "dead"), (OSError(101, "Network is unreachable"), "dead"), (socket.timeout("timed out"), "dead"),  # noqa: UP041
        (OSError(110, "Connection timed out"), "dead"), (socket.gaierror(-2, "Name or service not known"), "unknown"),
        (OSError(24, "Too many open files"), "unknown"), (OSError(1, "Operation not permitted"), "unknown"), (OSError(99, "Cannot assign"), "unknown"),
    ],
)  # fmt: skip
def test_which_errors_of_a_connection_are_death(monkeypatch: pytest.MonkeyPatch, error: OSError, verdict: str) -> None:
    def fail(*_args: object, **_options: object) -> None:
        raise error

    monkeypatch.setattr(socket, "create_connection", fail)
    assert probe.knock("10.0.0.1", 3306)[0] == verdict


@pytest.fixture
def link(monkeypatch: pytest.MonkeyPatch) -> dict:
    monkeypatch.setattr(probe, "_POLL", 0.01)
    monkeypatch.setattr(probe, "_PATIENCE", 0.1)
    return build.link(host=HOST, port=unused())


def test_dead_when_nothing_is_received_either(link: dict) -> None:
    server = FakeServer(build.replica(2, "0-1-100", link={"io_running": "Connecting"}))
    assert probe.probe(server, link) == {"verdict": "dead", "why": "TCP: Connection refused"}


def test_a_connection_that_ends_while_it_is_watched_is_death(link: dict) -> None:
    server = FakeServer(build.replica(2, "0-1-100"))
    words = iter(["bin.1 4", "bin.1 4", None])
    server.receiving = lambda: next(words)
    assert probe.probe(server, link)["verdict"] == "dead"


def test_a_heartbeat_is_a_sign_of_life(link: dict) -> None:
    server = FakeServer(build.replica(2, "0-1-100"))
    words = iter(["bin.1 4 7", "bin.1 4 7", "bin.1 4 8"])
    server.receiving = lambda: next(words)
    found = probe.probe(server, link)
    assert (found["verdict"], found["why"]) == ("alive", "TCP: Connection refused, and yet the replica goes on receiving from it by a connection that stands")


def test_a_connection_that_stands_is_no_death(link: dict) -> None:
    assert "connection to it stands" in probe.probe(FakeServer(build.replica(2, "0-1-100")), link)["why"]
