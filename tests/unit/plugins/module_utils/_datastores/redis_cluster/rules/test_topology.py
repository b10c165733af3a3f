# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What nodes say, and what it means."""

from __future__ import annotations

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.redis_cluster.rules import nodes as redis_nodes
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.redis_cluster.rules import topology
from ansible_collections.stackdb.trove.tests.unit.redis_builders import Node, cluster, met, node_id, whole

NODES = """\
07c37dfeb235213a872192d90877d0cd55635b91 127.0.0.1:30004@31004,hostname4 slave e7d1eecce10fd6bb5eb35b9f99a514335d9ba9ca 0 1426238317239 4 connected
e7d1eecce10fd6bb5eb35b9f99a514335d9ba9ca 127.0.0.1:30001@31001 myself,master - 0 0 1 connected 0-5460 5470 \
[93->-292f8b365bb7edb5e285caf0b7e6ddc7265d2f4f] [77-<-67ed2db8d677e59ec4a4cefb06858cf2a1a89fa1]
292f8b365bb7edb5e285caf0b7e6ddc7265d2f4f :0@0 master,fail,noaddr - 1426238316232 1426238315232 3 disconnected
67ed2db8d677e59ec4a4cefb06858cf2a1a89fa1 [::1]:30002@31002 handshake - 0 0 0 connected
vars currentEpoch 6 lastVoteEpoch 0
"""


def test_parse_nodes() -> None:
    found = redis_nodes.parse_nodes(NODES)
    assert len(found) == 4
    mine = found["e7d1eecce10fd6bb5eb35b9f99a514335d9ba9ca"]
    assert mine.slots == {*range(5461), 5470}
    assert mine.migrating == {93: "292f8b365bb7edb5e285caf0b7e6ddc7265d2f4f"}
    assert mine.importing == {77: "67ed2db8d677e59ec4a4cefb06858cf2a1a89fa1"}
    replica = found["07c37dfeb235213a872192d90877d0cd55635b91"]
    assert (replica.ip, replica.port, replica.master_id) == ("127.0.0.1", 30004, "e7d1eecce10fd6bb5eb35b9f99a514335d9ba9ca")
    assert [line.known for line in found.values()] == [True, True, False, False]


def test_a_link_that_waits_for_its_connection_is_none() -> None:
    reply = [
        ["direction", "to", "node", "a", "create-time", 1, "events", "rw"],
        ["direction", "to", "node", "b", "create-time", 1, "events", ""],
        ["direction", "from", "node", "c", "create-time", 1, "events", "r"],
    ]
    assert redis_nodes.parse_links(reply) == {"a"}


def test_whole_cluster_has_no_faults() -> None:
    assert topology.faults(cluster(whole())) == []


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"state": "fail"}, "m2: cluster_state:fail"),
        ({"error": "no route"}, "m2 does not answer: no route"),
    ],
)
def test_one_members_trouble_is_the_clusters(change: dict, words: str) -> None:
    nodes = whole()
    nodes[1].settings.update(change)
    assert words in topology.faults(cluster(nodes))


def test_a_replicas_link_to_its_master_is_a_part_of_the_whole() -> None:
    for link, found in (("up", []), ("down", ["m4: its link to its master is not up"])):
        assert topology.faults(cluster(met(*whole(), Node("m4", master="m1", master_link=link)))) == found


def test_unserved_slot_and_unknown_member_are_seen() -> None:
    nodes = whole()
    nodes[2].slots.discard(16383)
    assert all("16383 of 16384" in fault for fault in topology.faults(cluster(nodes)))
    nodes = whole()
    nodes[0].knows.remove(nodes[1])
    assert any(fault == "m1: does not know m2 yet" for fault in topology.faults(cluster(nodes)))


def test_members_that_differ_in_the_map() -> None:
    nodes = whole()
    old = met(Node("m1", nodes[0].slots | {16383}), Node("m2", nodes[1].slots), Node("m3", nodes[2].slots - {16383}))
    mixed = cluster([nodes[0], nodes[1], old[2]])
    assert topology.faults(mixed) == ["m3 and m1 differ in who serves which slots"]


def test_later_epoch_owns_a_slot_that_two_claim() -> None:
    nodes = whole()
    nodes[1].slots.add(0)
    nodes[1].settings["epoch"] = 9
    assert cluster(nodes).owners()[0] == node_id("m2")


@pytest.mark.parametrize(
    ("source_marks", "target_marks", "expected"),
    [
        (f"[5->-{node_id('m2')}]", f"[5-<-{node_id('m1')}]", (5, "m1", "m2")),
        ("", f"[5-<-{node_id('m1')}]", (5, "m1", "m2")),
        (f"[5->-{node_id('m2')}]", "", (5, "m1", "m2")),
        # After a failover: the target remembers a source that owns nothing any more.
        ("", f"[5-<-{node_id('gone')}]", (5, "m1", "m2")),
        (f"[5->-{node_id('m3')}]", f"[5-<-{node_id('m1')}]", (5, "m1", None)),
        (f"[5->-{node_id('gone')}]", "", (5, "m1", None)),
    ],
)
def test_open_slot(source_marks: str, target_marks: str, expected: tuple) -> None:
    nodes = whole()
    nodes[0].marks, nodes[1].marks = source_marks, target_marks
    (found,) = topology.open_slots(cluster(nodes))
    assert (found.slot, found.owner, found.target) == expected


def test_settled_slot_has_arrived() -> None:
    nodes = whole()
    nodes[0].slots.discard(5)
    nodes[1].slots.add(5)
    nodes[0].marks = f"[5->-{node_id('m2')}]"
    (found,) = topology.open_slots(cluster(nodes))
    assert found.settled


def test_view_names_masters_and_spells_slots() -> None:
    nodes = whole()
    shown = topology.view(cluster(met(*nodes, Node("m4", master="m1"))))
    assert shown["state"] == "ok"
    assert shown["slots"] == 16384
    assert [(member["role"], member["master"], member["slots"]) for member in shown["members"]] == [
        ("master", None, "0-5461"),
        ("master", None, "5462-10922"),
        ("master", None, "10923-16383"),
        ("replica", "m1", ""),
    ]
