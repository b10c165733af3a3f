# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Slots are weighed key by key; how servers add up is tried by tests/redis."""

from __future__ import annotations

from unittest.mock import create_autospec

from ansible_collections.stackdb.trove.plugins.module_utils._datastores.redis_cluster.guest import weights
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.redis_cluster.guest.connection import Node, NodeError
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.redis_cluster.rules.big_values import Value

BIG = 2 << 20


def node(slots, scripts=True):
    """A FakeNode: ``{slot: [size of each key]}``."""

    def reply(words):
        if words[0] == "DBSIZE":
            return sum(map(len, slots.values()))
        if words[1] == "COUNTKEYSINSLOT":
            return len(slots[words[2]])
        if words[1] == "GETKEYSINSLOT":
            return [b"%d:%d" % (words[2], at) for at in range(len(slots[words[2]]))][: words[3]]
        if words[0] == "MEMORY":
            slot, at = words[2].split(b":")
            return slots[int(slot)][int(at)]
        if not scripts:
            return NodeError("NOPERM")
        slot = words[3]
        large = [item for at, size in enumerate(slots[slot]) if size >= words[5] for item in (b"%d:%d" % (slot, at), size)]
        return [len(slots[slot]), sum(slots[slot]), large]

    made = create_autospec(Node, instance=True)
    made.name = "m1"
    made.call.side_effect = lambda *words: reply(words)
    made.calls.side_effect = lambda commands, check=True: [reply(words) for words in commands]
    return made


def test_all_keys_are_weighed_and_the_large_ones_named():
    for scripts in (True, False):
        found = weights.weigh(node({1: [10, BIG], 2: [], 3: [5] * 600}, scripts), [1, 2, 3])
        assert (found.size, found.large, found.unweighed) == ((602, 10 + BIG + 3000), [Value("m1", b"1:1", BIG)], 0)


def test_an_empty_node_is_quick():
    empty = node({1: []})
    assert weights.weigh(empty, [1]).size == (0, 0)
    empty.calls.assert_not_called()


def test_who_runs_out_of_patience_says_how_many_keys_were_not_weighed():
    found = weights.weigh(node({slot: [10] for slot in range(1000)}), range(1000), patience=-1)
    assert (found.size, found.unweighed) == ((1000, 0), 1000)
    crowded = weights.weigh(node({1: [10] * 60_000}), [1])
    assert (crowded.size, crowded.unweighed) == ((60_000, 600_000), 10_000)
