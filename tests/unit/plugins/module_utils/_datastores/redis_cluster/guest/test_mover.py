# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How slots are parted for the move, and who carries them. That they arrive under load is for tests/redis."""

from __future__ import annotations

from unittest.mock import call, create_autospec

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.redis_cluster.guest import copies, importer
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.redis_cluster.guest.connection import Access, Connections, Node, NodeError
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.redis_cluster.guest.importer import Importer
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.redis_cluster.guest.mover import Master, Mover
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.redis_cluster.guest.progress import Progress
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.redis_cluster.rules.slots import Move
from ansible_collections.stackdb.trove.tests.unit.fake_redis import FakeClock


class FakeRedis:
    """The slots and keys of nodes by the commands that a mover gives them, each node by its real methods."""

    def __init__(self, **keys):
        self.keys = {name: dict(slots) for name, slots in keys.items()}
        self.told = {name: [] for name in keys}
        self.stuck, self.size = False, 100
        self.connections = create_autospec(Connections, instance=True, access=Access(password="p"))
        self.connections.fresh.side_effect = lambda name, timeout=30: self.node(name)
        self.connections.__getitem__.side_effect = self.node

    def node(self, name):
        node = create_autospec(Node, instance=True)
        node.name = name
        node.calls.side_effect = lambda commands, check=True: [self.reply(name, *words) for words in commands]
        node.call.side_effect = lambda *words: self.reply(name, *words)
        return node

    def reply(self, name, *words):
        self.told[name].append(words)
        keys = self.keys[name]
        if words[0] == "DBSIZE":
            return sum(map(len, keys.values()))
        if words[:2] == ("CLUSTER", "COUNTKEYSINSLOT"):
            return len(keys.get(words[2], ()))
        if words[:2] == ("CLUSTER", "GETKEYSINSLOT"):
            return list(keys.get(words[2], ()))[: words[3]]
        if words[0] == "MEMORY":
            return self.size
        if words[0] == "MIGRATE" and not self.stuck:
            gone = set(words[words.index("KEYS") + 1:])
            target = next(other for other in self.keys if other == words[1])
            for slot, there in keys.items():
                self.keys[target].setdefault(slot, []).extend(key for key in there if key in gone)
                keys[slot] = [key for key in there if key not in gone]
        return [b"OK"] if words[0] == "EXEC" else b"OK"

    def run(self, *moves, at_once=True, **about):
        progress = Progress(0, 0)
        Mover(self.connections, {name: Master(f"id-{name}", name, 6379, at_once, **about) for name in self.keys}, progress).run(moves)
        return progress.moved()


def words(told, *start):
    return [command for command in told if command[: len(start)] == start]


def test_a_slot_is_assigned_when_its_keys_are_carried_at_the_target_first():
    fake = FakeRedis(a={1: [b"x", b"y"], 2: []}, b={})
    (moved,) = fake.run(Move("a", "b", (1, 2)))
    assert (moved["source"], moved["target"], moved["slots"], moved["key_count"]) == ("a", "b", 2, 2)
    assert fake.keys["b"][1] == [b"x", b"y"]
    assert words(fake.told["b"], "CLUSTER", "SETSLOT")[:2] == [("CLUSTER", "SETSLOT", slot, "IMPORTING", "id-a") for slot in (1, 2)]
    states = [command[3] for command in words(fake.told["a"], "CLUSTER", "SETSLOT")]
    assert states == ["MIGRATING", "MIGRATING", "NODE", "NODE"]
    (migrate,) = words(fake.told["a"], "MIGRATE")
    assert migrate == ("MIGRATE", "b", 6379, "", 0, 7500, "REPLACE", "AUTH", "p", "KEYS", b"x", b"y")
    assert fake.told["a"].index(migrate) < fake.told["a"].index(("CLUSTER", "SETSLOT", 1, "NODE", "id-b"))
    assert words(fake.told["b"], "MULTI")


def test_no_slot_is_opened_before_those_that_are_have_moved_where_they_have_many_keys():
    fake = FakeRedis(a={slot: [b"%d-%d" % (slot, number) for number in range(100)] for slot in (1, 2)}, b={})
    fake.run(Move("a", "b", (1, 2)))
    assert [command[2:4] for command in words(fake.told["a"], "CLUSTER", "SETSLOT")] == [(1, "MIGRATING"), (1, "NODE"), (2, "MIGRATING"), (2, "NODE")]


def test_who_cannot_take_slots_at_once_takes_them_one_by_one():
    fake = FakeRedis(a={1: []}, b={})
    fake.run(Move("a", "b", (1, 2, 3)), at_once=False)
    assert words(fake.told["b"], "MULTI") == []
    assert words(fake.told["b"], "CLUSTER", "SETSLOT")[3:] == [("CLUSTER", "SETSLOT", slot, "NODE", "id-b") for slot in (1, 2, 3)]


def test_all_but_the_first_and_the_last_are_taken_quietly():
    fake = FakeRedis(a={1: []}, b={})
    fake.run(Move("a", "b", (1, 2, 3)))
    assert [command[2] for command in words(fake.told["b"], "CLUSTER", "SETSLOT") if command[3] == "STABLE"] == [2]


def test_keys_that_do_not_become_fewer_are_given_up():
    fake = FakeRedis(a={1: [b"x"]}, b={})
    fake.stuck = True
    with pytest.raises(NodeError, match="a still holds 1 keys after 20 more rounds of MIGRATE, e.g. of slot 1"):
        fake.run(Move("a", "b", (1,)))
    assert len(words(fake.told["a"], "MIGRATE")) == 20
    assert words(fake.told["b"], "CLUSTER", "SETSLOT", 1, "NODE") == []


@pytest.fixture
def proven(monkeypatch):
    """Whose replicas had to prove what they have, how many, and how many commands the target had been told by then."""
    found = []
    monkeypatch.setattr(copies, "prove", create_autospec(copies.prove, side_effect=lambda node, replicas, *_more: found.append((node.name, replicas))))
    return found


def test_replicas_prove_what_arrived_before_more_follows_and_before_the_target_owns_it(proven):
    fake = FakeRedis(a={1: [b"%d" % number for number in range(1000)]}, b={})

    def owned():
        return bool(words(fake.told["b"], "CLUSTER", "SETSLOT", 1, "NODE"))

    copies.prove.side_effect = lambda node, replicas, *_more: proven.append((node.name, replicas, owned()))
    fake.run(Move("a", "b", (1,)), copies=1)
    # in batches of 200
    assert proven == [("b", 1, False)] * 3 + [("a", 1, False)]
    assert owned()


def test_it_is_known_which_nodes_were_the_replicas(proven):
    FakeRedis(a={1: [b"x"]}, b={}).run(Move("a", "b", (1,)), copies=2, followers=frozenset({"r1", "r2"}))
    assert [mocked.args[1:3] for mocked in copies.prove.call_args_list] == [(2, {"r1", "r2"})] * 2


def test_a_source_that_became_a_replica_while_its_own_replica_left_has_moved(proven):
    """Valkey gives SETSLOT up for the replica that leaves, and refuses it then, since it serves nothing any more."""
    fake = FakeRedis(a={1: []}, b={})
    answers = ["NOREPLICAS Not enough good replicas to write.", "Please use SETSLOT only with masters."]
    plain = fake.reply

    def reply(name, *words):
        is_last = name == "a" and words[1:2] == ("SETSLOT",) and words[3] == "NODE"
        return NodeError(f"a refused CLUSTER SETSLOT: {answers.pop(0)}") if is_last else plain(name, *words)
    fake.reply = reply
    (moved,) = fake.run(Move("a", "b", (1,)), at_once=False)
    assert (moved["slots"], answers) == (1, [])


def test_a_target_that_lost_its_replica_owns_nothing(proven):
    copies.prove.side_effect = NodeError("b has 0 replicas online and had 1")
    fake = FakeRedis(a={1: [b"x"]}, b={})
    with pytest.raises(NodeError, match="b has 0 replicas online"):
        fake.run(Move("a", "b", (1,)), copies=1)
    assert words(fake.told["b"], "CLUSTER", "SETSLOT", 1, "NODE") == []


@pytest.mark.parametrize(
    ("copied", "connections"), [({}, 2), ({"copies": 1}, 2), ({"copies_flags": True}, 2), ({"copies": 1, "copies_flags": True}, 2 + 3 + 3)]
)
def test_flags_that_wait_for_replicas_are_set_side_by_side(proven, copied, connections):
    fake = FakeRedis(a={1: []}, b={})
    fake.run(Move("a", "b", (1, 2, 3)), at_once=False, **copied)
    assert fake.connections.fresh.call_count == connections
    assert sorted(command[2] for command in words(fake.told["b"], "CLUSTER", "SETSLOT") if command[3] == "NODE") == [1, 2, 3]


@pytest.mark.parametrize(
    ("timeout", "size", "patience"), [(2000, 100, 1000), (15000, 100, 7500), (15000, 70_000, 7500), (600_000, 100, 60_000), (600_000, 70_000, 300_000)]
)
def test_a_target_that_is_stuck_does_not_take_the_source_along(timeout, size, patience):
    """A source answers nobody while it waits for MIGRATE: what is small is given up before the others take it for failed."""
    fake = FakeRedis(a={1: [b"x"]}, b={})
    fake.size = size
    fake.run(Move("a", "b", (1,)), node_timeout=timeout)
    assert words(fake.told["a"], "MIGRATE")[0][5] == patience


def test_sources_work_side_by_side():
    fake = FakeRedis(a={1: [b"x"]}, b={2: [b"y"]}, c={})
    assert {(entry["source"], entry["key_count"]) for entry in fake.run(Move("a", "c", (1,)), Move("b", "c", (2,)))} == {("a", 1), ("b", 1)}


def imported(*states, monkeypatch, served="", clock=None):
    fake = FakeRedis(a={1: [b"x"]}, b={})
    target = create_autospec(Node, instance=True)
    target.text.return_value = "task7"
    answers = [[[b"id", b"task7", b"state", state, b"last_error", b"no memory"]] if state else [] for state in states]
    target.call.side_effect = answers
    fake.connections.__getitem__.side_effect = lambda name: target if name == "b" else fake.node(name)
    progress = Progress(3, 1)
    target.text.side_effect = lambda *words: "task7" if "IMPORT" in words else f"id 127.0.0.1:1@2 myself,master - 0 0 1 connected {served}"
    monkeypatch.setattr(importer, "time", clock or FakeClock())
    Importer(fake.connections, progress, {}).run([Move("a", "b", (1, 2, 9))])
    assert target.text.mock_calls[0] == call("CLUSTER", "MIGRATION", "IMPORT", 1, 2, 9, 9)
    target.call.assert_called_with("CLUSTER", "MIGRATION", "STATUS", "ID", "task7")
    return progress.moved(), target.call.call_count


def test_the_target_imports_and_is_asked_until_it_has(monkeypatch):
    ((moved,), asked) = imported(b"wait-stream", b"completed", monkeypatch=monkeypatch)
    assert (moved["source"], moved["target"], moved["slots"], moved["key_count"], asked) == ("a", "b", 3, 1, 2)


@pytest.mark.parametrize("state", [b"failed", b"canceled"])
def test_a_task_that_failed_is_an_error(monkeypatch, state):
    with pytest.raises(NodeError, match=f"The move of 3 slots .1-2,9. from a to b {state.decode()}: no memory"):
        imported(b"connecting", state, monkeypatch=monkeypatch)


def test_a_target_that_was_restarted_and_knows_of_no_task(monkeypatch):
    with pytest.raises(NodeError, match="from a to b was given up: b was restarted and knows nothing of it any more"):
        imported(b"connecting", None, monkeypatch=monkeypatch, served="1-2")
    assert imported(b"connecting", None, monkeypatch=monkeypatch, served="0-9")[0][0]["slots"] == 3


def test_a_task_that_never_ends_is_canceled(monkeypatch):
    clock = FakeClock()
    monkeypatch.setattr(importer, "_POLL", 100)
    with pytest.raises(NodeError, match="from a to b did not end within 300 s and was canceled; it was in state wait-stream"):
        imported(*[b"wait-stream"] * 5, monkeypatch=monkeypatch, clock=clock)
