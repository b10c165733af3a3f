# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is asked of nodes, and what is made of their replies."""

from __future__ import annotations

import socket
from unittest.mock import create_autospec

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.redis_cluster.guest import observe, probe, together
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.redis_cluster.guest.connection import Connections, Node, NodeError
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.redis_cluster.rules.nodes import NamedNode, Replies
from ansible_collections.stackdb.trove.tests.unit.fake_redis import FakeClock, one_after_another

CONFIG = {"tls-cluster": "no", "tls-port": "0", "port": "7000", "cluster-port": "0", "cluster-node-timeout": "2000", "cluster-enabled": "yes"}

#: links to another node, and from it
LINK = [b"direction", b"to", b"node", b"id2", b"create-time", 1, b"events", b"rw"]
FROM = [b"direction", b"from", b"node", b"id2", b"create-time", 1, b"events", b"r"]


class FakeNode:
    """One node by its real methods, and what it replies to each command."""

    def __init__(self, name="m1", config=None, refuses=(), dead=False, **texts):
        self.mock = create_autospec(Node, instance=True)
        self.mock.name = name
        self.config, self.refuses, self.dead, self.texts = config or CONFIG, refuses, dead, texts
        self.mock.calls.side_effect = lambda commands, check=True: [self.reply(*words) for words in commands]

    def reply(self, *words):
        if self.dead:
            raise NodeError(f"{self.mock.name} does not answer: no route")
        if words[0] in self.refuses or words[1:2] and words[1] in self.refuses:
            return NodeError(f"{self.mock.name} refused {words[0]}")
        if words[0] == "CONFIG":
            return [words[2].encode(), self.config[words[2]].encode()] if words[2] in self.config else []
        if words[0] == "DBSIZE":
            return 5
        if words[0] == "CLIENT":
            return self.texts[words[1]].encode()
        return [LINK, dict(zip(LINK[::2], LINK[1::2])), FROM] if words == ("CLUSTER", "LINKS") else " ".join(words).encode()


@pytest.fixture(autouse=True)
def calls(monkeypatch):
    monkeypatch.setattr(together, "calls", create_autospec(together.calls, side_effect=one_after_another))


def connections(*nodes):
    named = {node.mock.name: node for node in nodes}
    fake = create_autospec(Connections, instance=True)
    fake.nodes = {name: NamedNode(name, "127.0.0.1", 1) for name in named}
    fake.__getitem__.side_effect = lambda name: named[name].mock
    return fake


def look(**node):
    return observe.look(connections(FakeNode(**node)))["m1"]


def test_a_node_that_answers_all():
    assert look() == Replies(
        "CLUSTER MYID", True, "CLUSTER INFO", "CLUSTER NODES", "INFO server\nINFO memory\nINFO replication\nINFO keyspace", 5,
        [{"direction": "to", "node": "id2", "events": "rw"}] * 2, 7000, 17000, 2000,
    )  # fmt: skip


def test_links_are_told_when_they_are_asked_for():
    assert observe.look(connections(FakeNode()), links=False)["m1"].links is None


def test_a_node_that_does_not_answer_is_no_hindrance_to_others():
    found = observe.look(connections(FakeNode("m1", dead=True), FakeNode("m2")))
    assert found["m1"] == "m1 does not answer: no route"
    assert isinstance(found["m2"], Replies)


def test_a_node_that_refuses_even_info_says_why():
    assert look(refuses=("INFO",)) == "m1 refused INFO"


def test_a_node_that_is_no_clusters_or_allows_no_config():
    found = look(refuses=("CLUSTER",))
    assert (found.enabled, found.id, found.cluster_info, found.nodes, found.links) == (False, None, "", "", None)
    assert not look(config={**CONFIG, "cluster-enabled": "no"}).enabled
    found = look(refuses=("CONFIG", "DBSIZE"))
    assert (found.enabled, found.base_port, found.bus_port, found.node_timeout, found.keys) == (True, 0, 0, 15000, 0)


@pytest.mark.parametrize(
    ("config", "ports"),
    [
        ({"tls-cluster": "yes", "tls-port": "7443"}, (7443, 17443)),
        ({"tls-cluster": "no", "tls-port": "7443"}, (7000, 17000)),
        ({"cluster-port": "9000"}, (7000, 9000)),
    ],
)
def test_ports_are_those_that_nodes_use_among_themselves(config, ports):
    found = look(config={**CONFIG, **config})
    assert (found.base_port, found.bus_port) == ports


def test_movers_are_others_clients_that_move_keys_or_slots():
    clients = "\n".join(
        f"id={number} addr=10.0.0.9:{number} name={name} idle=3 cmd={command} flags=N"
        for number, (name, command) in enumerate(
            [("", "migrate"), ("x", "cluster|setslot"), ("", "CLUSTER|GETKEYSINSLOT"), ("", "get"), ("own-2", "migrate"), ("own", "cluster|setslot")], 1
        )
    )
    nodes = connections(FakeNode("m1", LIST=clients, GETNAME="own"), FakeNode("m2", LIST="id=7 addr=a name= idle=0 cmd=NULL", GETNAME="own-2"))
    assert observe.movers(nodes, ["m1", "m2"]) == [
        "client 10.0.0.9:1 of m1 (migrate 3 s ago)", "client 10.0.0.9:2 of m1 (cluster|setslot 3 s ago)",
        "client 10.0.0.9:3 of m1 (CLUSTER|GETKEYSINSLOT 3 s ago)",
    ]  # fmt: skip


def test_names_become_addresses():
    assert observe.resolve([NamedNode("m1", "127.0.0.1", 7, "h")]) == [NamedNode("m1", "127.0.0.1", 7, "h")]
    with pytest.raises(NodeError, match="m1: the address no.such.host.invalid cannot be resolved"):
        observe.resolve([NamedNode("m1", "no.such.host.invalid", 7)])


def test_ports_are_probed():
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_server(("127.0.0.1", 0)) as closed:
        port, refused = server.getsockname()[1], closed.getsockname()[1]
        closed.close()
        assert probe.probe({"m1": ("127.0.0.1", port), "m2": ("127.0.0.1", refused)}) == {"m1": "open", "m2": "refused"}


def test_a_port_that_is_silent(monkeypatch):
    connect = create_autospec(socket.create_connection, side_effect=TimeoutError)
    monkeypatch.setattr(probe.socket, "create_connection", connect)
    assert probe.probe({"m1": ("192.0.2.1", 1)}) == {"m1": "no answer"}
    connect.assert_called_once_with(("192.0.2.1", 1), timeout=3)


def test_a_look_that_had_to_wait_for_who_is_silent_is_soon_repeated(monkeypatch):
    clock = FakeClock()
    monkeypatch.setattr(observe, "time", clock)
    looks = []

    def look():
        looks.append(clock.now)
        clock.sleep(3)
        return len(looks)
    assert observe.wait_for(look, lambda seen: [] if seen == 3 else ["m1 is silent"], 300) == (3, [])
    # the clock runs ten times as fast: looks of 30 s, and a second, not 30, between them
    assert looks == [0, 40, 80]
