# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What nodes are told when they join and leave; each function is safe to repeat."""

from __future__ import annotations

from unittest.mock import create_autospec

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.redis_cluster.guest import form, sizes, together
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.redis_cluster.guest import progress as module
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.redis_cluster.guest.connection import Connections, Node, NodeError
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.redis_cluster.guest.progress import Progress
from ansible_collections.stackdb.trove.tests.unit.fake_redis import FakeClock, one_after_another


def node(reply=b"OK"):
    found = create_autospec(Node, instance=True)
    found.calls.side_effect = lambda commands, check=True: [reply(words) if callable(reply) else reply for words in commands]
    found.call.side_effect = lambda *words: reply(words) if callable(reply) else reply
    return found


def sent(found):
    return [words for each in found.calls.mock_calls for words in each.args[0]] + [each.args for each in found.call.mock_calls]


def connections(**nodes):
    found = create_autospec(Connections, instance=True)
    found.__getitem__.side_effect = nodes.__getitem__
    return found


@pytest.mark.parametrize(
    ("ranges", "commands"),
    [(True, [("CLUSTER", "ADDSLOTSRANGE", 0, 2, 7, 7)]), (False, [("CLUSTER", "ADDSLOTS", 0, 1, 2), ("CLUSTER", "ADDSLOTS", 7)])],
)
def test_slots_are_added(ranges, commands):
    one = node()
    form.add_slots(one, [(0, 2), (7, 7)], ranges)
    assert sent(one) == commands


def test_an_epoch_that_is_there_already_is_no_error():
    one = node(NodeError("refused"))
    form.set_epoch(one, 3)
    assert sent(one) == [("CLUSTER", "SET-CONFIG-EPOCH", 3)]
    one.calls.assert_called_once_with([("CLUSTER", "SET-CONFIG-EPOCH", 3)], check=False)


def test_nodes_meet_whom_they_are_to_meet(monkeypatch):
    monkeypatch.setattr(together, "calls", create_autospec(together.calls, side_effect=one_after_another))
    a, b = node(), node()
    form.meet(connections(a=a, b=b), {"a": [("10.0.0.2", 1, 2), ("10.0.0.3", 1, 2)], "b": [("10.0.0.3", 1, 2)]})
    assert sent(a) == [("CLUSTER", "MEET", "10.0.0.2", 1, 2), ("CLUSTER", "MEET", "10.0.0.3", 1, 2)]
    assert sent(b) == [("CLUSTER", "MEET", "10.0.0.3", 1, 2)]
    form.meet(connections(), {})
    for wrong in (node(NodeError("a refused CLUSTER MEET")), node()):
        if not sent(wrong):
            wrong.calls.side_effect = NodeError("a refused CLUSTER MEET")
        with pytest.raises(NodeError, match="a refused CLUSTER MEET"):
            form.meet(connections(a=wrong), {"a": [("10.0.0.2", 1, 2)]})


@pytest.mark.parametrize(("timeout", "short"), [(15000, 1000), (500, 500)])
def test_the_node_timeout_is_short_for_a_moment_only(timeout, short):
    one = node(NodeError("refused"))
    form.end_delay(connections(a=one), {"a": timeout})
    assert sent(one) == [
        ("CONFIG", "SET", "cluster-node-timeout", short), ("CLUSTER", "SETSLOT", 0, "STABLE"), ("CONFIG", "SET", "cluster-node-timeout", timeout),
    ]  # fmt: skip


def test_every_survivor_forgets_and_who_does_not_know_it_any_more_is_no_error():
    a, b = node(), node(NodeError("b refused CLUSTER FORGET: ERR Unknown node x"))
    form.forget(connections(a=a, b=b), ["a", "b"], ["x", "y"])
    assert sent(a) == sent(b) == [("CLUSTER", "FORGET", "x"), ("CLUSTER", "FORGET", "y")]
    with pytest.raises(NodeError, match="my master"):
        form.forget(connections(a=node(NodeError("Can't forget my master!"))), ["a"], ["x"])


def test_a_command_each():
    one = node()
    form.replicate(one, "m")
    form.reset(one)
    assert sent(one) == [("CLUSTER", "REPLICATE", "m"), ("CLUSTER", "RESET", "HARD")]
    one = node()
    form.assign(one, {3, 1}, "o")
    form.close_slots(one, {9, 2})
    assert sent(one) == [
        ("CLUSTER", "SETSLOT", 1, "NODE", "o"), ("CLUSTER", "SETSLOT", 3, "NODE", "o"), ("CLUSTER", "SETSLOT", 2, "STABLE"), ("CLUSTER", "SETSLOT", 9, "STABLE")
    ]  # fmt: skip


def holding(**slots):
    """A node with so many keys in each slot, each of 100 bytes."""
    counts = {int(name[1:]): keys for name, keys in slots.items()}

    def reply(words):
        if words[0] == "DBSIZE":
            return sum(counts.values())
        if words[1] == "COUNTKEYSINSLOT":
            return counts.get(words[2], 0)
        return [b"key"] * min(words[3], counts.get(words[2], 0)) if words[1] == "GETKEYSINSLOT" else 100

    return node(reply)


def test_a_key_that_is_gone_has_no_size():
    gone, moved = None, NodeError("ASK")
    moved.is_redirection = True
    replies = iter([gone, moved, 5])
    assert sizes.measure(node(lambda words: next(replies)), [b"a", b"b", b"c"]) == [0, 0, 5]
    with pytest.raises(NodeError, match="OOM"):
        sizes.measure(node(NodeError("OOM")), [b"a"])


def test_progress_is_counted_by_pair_and_said(monkeypatch, heard):
    clock = FakeClock()
    monkeypatch.setattr(module.time, "monotonic", clock.monotonic)
    progress = Progress(10, 100)
    clock.now = 1.0
    progress.add("a", "b", 2, 20)
    progress.add("a", "b", 3, 5)
    clock.now = 1.5
    progress.add("c", "b", 1, 1)
    progress.end()
    assert heard.lines[-3:] == ["5/10 slots, 25/100 keys, 1.0 s", "6/10 slots, 26/100 keys, 1.5 s", "6/10 slots, 26/100 keys, 1.5 s"]
    assert progress.moved() == [
        {"source": "a", "target": "b", "slots": 5, "key_count": 25, "seconds": 1.0}, {"source": "c", "target": "b", "slots": 1, "key_count": 1, "seconds": 1.5}
    ]  # fmt: skip
