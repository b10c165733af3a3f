# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One member's card in SVG: its name, status and role, what is wrong, its hypervisor and how full its volume is. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from xml.sax.saxutils import escape

from . import text_width
from .palette import SHARDS
from .placed import Box
from .scene import BAD, WARN, Card

LEFT, RIGHT = 16.0, 12.0
NAME, TEXT, SMALL = 14.0, 12.0, 11.0
_FIRST, _LINE, _FOOT = 24.0, 18.0, 34.0
#: lines for what is wrong, where there is a member with something
_WRONG = 2
_BAR = 96.0


def card_height(cards: Iterable[Card]) -> float:
    """Of all cards of a picture, so that those beside each other are alike."""
    every = list(cards)
    lines = max((len(card.lines) for card in every), default=0)
    wrong = _WRONG if any(card.wrong for card in every) else 0
    return _FIRST + 20 + lines * _LINE + wrong * 15 + _FOOT + 2


def draw(box: Box, left: float, top: float) -> str:
    card, x, y = box.card, box.x + left, box.y + top
    kind = f"card {card.state}{' missing' if card.missing else ''}"
    parts = [
        f"<g><title>{escape(chr(10).join((card.name, *card.wrong)))}</title>",
        f'<rect class="{kind}" x="{_n(x)}" y="{_n(y)}" width="{_n(box.width)}" height="{_n(box.height)}" rx="8"/>',
        f'<rect class="edge {card.state}" x="{_n(x)}" y="{_n(y + 8)}" width="5" height="{_n(box.height - 16)}"/>',
        *_head(card, x, y, box.width),
        *_body(card, x, y, box.width),
        *_foot(card, x, y + box.height, box.width),
        "</g>",
    ]
    return "".join(parts)


def _head(card: Card, x: float, y: float, width: float) -> Iterator[str]:
    name = text_width.cut_middle(card.name, width - LEFT - RIGHT, NAME, bold=True)
    status = text_width.cut(card.status, 110, SMALL, bold=True)
    room = width - LEFT - RIGHT - text_width.width(status, SMALL, bold=True) - 8
    yield _text("ink bold", x + LEFT, y + _FIRST, NAME, name)
    yield _text("ink", x + LEFT, y + _FIRST + 20, TEXT, text_width.cut(card.role, room, TEXT))
    yield _text(f"said bold {card.state}", x + width - RIGHT, y + _FIRST + 20, SMALL, status, end=True)


def _body(card: Card, x: float, y: float, width: float) -> Iterator[str]:
    room, at = width - LEFT - RIGHT, y + _FIRST + 20
    for number, line in enumerate(card.lines, 1):
        shift = 0.0
        if number == 1 and card.shard is not None:
            shift = 16.0
            yield f'<rect class="s{card.shard % SHARDS}" x="{_n(x + LEFT)}" y="{_n(at + number * _LINE - 10)}" width="11" height="11" rx="2"/>'
        yield _text("dim", x + LEFT + shift, at + number * _LINE, TEXT, text_width.cut(line, room - shift, TEXT))
    if card.wrong:
        lines = text_width.wrap(card.wrong[0], room, SMALL)
        if len(lines) > _WRONG:
            rest = " ".join(lines[_WRONG - 1 :])
            lines = [*lines[: _WRONG - 1], text_width.cut(rest, room, SMALL)]
        state = BAD if card.state == BAD else WARN
        for number, line in enumerate(lines):
            yield _text(f"said {state}", x + LEFT, at + len(card.lines) * _LINE + 17 + number * 15, SMALL, line)


def _foot(card: Card, x: float, bottom: float, width: float) -> Iterator[str]:
    """The hypervisor at the left, the volume at the right."""
    if card.host:
        wide = text_width.width(card.host, SMALL) + 14
        wrong = " bad" if card.host_wrong else ""
        yield f'<rect class="chip{wrong}" x="{_n(x + LEFT)}" y="{_n(bottom - 27)}" width="{_n(wide)}" height="18" rx="9"/>'
        yield _text(f"{'said bad' if wrong else 'dim'}", x + LEFT + wide / 2, bottom - 14, SMALL, card.host, middle=True)
    if not card.used:
        return
    used, size = card.used
    right = x + width - RIGHT
    text = f"{size:g} GiB" if used is None else f"{used:.3g} of {size:g} GiB"
    yield _text("dim", right, bottom - 18, SMALL, text_width.cut(text, _BAR + 6, SMALL), end=True)
    if used is not None:
        part = min(max(used / size, 0.0), 1.0)
        state = card.filling or "calm"
        yield f'<rect class="chip" x="{_n(right - _BAR)}" y="{_n(bottom - 12)}" width="{_n(_BAR)}" height="5" rx="2.5"/>'
        yield f'<rect class="fill {state}" x="{_n(right - _BAR)}" y="{_n(bottom - 12)}" width="{_n(_BAR * part)}" height="5" rx="2.5"/>'


def _text(kind: str, x: float, y: float, size: float, text: str, end: bool = False, middle: bool = False) -> str:
    anchor = ' text-anchor="end"' if end else ' text-anchor="middle"' if middle else ""
    # two spaces between two things stay two
    kept = ' xml:space="preserve"' if "  " in text else ""
    return f'<text class="{kind}" x="{_n(x)}" y="{_n(y)}" font-size="{_n(size)}"{anchor}{kept}>{escape(text)}</text>'


def _n(number: float) -> str:
    return f"{number:.1f}".removesuffix(".0")
