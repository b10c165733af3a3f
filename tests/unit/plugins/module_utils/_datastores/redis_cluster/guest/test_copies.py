# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""When a master's replicas have what was written. That WAIT makes them answer is for tests/redis."""

from __future__ import annotations

import itertools
from unittest.mock import create_autospec

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.redis_cluster.guest import copies
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.redis_cluster.guest.connection import Node, NodeError
from ansible_collections.stackdb.trove.tests.unit.fake_redis import FakeClock

ME = "id-m1"


def master(*words, knows=()):
    """A node whose INFO replication says one after the other, the last one from then on: each what was written, and what its replicas have.

    :param knows: what it says of the other nodes, in the same way: ``{id: its flags and whom it follows}``
    """
    node = create_autospec(Node, instance=True)
    node.name, node.timeout = "m1", 30
    node.is_due.side_effect = itertools.cycle([False, True])
    infos = [
        "\r\n".join([f"master_repl_offset:{written}", *(f"slave{number}:ip=10.0.0.9,port={number},{told}" for number, told in enumerate(replicas))])
        for written, replicas in words
    ]
    views = [nodes(view) for view in knows]

    def text(*asked):
        answers = infos if asked[0] == "INFO" else views
        return answers.pop(0) if len(answers) > 1 else answers[0]

    node.text.side_effect = text
    return node


def nodes(others):
    lines = [f"{ME} 10.0.0.1:1@2 myself,master - 0 0 1 connected 0-5", *(f"{id_} 10.0.0.9:1@2 {told} 0 0 1 connected" for id_, told in others.items())]
    return "\n".join(lines)


@pytest.fixture(autouse=True)
def clock(monkeypatch):
    found = FakeClock()
    monkeypatch.setattr(copies, "time", found)
    return found


def test_nothing_is_proven_where_there_is_no_replica():
    node = master()
    copies.prove(node, 0)
    assert node.mock_calls == []


def test_what_was_written_later_is_not_waited_for():
    node = master((100, ["state=online,offset=50"]), (150, ["state=online,offset=99"]), (170, ["state=online,offset=100"]))
    copies.prove(node, 1)
    # one more than there are: else WAIT asks nobody, and proves nothing of what others wrote
    assert [call.args[0] for call in node.receive.call_args_list] == [[("WAIT", 2, 2), ("PING",)]] * 2


def test_a_node_that_does_not_answer_is_not_woken_for_ever():
    node = master((100, ["state=online,offset=100"]))
    node.is_due.side_effect = copies.time.sleep
    copies.ask(node, 1)
    assert copies.time.now >= node.timeout


def test_every_replica_that_is_online_has_to_have_it():
    node = master((100, []), (100, ["state=online,offset=100", "state=online,offset=7"]))
    with pytest.raises(NodeError, match=r"Replicas of m1 did not get what arrived on it within -1 s: 10.0.0.9:1\."):
        copies.prove(node, 1, patience=-1)


HERE, AWAY, FAILED, MAYBE, TOOK_OVER = f"slave {ME}", "slave id-m2", f"slave,fail {ME}", f"slave,fail? {ME}", "master -"
ONE = ["state=online,offset=100"]


@pytest.mark.parametrize("replicas", [[], ["state=wait_bgsave,offset=100"]])
@pytest.mark.parametrize("told", [FAILED, MAYBE, TOOK_OVER, AWAY])
def test_the_only_replica_is_missed(replicas, told):
    """Also where it left: the move began with what arrives on two servers."""
    with pytest.raises(NodeError, match="m1 has 0 replicas online and had 1: what arrived on it may be lost with it"):
        copies.prove(master((100, []), (100, replicas), knows=[{"r1": told}]), 1, ["r1"])


def test_a_replica_that_left_for_another_master_is_not_missed():
    """Server's own migration to a master that has none (cluster-migration-barrier). Its link ends before the master hears where it is."""
    node = master((100, []), (100, ONE), (100, ONE), knows=[{"r1": HERE, "r2": HERE}, {"r1": HERE, "r2": AWAY}])
    copies.prove(node, 2, ["r1", "r2"])


def test_those_that_stay_have_to_have_it_when_one_left():
    node = master((100, []), (100, ["state=online,offset=7"]), (100, ONE), knows=[{"r1": HERE, "r2": AWAY}])
    copies.prove(node, 2, ["r1", "r2"])
    assert node.receive.call_count == 2


@pytest.mark.parametrize("told", [FAILED, MAYBE, TOOK_OVER])
def test_one_that_failed_is_missed_at_once_also_when_another_left(told, clock):
    node = master((100, []), (100, ONE), knows=[{"r1": HERE, "r2": AWAY, "r3": told}])
    with pytest.raises(NodeError, match="m1 has 1 replicas online and had 3: what arrived on it may be lost with it"):
        copies.prove(node, 3, ["r1", "r2", "r3"])
    assert clock.now == 0


@pytest.mark.parametrize("view", [{"r1": HERE, "r2": HERE}, {"r1": HERE}])
def test_one_of_which_nothing_is_heard_is_missed_in_the_end(view):
    """Its master knows nothing else of it, or has forgotten it."""
    node = master((100, []), (100, ONE), knows=[view])
    with pytest.raises(NodeError, match="m1 has 1 replicas online and had 2"):
        copies.prove(node, 2, ["r1", "r2"])


def test_one_that_was_not_online_before_is_not_what_left():
    """Of three that said so two were online; the third is what left."""
    node = master((100, []), (100, ONE), knows=[{"r1": HERE, "r2": FAILED, "r3": AWAY}])
    with pytest.raises(NodeError, match="m1 has 1 replicas online and had 2"):
        copies.prove(node, 2, ["r1", "r2", "r3"])


def refused(words):
    return NodeError(f"m1 refused CLUSTER SETSLOT: {words}")


LATE = "NOREPLICAS Not enough good replicas to write."
SLOTS = [("CLUSTER", "SETSLOT", slot, "STABLE") for slot in (1, 2, 3)]


def test_what_valkey_gave_up_for_a_replica_that_leaves_is_said_again():
    node = create_autospec(Node, instance=True)
    node.calls.side_effect = [[b"OK", refused(LATE), refused(LATE)], [refused(LATE), b"OK"], [b"OK"]]
    assert copies.set_slots(node, SLOTS) == [b"OK"] * 3
    assert [mocked.args[0] for mocked in node.calls.call_args_list] == [SLOTS, SLOTS[1:], SLOTS[1:2]]


def test_other_refusals_are_not_said_again():
    node = create_autospec(Node, instance=True)
    node.calls.return_value = [b"OK", refused("Please use SETSLOT only with masters."), b"OK"]
    with pytest.raises(NodeError, match="only with masters"):
        copies.set_slots(node, SLOTS)
    assert copies.set_slots(node, SLOTS, check=False) == node.calls.return_value
    assert node.calls.call_count == 2


def test_a_replica_that_never_answers_ends_it():
    node = create_autospec(Node, instance=True)
    node.calls.side_effect = lambda commands, check: [refused(LATE) for _command in commands]
    with pytest.raises(NodeError, match="NOREPLICAS"):
        copies.set_slots(node, SLOTS)
