# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How wide text is in a picture, without a font at hand: at most so wide, in any of the common sans-serif fonts. Pure.

The widths are those of DejaVu Sans, in thousandths of the size: of the fonts that a system has by itself, it is the widest.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable

_NARROW = dict.fromkeys("ijlIJ.,:;'|/\\", 345) | dict.fromkeys(" ()[]-!ft\u00b7", 420) | {"r": 445}
_WIDE = dict.fromkeys("mMW@%\u2026", 1000) | dict.fromkeys("<>=+#^~&w", 840)
_CAPITAL, _OTHER = 790, 660
#: of wide characters of East Asia, and of what no table has
_FULL = 1050
_BOLD = 1.12


def width(text: str, size: float, bold: bool = False) -> float:
    """At most so many pixels."""
    total = sum(_of(character) for character in text) * size / 1000
    return total * _BOLD if bold else total


def cut(text: str, room: float, size: float, bold: bool = False) -> str:
    """The text, or as much of its beginning as there is room for, with an ellipsis."""
    return _longest(lambda keep: text[:keep].rstrip() + "\u2026", text, room, size, bold)


def cut_middle(text: str, room: float, size: float, bold: bool = False) -> str:
    """The same for a name, whose end tells it from the others."""
    return _longest(lambda keep: f"{text[: keep - keep // 2]}\u2026{text[len(text) - keep // 2 :]}", text, room, size, bold)


def _longest(shortened: Callable[[int], str], text: str, room: float, size: float, bold: bool) -> str:
    """The text where there is room for it, else as it is shortened to as many characters as there is room for.

    :param shortened: the text with so many of its characters
    """
    if width(text, size, bold) <= room:
        return text
    fits, too_many = 0, len(text)
    while too_many - fits > 1:
        middle = (fits + too_many) // 2
        if width(shortened(middle), size, bold) <= room:
            fits = middle
        else:
            too_many = middle
    return shortened(fits)


def wrap(text: str, room: float, size: float) -> list[str]:
    """Lines of words; a word that is wider than the room is cut."""
    lines: list[str] = []
    for word in text.split():
        if lines and width(f"{lines[-1]} {word}", size) <= room:
            lines[-1] += f" {word}"
        else:
            lines.append(cut(word, room, size))
    return lines


def _of(character: str) -> int:
    if character in _NARROW:
        return _NARROW[character]
    if character in _WIDE:
        return _WIDE[character]
    if character.isascii():
        return _CAPITAL if character.isupper() else _OTHER
    return _FULL if unicodedata.east_asian_width(character) in "WFA" else 800
