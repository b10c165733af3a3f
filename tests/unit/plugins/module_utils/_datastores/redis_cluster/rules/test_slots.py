# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Slots: Trove's division, weights, the fewest moves, an even drain."""

from __future__ import annotations

import random

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.redis_cluster.rules import slots as redis_slots
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.redis_cluster.rules.slots import SLOTS, Move


def divided(count: int) -> dict[str, set[int]]:
    return {f"m{number}": set(share) for number, share in enumerate(redis_slots.divide(count), 1)}


def test_three_masters_get_what_trove_gives() -> None:
    assert [redis_slots.spell(share) for share in redis_slots.divide(3)] == ["0-5461", "5462-10922", "10923-16383"]


@pytest.mark.parametrize("count", [1, 2, 3, 5, 7, 12, 1000])
def test_division_covers_every_slot_once(count: int) -> None:
    shares = redis_slots.divide(count)
    assert [slot for share in shares for slot in share] == list(range(SLOTS))
    sizes = [len(share) for share in shares]
    assert max(sizes) - min(sizes) <= 1
    assert sizes == sorted(sizes, reverse=True)


def test_spell() -> None:
    assert redis_slots.spell([]) == ""
    assert redis_slots.spell([3, 1, 2, 7, 16383]) == "1-3,7,16383"


def test_brief() -> None:
    assert redis_slots.brief([]) == ""
    assert redis_slots.brief(range(994)) == "0-993"
    assert redis_slots.brief(range(0, 24, 2)) == "0,2,4,6,8,10,12,14,16,18,20,22"
    assert redis_slots.brief(range(0, 1988, 2)) == "0,2,4,6,8,10,12,14,16,18,20,22, … (994 slots in all)"


def test_empty_master_gets_its_share_from_all_and_nobody_else_gains() -> None:
    owned = {**divided(3), "m4": set()}
    moves = redis_slots.moves(owned, redis_slots.quotas(owned, dict.fromkeys(owned, 1)))
    assert {move.source for move in moves} == {"m1", "m2", "m3"}
    assert {move.target for move in moves} == {"m4"}
    assert sum(len(move.slots) for move in moves) == SLOTS // 4
    assert {len(slots) for slots in redis_slots.after(owned, moves).values()} == {4096}


def test_balanced_stays_as_it_is_whoever_has_the_odd_slots() -> None:
    owned = divided(3)
    owned["m3"].add(owned["m1"].pop())  # now m3 has one more, in place of m1
    assert redis_slots.moves(owned, redis_slots.quotas(owned, dict.fromkeys(owned, 1))) == []


def test_weights() -> None:
    owned = divided(3)
    counts = redis_slots.quotas(owned, {"m1": 2, "m2": 1, "m3": 1})
    assert counts == {"m1": 8192, "m2": 4096, "m3": 4096}
    assert redis_slots.quotas(owned, {"m1": 0, "m2": 0.5, "m3": 0.5}) == {"m1": 0, "m2": 8192, "m3": 8192}


def test_drain_fills_the_emptiest_first_and_takes_from_no_survivor() -> None:
    owned = {"a": set(range(8000)), "b": set(range(8000, 12000)), "c": set(), "d": set(range(12000, SLOTS))}
    counts = redis_slots.drained(owned, ["d"])
    assert counts == {"a": 8000, "b": 4192, "c": 4192, "d": 0}
    moves = redis_slots.moves(owned, counts)
    assert {move.source for move in moves} == {"d"}


def test_moves_and_counts_agree_for_any_start() -> None:
    chance = random.Random(7)
    for _round in range(20):
        names = [f"m{number}" for number in range(chance.randint(2, 9))]
        owned: dict[str, set[int]] = {name: set() for name in names}
        for slot in range(SLOTS):
            owned[chance.choice(names)].add(slot)
        counts = redis_slots.quotas(owned, {name: chance.choice([0.5, 1, 3]) for name in names})
        moves = redis_slots.moves(owned, counts)
        result = redis_slots.after(owned, moves)
        assert {name: len(slots) for name, slots in result.items()} == counts
        assert sum(len(move.slots) for move in moves) == sum(max(len(owned[name]) - counts[name], 0) for name in names)
        assert len(moves) < 2 * len(names)


def test_after() -> None:
    assert redis_slots.after({"a": {1, 2}, "b": set()}, [Move("a", "b", (2,))]) == {"a": {1}, "b": {2}}


@pytest.mark.parametrize("seed", range(30))
def test_only_the_named_get_their_share_and_the_others_come_no_further_from_theirs(seed: int) -> None:
    chance = random.Random(seed)
    names = [f"m{number}" for number in range(chance.randint(2, 7))]
    owned: dict[str, set[int]] = {name: set() for name in names}
    for slot in range(SLOTS):
        owned[chance.choice(names[: chance.randint(1, len(names))])].add(slot)
    counts = redis_slots.quotas(owned, {name: chance.choice([0.5, 1, 1, 3]) for name in names})
    named = chance.sample(names, chance.randint(1, len(names)))
    found = redis_slots.only(owned, counts, named)
    assert sum(found.values()) == SLOTS
    assert all(found[name] == counts[name] for name in named)
    changes = [found[name] - len(owned[name]) for name in names if name not in named]
    assert min(found.values()) >= 0
    assert not (any(change > 0 for change in changes) and any(change < 0 for change in changes))
