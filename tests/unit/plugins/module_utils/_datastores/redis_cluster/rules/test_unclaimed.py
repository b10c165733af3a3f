# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.redis_cluster.rules import open_slots, topology, unclaimed
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.redis_cluster.rules.topology import Cluster
from ansible_collections.stackdb.trove.tests.unit.redis_builders import Node, cluster, met, whole


def seen(held: Mapping[str, Mapping[int, int]] | None, *believers: str, **more: str) -> Cluster:
    """Four masters; m1 does not claim slot 5. Those that are named believe that it does, or that another one does, `m2="m9"`."""
    nodes = met(*whole(), Node("m4"))
    served = set(nodes[0].slots)
    nodes[0].slots = served - {5}
    nodes[0].settings["state"] = "fail"
    for node in nodes[1:]:
        if node.name in believers:
            node.knows = [Node("m1", served), *node.knows[1:]]
        elif node.name in more:
            node.knows = [*node.knows, Node(more[node.name], {5}, flags="fail")]
    found = cluster(nodes)
    return found if held is None else Cluster(tuple(replace(member, held=held.get(member.name, {})) for member in found.members))


@pytest.mark.parametrize(
    ("held", "heirs"),
    [
        pytest.param(None, {"m1": {5}}, id="nobody has counted"),
        pytest.param({}, {"m1": {5}}, id="nobody holds keys of it"),
        pytest.param({"m3": {5: 9}}, {"m3": {5}}, id="one holds them"),
        pytest.param({"m1": {5: 2}, "m3": {5: 9}}, {"m3": {5}}, id="two do, of whom one has more"),
    ],
)
def test_who_is_to_serve_it(held: Mapping[str, Mapping[int, int]] | None, heirs: Mapping[str, set[int]]) -> None:
    found = seen(held, "m2", "m3", "m4")
    assert unclaimed.heirs(found) == heirs
    assert topology.faults(found) == ["m1: knows 16383 of 16384 slots as served", "m1: cluster_state:fail"]
    assert topology.faults(open_slots.corrected(found)) == []


def test_keys_of_who_does_not_get_it_are_nobodys_and_those_of_who_does_are_not() -> None:
    corrected = open_slots.corrected(seen({"m1": {5: 2}, "m3": {5: 9}}, "m2", "m3", "m4"))
    assert open_slots.strays(corrected) == {"m1": {5: 2}}


def test_a_slot_that_nobody_believes_in_was_never_served() -> None:
    found = seen({"m3": {5: 9}})
    assert unclaimed.heirs(found) == {}
    assert open_slots.corrected(found) is not found
    assert "m2: knows 16383 of 16384 slots as served" in topology.faults(open_slots.corrected(found))


def test_a_slot_of_one_that_does_not_answer_is_its_own_as_long_as_most_believe_so() -> None:
    assert unclaimed.heirs(seen({"m3": {5: 9}}, m2="m9", m3="m9", m4="m9")) == {}
    assert unclaimed.heirs(seen({"m3": {5: 9}}, "m3", "m4", m2="m9")) == {"m3": {5}}


def test_a_cluster_that_was_never_formed_has_no_heirs() -> None:
    nodes = met(Node("m1"), Node("m2"), Node("m3"))
    assert unclaimed.heirs(cluster(nodes)) == {}
    same = cluster(nodes)
    assert unclaimed.taken(same) is same
