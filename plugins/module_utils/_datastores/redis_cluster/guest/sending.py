# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Send the keys of slots from their source to their target: in batches that keep nobody waiting for long, and those that cannot be sent are named."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from .connection import Node, NodeError, Words
from .parts import BYTES, KEYS, Batch, Pace, cut
from .sizes import count, measure

#: keys of a slot that are asked for at once
_FETCH = 1000
#: keys of a slot whose size is looked at, to know whether all have to be
_SAMPLE = 2
#: a source that waits for its target answers nobody meanwhile, and must not be held for failed: all MIGRATEs of a stretch together are given up after this
#: share of the node timeout, which is raised before for values that need longer; and after so many seconds where all is small
_SHARE, MIGRATE = 0.5, 60
#: how often a MIGRATE is tried whose target did not answer in time, and seconds between
_TRIES, _PAUSE = 4, 1.0
#: so many keys, of about so many bytes, may be on a target whose replicas have not proven that they have them: what a target's loss can cost
_UNPROVEN_KEYS, _UNPROVEN_BYTES = 400, 256 * 1024
#: errors that are no fault of a key
_OF_STATE = re.compile("MOVED|ASK|TRYAGAIN|CLUSTERDOWN|READONLY|LOADING|MASTERDOWN|MISCONF|NOAUTH|WRONGPASS|NOPERM|NOREPLICAS|BUSY ")
#: after so many rounds in which the keys became no fewer, carrying is given up
_ROUNDS = 20


class Sender:
    """What carries keys from one source to one target.

    What the source holds is what clients see while it owns the slot, so REPLACE can only overwrite what an interrupted MIGRATE has left.

    :param place: address and port by which the source reaches the target
    :param auth: the words of MIGRATE that name its account there
    :param node_timeout: milliseconds of silence after which others fail the source over
    :param pace: of this source, whatever the target
    :param prove: waits until the target's replicas have what arrived on it
    :ivar stuck: slots that cannot be moved: ``{slot: {key: why}}``
    """

    def __init__(
        self, source: Node, target: Node, place: tuple[str, int], auth: Words, node_timeout: int, pace: Pace, prove: Callable[[], None]
    ):
        self.source, self.target, self.place, self.auth = source, target, place, auth
        self.node_timeout, self.pace, self.prove = node_timeout, pace, prove
        self.stuck: dict[int, dict[bytes, str]] = {}
        self.unproven_keys = self.unproven_bytes = 0

    def carry(self, slots: Sequence[int]) -> int:
        """Carry the keys of slots until the source holds none, but for those of slots that cannot be moved; how many were carried.

        :raises NodeError: at any trouble that is no single key's fault
        """
        carried, tries = 0, _ROUNDS
        before: int | None = None
        while True:
            counts = {slot: keys for slot, keys in count(self.source, slots).items() if keys and slot not in self.stuck}
            if not counts:
                return carried
            left = sum(counts.values())
            tries = _ROUNDS if before is None or left < before else tries - 1
            before = left
            if not tries:
                raise NodeError(f"{self.source.name} still holds {left} keys after {_ROUNDS} more rounds of MIGRATE, e.g. of slot {min(counts)}.")
            found = zip(counts, self.source.calls([("CLUSTER", "GETKEYSINSLOT", slot, _FETCH) for slot in counts]))
            for stretch in self._stretches({slot: keys for slot, keys in found if keys}):
                self._migrate(stretch)
                carried += sum(len(keys) for _slot, keys, _size in stretch)
                self._prove(stretch)

    def _prove(self, stretch: Sequence[Batch]) -> None:
        """A source deletes a key as soon as the target has it, and so a target that is lost before its replicas have it takes it along."""
        self.unproven_keys += sum(len(keys) for _slot, keys, _size in stretch)
        self.unproven_bytes += sum(size for _slot, _keys, size in stretch)
        if self.unproven_keys >= _UNPROVEN_KEYS or self.unproven_bytes >= _UNPROVEN_BYTES:
            self.prove()
            self.unproven_keys = self.unproven_bytes = 0

    def _stretches(self, found: Mapping[int, list[bytes]]) -> Iterator[list[Batch]]:
        """What is carried at a stretch, a batch in one MIGRATE each.

        :param found: ``{slot: keys}``
        """
        stretch: list[Batch] = []
        for batch in self._batches(found):
            full = len(stretch) >= self.pace.commands or sum(len(keys) for _slot, keys, _size in [*stretch, batch]) > KEYS
            if stretch and (full or sum(size for _slot, _keys, size in [*stretch, batch]) > BYTES):
                yield stretch
                stretch = []
            stretch.append(batch)
        if stretch:
            yield stretch

    def _batches(self, found: Mapping[int, list[bytes]]) -> Iterator[Batch]:
        """Each slot's keys in batches; where a sample says that they may be too many bytes, every key is measured."""
        samples = [(slot, key) for slot, keys in found.items() for key in keys[:_SAMPLE]]
        largest = dict.fromkeys(found, 0)
        for (slot, _key), size in zip(samples, measure(self.source, [key for _slot, key in samples])):
            largest[slot] = max(largest[slot], size)
        for slot, keys in found.items():
            heavy = largest[slot] * min(len(keys), KEYS) > BYTES
            sizes = measure(self.source, keys) if heavy else [largest[slot]] * len(keys)
            yield from cut(slot, keys, sizes)

    def _migrate(self, stretch: Sequence[Batch]) -> None:
        """Carry keys, each reply looked at. NOKEY says that all keys of one MIGRATE have expired or were deleted meanwhile."""
        stretch = [batch for batch in stretch if batch[0] not in self.stuck]
        began = time.monotonic()
        replies = self._told([(keys, size) for _slot, keys, size in stretch])
        self.pace.took(time.monotonic() - began)
        for (slot, keys, size), reply in zip(stretch, replies):
            if reply not in (b"OK", b"NOKEY"):
                self._one_by_one(slot, keys, size)

    def _told(self, batches: Sequence[tuple[Sequence[bytes], int]]) -> list[Any]:
        """The replies to a MIGRATE for each batch of keys."""
        sizes = [size for _keys, size in batches]
        patience = self._patience(max(sizes, default=0), len(batches))
        return self.source.calls([("MIGRATE", *self.place, "", 0, patience, "REPLACE", *self.auth, "KEYS", *keys) for keys, _size in batches], check=False)

    def _one_by_one(self, slot: int, keys: Sequence[bytes], size: int) -> None:
        """Find the key that was not taken, and carry the others. A target that was only late gets some time."""
        for key in keys:
            if slot in self.stuck:
                return
            for turn in range(_TRIES):
                (reply,) = self._told([([key], size)])
                if reply in (b"OK", b"NOKEY"):
                    break
                if not isinstance(reply, NodeError) or _OF_STATE.search(reply.message):
                    raise NodeError(f"{self.source.name} answered {reply!s} to MIGRATE of slot {slot} to {self.target.name}")
                # Who does not answer us either is not there: that is no fault of the key.
                self.target.call("PING")
                if "IOERR" not in reply.message or turn == _TRIES - 1:
                    self.stuck.setdefault(slot, {})[key] = reply.message
                    break
                time.sleep(_PAUSE)

    def _patience(self, size: int, commands: int) -> int:
        """Milliseconds until a MIGRATE is given up, where so many follow each other of which the largest has so many bytes."""
        together = self.node_timeout * _SHARE
        if size <= BYTES:
            together = min(together, MIGRATE * 1000)
        return max(round(together / max(commands, 1)), 1)
