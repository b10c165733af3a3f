# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Members that do not know each other, and nodes that are none."""

from __future__ import annotations

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.redis_cluster.rules import halves, recovery
from ansible_collections.stackdb.trove.plugins.module_utils._model.errors import Refused
from ansible_collections.stackdb.trove.tests.unit.redis_builders import Node, met, node_id
from ansible_collections.stackdb.trove.tests.unit.redis_outages import fail, shards


def pairs(facts: object) -> list[str]:
    return [f"{a.name} {b.name}" for a, b in halves.unmet(facts)]  # type: ignore[arg-type]


def test_who_was_forgotten_meets_all_again() -> None:
    nodes = shards()
    for node in nodes.values():
        node.knows = [other for other in node.knows if other.name != "m6" or node.name == "m1"]
    assert pairs(fail(nodes, [])) == [f"m{number} m6" for number in (2, 3, 4, 5)]


def halved(first: dict[str, object], second: dict[str, object]) -> dict[str, Node]:
    """Two clusters of two, m1 and m3 serve the same slots."""
    one, two = met(Node("m1", range(8192), **first), Node("m2", range(8192, 16384))), met(Node("m3", range(100), **second), Node("m4", ()))
    return {node.name: node for node in (*one, *two)}


@pytest.mark.parametrize(
    ("epochs", "keys", "refused"),
    [
        ((1, 2), (5, 5), True), ((1, 2), (0, 5), False), ((2, 1), (0, 5), True), ((1, 2), (5, 0), True), ((1, 1), (0, 5), True), ((1, 1), (0, 0), False),
    ],
)  # fmt: skip
def test_slots_that_are_claimed_twice_are_merged_only_where_who_wins_has_all_keys(epochs: tuple[int, int], keys: tuple[int, int], refused: bool) -> None:
    facts = fail(halved({"epoch": epochs[0]}, {"epoch": epochs[1]}), [])
    assert halves.claimed_twice(facts) == {("m1", "m3"): set(range(100))}
    found = list(halves.conflicts(facts, {"m1": {5: keys[0]}, "m3": {5: keys[1]}}))
    assert bool(found) == refused
    assert all(f"m1 (config epoch {epochs[0]}, {keys[0]} keys)" in text for text in found)


def two_clusters() -> dict[str, Node]:
    """m4 to m6 are of another cluster, whose master m9 is no member."""
    one = met(Node("m1", range(8192)), Node("m2", range(8192, 16384)), Node("m3", ()))
    two = met(*(Node(name, (), master="m9") for name in ("m4", "m5", "m6")), Node("m9", range(16384)))
    return {node.name: node for node in (*one, *two) if node.name != "m9"}


def test_a_master_of_another_cluster_keeps_its_replicas_from_meeting_ours() -> None:
    facts = fail(two_clusters(), [])
    said = list(halves.foreign(facts))
    assert len(said) == 9
    assert said[0].startswith(f"m4 and m1 do not know each other, and m4 knows the node {node_id('m9')} at 10.0.0.9, which is no member, is not found failed")
    with pytest.raises(Refused, match="may be in another cluster, with which this one is not merged"):
        recovery.decide(facts, (), {}, {})
    assert list(halves.foreign(facts, ["m4", "m5", "m6"])) == []
    # one that failed, and members that one side knows, are of one cluster
    nodes = two_clusters()
    next(node for node in nodes["m4"].knows if node.name == "m9").settings["flags"] = "fail"
    assert list(halves.foreign(fail(nodes, []))) == []
    nodes = two_clusters()
    for number in (1, 2, 3):
        nodes[f"m{number}"].knows += [nodes["m4"], nodes["m5"], nodes["m6"]]
    assert list(halves.foreign(fail(nodes, []))) == []


def test_a_node_that_is_no_member_is_forgotten_only_where_all_members_can() -> None:
    nodes = shards()
    nodes["m7"] = Node("m7", (), flags="fail")
    met(*nodes.values())
    del nodes["m7"]
    assert list(halves.dead(fail(nodes, []), ())[0]) == [node_id("m7")]
    assert "m5 cannot forget it now" in halves.dead(fail(nodes, []), ("m5",))[1][node_id("m7")]
    nodes["m4"].settings["master"] = "m7"
    assert "m4 replicate it" in halves.dead(fail(nodes, []), ())[1][node_id("m7")]
    assert "m6 cannot forget it now" in halves.dead(fail(nodes, ["m6"]), ())[1][node_id("m7")]
