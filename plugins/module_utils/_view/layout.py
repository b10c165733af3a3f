# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the members of a group stand, and where the lines between them run. Pure; in pixels, from the upper left corner of the group.

By kind: on a line that connects all (Galera), below the one that is followed (Redis), beside it (a source with replicas, a chain), in a circle (a ring), in a
column with arcs (anything else), or side by side.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from .placed import ABOVE, ACROSS, APART_ROWS, BELOW, GAP, INDENT, LABEL, WIDTH, Label, Path, Placed, columns
from .scene import APART, ARCS, BAD, BUS, RING, SHARDS, TREE, Group, Link


def place(group: Group, height: float) -> Placed:
    """
    :param height: of each card
    """
    ways: dict[str, Callable[[Group, float], Placed]] = {BUS: _bus, SHARDS: _shards, TREE: _tree, RING: _ring, ARCS: _arcs, APART: _apart}
    return ways[group.kind](group, height)


def _apart(group: Group, height: float) -> Placed:
    placed, across = Placed(), columns(len(group.cards))
    for number, card in enumerate(group.cards):
        placed.put(card, number % across * (WIDTH + GAP), number // across * (height + GAP), height)
    return placed


def _bus(group: Group, height: float) -> Placed:
    """A line above each row, to which each member is connected, and one at the left that connects the rows."""
    placed, across, stub = Placed(), columns(len(group.cards)), 20.0
    for number, card in enumerate(group.cards):
        row, column = divmod(number, across)
        box = placed.put(card, GAP + column * (WIDTH + GAP), stub + row * (height + stub + GAP), height)
        placed.paths.append(Path(((box.middle[0], box.y - stub), (box.middle[0], box.y)), card.state, arrow=False))
    tops = sorted({box.y - stub for box in placed.boxes})
    for top in tops:
        ends = [box.middle[0] for box in placed.boxes if box.y - stub == top]
        begin = 0.0 if len(tops) > 1 else min(ends)
        placed.paths.insert(0, Path(((begin, top), (max(ends), top)), group.state, arrow=False))
    if len(tops) > 1:
        placed.paths.insert(0, Path(((0.0, tops[0]), (0.0, tops[-1])), group.state, arrow=False))
    return placed


def _shards(group: Group, height: float) -> Placed:
    """Columns of masters, the replicas of each below it, a little to the right."""
    placed, below = Placed(), _below(group.links)
    heads = [card for card in group.cards if not any(link.target == card.name for link in group.links)]
    states = {link.target: link for link in group.links}
    cards = {card.name: card for card in group.cards}
    # two that follow each other have no head
    heads += [card for card in group.cards if not _reached(card.name, [head.name for head in heads], below)]
    across, column = columns(len(heads)), WIDTH + (INDENT if group.links else 0) + GAP
    top = 0.0
    for start in range(0, len(heads), across):
        deepest = 0
        for number, head in enumerate(heads[start : start + across]):
            x, rows = number * column, _listed(head.name, below)
            deepest = max(deepest, len(rows))
            for row, name in enumerate(rows):
                placed.put(cards[name], x + (INDENT if row else 0), top + row * (height + BELOW), height)
            for name in rows[1:]:
                _hang(placed, states[name], x + INDENT / 2)
        top += deepest * (height + BELOW) - BELOW + APART_ROWS
    return placed


def _hang(placed: Placed, link: Link, x: float) -> None:
    """From below the master down its left side, and into the replica."""
    source, target = placed.box(link.source), placed.box(link.target)
    start = source.bottom if source.x < target.x else source.y + source.height * 0.75
    placed.paths.append(Path(((x, start), (x, target.middle[1]), (target.x, target.middle[1])), link.state))
    placed.labels.append(Label(target.x, target.y - ABOVE, link.text, link.state, WIDTH))


def _below(links: Sequence[Link]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for link in links:
        found.setdefault(link.source, []).append(link.target)
    return found


def _listed(name: str, below: Mapping[str, Sequence[str]]) -> list[str]:
    found = [name]
    for one in found:
        found.extend(other for other in below.get(one, ()) if other not in found)
    return found


def _reached(name: str, heads: Sequence[str], below: Mapping[str, Sequence[str]]) -> bool:
    return any(name in _listed(head, below) for head in heads)


def _tree(group: Group, height: float) -> Placed:
    """From left to right, each in the middle before those that follow it."""
    placed, below = Placed(), _below(group.links)
    cards = {card.name: card for card in group.cards}
    roots = [card.name for card in group.cards if not any(link.target == card.name for link in group.links)] or [group.cards[0].name]
    done: set[str] = set()
    free = 0.0

    def put(name: str, level: int) -> float:
        """The middle of the one that was put."""
        nonlocal free
        done.add(name)
        middles = [put(other, level + 1) for other in below.get(name, ()) if other not in done]
        if not middles:
            middles = [free + height / 2]
            free += height + GAP
        middle = (middles[0] + middles[-1]) / 2
        placed.put(cards[name], level * (WIDTH + ACROSS), middle - height / 2, height)
        return middle

    for name in roots:
        put(name, 0)
    for card in group.cards:
        if card.name not in done:
            put(card.name, 0)
    # what is wrong is drawn last, and so is on top where lines run together
    for link in sorted(group.links, key=lambda link: link.state == BAD):
        _beside(placed, link)
    return placed


def _beside(placed: Placed, link: Link) -> None:
    """Out of the right side, up or down, and into the left side, with what is said above the last part."""
    source, target = placed.box(link.source), placed.box(link.target)
    if target.x <= source.x:
        _arc(placed, link)
        return
    turn = target.x - ACROSS + 24
    start, end = (source.right, source.middle[1]), (target.x, target.middle[1])
    placed.paths.append(Path((start, (turn, start[1]), (turn, end[1]), end), link.state))
    placed.labels.append(Label(turn + 6, end[1] - ABOVE, link.text, link.state, ACROSS - 24 - 18))


def _ring(group: Group, height: float) -> Placed:
    """To the right along the upper row, and back along the lower one, which ends below the second where their number is odd."""
    placed, count = Placed(), len(group.cards)
    upper, down = (count + 1) // 2 if count > 2 else count, 64.0
    for number, card in enumerate(group.cards):
        back = number >= upper
        column = 2 * upper - 1 - number if back else number
        placed.put(card, column * (WIDTH + ACROSS), (height + down) if back else 0.0, height)
    for link in group.links:
        _around(placed, link, count)
    return placed


def _around(placed: Placed, link: Link, count: int) -> None:
    source, target = placed.box(link.source), placed.box(link.target)
    names = [box.card.name for box in placed.boxes]
    if (names.index(link.source) + 1) % count != names.index(link.target):
        _arc(placed, link)
        return
    (from_x, from_y), (to_x, to_y) = source.middle, target.middle
    if source.y == target.y:
        right = from_x < to_x
        shift = 14.0 if count == 2 else 0.0
        y = from_y - shift if right else from_y + shift
        ends = ((source.right, y), (target.x, y)) if right else ((source.x, y), (target.right, y))
        placed.paths.append(Path(ends, link.state))
        label_y = y - ABOVE if right else y + LABEL + ABOVE
        placed.labels.append(Label((ends[0][0] + ends[1][0]) / 2, label_y, link.text, link.state, ACROSS - 24, centred=True))
        return
    if from_x == to_x:
        ends = ((from_x, source.bottom), (to_x, target.y)) if from_y < to_y else ((from_x, source.y), (to_x, target.bottom))
        placed.paths.append(Path(ends, link.state))
        placed.labels.append(Label(from_x + 8, (ends[0][1] + ends[1][1]) / 2 + 4, link.text, link.state, WIDTH / 2))
        return
    placed.paths.append(Path(((source.x, from_y), (to_x, from_y), (to_x, target.bottom)), link.state))
    placed.labels.append(Label(to_x + 8, from_y - ABOVE, link.text, link.state, WIDTH / 2))


def _arcs(group: Group, height: float) -> Placed:
    placed = Placed()
    for number, card in enumerate(group.cards):
        placed.put(card, 0.0, number * (height + GAP), height)
    for link in group.links:
        _arc(placed, link)
    return placed


def _arc(placed: Placed, link: Link) -> None:
    """From the right side of one to the right side of the other, the wider the farther they are."""
    source, target = placed.box(link.source), placed.box(link.target)
    away = 14.0 if source.middle[1] <= target.middle[1] else -14.0
    start, end = (source.right, source.middle[1] + away), (target.right, target.middle[1] - away)
    bend = 40.0 + abs(end[1] - start[1]) / 4
    placed.paths.append(Path((start, end), link.state, bend=bend))
    placed.width = max(placed.width, max(start[0], end[0]) + bend)
