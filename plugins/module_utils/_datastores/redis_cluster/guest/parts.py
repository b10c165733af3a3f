# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is carried of slots at a time: windows of slots, batches of keys, and how many of these at a stretch. Nothing here talks to a node."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping, Sequence

#: a slot, keys of it, and about how many bytes these have
Batch = tuple[int, list[bytes], int]

#: so many slots of a source, with about so many keys, are under way at once; the keys bound how long a slot stays half moved
_WINDOW_SLOTS, _WINDOW_KEYS = 512, 4000
#: what a source carries at a stretch: at most so many keys, about so many bytes, and so many MIGRATEs, each of one slot. Both
#: nodes serve nobody else meanwhile, so a stretch is to take no longer than so many seconds
KEYS, BYTES, _COMMANDS, _STRETCH = 200, 64 * 1024, 16, 0.002


def windows(slots: Sequence[int], counts: Mapping[int, int]) -> list[list[int]]:
    """The slots in windows of at most so many, with about so many keys: a list of lists.

    :param counts: ``{slot: keys}``
    """
    found: list[list[int]] = []
    keys = 0
    for slot in slots:
        if not found or len(found[-1]) == _WINDOW_SLOTS or keys + counts[slot] > _WINDOW_KEYS:
            found.append([])
            keys = 0
        found[-1].append(slot)
        keys += counts[slot]
    return found


def take_turns(parts: Sequence[tuple[str, Sequence[list[int]]]], first: int) -> Iterator[tuple[str, list[int]]]:
    """(target, window) of each target in turn; sources that begin with different ones are less in each other's way.

    :param parts: ``[(target, windows)]``
    :param first: which of the parts begins
    """
    waiting = deque((target, deque(found)) for target, found in parts)
    waiting.rotate(-first)
    while waiting:
        target, found = waiting.popleft()
        yield target, found.popleft()
        if found:
            waiting.append((target, found))


class Pace:
    """How many MIGRATEs a source gets at a stretch: more while they are quick, fewer when clients would have to wait for them."""

    def __init__(self) -> None:
        self.commands = 1

    def took(self, seconds: float) -> None:
        self.commands = max(self.commands // 2, 1) if seconds > _STRETCH else min(self.commands * 2, _COMMANDS)


def cut(slot: int, keys: Sequence[bytes], sizes: Sequence[int]) -> Iterator[Batch]:
    """A slot's keys in batches of allowed count and size; a key that is larger goes alone."""
    part: list[bytes] = []
    filled = 0
    for key, size in zip(keys, sizes):
        if part and (len(part) == KEYS or filled + size > BYTES):
            yield slot, part, filled
            part, filled = [], 0
        part.append(key)
        filled += size
    if part:
        yield slot, part, filled
