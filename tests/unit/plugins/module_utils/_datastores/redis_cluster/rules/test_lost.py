# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Lost members of a Redis Cluster: what stops their replacement, and what is in their place. Seen by the nodes and by their words alike."""

from __future__ import annotations

import random

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.redis_cluster.driver import RedisCluster
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.redis_cluster.rules import lost, topology
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.redis_cluster.rules import slots as redis_slots
from ansible_collections.stackdb.trove.plugins.module_utils._model.evidence import REPLACE, Act, Word
from ansible_collections.stackdb.trove.tests.unit.redis_builders import Node, cluster, met, node_id, whole


def dead(node, flags="fail"):
    node.settings["flags"] = flags
    return node


def six():
    """Three masters m1 to m3, each with a replica, m4 to m6."""
    return met(*whole(), *(Node(f"m{number + 3}", master=f"m{number}") for number in (1, 2, 3)))


def fail_over(nodes, master, replica):
    """What the others know after it."""
    nodes[replica].slots, nodes[master].slots = nodes[master].slots, set()
    del nodes[replica].settings["master"]


def seen(nodes, gone):
    """By those that stay, from their replies; and the same from their words."""
    found = lost.of_cluster(cluster([node for node in nodes if node.name not in gone]))
    assert lost.of_words(words(nodes, gone)) == found
    return found


def words(nodes, gone):
    own = [node for node in nodes if node.name not in gone]
    return {node.name: topology.view(topology.Cluster((node.member(),)))["members"][0] for node in own}


def allowed(nodes, gone, accepted=False, addresses=True, **told):
    """What the driver says of the words of this run."""
    members = {node.name: f"10.0.0.{node.name[1:]}" for node in nodes if node.name not in gone}
    leaving = {name: f"10.0.0.{name[1:]}" if addresses else None for name in gone}
    said = {name: Word(said={"redis_cluster": {"members": [member]}}) for name, member in words(nodes, gone).items()}
    given = {**said, **{name: Word(silent="it is unreachable") for name in gone}, **told}
    return RedisCluster().allows(Act(REPLACE, members, leaving=leaving, loss_accepted=accepted), given, {})


@pytest.mark.parametrize("addresses", [True, False], ids=["a dead server", "no server any more"])
def test_a_lost_replica_is_replaced_by_a_replica_of_its_master(addresses):
    nodes = six()
    dead(nodes[4])
    assert allowed(nodes, ["m5"], addresses=addresses) == []
    assert lost.standings(seen(nodes, ["m5"]), {"m5": "10.0.0.5" if addresses else None}) == {"m5": node_id("m2")}


def test_a_master_whose_replica_took_over_is_replaced_by_a_replica_of_that_one():
    nodes = six()
    fail_over(nodes, 1, 4)
    dead(nodes[1])
    assert allowed(nodes, ["m2"]) == []
    assert lost.standings(seen(nodes, ["m2"]), {"m2": None}) == {"m2": node_id("m5")}


def test_a_master_without_slots_is_replaced_by_one():
    nodes = met(*whole(), Node("m4"))
    dead(nodes[3])
    assert allowed(nodes, ["m4"]) == []
    assert lost.standings(seen(nodes, ["m4"]), {"m4": None}) == {"m4": lost.MASTER}


def test_two_that_are_lost_are_told_apart():
    nodes = six()
    fail_over(nodes, 1, 4)
    dead(nodes[1]), dead(nodes[5])
    assert allowed(nodes, ["m2", "m6"], addresses=False) == []
    found = lost.standings(seen(nodes, ["m2", "m6"]), {"m2": "10.0.0.2", "m6": "10.0.0.6"})
    assert found == {"m2": node_id("m5"), "m6": node_id("m3")}
    assert sorted(lost.standings(seen(nodes, ["m2", "m6"]), {"m2": None, "m6": None}).values()) == sorted(found.values())


def test_slots_that_nobody_serves_are_named_and_lost_only_by_word():
    nodes = whole()
    for node in nodes:
        node.settings["state"] = "fail"
    dead(nodes[1])
    (why,) = [text for text in allowed(nodes, ["m2"]) if "no member serves" in text]
    assert redis_slots.brief(nodes[1].slots) in why
    assert "trove_accept_lost_slots=true" in why
    assert allowed(nodes, ["m2"], accepted=True) == []


def test_a_copy_that_has_not_taken_over_is_never_given_up():
    nodes = six()
    dead(nodes[1])
    for accepted in (False, True):
        assert any("m5 replicate a lost member and have not taken its slots over" in text for text in allowed(nodes, ["m2"], accepted))


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda nodes: nodes[4].settings.pop("flags"), "m1 does not find 10.0.0.5"),
        (lambda nodes: dead(nodes[5]), "m6 does not find"),
        (lambda nodes: nodes[0].settings.update(state="fail"), "m1 does not serve: cluster_state:fail"),
        (lambda nodes: nodes[0].settings.update(error="refused"), "m1 does not answer"),
        (lambda nodes: setattr(nodes[0], "marks", f"[0->-{node_id('m2')}]"), "m1 does not serve: slots are on their way"),
    ],
)
def test_it_is_refused(change, why):
    nodes = six()
    dead(nodes[4])
    change(nodes)
    if why.startswith("m6"):
        # a second one failed, and is not named: it does not answer
        assert any("m6 is silent" in text for text in allowed(nodes, ["m5"], m6=Word(silent="gone")))
        return
    assert any(why in text for text in allowed(nodes, ["m5"])), allowed(nodes, ["m5"])


def test_nodes_that_nobody_named_are_refused():
    nodes = six()
    dead(nodes[4]), dead(nodes[5])
    found = lost.obstacles(seen(nodes, ["m5", "m6"]), {"m5": "10.0.0.5"}, loss_accepted=True)
    assert found == [f"there are nodes that are neither a member nor one of m5: 10.0.0.6 ({node_id('m6')}); name them, too"]


def test_one_that_serves_is_not_lost():
    nodes = six()
    said = words(nodes, ["m1"])["m5"]
    assert allowed(nodes, ["m5"], m5=Word(said={"redis_cluster": {"members": [said]}})) == ["m5 answers and serves, so it is not lost"]


@pytest.mark.parametrize("seed", range(20))
def test_slots_are_read_as_they_were_spelled_and_divided_without_a_rest(seed):
    draw = random.Random(seed)
    slots = frozenset(draw.sample(range(redis_slots.SLOTS), draw.choice([0, 1, 7, 500])))
    assert redis_slots.parse(redis_slots.spell(slots)) == slots
    names = [f"m{number}" for number in range(1, draw.randint(2, 6))]
    shares = redis_slots.divide_among(slots, names)
    assert frozenset().union(*shares.values()) == slots
    assert sum(map(len, shares.values())) == len(slots)
    assert max(map(len, shares.values())) - min(map(len, shares.values())) <= 1
