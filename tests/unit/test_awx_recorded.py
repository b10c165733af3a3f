# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What an AWX gave to jobs (tests/awx/recorded) still fits the surveys: a question that came since then is missed without an AWX, too."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
RECORDED = sorted((ROOT / "tests/awx/recorded").glob("*.json"))


def filled(question: dict) -> bool:
    """Whether AWX answers a question that nobody did: with a default that passes the question's own check; '' is no number."""
    numeric = question["type"] in ("integer", "float")
    return not question["required"] and not (numeric and question.get("default", "") == "")


@pytest.mark.parametrize("path", RECORDED, ids=[path.stem for path in RECORDED])
def test_recorded_answers_fit_the_survey(path: Path) -> None:
    spec = json.loads((ROOT / "awx/surveys" / path.name).read_text())["spec"]
    given = json.loads(path.read_text())["extra_vars"]
    assert given.keys() <= {one["variable"] for one in spec}, "AWX drops what the survey does not ask: record anew, AWX_RECORD=1 (tests/awx/README.md)"
    missing = {one["variable"] for one in spec if one["required"] or filled(one)} - given.keys()
    assert not missing, "record anew with a real AWX, AWX_RECORD=1 (tests/awx/README.md)"
    assert all(given[one["variable"]] in one["choices"] for one in spec if "choices" in one and one["variable"] in given)
