# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Members of a group with their places, and the lines between them. Pure; in pixels, from the upper left corner of the group."""

from __future__ import annotations

from dataclasses import dataclass, field

from .scene import Card

#: of a card, and between two
WIDTH, GAP = 240.0, 20.0
#: between two levels of a tree, with room for what is said of a link; between a card and the next one below it that follows it
ACROSS, BELOW = 118.0, 26.0
#: between two rows of masters with their replicas
APART_ROWS = 44.0
#: by how much a replica is set in below its master
INDENT = 30.0
#: the size of what is said of a link, and the room above its line
LABEL, ABOVE = 11.0, 6.0

Point = tuple[float, float]


@dataclass(frozen=True)
class Box:
    x: float
    y: float
    card: Card
    width: float
    height: float

    @property
    def right(self) -> float:
        return self.x + self.width

    @property
    def bottom(self) -> float:
        return self.y + self.height

    @property
    def middle(self) -> Point:
        return self.x + self.width / 2, self.y + self.height / 2


@dataclass(frozen=True)
class Path:
    """A line through points; a curve where `bend` is given, through two points. With an arrow at its end it points to the one that follows."""

    points: tuple[Point, ...]
    state: str
    arrow: bool = True
    bend: float | None = None


@dataclass(frozen=True)
class Label:
    """Text above a line, from `x` on, or centred there; not wider than `room`."""

    x: float
    y: float
    text: str
    state: str
    room: float
    centred: bool = False


@dataclass
class Placed:
    """A group with all its parts, and how much room it takes."""

    width: float = 0.0
    height: float = 0.0
    boxes: list[Box] = field(default_factory=list)
    paths: list[Path] = field(default_factory=list)
    labels: list[Label] = field(default_factory=list)

    def put(self, card: Card, x: float, y: float, height: float) -> Box:
        box = Box(x, y, card, WIDTH, height)
        self.boxes.append(box)
        self.width, self.height = max(self.width, box.right), max(self.height, box.bottom)
        return box

    def box(self, name: str) -> Box:
        return next(box for box in self.boxes if box.card.name == name)


def columns(count: int) -> int:
    """How many stand side by side, so that rows are of about one length."""
    if count <= 4:
        return max(count, 1)
    return 3 if count in (5, 6, 9) else 4
