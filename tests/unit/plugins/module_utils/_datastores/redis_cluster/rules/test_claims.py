# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who is which node, and who owns which slots."""

from __future__ import annotations

from dataclasses import replace

from ansible_collections.stackdb.trove.plugins.module_utils._datastores.redis_cluster.rules import claims, recovery
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.redis_cluster.rules.topology import Cluster
from ansible_collections.stackdb.trove.tests.unit.redis_builders import node_id
from ansible_collections.stackdb.trove.tests.unit.redis_outages import fail, row, shards


def test_the_latest_claim_counts_whoever_answers() -> None:
    """m4 took the place of m1 and went down; m1 has not heard of it, and answers."""
    nodes = shards()
    old = row(nodes["m1"])
    nodes["m4"].settings.pop("master")
    nodes["m4"].slots, nodes["m1"].slots, nodes["m4"].settings["epoch"] = nodes["m1"].slots, set(), 7
    facts = fail(nodes, ["m1", "m4"], m1=dict(old))
    assert facts.owners[0] == node_id("m4")
    assert (facts.names[node_id("m1")], facts.names[node_id("m4")]) == ("m1", "m4")
    assert facts.unowned == set()


def test_one_that_says_nothing_is_known_by_its_address() -> None:
    facts = fail(shards(), ["m1"], ["m1"])
    assert facts.names[node_id("m1")] == "m1"
    assert facts.id_of("m1") == node_id("m1")
    assert facts.label("f" * 40) == f"the node {'f' * 40} at an unknown address"


def test_replicas_come_by_what_they_have_received_and_copies_on_disk_by_name() -> None:
    facts = fail(shards(), ["m1", "m4"])
    assert facts.replicas(node_id("m1")) == []
    assert facts.on_disk(node_id("m1")) == ["m4"]
    assert fail(shards(), ["m1", "m4"], m4={"data": False}).on_disk(node_id("m1")) == []


def test_a_node_that_loads_its_data_does_not_answer_yet() -> None:
    nodes = shards()
    members = tuple(replace(node.member(), id=None) if name == "m1" else node.member() for name, node in nodes.items())
    assert claims.told_apart(Cluster(members))["m1"].error == "it loads its data"


def test_a_node_that_knows_nobody_is_a_stranger() -> None:
    nodes = shards()
    new = shards()["m1"]
    new.knows, new.slots = [], set()
    for node in nodes.values():
        node.knows = [other for other in node.knows if other.name != "m1"]
    nodes["m1"] = new
    assert fail(nodes, [], m1={"nodes": "", "file": "missing", "id": None}).strangers == {"m1": set()}


def test_one_that_is_known_without_an_address_is_the_one_in_whose_place_a_stranger_answers() -> None:
    """What others make of m1 when a node with another id answers at its address; none of them finds that it failed."""
    nodes = shards()
    nodes["m1"].settings["flags"] = "noaddr"
    facts = fail(nodes, [])
    own = facts.cluster["m1"].view[node_id("m1")]
    new = replace(facts.cluster["m1"], id="f" * 40, view={"f" * 40: replace(own, id="f" * 40)})
    seen = claims.Facts(Cluster((new, *facts.cluster.members[1:])), {**facts.rows, "m1": None})
    assert seen.strangers == {"m1": {node_id("m1")}}
    assert seen.names[node_id("m1")] == "m1"
    taken = recovery.decide(seen, ("m1",), {}, {}).takeovers
    assert [(one.label, one.replica, one.how) for one in taken] == [("m1", "m4", recovery.FORCE)]
