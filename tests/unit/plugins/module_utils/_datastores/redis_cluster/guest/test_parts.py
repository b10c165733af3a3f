# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How slots are parted for the move."""

from __future__ import annotations

import random
from collections import deque

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.redis_cluster.guest import parts


def taken(window, slots, counts):
    """All windows of slots: a list of lists."""
    waiting, found = deque(slots), []
    while waiting:
        found.append(window.take(waiting, counts))
    return found


def test_few_slots_and_keys_are_open_at_first():
    assert [len(found) for found in taken(parts.Window(), range(150), dict.fromkeys(range(150), 0))] == [64, 64, 22]
    assert taken(parts.Window(), [1, 2, 3, 4], {1: 30, 2: 32, 3: 0, 4: 9000}) == [[1, 2], [3], [4]]


@pytest.mark.parametrize("seed", range(200))
def test_every_slot_is_taken_once_in_order_and_few_are_open(seed):
    chosen = random.Random(seed)
    window, counts = parts.Window(), {slot: chosen.choice((0, 0, 5, 60, 5000)) for slot in range(chosen.randrange(1, 700))}
    for _turn in range(chosen.randrange(10)):
        window.took(chosen.choice((0.001, 0.5)))
    found = taken(window, counts, counts)
    assert [slot for slots in found for slot in slots] == list(counts)
    assert all(len(slots) == 1 or len(slots) + sum(counts[slot] for slot in slots) <= min(window.load, 4096) for slots in found)


def test_slots_that_were_open_for_long_are_followed_by_fewer():
    window = parts.Window()
    assert [window.took(0.001) or window.load for _turn in range(7)] == [128, 256, 512, 1024, 2048, 4096, 4096]
    assert [len(found) for found in taken(window, range(600), dict.fromkeys(range(600), 0))] == [512, 88]
    assert [window.took(0.03) or window.load for _turn in range(7)] == [2048, 1024, 512, 256, 128, 64, 64]


@pytest.mark.parametrize(("fixed", "load", "longest"), [(0.001, 128, 0.04), (0.03, 512, 0.09), (0.09, 128, 0.11)])
def test_fewer_slots_do_not_help_where_it_is_not_their_number_that_takes_the_time(fixed, load, longest):
    """Such as proofs by replicas: a fixed time, and 0.1 ms for each slot or key."""
    window, times, loads = parts.Window(), [], []
    for _turn in range(50):
        loads.append(window.load)
        times.append(fixed + window.load / 10_000)
        window.took(times[-1])
    assert max(loads[10:]) >= load
    assert max(times) <= longest


def test_targets_take_turns():
    found = [("a", [1, 2, 3]), ("b", [4]), ("c", [5, 6])]

    def one(waiting):
        return [waiting.popleft()]
    assert list(parts.take_turns(found, 0, one)) == [("a", [1]), ("b", [4]), ("c", [5]), ("a", [2]), ("c", [6]), ("a", [3])]
    assert [target for target, _slots in parts.take_turns(found, 1, one)] == ["b", "c", "a", "c", "a", "a"]
    assert list(parts.take_turns([("a", [])], 0, one)) == []


def test_the_pace_goes_by_how_long_clients_waited():
    pace = parts.Pace()
    assert [pace.took(0.001) or pace.commands for _turn in range(5)] == [2, 4, 8, 16, 16]
    assert [pace.took(0.003) or pace.commands for _turn in range(5)] == [8, 4, 2, 1, 1]


def test_a_slots_keys_are_cut_by_count_and_size():
    keys = [b"%d" % number for number in range(450)]
    assert [(slot, len(part), size) for slot, part, size in parts.cut(7, keys, [1] * 450)] == [(7, 200, 200), (7, 200, 200), (7, 50, 50)]
    # 64 KiB at a stretch; a larger one goes alone
    assert [part for _slot, part, _size in parts.cut(7, keys[:4], [40000, 25536, 70000, 1])] == [keys[:2], keys[2:3], keys[3:4]]
    assert list(parts.cut(7, [], [])) == []
