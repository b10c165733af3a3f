# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether a node of a Redis Cluster may go down, in the words of whole clusters."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.redis_cluster.driver import RedisCluster
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.redis_cluster.rules import going, open_slots, topology
from ansible_collections.stackdb.trove.plugins.module_utils._model.evidence import SERVE, Act, Word
from ansible_collections.stackdb.trove.plugins.module_utils._model.rolling import Going
from ansible_collections.stackdb.trove.tests.unit.redis_builders import Node, met, node_id, whole

DRIVER = RedisCluster()


def words(nodes: list[Node], persistent: bool = True) -> dict[str, Word]:
    """Each asked by itself, as trove_redis_node_info does it."""
    return {node.name: Word({"redis_cluster": open_slots.view(topology.Cluster((node.member(),))), "persistent": persistent}) for node in nodes}


def with_replicas(count: int = 3, **changes: Any) -> list[Node]:
    """m1 to m3, each with a replica: m4 to m6. Changes of a node's settings by its name."""
    masters = whole(count)
    replicas = [Node(f"m{number + count}", (), master=f"m{number}") for number in range(1, count + 1)]
    nodes = met(*masters, *replicas)
    for node in nodes:
        node.settings.update(changes.get(node.name, {}))
    return nodes


def may(nodes: list[Node], name: str, asked: bool = False) -> Going:
    return DRIVER.may_go_down(Act(SERVE, {node.name: None for node in nodes}), name, words(nodes), asked)


def test_replicas_go_before_their_masters() -> None:
    nodes = with_replicas()
    names, said = [node.name for node in nodes], words(nodes)
    turns = []
    while names:
        turns.append(DRIVER.next_down(names, said, said))
        names.remove(turns[-1])
    assert turns == ["m4", "m5", "m6", "m1", "m2", "m3"]


@pytest.mark.parametrize("name", ["m1", "m4"])
def test_a_cluster_that_is_whole(name: str) -> None:
    assert may(with_replicas(), name) == Going()


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"m5": {"error": "Connection refused"}}, "m5 does not serve"),
        ({"m5": {"master_link": "down"}}, "m5 does not serve: the link to its master is down"),
        ({"m2": {"state": "fail"}}, "m2 does not serve: cluster_state:fail"),
    ],
)
def test_another_member_that_is_not_well_keeps_it_up(changes: dict[str, Any], text: str) -> None:
    assert any(text in sentence for sentence in may(with_replicas(**changes), "m1").refusals)


def test_members_that_do_not_agree_keep_it_up() -> None:
    nodes = with_replicas()
    nodes[0].knows.remove(nodes[5])
    assert may(nodes, "m2").refusals == ("m1 does not know m6",)


def test_a_master_without_a_replica_is_refused_before_the_first_turn_unless_it_is_named() -> None:
    nodes = whole(3)
    names, said = [node.name for node in nodes], words(nodes)
    found = DRIVER.against("cluster_restart", names, said, asked=False)
    assert [sentence.partition(",")[0] for sentence in found] == ["m1 has no replica", "m2 has no replica", "m3 has no replica"]
    assert "name it in trove_members" in found[0]
    assert DRIVER.against("cluster_restart", names, said, asked=True) == []
    assert may(nodes, "m1", asked=True) == Going((), ("no member serves the 5462 slots of m1 while it is down: it has no replica",))


def test_a_replica_whose_link_is_down_is_none() -> None:
    nodes = with_replicas(m4={"master_link": "down"})
    assert "m1 has no replica" in DRIVER.against("cluster_restart", ["m1"], words(nodes), asked=False)[0]


def test_keys_that_nobody_else_has_and_no_disk_are_never_given_up() -> None:
    nodes = whole(3, keys=7)
    assert "its 7 keys would be lost" in DRIVER.against("cluster_restart", ["m1"], words(nodes, persistent=False), asked=True)[0]
    assert DRIVER.against("cluster_restart", ["m1"], words(with_replicas(m1={"key_count": 7}), persistent=False), asked=True) == []
    assert DRIVER.against("cluster_restart", ["m1"], words(whole(3), persistent=False), asked=True) == []


def test_one_that_is_down_itself_may_have_its_turn() -> None:
    nodes = with_replicas(m4={"error": "Connection refused"})
    assert may(nodes, "m4") == Going()
    assert DRIVER.against("cluster_restart", ["m4"], words(nodes), asked=False) == []
    said = words(nodes)
    assert DRIVER.next_down(["m1", "m4", "m5"], said, said) == "m4"


def without_m1(*replicas: Node) -> list[Node]:
    """A cluster whose first master is down, as the others see it when they have found it failed."""
    nodes = met(*whole(3, state="fail"), *replicas)
    nodes[0].settings.update(error="Connection refused", flags="fail")
    return nodes


def test_what_the_others_lack_since_one_is_down_does_not_keep_it_down() -> None:
    """A resize that was killed between the stop and Nova's resize, of a master that has no replica, or one that has not taken over."""
    for nodes in (without_m1(), without_m1(Node("m4", (), master="m1", master_link="down", state="fail"))):
        assert may(nodes, "m1", asked=True) == Going()
        assert DRIVER.against("cluster_resize", ["m1", "m2"], words(nodes), asked=True) == []
        said = words(nodes)
        assert DRIVER.next_down(["m3", "m2", "m1"], said, said) == "m1"
        assert may(nodes, "m2").refusals[0] == "m1 does not serve: it does not answer: Connection refused"
        assert initialized(nodes, "m1")


@pytest.mark.parametrize(
    ("name", "changes", "text"),
    [
        # another one failed, too, though it answers to us
        ("m2", {"flags": "fail"}, "m3 does not serve: cluster_state:fail"),
        # fail, and for no reason that m1 is
        ("m1", {"flags": ""}, "m2 does not serve: cluster_state:fail"),
        ("m3", {"error": "no route"}, "m3 does not serve: it does not answer: no route"),
        ("m2", {"slots": range(7)}, "m3 does not serve: it knows"),
    ],
)
def test_what_else_they_lack_does(name: str, changes: dict[str, Any], text: str) -> None:
    nodes = without_m1(Node("m4", (), master="m2", master_link="up"))
    node = next(node for node in nodes if node.name == name)
    node.slots = set(changes.pop("slots", node.slots))
    node.settings.update(changes)
    assert any(sentence.startswith(text) for sentence in may(nodes, "m1").refusals)


def test_a_link_to_another_master_that_is_down_keeps_it_down() -> None:
    nodes = without_m1(Node("m4", (), master="m2", master_link="down"))
    assert may(nodes, "m1").refusals == ("m4 does not serve: the link to its master is down (master_link_status)",)


def test_who_can_take_the_place_of_its_master() -> None:
    nodes = with_replicas(m5={"master_link": "down"}, m6={"error": "Connection refused"})
    members = {node.name: None if node.settings.get("error") else open_slots.view(topology.Cluster((node.member(),)))["members"][0] for node in nodes}
    assert going.no_replica(["m4"], members) == []
    assert going.no_replica(["m1", "m5", "m6"], members) == [
        "m1 is a master: a failover is asked for by the name of a replica; its replicas are m4",
        "the link of m5 to its master is down (master_link_status)",
        "m6 does not answer",
    ]
    assert going.replicas("m1", members) == ["m4"]
    assert members["m4"]["master_id"] == node_id("m1")


def initialized(nodes: list[Node], *names: str) -> list[str]:
    said = {name: Word({**word.told, "volume": {"size": 9, "used": 1}}) for name, word in words(nodes).items()}
    return DRIVER.against("cluster_initialize", names, said, asked=True)


def test_a_master_that_is_down_and_owns_slots_is_not_initialized() -> None:
    """With cluster-require-full-coverage no the others say ok, and without it too for about a node timeout."""
    nodes = whole(3)
    nodes[2].settings["error"] = "Connection refused"
    assert initialized(nodes, "m3") == [
        "m3 does not answer, and owns 5461 slots in the eyes of the others, so what it has may be the only copy: have a replica take its place first"
    ]
    assert initialized(nodes, "m1", "m3")[0].startswith("m1 is a master that serves 5462 slots")
    taken_over = failed_over(with_replicas(m1={"error": "Connection refused"}))
    assert initialized(taken_over, "m1") == []


def test_one_that_answers_and_owns_slots_in_the_eyes_of_another_one_is_not_initialized() -> None:
    nodes = with_replicas()
    nodes[1].knows = [Node("m4", range(7)) if node.name == "m4" else node for node in nodes[1].knows]
    assert "m4 says that it serves none, and owns 7 slots in the eyes of the others" in initialized(nodes, "m4")[0]
    assert initialized(nodes, "m5") == []


def test_one_that_runs_under_a_new_id_is_the_old_one_in_the_eyes_of_the_others() -> None:
    """Its nodes.conf is lost, and with it that it owns slots."""
    members = {node.name: topology.view(topology.Cluster((node.member(),)))["members"][0] for node in with_replicas()}
    old = members["m1"]
    members["m1"] = {**old, "id": "a new one", "slot_count": 0, "nodes": []}
    assert going.slots_by_others("m1", members, "10.0.0.1") == old["slot_count"] > 0
    assert going.slots_by_others("m4", members, "10.0.0.4") == 0


@pytest.mark.parametrize(("down", "refused"), [({"m3"}, True), ({"m4"}, False), ({"m3", "m4"}, True)])
def test_one_whose_address_is_not_known_may_be_any_that_does_not_answer(down: set[str], refused: bool) -> None:
    nodes = [*with_replicas(**{name: {"error": "Connection refused"} for name in {*down, "m4"}})]
    members = {node.name: None if node.settings.get("error") else topology.view(topology.Cluster((node.member(),)))["members"][0] for node in nodes}
    assert bool(going.slots_by_others("m4", members, None)) is refused
    assert going.slots_by_others("m4", members, "10.0.0.4") == 0


def test_where_nobody_answers_nobody_can_say_who_owns_slots() -> None:
    nodes = with_replicas()
    for node in nodes:
        node.settings["error"] = "Connection refused"
    assert initialized(nodes, "m4") == ["m4 does not answer, and no other member does that could say whether it owns slots"]


def failed_over(nodes: list[Node]) -> list[Node]:
    """m4 has taken the place of m1."""
    m1, m4 = nodes[0], nodes[3]
    m4.settings.pop("master")
    m4.slots, m1.slots = m1.slots, set()
    m1.settings["master"] = "m4"
    return nodes


TURN = "run-1/cluster_failover"


def test_a_failover_is_proven_by_roles_and_slots() -> None:
    before, after = words(with_replicas()), words(failed_over(with_replicas()))
    act = Act(SERVE, dict.fromkeys(before), rolled=("m4",), turn=TURN)
    assert DRIVER.allows(act, before, after) == []
    assert DRIVER.allows(act, after, after) == []
    assert DRIVER.allows(act, before, before) == ["m4 did not take the place of its master: it is a replica"]
    swapped = failed_over(with_replicas())
    swapped[0].settings["master"] = "m2"
    assert DRIVER.undone(TURN, ["m4"], before, words(swapped)) == ["m4 took the place of m1, and that one does not follow it"]
    other = failed_over(with_replicas())
    other[3].slots, other[1].slots = other[1].slots, other[3].slots
    assert DRIVER.undone(TURN, ["m4"], before, words(other)) == ["m4 does not serve what m1 served"]


def test_a_master_with_a_replica_is_done_and_one_without_is_refused_unless_a_run_is_continued() -> None:
    said = words(failed_over(with_replicas()))
    assert DRIVER.has_had("m4", said, TURN, continued=True)
    assert DRIVER.has_had("m4", said, TURN, continued=False)
    assert not DRIVER.has_had("m1", said, TURN, continued=True)
    assert DRIVER.left_alone("cluster_failover", ["m4"], said) == [
        "m4 is the master of its shard already, and was not changed; to have another one take its place, name a replica of it: m1"
    ]
    assert DRIVER.left_alone("cluster_restart", ["m4"], said) == []
    alone = words(whole(3))
    assert not DRIVER.has_had("m1", alone, TURN, continued=False)
    assert DRIVER.has_had("m1", alone, TURN, continued=True)
    assert "m1 is a master" in DRIVER.against("cluster_failover", ["m1"], alone, asked=True)[0]


@pytest.mark.parametrize(
    ("names", "found"),
    [
        (["m4", "m7"], ["m4 and m7 are of one shard, which has one master: name one of them"]),
        # the one that took over in a run that was killed, or that the user takes for a replica
        (["m1", "m5", "m7"], ["m1 and m7 are of one shard, which has one master: name one of them"]),
        (["m4", "m5", "m6"], []),
        (["m8", "m4"], []),
    ],
)
def test_of_one_shard_only_one_takes_the_place_of_the_master(names: list[str], found: list[str]) -> None:
    nodes = met(*with_replicas(), Node("m7", (), master="m1"), Node("m8", (), master="m1", error="Connection refused"))
    assert DRIVER.at_odds("cluster_failover", names, words(nodes)) == found
    assert DRIVER.at_odds("cluster_restart", names, words(nodes)) == []


def test_of_several_that_do_not_serve_none_is_initialized_and_the_way_out_is_named() -> None:
    nodes = with_replicas(m4={"error": "Connection refused"}, m5={"master_link": "down"})
    assert initialized(nodes, "m4") == []
    assert initialized(nodes, "m4", "m5", "m6") == [
        "m4, m5 do not serve, and a member is initialized while all others do: have all but one of them replaced first (stackdb.trove.cluster_replace)"
    ]


def test_those_that_were_upgraded_are_of_one_version() -> None:
    assert going.of_versions({"m1": "8.0.2", "m2": "8.0.2"}) == []
    (found,) = going.of_versions({"m1": "8.0.2", "m2": "7.0.15"})
    assert found.endswith("m1 8.0.2, m2 7.0.15")
    assert going.of_versions({"m1": None, "m2": None}) == ["m1 does not say of which version it is", "m2 does not say of which version it is"]


def test_an_upgrade_passes_by_those_that_have_the_new_version() -> None:
    """m4 took the place of m1 in an upgrade that was stopped there: m1 gets a link to it by its own turn. m3 was named in an earlier run."""

    def left(versions: dict[str, str]) -> dict[str, Word]:
        nodes = failed_over(with_replicas(m1={"master_link": "down"}))
        alone = [node for node in nodes if node.name != "m6"]
        said = words(alone)
        for name, word in said.items():
            word.told["redis_cluster"]["members"][0]["version"] = versions.get(name, "7.0.15")
        return said

    half = left({"m4": "8.0.2", "m3": "8.0.2"})
    names = list(half)
    assert DRIVER.against("cluster_upgrade", names, half, asked=False) == []
    assert len(DRIVER.against("cluster_restart", names, half, asked=False)) == 2
    turns = []
    while names:
        turns.append(DRIVER.next_down(names, half, half))
        names.remove(turns[-1])
    # while it can be told from the others, the master without a replica has its turn, in which nothing is done
    assert turns.index("m1") == 0 < turns.index("m3") < turns.index("m2")
    same = left({})
    assert len(DRIVER.against("cluster_upgrade", list(same), same, asked=False)) == 2
    assert not DRIVER.has_had("m1", half, "run-1/cluster_upgrade", continued=True)
