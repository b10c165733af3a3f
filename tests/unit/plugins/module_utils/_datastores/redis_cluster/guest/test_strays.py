# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who is asked for keys that no client reaches, and in which order they are dealt with. That servers do it is for tests/redis."""

from __future__ import annotations

from unittest.mock import create_autospec

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.redis_cluster.guest import strays
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.redis_cluster.guest.connection import Access, Connections, Node, NodeError
from ansible_collections.stackdb.trove.tests.unit.redis_builders import cluster, whole


class FakeHolder:
    """Keys of slot 5, of which the owner has `taken`."""

    def __init__(self, *keys, taken=(), stuck=False, refuses=None):
        self.keys, self.taken, self.stuck, self.refuses = list(keys), taken, stuck, refuses
        self.told = []
        self.node = create_autospec(Node, instance=True)
        self.node.name = "m4"
        self.node.call.side_effect = self.reply
        self.node.calls.side_effect = lambda commands, check=True: [self.reply(*words) for words in commands]

    def reply(self, *words):
        if words[1:2] == ("GETKEYSINSLOT",):
            return self.keys[:2]
        self.told.append(words)
        if words[0] == "DBSIZE":
            return len(self.keys)
        if words[1:2] == ("COUNTKEYSINSLOT",):
            return len(self.keys) if words[2] == 5 else 0
        if words[0] in ("MIGRATE", "UNLINK"):
            key = words[-1]
            if words[0] == "MIGRATE" and key in self.taken:
                return NodeError("m4 refused MIGRATE: ERR Target instance replied with error: BUSYKEY Target key name already exists.")
            if words[0] == "MIGRATE" and self.refuses:
                return NodeError(self.refuses)
            if not self.stuck:
                self.keys.remove(key)
        return b"OK"


def test_keys_are_counted_where_they_are_not_served():
    assert strays.held(FakeHolder().node, range(3)) == {}
    holder = FakeHolder(b"a", b"b")
    assert strays.held(holder.node, [7]) == {5: 2}
    assert len(holder.told) == 1 + 16383
    assert strays.held(holder.node, [5]) == {}


def test_masters_are_counted_and_nobody_else():
    nodes = whole()
    nodes[0].settings["error"] = "no route"
    nodes[1].settings["master"] = "m3"
    connections = create_autospec(Connections, instance=True)
    connections.__getitem__.side_effect = {"m3": FakeHolder(b"a").node}.__getitem__
    assert [member.held for member in strays.counted(connections, cluster(nodes)).members] == [None, None, {5: 1}]


def test_keys_are_carried_and_the_owners_own_stay():
    holder = FakeHolder(b"a", b"b", b"c", taken=[b"b"])
    strays.carry(holder.node, "id-m1", ("10.0.0.1", 7001), [5], Access(password="p", tls=False))
    migrate = ("MIGRATE", "10.0.0.1", 7001, "", 0, 60000, "AUTH", "p", "KEYS")
    assert holder.told == [
        ("CLUSTER", "SETSLOT", 5, "IMPORTING", "id-m1"), (*migrate, b"a"), (*migrate, b"b"), ("ASKING",), ("UNLINK", b"b"), (*migrate, b"c"),
        ("CLUSTER", "SETSLOT", 5, "STABLE"),
    ]  # fmt: skip


def test_what_the_owner_refuses_stays():
    holder = FakeHolder(b"a", refuses="m4 refused MIGRATE: IOERR")
    with pytest.raises(NodeError, match="IOERR"):
        strays.carry(holder.node, "id-m1", ("10.0.0.1", 7001), [5], Access(tls=False))
    assert holder.keys == [b"a"]
    assert not [words for words in holder.told if words[0] == "UNLINK"]


def test_keys_are_deleted_when_that_was_chosen():
    holder = FakeHolder(b"a", b"b", b"c")
    strays.delete(holder.node, "id-m1", [5])
    assert holder.keys == []
    assert holder.told[-1] == ("CLUSTER", "SETSLOT", 5, "STABLE")


def test_keys_that_stay_are_an_error():
    with pytest.raises(NodeError, match="m4 keeps 1 keys or more of slot 5"):
        strays.delete(FakeHolder(b"a", stuck=True).node, "id-m1", [5])
