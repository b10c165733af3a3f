# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The keys of slots, weighed one by one: how many bytes slots hold, and which values are large. The servers add up, so that few replies are to be read."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from ..rules.big_values import LARGE, Value
from ..rules.moves import Size
from .connection import Node, NodeError
from .sizes import expect, measure

#: keys of a slot that the server weighs at once; it serves nobody else meanwhile, about a millisecond
_AT_ONCE = 500
#: keys of one slot that are listed at all; beyond, a slot is weighed by these
_LISTED = 50_000
#: slots in one go
_SLOTS = 64
#: seconds after which the rest is estimated by what was weighed
_PATIENCE = 60
_WEIGH = """
local keys = redis.call('CLUSTER', 'GETKEYSINSLOT', ARGV[1], ARGV[2])
local sum, large = 0, {}
for at = 1, #keys do
  local size = redis.call('MEMORY', 'USAGE', keys[at])
  if size then
    sum = sum + size
    if size >= tonumber(ARGV[3]) then large[#large + 1] = keys[at]; large[#large + 1] = size end
  end
end
return {#keys, sum, large}
"""


@dataclass(frozen=True)
class Weight:
    """What slots hold.

    :ivar size: keys are counted; bytes are those of the keys that were weighed, and in proportion for the others
    :ivar large: the large values among those that were weighed
    :ivar unweighed: how many keys were not
    """

    size: Size
    large: Sequence[Value]
    unweighed: int


def weigh(node: Node, slots: Sequence[int], patience: float = _PATIENCE) -> Weight:
    """Weigh the keys of slots."""
    counts = expect(node, slots)
    filled = [slot for slot in slots if counts[slot]]
    deadline, seen, total = time.monotonic() + patience, 0, 0
    large: list[Value] = []
    for part in _parts(filled, counts):
        if time.monotonic() >= deadline:
            break
        for keys, weight, found in _weigh(node, {slot: counts[slot] for slot in part}):
            seen, total = seen + keys, total + weight
            large += [Value(node.name, key, size) for key, size in found]
    keys = sum(counts.values())
    return Weight(Size(keys, round(total * max(keys, seen) / seen) if seen else 0), large, max(keys - seen, 0))


def _parts(slots: Sequence[int], counts: Mapping[int, int]) -> Iterator[list[int]]:
    """What is weighed in one go: so few slots, and keys, that clients do not notice."""
    part: list[int] = []
    keys = 0
    for slot in slots:
        if part and (len(part) == _SLOTS or keys + counts[slot] > _AT_ONCE):
            yield part
            part, keys = [], 0
        part.append(slot)
        keys += counts[slot]
    if part:
        yield part


def _weigh(node: Node, counts: dict[int, int]) -> list[tuple[int, int, list[tuple[bytes, int]]]]:
    """(keys, bytes, large ones with their bytes) of each slot."""
    small = [slot for slot, keys in counts.items() if keys <= _AT_ONCE]
    replies = node.calls([("EVAL", _WEIGH, 0, slot, _AT_ONCE, LARGE) for slot in small], check=False)
    found = []
    crowded = [slot for slot, keys in counts.items() if keys > _AT_ONCE]
    for slot, reply in zip(small, replies):
        if isinstance(reply, NodeError):
            # Scripts may be forbidden to the account.
            crowded.append(slot)
        else:
            found.append((int(reply[0]), int(reply[1]), list(zip(reply[2][::2], reply[2][1::2]))))
    return found + [_listed(node, slot) for slot in crowded]


def _listed(node: Node, slot: int) -> tuple[int, int, list[tuple[bytes, int]]]:
    keys = node.call("CLUSTER", "GETKEYSINSLOT", slot, _LISTED)
    sizes = measure(node, keys)
    return len(keys), sum(sizes), [(key, size) for key, size in zip(keys, sizes) if size >= LARGE]
