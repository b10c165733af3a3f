# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a sender makes of the replies to MIGRATE. What it carries in a whole move is in test_mover.py; real servers are in tests/redis."""

from __future__ import annotations

from unittest.mock import create_autospec

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.redis_cluster.guest import sending
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.redis_cluster.guest.connection import Node, NodeError
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.redis_cluster.guest.parts import Pace
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.redis_cluster.guest.sending import Sender
from ansible_collections.stackdb.trove.tests.unit.fake_redis import FakeClock

KEYS = [b"a", b"b", b"c", b"d"]


class FakeSource:
    """Keys of slots, and a target that answers MIGRATE as a test says.

    :ivar refuses: ``{key: its error, or several}``, the last of which stays
    :ivar sent: the keys of each MIGRATE
    :ivar answer: to those that it takes
    """

    def __init__(self, monkeypatch, **slots):
        monkeypatch.setattr(sending, "time", FakeClock())
        self.slots = {int(name[1:]): list(keys) for name, keys in slots.items()}
        self.refuses: dict[bytes, list[str]] = {}
        self.sent: list[list[bytes]] = []
        self.proofs, self.answer = 0, b"OK"
        self.source, self.target = create_autospec(Node, instance=True), create_autospec(Node, instance=True)
        self.source.name, self.target.name = "m1", "m4"
        self.source.calls.side_effect = lambda commands, check=True: [self.reply(*words) for words in commands]
        self.sender = Sender(self.source, self.target, ("10.0.0.4", 6379), ("AUTH", "p"), 2000, Pace(), self.prove)

    def prove(self):
        self.proofs += 1

    def reply(self, *words):
        if words[0] == "MEMORY":
            return 100
        if words[:2] == ("CLUSTER", "COUNTKEYSINSLOT"):
            return len(self.slots[words[2]])
        if words[:2] == ("CLUSTER", "GETKEYSINSLOT"):
            return self.slots[words[2]][: words[3]]
        keys = list(words[words.index("KEYS") + 1:])
        self.sent.append(keys)
        errors = [errors.pop(0) if len(errors) > 1 else errors[0] for key, errors in self.refuses.items() if key in keys and errors]
        if any(errors):
            return NodeError(f"m1 refused MIGRATE: {next(filter(None, errors))}")
        for slot, there in self.slots.items():
            self.slots[slot] = [key for key in there if key not in keys]
        return self.answer


@pytest.fixture
def fake(monkeypatch):
    return FakeSource(monkeypatch, s1=KEYS, s2=[b"x", b"y"])


def test_a_key_that_is_not_taken_is_named_and_its_slot_alone_stays(fake):
    fake.refuses = {b"c": ["ERR Target instance replied with error: ERR Invalid bulk length"]}
    fake.sender.carry([1, 2])
    assert {slot: list(keys) for slot, keys in fake.sender.stuck.items()} == {1: [b"c"]}
    assert "Invalid bulk length" in fake.sender.stuck[1][b"c"]
    assert fake.slots == {1: [b"c", b"d"], 2: []}


def test_a_target_that_is_late_gets_some_time(fake):
    fake.refuses = {b"a": ["IOERR error or timeout reading"] * 3 + [""]}
    fake.sender.carry([1])
    assert fake.sender.stuck == {}
    assert fake.slots[1] == []
    # once with the others, then alone until it went
    assert fake.sent[:4] == [KEYS, [b"a"], [b"a"], [b"a"]]


def test_a_target_that_is_late_for_one_key_at_every_try_does_not_take_that_key(fake):
    fake.refuses = {b"b": ["IOERR error or timeout reading"]}
    fake.sender.carry([1])
    assert list(fake.sender.stuck[1]) == [b"b"]
    assert fake.sent == [KEYS, [b"a"], *[[b"b"]] * 4]


@pytest.mark.parametrize("state", ["MOVED 1 10.0.0.3:6379", "CLUSTERDOWN The cluster is down", "LOADING Redis is loading", "NOAUTH Authentication required."])
def test_what_is_no_fault_of_a_key_ends_the_move(fake, state):
    fake.refuses = {b"a": [f"ERR Target instance replied with error: {state}"]}
    with pytest.raises(NodeError, match=f"m1 answered .*{state.split()[0]}.* to MIGRATE of slot 1 to m4"):
        fake.sender.carry([1])
    assert fake.sender.stuck == {}


def test_a_target_that_nobody_reaches_is_no_fault_of_a_key(fake):
    fake.refuses = {b"a": ["IOERR error or timeout connecting to the client"]}
    fake.target.call.side_effect = NodeError("m4 does not answer")
    with pytest.raises(NodeError, match="m4 does not answer"):
        fake.sender.carry([1])
    assert fake.sender.stuck == {}


def test_what_was_deleted_meanwhile_is_no_error(fake):
    fake.answer = b"NOKEY"
    fake.sender.carry([1])
    assert (fake.sender.stuck, fake.sent) == ({}, [KEYS])


def test_replicas_prove_what_has_come_before_more_follows(monkeypatch):
    fake = FakeSource(monkeypatch, s1=[b"%d" % number for number in range(1000)])
    assert fake.sender.carry([1]) == 1000
    assert [len(keys) for keys in fake.sent] == [200] * 5
    assert fake.proofs == 2
