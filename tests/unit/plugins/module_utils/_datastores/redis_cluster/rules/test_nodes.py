# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a node says of itself and of the others."""

from __future__ import annotations

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.redis_cluster.rules import nodes
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.redis_cluster.rules.nodes import Line, Member, NamedNode, Replies
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.redis_cluster.rules.software import Software

INFO = """# Server
redis_version:7.0.15
executable:/usr/bin/redis-server
config_file:C:/odd:path

# Memory
used_memory:1500000
used_memory_dataset:300000
maxmemory:2000000
# Replication
role:slave
master_link_status:down
"""
NODES = "a1 10.0.0.1:6379@16379 myself,slave b1 0 0 1 connected\nb1 10.0.0.2:6379@16379 master - 0 15 1 connected 0-99\n"


def replies(**changed):
    cluster_info = "cluster_state:ok\r\ncluster_slot_migration_active_tasks:2\r\n"
    return Replies("a1", True, cluster_info, NODES, INFO, 9, None, **changed)


def line(node_id="b1", flags="master", linked=True, pong=15, **more):
    return Line(node_id, "10.0.0.2", 6379, frozenset(flags.split(",")), None, pong, 1, linked, **more)


def test_a_node_that_answered():
    found = nodes.read(NamedNode("m1", "10.0.0.1", 6379, "host1"), replies(base_port=7000, bus_port=7001, node_timeout=5))
    assert (found.name, found.address, found.port, found.host, found.error, found.id) == ("m1", "10.0.0.1", 6379, "host1", None, "a1")
    assert (found.software, found.enabled, found.state, found.tasks) == (Software("redis", "7.0.15"), True, "ok", 2)
    assert (found.master_link, found.keys, found.used, found.dataset, found.maxmemory) == ("down", 9, 1500000, 300000, 2000000)
    assert (found.base_port, found.bus_port, found.node_timeout, found.links) == (7000, 7001, 5, None)
    assert (found.is_master, found.master_id, found.slots, found.alone, [other.id for other in found.others]) == (False, "b1", frozenset(), False, ["b1"])


@pytest.mark.parametrize(
    ("keyspace", "databases"),
    [
        ("", ()),
        ("# Keyspace\r\ndb0:keys=5,expires=0,avg_ttl=0\r\n", ()),
        ("# Keyspace\r\ndb0:keys=5,expires=0\r\ndb5:keys=1,expires=0\r\ndb10:keys=2,expires=0\r\n", ("db10", "db5")),
    ],
)
def test_databases_other_than_0_that_hold_keys(keyspace, databases):
    """Valkey documentation, "INFO", section keyspace: a line for each database with keys."""
    told = Replies("a1", True, "", NODES, f"{INFO}\r\n{keyspace}", 9, None)
    assert nodes.read(NamedNode("m1", "10.0.0.1", 6379), told).databases == databases


def test_what_a_node_did_not_tell_is_what_is_usual():
    found = nodes.read(NamedNode("m1", "10.0.0.1", 7000), Replies("a1", False, "", "", "", 0, [["direction", "to", "node", "b1", "events", "r"]]))
    assert (found.enabled, found.state, found.tasks, found.master_link, found.software.version) == (False, None, 0, None, None)
    assert (found.used, found.dataset, found.maxmemory, found.base_port, found.bus_port, found.node_timeout) == (0, 0, 0, 7000, 17000, 15000)
    assert (found.links, found.me, found.is_master, found.master_id, found.slots, found.alone) == (frozenset({"b1"}), None, False, None, frozenset(), True)


def test_a_node_that_did_not_answer():
    found = nodes.read(NamedNode("m1", "10.0.0.1", 6379, "h"), "no route")
    assert found == Member("m1", "10.0.0.1", 6379, "h", error="no route")
    assert (found.me, found.others, found.enabled) == (None, [], True)
    assert (found.keys, found.used, found.dataset, found.maxmemory, found.base_port, found.bus_port, found.tasks) == (0,) * 7


def test_info_is_read_up_to_the_first_colon():
    found = nodes.parse_info(INFO.replace("\n", "\r\n"))
    assert found["config_file"] == "C:/odd:path"
    assert found["used_memory"] == "1500000"
    assert "# Server" not in found


@pytest.mark.parametrize(
    ("text", "ip", "port"),
    [("10.0.0.1:6379@16379", "10.0.0.1", 6379), ("10.0.0.1:6379@16379,host", "10.0.0.1", 6379), ("fd00::1:6379@16379", "fd00::1", 6379), (":0@0", "", 0),
     (":@0", "", 0)],  # fmt: skip
)
def test_an_address(text, ip, port):
    (found,) = nodes.parse_nodes(f"a1 {text} master,noaddr - 0 12 7 disconnected").values()
    assert (found.ip, found.port, found.pong, found.epoch, found.linked, found.master_id) == (ip, port, 12, 7, False, None)
    assert (found.flags, found.known, found.slots, found.migrating, found.importing) == ({"master", "noaddr"}, False, frozenset(), {}, {})


def test_lines_that_are_none():
    assert nodes.parse_nodes("vars currentEpoch 6 lastVoteEpoch 0\n\n") == {}


@pytest.mark.parametrize(("flags", "known"), [("master", True), ("master,fail", True), ("slave,noaddr", False), ("handshake", False)])
def test_a_node_is_known_when_it_was_met_and_has_an_address(flags, known):
    member = Member("m1", "", 1, id="a1", view={"b1": line(flags=flags)})
    other = Member("m2", "", 1, id="b1")
    assert (member.knows(other), member.alone, member.reaches(other)) == (known, not known, known)


def test_a_node_without_an_id_is_known_to_nobody():
    member, other = Member("m1", "", 1, id="a1", view={"b1": line()}), Member("m2", "", 1)
    assert not member.knows(other)
    assert not member.reaches(other)


@pytest.mark.parametrize(
    ("links", "linked", "pong", "reaches"),
    [
        (None, True, 15, True),
        (None, False, 15, False),
        # never heard of
        (None, True, 0, False),
        (None, True, 1, True),
        (frozenset({"b1"}), False, 0, True),
        (frozenset({"c1"}), True, 15, False),
        (frozenset(), True, 15, False),
    ],
)
def test_a_node_is_reached_by_a_link_of_ones_own(links, linked, pong, reaches):
    member = Member("m1", "", 1, id="a1", view={"b1": line(linked=linked, pong=pong)}, links=links)
    assert member.reaches(Member("m2", "", 1, id="b1")) is reaches
    assert member.reaches(Member("m3", "", 1, id="d1")) is False


def test_links_as_newer_protocols_have_them():
    assert nodes.parse_links([{"direction": "to", "node": "a", "events": "w"}, {"direction": "to", "node": "b", "events": "rw"}]) == {"b"}
