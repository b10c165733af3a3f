# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A scene as an SVG file: for a browser, a wiki or a report, in light and in dark. Pure.

It holds no time and no order of chance: what did not change gives the same text. All text is escaped, and nothing in it is loaded or run.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from xml.sax.saxutils import escape

from . import layout, text_width
from .card_svg import card_height, draw
from .palette import SHARDS, STYLE
from .placed import LABEL, Label, Path, Placed, Point
from .scene import BAD, GOOD, UNKNOWN, WARN, Group, Scene, Span

MARGIN, PAD, HEAD = 28.0, 18.0, 30.0
#: of a picture at least, so that its title has room
_LEAST = 640.0
_FINDINGS = 14
_LINE = 19.0


def picture(scene: Scene) -> str:
    """The file's text."""
    height = card_height(card for group in scene.groups for card in group.cards)
    placed = [(group, layout.place(group, height)) for group in scene.groups]
    inner = max([_LEAST - 2 * MARGIN, *(one.width + 2 * PAD for _group, one in placed)])
    parts, y = [*_title(scene, inner)], 88.0
    if scene.spans:
        parts += _spans(scene.spans, y, inner)
        y += 56
    for group, one in placed:
        head = HEAD if group.title else PAD
        parts += _group(group, one, y, inner, head)
        y += head + one.height + PAD + 16
    lines = list(_notes(scene, inner))
    parts += [line.format(y=_n(y + 10 + number * _LINE)) for number, line in enumerate(lines)]
    y += len(lines) * _LINE + (8 if lines else 0)
    return _document(scene, parts, inner + 2 * MARGIN, y + MARGIN - 16)


def _document(scene: Scene, parts: Sequence[str], width: float, height: float) -> str:
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_n(width)}" height="{_n(height)}" viewBox="0 0 {_n(width)} {_n(height)}" role="img">\n'
        f"<title>{escape(scene.title)}</title>\n<desc>{escape(_summary(scene)[0])}</desc>\n<style>{STYLE}</style>\n"
    )
    return head + f'<rect class="page" width="{_n(width)}" height="{_n(height)}"/>\n' + "\n".join(parts) + "\n</svg>\n"


def _summary(scene: Scene) -> tuple[str, str]:
    """All in a few words, and how it is."""
    errors = sum(severity == "error" for severity, _text in scene.findings)
    warnings = len(scene.findings) - errors
    counted = [f"{count} {word}{'' if count == 1 else 's'}" for count, word in ((errors, "error"), (warnings, "warning")) if count]
    if counted:
        return ", ".join(counted), BAD if errors else WARN
    return ("all is well", GOOD) if scene.asked else ("members were not asked", UNKNOWN)


def _title(scene: Scene, inner: float) -> Iterator[str]:
    text, state = _summary(scene)
    pill = text_width.width(text, 13, bold=True) + 28
    right = MARGIN + inner
    room = inner - pill - 20
    yield f'<text class="ink bold" x="{_n(MARGIN)}" y="44" font-size="22">{escape(text_width.cut(scene.title, room, 22, bold=True))}</text>'
    yield f'<text class="dim" x="{_n(MARGIN)}" y="68" font-size="13">{escape(text_width.cut(scene.subtitle, inner, 13))}</text>'
    yield f'<rect class="pill {state}" x="{_n(right - pill)}" y="24" width="{_n(pill)}" height="28" rx="14"/>'
    yield f'<text class="on bold" x="{_n(right - pill / 2)}" y="42.5" font-size="13" text-anchor="middle">{escape(text)}</text>'


def _spans(spans: Sequence[Span], y: float, inner: float) -> Iterator[str]:
    """The slots as a bar, each in its master's colour; those that no member serves stand out."""
    total = spans[-1].last + 1
    scale = inner / total
    for span in spans:
        x, width = MARGIN + span.first * scale, (span.last - span.first + 1) * scale
        kind = "gap" if span.shard is None else f"s{span.shard % SHARDS}"
        told = f"slots {span.first}-{span.last}: {span.name or 'served by no member'}{', which does not answer' if span.down else ''}"
        # so that one slot that no member serves is seen, too
        shown = max(width - 1, 3.0 if span.shard is None else 0.5)
        yield f'<g><title>{escape(told)}</title><rect class="{kind}" x="{_n(x)}" y="{_n(y)}" width="{_n(shown)}" height="24"/>'
        if span.down:
            yield f'<rect class="gap" x="{_n(x)}" y="{_n(y + 24)}" width="{_n(shown)}" height="6"/>'
        name = text_width.cut_middle(span.name or "served by no member", width - 14, 12, bold=True)
        if text_width.width(name, 12, bold=True) <= width - 14:
            yield f'<text class="on bold" x="{_n(x + width / 2)}" y="{_n(y + 16.5)}" font-size="12" text-anchor="middle">{escape(name)}</text>'
        yield "</g>"
    yield f'<text class="dim" x="{_n(MARGIN)}" y="{_n(y + 43)}" font-size="11">slot 0</text>'
    yield f'<text class="dim" x="{_n(MARGIN + inner)}" y="{_n(y + 43)}" font-size="11" text-anchor="end">{total - 1}</text>'


def _group(group: Group, placed: Placed, y: float, inner: float, head: float) -> Iterator[str]:
    height = head + placed.height + PAD
    yield f'<rect class="frame {group.state}" x="{_n(MARGIN)}" y="{_n(y)}" width="{_n(inner)}" height="{_n(height)}" rx="12"/>'
    if group.title:
        title = text_width.cut(group.title, inner - 2 * PAD, 12, bold=True)
        yield f'<text class="dim bold" x="{_n(MARGIN + PAD)}" y="{_n(y + 20)}" font-size="12">{escape(title)}</text>'
    x, top = MARGIN + (inner - placed.width) / 2, y + head
    for path in placed.paths:
        yield from _path(path, x, top)
    for label in placed.labels:
        yield from _label(label, x, top)
    for box in placed.boxes:
        yield draw(box, x, top)


def _path(path: Path, x: float, y: float) -> Iterator[str]:
    points = [(px + x, py + y) for px, py in path.points]
    if path.bend is not None:
        (from_x, from_y), (to_x, to_y) = points
        out = max(from_x, to_x) + path.bend
        line = f"M{_n(from_x)} {_n(from_y)}C{_n(out)} {_n(from_y)} {_n(out)} {_n(to_y)} {_n(to_x)} {_n(to_y)}"
        before = (out, to_y)
    else:
        line = "M" + "L".join(f"{_n(px)} {_n(py)}" for px, py in points)
        before = points[-2]
    yield f'<path class="link {path.state}" d="{line}"/>'
    if path.arrow:
        yield _arrow(before, points[-1], path.state)


def _arrow(before: Point, end: Point, state: str) -> str:
    """A triangle at the end of a line that comes from the left, the right, above or below."""
    (x, y), dx, dy = end, end[0] - before[0], end[1] - before[1]
    if abs(dx) >= abs(dy):
        back = x - 9 if dx > 0 else x + 9
        corners = ((x, y), (back, y - 5), (back, y + 5))
    else:
        back = y - 9 if dy > 0 else y + 9
        corners = ((x, y), (x - 5, back), (x + 5, back))
    return f'<polygon class="tip {state}" points="{" ".join(f"{_n(px)},{_n(py)}" for px, py in corners)}"/>'


def _label(label: Label, x: float, y: float) -> Iterator[str]:
    if label.text:
        text = text_width.cut(label.text, label.room, LABEL)
        anchor = ' text-anchor="middle"' if label.centred else ""
        kind = "dim" if label.state == GOOD else f"said {label.state}"
        yield f'<text class="{kind}" x="{_n(label.x + x)}" y="{_n(label.y + y)}" font-size="{_n(LABEL)}"{anchor}>{escape(text)}</text>'


def _notes(scene: Scene, inner: float) -> Iterator[str]:
    """What is wrong, in full sentences; lines with a place for y."""
    for severity, sentence in scene.findings[:_FINDINGS]:
        state = BAD if severity == "error" else WARN
        for number, line in enumerate(text_width.wrap(sentence, inner - 22, 13)):
            dot = f'<tspan class="said {state}">\u25cf</tspan>  ' if number == 0 else ""
            x = MARGIN if number == 0 else MARGIN + 19
            yield _braced(f'<text class="ink" x="{_n(x)}" y="@" font-size="13" xml:space="preserve">{dot}{escape(line)}</text>')
    left = len(scene.findings) - _FINDINGS
    if left > 0:
        yield _braced(f'<text class="dim" x="{_n(MARGIN + 19)}" y="@" font-size="13">and {left} more</text>')


def _braced(line: str) -> str:
    """For str.format: what was said may have braces."""
    return line.replace("{", "{{").replace("}", "}}").replace('y="@"', 'y="{y}"', 1)


def _n(number: float) -> str:
    """At most one digit behind the point, and none where it is zero."""
    return f"{number:.1f}".removesuffix(".0")
