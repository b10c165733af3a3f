# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is carried of slots at a time: windows of slots, batches of keys, and how many of these at a stretch. Nothing here talks to a node."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence

#: a slot, keys of it, and about how many bytes these have
Batch = tuple[int, list[bytes], int]

#: how many slots are open at once at most, and at least and at most how many with their keys
_SLOTS, _LEAST, _MOST = 512, 64, 4096
#: seconds for which they are to be; and where the servers' own answers take longer, as those of replicas do, so many times as long as these, up to so many
_OPEN, _TIMES, _LONGEST = 0.02, 2, 0.1
#: what a source carries at a stretch: at most so many keys, about so many bytes, and so many MIGRATEs, each of one slot. Both
#: nodes serve nobody else meanwhile, so a stretch is to take no longer than so many seconds
KEYS, BYTES, _COMMANDS, _STRETCH = 200, 64 * 1024, 16, 0.002


def take_turns(parts: Sequence[tuple[str, Sequence[int]]], first: int, window: Callable[[deque[int]], list[int]]) -> Iterator[tuple[str, list[int]]]:
    """(target, slots) of each target in turn; sources that begin with different ones are less in each other's way.

    :param parts: ``[(target, slots)]``
    :param first: which of the parts begins
    :param window: takes some of the slots that wait
    """
    waiting = deque((target, deque(slots)) for target, slots in parts)
    waiting.rotate(-first)
    while waiting:
        target, slots = waiting.popleft()
        if slots:
            yield target, window(slots)
            waiting.append((target, slots))


class Window:
    """How many slots of a source are open at once.

    From when the source migrates a slot until the target owns it, a command on several keys of it that are not there yet gets TRYAGAIN (Redis cluster
    specification, "ASK redirection"), and clients try it again for a short time only: redis-py 8.1 for some 150 ms. So slots are to be open for about
    `_OPEN` seconds. Fewer of them do not help where it is not their number that takes the time; what the shortest took says how much that is.

    :ivar load: slots and their keys together, of which one takes about as long as the other
    """

    def __init__(self) -> None:
        self.load, self._shortest = _LEAST, _LONGEST

    def take(self, waiting: deque[int], counts: Mapping[int, int]) -> list[int]:
        """Take slots from the left, at least one.

        :param counts: ``{slot: keys}``
        """
        found: list[int] = []
        left = self.load
        while waiting and len(found) < _SLOTS:
            left -= 1 + counts[waiting[0]]
            if found and left < 0:
                break
            found.append(waiting.popleft())
        return found

    def took(self, seconds: float) -> None:
        """Adapt to how long the last one was open."""
        self._shortest = min(self._shortest, seconds)
        allowed = min(max(_OPEN, _TIMES * self._shortest), _LONGEST)
        self.load = max(self.load // 2, _LEAST) if seconds > allowed else min(self.load * 2, _MOST)


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
