# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Answers to the questions of a survey: as a person would give them, and wrong ones."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
SURVEYS = {path.stem: json.loads(path.read_text())["spec"] for path in sorted((ROOT / "awx" / "surveys").glob("*.json"))}
GOOD = {"text": "none-1", "textarea": "3", "password": '[{"name": "app", "password": "not-a-secret"}]', "integer": 3, "float": 2.5}
#: a number or a choice that is none, and what AWX says
BAD: dict[str, tuple[Any, str]] = {
    "integer": ("3", "expected to be an integer"),
    "float": ("soon", "expected to be a numeric type"),
    "multiplechoice": ("perhaps", "expected to be one of"),
    "text": (["none-1"], "expected to be a string"),
    "textarea": ({"a": "b"}, "expected to be a string"),
    "password": (7, "expected to be a string"),
}


def good(verb: str) -> dict[str, Any]:
    """An answer to every question."""
    return {one["variable"]: one["choices"][-1] if "choices" in one else GOOD[one["type"]] for one in SURVEYS[verb]}


def empty(verb: str) -> dict[str, Any]:
    """What a form sends for text and choices that were left empty; AWX has no empty number."""
    return {one["variable"]: "" for one in SURVEYS[verb] if one["type"] not in ("integer", "float")}


def required(verb: str) -> list[str]:
    return [one["variable"] for one in SURVEYS[verb] if one["required"]]


def bad(verb: str) -> tuple[dict[str, Any], list[tuple[str, str]]]:
    """A wrong answer to every question, and for each what AWX says."""
    wrong = {one["variable"]: BAD[one["type"]] for one in SURVEYS[verb]}
    return {name: answer for name, (answer, _says) in wrong.items()}, [(name, says) for name, (_answer, says) in wrong.items()]
