# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who is which node, and who owns which slots."""

from __future__ import annotations

from dataclasses import replace

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.redis_cluster.rules import claims, recovery
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.redis_cluster.rules.topology import Cluster
from ansible_collections.stackdb.trove.plugins.module_utils._model.errors import Refused
from ansible_collections.stackdb.trove.tests.unit.redis_builders import node_id
from ansible_collections.stackdb.trove.tests.unit.redis_outages import fail, row, shards

SIX = tuple(f"m{number}" for number in range(1, 7))


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


@pytest.mark.parametrize("flags", ["", "noaddr"])
def test_strangers_that_know_each_other_are_strangers_all_the_same(flags: str) -> None:
    """At the addresses of m4 and m5 answer nodes of another cluster, which know each other and its master."""
    nodes = shards()
    if flags:
        for name in ("m4", "m5"):
            nodes[name].settings["flags"] = flags
    facts = fail(nodes, [])
    own = [member for member in facts.cluster.members if member.name not in ("m4", "m5")]
    ids = {"m4": "e" * 40, "m5": "f" * 40}
    lines = {ids[name]: nodes_view._replace(id=ids[name], flags=frozenset({"master"})) for name, nodes_view in (
        (name, facts.cluster["m1"].view[node_id(name)]) for name in ids)}  # fmt: skip
    other = facts.cluster["m1"].view[node_id("m1")]._replace(id="d" * 40, ip="10.9.9.9", flags=frozenset({"master"}))
    new = []
    for name, id_ in ids.items():
        view = {**lines, "d" * 40: other, id_: lines[id_]._replace(flags=frozenset({"myself", "master"}))}
        new.append(replace(facts.cluster[name], id=id_, view=view))
    seen = claims.Facts(Cluster((*own, *new)), {**facts.rows, "m4": None, "m5": None})
    assert set(seen.strangers) == {"m4", "m5"}
    assert node_id("m4") in seen.strangers["m4"]
    assert "d" * 40 not in seen.lines
    with pytest.raises(Refused, match=r"at the address of m4 answers the node e+, which is a stranger"):
        recovery.decide(seen, (), {}, {})


def test_one_that_knows_nodes_of_long_ago_makes_no_strangers_of_those_that_know_it() -> None:
    """m4 was away while m1 and m2 were replaced by others at their addresses."""
    nodes = shards()
    facts = fail(nodes, [])
    old = {line.id.replace("m", "n") if name in ("m1", "m2") else line.id: line for name in SIX for line in [facts.cluster["m4"].view[node_id(name)]]}
    old = {id_: line._replace(id=id_) for id_, line in old.items()}
    members = tuple(replace(member, view=old) if member.name == "m4" else member for member in facts.cluster.members)
    assert claims.Facts(Cluster(members), facts.rows).strangers == {}


def test_one_that_is_known_without_an_address_is_the_one_in_whose_place_a_stranger_answers() -> None:
    """What others make of m1 when a node with another id answers at its address; none of them finds that it failed."""
    nodes = shards()
    nodes["m1"].settings["flags"] = "noaddr"
    facts = fail(nodes, [])
    own = facts.cluster["m1"].view[node_id("m1")]
    new = replace(facts.cluster["m1"], id="f" * 40, view={"f" * 40: own._replace(id="f" * 40)})
    seen = claims.Facts(Cluster((new, *facts.cluster.members[1:])), {**facts.rows, "m1": None})
    assert seen.strangers == {"m1": {node_id("m1")}}
    assert seen.names[node_id("m1")] == "m1"
    taken = recovery.decide(seen, ("m1",), {}, {}).takeovers
    assert [(one.label, one.replica, one.how) for one in taken] == [("m1", "m4", recovery.FORCE)]
