# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The slots of a Redis Cluster, as a line of spans. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from .._model.standing import ALL_SLOTS
from .scene import Span


def spans(owned: Mapping[str, tuple[str, int]]) -> Iterator[Span]:
    """All slots in their order, those without an owner, too.

    :param owned: ``{name: (slots as 0-99,200, number of the shard)}``
    """
    pieces = sorted((low, high, name, shard) for name, (slots, shard) in owned.items() for low, high in ranges(slots))
    at = 0
    for low, high, name, shard in pieces:
        if low > at:
            yield Span(at, low - 1, None, None)
        # what two claim is shown as the first one's
        if high >= at:
            yield Span(max(low, at), high, name, shard)
            at = high + 1
    if at < ALL_SLOTS:
        yield Span(at, ALL_SLOTS - 1, None, None)


def ranges(slots: str) -> list[tuple[int, int]]:
    """``[(first, last)]`` of a text such as ``0-99,200``."""
    pairs = (part.partition("-") for part in slots.replace(" ", ",").split(",") if part)
    return [(int(low), int(high or low)) for low, _dash, high in pairs]


def first(slots: str) -> int:
    return min((low for low, _high in ranges(slots)), default=ALL_SLOTS)
