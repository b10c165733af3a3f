# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How slots are parted for the move."""

from __future__ import annotations

from ansible_collections.stackdb.trove.plugins.module_utils._datastores.redis_cluster.guest import parts


def test_windows_are_of_so_many_slots_with_so_many_keys():
    assert parts.windows([], {}) == []
    assert [len(found) for found in parts.windows(range(1100), dict.fromkeys(range(1100), 0))] == [512, 512, 76]
    assert parts.windows([1, 2, 3, 4], {1: 3999, 2: 1, 3: 1, 4: 9000}) == [[1, 2], [3], [4]]


def test_targets_take_turns():
    found = [("a", [[1], [2], [3]]), ("b", [[4]]), ("c", [[5], [6]])]
    assert list(parts.take_turns(found, 0)) == [("a", [1]), ("b", [4]), ("c", [5]), ("a", [2]), ("c", [6]), ("a", [3])]
    assert [target for target, _slots in parts.take_turns(found, 1)] == ["b", "c", "a", "c", "a", "a"]


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
