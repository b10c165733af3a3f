# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hash slots: who gets which, and which ones move. Pure functions over names and slot numbers.

Source: Redis Cluster specification, "Key distribution model".
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

SLOTS = 16384
#: so many runs of slots are in a message at most
_BRIEF = 12
#: ``{name: slots}``, for masters only
Owned = Mapping[str, AbstractSet[int]]


@dataclass(frozen=True)
class Move:
    """Slots (a sorted tuple) that go from one master to another, both by name."""

    source: str
    target: str
    slots: tuple[int, ...]


def divide(count: int) -> list[range]:
    """Trove's division for `count` masters: a list of ranges, contiguous from 0; the first ``16384 % count`` have one slot more."""
    share, extra = divmod(SLOTS, count)
    starts = [number * share + min(number, extra) for number in range(count + 1)]
    return [range(start, end) for start, end in zip(starts, starts[1:])]


def divide_among(slots: Iterable[int], names: Sequence[str]) -> dict[str, frozenset[int]]:
    """As many slots as can be of each run together, and as even as can be: ``{name: slots}``."""
    ordered = sorted(slots)
    share, extra = divmod(len(ordered), len(names) or 1)
    starts = [number * share + min(number, extra) for number in range(len(names) + 1)]
    return {name: frozenset(ordered[start:end]) for name, start, end in zip(names, starts, starts[1:])}


def spell(slots: Iterable[int]) -> str:
    """Slots as redis-cli writes them, e.g. ``0-5460,5470``; an empty text for none."""
    return ",".join(str(first) if first == last else f"{first}-{last}" for first, last in runs(slots))


def parse(spelled: str) -> frozenset[int]:
    """The slots that `spell` has spelled."""
    ends = [(first, last or first) for first, _dash, last in (part.partition("-") for part in spelled.split(",") if part)]
    return frozenset(slot for first, last in ends for slot in range(int(first), int(last) + 1))


def brief(slots: Iterable[int]) -> str:
    """Slots for a message: like `spell`, and of scattered ones the first few and how many there are, so that 994 do not fill the screen."""
    found = set(slots)
    text = shorten(spell(found))
    return f"{text} ({len(found)} slots in all)" if text.endswith("…") else text


def shorten(spelled: str) -> str:
    """Of slots as `spell` has them, the first few runs."""
    parts = spelled.split(",")
    return spelled if len(parts) <= _BRIEF else f"{','.join(parts[:_BRIEF])}, …"


def runs(slots: Iterable[int]) -> list[tuple[int, int]]:
    """The runs of consecutive slots: a list of (first, last)."""
    found: list[tuple[int, int]] = []
    for slot in sorted(slots):
        if found and found[-1][1] == slot - 1:
            found[-1] = (found[-1][0], slot)
        else:
            found.append((slot, slot))
    return found


def quotas(owned: Owned, weights: Mapping[str, float]) -> dict[str, int]:
    """How many slots each should have by its weight: ``{name: count}``, as many in all as are owned.

    What division leaves over goes to the largest remainders, and among equal ones to who owns more, so that a balanced
    cluster stays as it is.

    :param weights: ``{name: number >= 0}`` for every name in `owned`, at least one above 0
    """
    total, weight = sum(map(len, owned.values())), math.fsum(weights.values())
    exact = {name: total * weights[name] / weight for name in owned}
    counts = {name: math.floor(value) for name, value in exact.items()}
    order = sorted((name for name in owned if weights[name]), key=lambda name: (counts[name] - exact[name], -len(owned[name]), name))
    for name in order[: total - sum(counts.values())]:
        counts[name] += 1
    return counts


def only(owned: Owned, counts: Mapping[str, int], named: Collection[str]) -> dict[str, int]:
    """How many slots each has when only the named ones get what `counts` gives them: ``{name: count}``, as many in all as are owned.

    Of the others those give first that have the most beyond their count, and those get first that lack the most.
    """
    after = {name: counts[name] if name in named else len(slots) for name, slots in owned.items()}
    rest = [name for name in owned if name not in named]
    lacking = sum(map(len, owned.values())) - sum(after.values())
    step = 1 if lacking > 0 else -1
    heap = [((after[name] - counts[name]) * step, name) for name in rest]
    heapq.heapify(heap)
    for _slot in range(abs(lacking) if heap else 0):
        beyond, name = heap[0]
        after[name] += step
        heapq.heapreplace(heap, (beyond + 1, name))
    return after


def drained(owned: Owned, leaving: Collection[str]) -> dict[str, int]:
    """How many slots each has after the leaving ones gave theirs away: the survivors as even as can be, none gives any."""
    survivors = [(len(slots), name) for name, slots in owned.items() if name not in leaving]
    heapq.heapify(survivors)
    for _slot in range(sum(len(owned[name]) for name in leaving if name in owned)):
        count, name = survivors[0]
        heapq.heapreplace(survivors, (count + 1, name))
    return {**dict.fromkeys(owned, 0), **{name: count for count, name in survivors}}


def moves(owned: Owned, counts: Mapping[str, int]) -> list[Move]:
    """The fewest moves from what is owned to these counts: a list of Move.

    Each source gives its highest slots, so that what it keeps stays in few ranges.
    """
    surplus = {name: sorted(slots)[counts[name]:] for name, slots in owned.items() if len(slots) > counts[name]}
    needs = {name: counts[name] - len(slots) for name, slots in owned.items() if len(slots) < counts[name]}
    found = []
    for source, slots in surplus.items():
        while slots:
            target = next(name for name, need in needs.items() if need)
            given, slots = slots[: needs[target]], slots[needs[target]:]
            needs[target] -= len(given)
            found.append(Move(source, target, tuple(given)))
    return found


def after(owned: Owned, planned: Iterable[Move]) -> dict[str, set[int]]:
    """What is owned when these moves were created."""
    result = {name: set(slots) for name, slots in owned.items()}
    for move in planned:
        result[move.source] -= set(move.slots)
        result[move.target] |= set(move.slots)
    return result
