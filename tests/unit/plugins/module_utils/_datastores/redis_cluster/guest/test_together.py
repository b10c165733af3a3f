# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Many nodes at the same time, over real sockets: servers that reply to each command with its last word, or do what servers should not."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import BinaryIO
from unittest.mock import create_autospec

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.redis_cluster.guest import sending, together
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.redis_cluster.guest.connection import CHUNK, Access, Connections, Node, NodeError
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.redis_cluster.rules.nodes import NamedNode

PATIENCE = 0.4


def serve(server: socket.socket, how: str) -> None:
    """One connection after the other. `how`: whole, or after how many commands it is silent, ends, or sends half a reply, such as silent3."""
    limit = int(how.lstrip("abcdefghijklmnopqrstuvwxyz") or 10**9)
    while True:
        try:
            client, _place = server.accept()
        except OSError:
            return
        reader, told = client.makefile("rb"), 0
        try:
            while True:
                words = command(reader)
                told += 1
                if told > limit and how.startswith("silent"):
                    continue
                if told > limit and how.startswith("half"):
                    client.sendall(b"$100\r\nx")
                    continue
                if told > limit:
                    break
                logs_in = words[0] in (b"AUTH", b"CLIENT")
                client.sendall(b"-" + words[1] + b"\r\n" if words[0] == b"REFUSE" else b"+OK\r\n" if logs_in else b"+" + words[-1] + b"\r\n")
        except (OSError, EOFError):
            pass
        reader.close()
        client.close()


def command(reader: BinaryIO) -> list[bytes]:
    """The words of the next one, as the protocol has them."""
    count = reader.readline()[1:]
    if not count:
        raise EOFError
    return [reader.read(int(reader.readline()[1:]) + 2)[:-2] for _word in range(int(count))]


@pytest.fixture
def connect() -> Iterator[Callable[..., Connections]]:
    servers = []

    def made(**nodes: str) -> Connections:
        named = []
        for name, how in nodes.items():
            server = socket.create_server(("127.0.0.1", 0))
            servers.append(server)
            named.append(NamedNode(name, "127.0.0.1", server.getsockname()[1]))
            if how == "gone":
                server.close()
            else:
                threading.Thread(target=serve, args=(server, how), daemon=True).start()
        connections = Connections(Access(password="p", tls=False), named)
        connections.fresh = partial(Connections.fresh, connections, timeout=PATIENCE)
        return connections

    yield made
    for server in servers:
        server.close()


def test_each_gets_its_own_commands_and_many_of_them(connect):
    with connect(a="whole", b="whole", c="whole") as connections:
        wanted = {"a": [("ECHO", number) for number in range(3 * CHUNK + 1)], "b": [("ECHO", "x"), ("REFUSE", "ERR no")], "c": []}
        found = together.calls(connections, wanted)
        assert found["a"] == [b"%d" % number for number in range(3 * CHUNK + 1)]
        assert (found["b"][0], str(found["b"][1]), found["c"]) == (b"x", "b refused REFUSE ERR no: no", [])
        # by the same connections
        assert together.calls(connections, {"b": [("ECHO", "y")]}) == {"b": [b"y"]}


def test_who_does_not_answer_is_no_hindrance_to_others_and_all_are_waited_for_together(connect):
    with connect(a="gone", b="silent2", c="silent5", d="end3", e="whole") as connections:
        began = time.monotonic()
        found = together.calls(connections, dict.fromkeys("abcde", [("ECHO", "x"), ("ECHO", "y"), ("ECHO", "z")]))
        assert time.monotonic() - began < 4 * PATIENCE
        assert found.pop("e") == [b"x", b"y", b"z"]
        assert all(isinstance(error, NodeError) for error in found.values())
        words = ["a does not answer: .*refused", "b does not answer: .*[Tt]imeout", "c does not answer: .*[Tt]imeout", "d does not answer: .*closed"]
        for error, match in zip(found.values(), words):
            with pytest.raises(NodeError, match=match):
                raise error


def test_who_does_not_let_us_in_does_not_answer():
    assert together.calls(Connections(Access(tls=False), []), {}) == {}
    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=refuse, args=(server,), daemon=True).start()
        node = Node(Access(password="p", tls=False), "a", "127.0.0.1", server.getsockname()[1], PATIENCE)
        with pytest.raises(NodeError, match="a does not answer: .*invalid"):
            node.call("PING")


def refuse(server: socket.socket) -> None:
    client, _place = server.accept()
    client.sendall(b"-WRONGPASS invalid\r\n-NOAUTH\r\n")
    client.recv(1000)


@pytest.mark.parametrize(
    ("words", "told", "is_redirection"),
    [
        ("ASK 5 127.0.0.1:7000", "ASK 5 127.0.0.1:7000", True), ("MOVED 5 127.0.0.1:7000", "MOVED 5 127.0.0.1:7000", True),
        ("ERR syntax error", "syntax error", False), ("TRYAGAIN later", "TRYAGAIN later", False),
    ],
)  # fmt: skip
def test_a_key_that_is_elsewhere_is_told_from_other_refusals(connect, words, told, is_redirection):
    with connect(a="whole") as connections:
        (found,) = connections["a"].calls([("REFUSE", words)], check=False)
        assert (found.message.endswith(f": {told}"), found.is_redirection) == (True, is_redirection)
        with pytest.raises(NodeError, match=told):
            connections["a"].call("REFUSE", words)


@pytest.mark.parametrize(
    "words",
    ["CLUSTERDOWN The cluster is down", "MASTERDOWN Link is down", "READONLY You can't write", "NOPERM this user has no permissions", "TRYAGAIN x",
     "MOVED 5 a:1", "MISCONF no snapshot", "BUSY a script runs", "NOREPLICAS not enough"],
)  # fmt: skip
def test_an_error_of_the_state_is_told_from_a_fault_of_a_key(connect, words):
    """Whatever redis-py takes away of it: else the slot would be closed with its keys on both sides, since a move gives up a key for its own fault alone."""
    with connect(a="whole") as connections:
        (found,) = connections["a"].calls([("REFUSE", words)], check=False)
        assert sending._OF_STATE.search(found.message)


def test_those_that_stop_in_the_middle_of_a_reply_are_waited_for_together(connect):
    names = "abcdef"
    with connect(**dict.fromkeys(names, "half2"), g="whole") as connections:
        began = time.monotonic()
        found = together.calls(connections, dict.fromkeys([*names, "g"], [("ECHO", "x"), ("ECHO", "y")]))
        assert time.monotonic() - began < PATIENCE + len(names) * 0.5 + 2
        assert found.pop("g") == [b"x", b"y"]
        assert all(isinstance(error, NodeError) for error in found.values())


def test_who_has_closed_an_idle_connection_meanwhile_is_asked_by_another_one(connect, monkeypatch):
    """A silent node keeps all waiting, longer than the setting timeout of the others allows."""
    with connect(a="whole", b="whole") as connections:
        assert together.calls(connections, dict.fromkeys("ab", [("ECHO", "x")])) == {"a": [b"x"], "b": [b"x"]}
        opened = together.each

        def each(act, many):
            opened(act, many)
            connections["b"].close()

        monkeypatch.setattr(together, "each", each)
        assert together.calls(connections, dict.fromkeys("ab", [("ECHO", "y")])) == {"a": [b"y"], "b": [b"y"]}


def test_after_an_interrupt_no_reply_is_taken_for_that_of_another_command(connect, monkeypatch):
    with connect(a="whole", b="whole") as connections:
        together.calls(connections, dict.fromkeys("ab", [("PING",)]))
        with monkeypatch.context() as patched:
            patched.setattr(Node, "receive", create_autospec(Node.receive, side_effect=KeyboardInterrupt))
            with pytest.raises(KeyboardInterrupt):
                together.calls(connections, dict.fromkeys("ab", [("ECHO", "old")]))
        assert together.calls(connections, dict.fromkeys("ab", [("ECHO", "new")])) == {"a": [b"new"], "b": [b"new"]}


def test_things_are_done_side_by_side():
    found: list[int] = []
    together.each(found.append, [])
    together.each(found.append, [1])
    together.each(found.append, range(2, 40))
    assert sorted(found) == list(range(1, 40))
    with pytest.raises(ZeroDivisionError):
        together.each(lambda number: found.append(1 // number), [1, 0])
