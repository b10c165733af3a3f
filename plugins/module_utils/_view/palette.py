# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The colours of a picture, in light and in dark, as the style of an SVG file.

Classes instead of variables: not only browsers read SVG, and a program that knows no media query shows it in light.
"""

from __future__ import annotations

from collections.abc import Mapping

#: of the colours of slots, which are the same in both, with white text on them
_SHARDS = ("#0a66c2", "#7a4fc9", "#0f766e", "#b83280", "#b45309", "#4d7c0f", "#4f5bd5", "#a1443c")
SHARDS = len(_SHARDS)
_GAP = "#d1242f"

_LIGHT = {
    "page": "#ffffff", "ink": "#1f2328", "dim": "#59636e", "frame": "#f6f8fa", "line": "#d1d9e0", "card": "#ffffff", "chip": "#e7ebef",
    "good": "#1a7f37", "warn": "#9a6700", "bad": "#cf222e", "unknown": "#6e7781", "calm": "#57ab5a", "on": "#ffffff",
    "bad-card": "#fff1f0", "warn-card": "#fff8e5", "bad-frame": "#fff5f5", "bad-chip": "#ffd8d6",
}  # fmt: skip
_DARK = {
    "page": "#0d1117", "ink": "#e6edf3", "dim": "#9aa4b0", "frame": "#151b23", "line": "#3d444d", "card": "#0d1117", "chip": "#2a313a",
    "good": "#3fb950", "warn": "#d29922", "bad": "#ff6a62", "unknown": "#8b949e", "calm": "#3fb950", "on": "#ffffff",
    "bad-card": "#2b1114", "warn-card": "#272013", "bad-frame": "#1e1417", "bad-chip": "#5a1e22",
}  # fmt: skip
#: of the pill beside the title, in both, with white text on it
_PILLS = {"good": "#1a7f37", "warn": "#9a6700", "bad": "#cf222e", "unknown": "#6e7781"}


def _coloured(of: Mapping[str, str]) -> str:
    states = "".join(
        f".link.{state},.card.{state}{{stroke:{of[state]}}}.tip.{state},.edge.{state},.said.{state},.fill.{state}{{fill:{of[state]}}}"
        for state in ("good", "warn", "bad", "unknown")
    )
    return (
        f".page{{fill:{of['page']}}}.ink{{fill:{of['ink']}}}.dim{{fill:{of['dim']}}}.frame{{fill:{of['frame']};stroke:{of['line']}}}"
        f".frame.bad{{fill:{of['bad-frame']};stroke:{of['bad']}}}.card{{fill:{of['card']}}}{states}.card.good,.card.unknown{{stroke:{of['line']}}}"
        f".card.bad{{fill:{of['bad-card']}}}.card.warn{{fill:{of['warn-card']}}}.chip{{fill:{of['chip']}}}.chip.bad{{fill:{of['bad-chip']}}}"
        f".fill.calm{{fill:{of['calm']}}}"
    )


_FIXED = (
    "text{font-family:system-ui,-apple-system,'Segoe UI',Roboto,Helvetica,Arial,'DejaVu Sans',sans-serif}.bold{font-weight:600}"
    ".link{fill:none;stroke-width:2}.link.bad,.link.unknown{stroke-dasharray:6 4}.card{stroke-width:1.2}.card.bad,.card.warn{stroke-width:1.8}"
    ".card.missing{stroke-dasharray:6 4;fill:none}.on{fill:#ffffff}"
    + "".join(f".pill.{state}{{fill:{colour}}}" for state, colour in _PILLS.items())
    + "".join(f".s{number}{{fill:{colour}}}" for number, colour in enumerate(_SHARDS))
    + f".gap{{fill:{_GAP}}}"
)

STYLE = f"{_FIXED}{_coloured(_LIGHT)}.card.missing{{fill:none}}@media (prefers-color-scheme:dark){{{_coloured(_DARK)}.card.missing{{fill:none}}}}"
