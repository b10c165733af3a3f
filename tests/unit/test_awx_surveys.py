# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""AWX's surveys: made of the verbs' specs, and every answer that a survey can give is one that the verb understands."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.stackdb.trove.plugins.action.trove_options import specs
from ansible_collections.stackdb.trove.plugins.module_utils._model import options, verb_options
from ansible_collections.stackdb.trove.plugins.module_utils._model.errors import InvalidInput, Refused

ROOT = Path(__file__).resolve().parents[2]
SPECS = specs()
SURVEYS: dict[str, dict[str, dict[str, Any]]] = {
    path.stem: {one["variable"]: one for one in json.loads(path.read_text())["spec"]} for path in sorted((ROOT / "awx" / "surveys").glob("*.json"))
}
QUESTIONS = [pytest.param(verb, one, id=f"{verb}-{name[6:]}") for verb, survey in SURVEYS.items() for name, one in survey.items()]
#: what is answered to a question of a type, and what the verb shall have of it
ANSWERS: dict[str, tuple[Any, Any]] = {
    "str": ("w", "w"),
    "list": ("w, x", ["w", "x"]),
    "dict": ('{"a": "b"}', {"a": "b"}),
    "raw": ('[{"name": "w"}]', [{"name": "w"}]),
    "int": (3, 3),
    "float": (2.5, 2.5),
}


def answered(verb: str, name: str) -> tuple[Any, Any]:
    option = SPECS[verb][name]
    if option["type"] == "bool":
        return "true", True
    if option.get("choices"):
        return str(option["choices"][-1]), option["choices"][-1]
    if option.get("options"):
        value = {key: (inner.get("choices") or ["w"])[0] for key, inner in option["options"].items()}
        return json.dumps(value), value
    return ANSWERS[option["type"]]


def required(verb: str) -> dict[str, Any]:
    return {name: answered(verb, name)[0] for name, one in SURVEYS[verb].items() if one["required"]}


def test_the_surveys_are_made_of_the_specs(tmp_path: Path) -> None:
    subprocess.run([sys.executable, str(ROOT / "tools" / "awx-surveys"), str(tmp_path)], timeout=60, check=True)
    made = {path.relative_to(tmp_path): path.read_text() for path in tmp_path.rglob("*") if path.is_file()}
    assert len(made) == len(SPECS) + 1
    there = [*(ROOT / "awx" / "surveys").iterdir(), ROOT / "awx" / "surveys.md"]
    assert {path.relative_to(ROOT / "awx"): path.read_text() for path in there} == made, "make awx-surveys"


def test_a_survey_of_a_verb_that_is_gone_is_removed(tmp_path: Path) -> None:
    (tmp_path / "surveys").mkdir()
    (tmp_path / "surveys" / "cluster_gone.json").write_text("{}")
    subprocess.run([sys.executable, str(ROOT / "tools" / "awx-surveys"), str(tmp_path)], timeout=60, check=True)
    assert {path.stem for path in (tmp_path / "surveys").iterdir()} == set(SPECS)


@pytest.mark.parametrize("verb", SPECS)
def test_what_is_not_asked_is_not_required_and_is_said(verb: str) -> None:
    left_out = SPECS[verb].keys() - SURVEYS[verb].keys()
    assert [name for name in left_out if SPECS[verb][name].get("required")] == []
    said = (ROOT / "awx" / "surveys.md").read_text().split("## ")[0]
    assert [name for name in left_out if f"`{name}`" not in said] == []


@pytest.mark.parametrize("verb", SPECS)
def test_left_empty_is_unset(verb: str) -> None:
    empty = dict.fromkeys(SURVEYS[verb], "") | required(verb)
    assert verb_options.of(verb, SPECS, empty) == verb_options.of(verb, SPECS, required(verb))


@pytest.mark.parametrize("verb", SPECS)
def test_what_is_filled_in_is_what_the_verb_does_anyway(verb: str) -> None:
    filled = {name: one["default"] for name, one in SURVEYS[verb].items() if "default" in one} | required(verb)
    assert verb_options.of(verb, SPECS, filled) == verb_options.of(verb, SPECS, required(verb))


@pytest.mark.parametrize("verb", SPECS)
def test_every_answer_is_understood(verb: str) -> None:
    answers = {name: answered(verb, name) for name in SURVEYS[verb]}
    found = verb_options.of(verb, SPECS, {name: given for name, (given, _wanted) in answers.items()})
    wanted = {name.removeprefix("trove_"): value for name, (_given, value) in answers.items() if name != "trove_confirm"}
    assert {name: found[name] for name in wanted} == wanted


@pytest.mark.parametrize(("verb", "one"), QUESTIONS)
def test_awx_takes_the_question(verb: str, one: dict) -> None:
    """Its rules, as awx/api/views and awx/main/models/mixins.py of 24.6 have them; tests/awx asks a real one."""
    assert {"variable", "question_name", "question_description", "type", "required"} <= one.keys()
    assert one["type"] in ("text", "textarea", "password", "integer", "float", "multiplechoice")
    assert all(isinstance(one[bound], int) for bound in ("min", "max") if bound in one)
    if one["type"] == "multiplechoice":
        # in a text of choices AWX would drop the empty one
        assert isinstance(one["choices"], list)
        assert one["default"] in one["choices"]
        assert ("" in one["choices"]) is not one["required"]
    if one["required"] and one["type"] in ("text", "textarea"):
        assert one["min"] == 1, "an empty answer would do"
    assert (one["type"] == "password") is bool(SPECS[verb][one["variable"]].get("no_log"))


@pytest.mark.parametrize(("verb", "one"), [param for param in QUESTIONS if param.values[1]["type"] == "multiplechoice"])
def test_each_choice_is_one_of_the_verbs(verb: str, one: dict) -> None:
    name = one["variable"]
    read = [options.read(SPECS[verb], {name: choice}).get(name) for choice in one["choices"] if choice]
    assert read == ([True, False] if SPECS[verb][name]["type"] == "bool" else SPECS[verb][name]["choices"])


@pytest.mark.parametrize("verb", [verb for verb, spec in SPECS.items() if "trove_confirm" in spec])
def test_a_verb_that_destroys_asks_for_the_name_once_more(verb: str) -> None:
    assert SURVEYS[verb]["trove_confirm"]["required"]
    with pytest.raises(InvalidInput, match="trove_confirm: 'x' was given; allowed: w, the same as trove_name"):
        verb_options.of(verb, SPECS, required(verb) | {"trove_confirm": "x"})


@pytest.mark.parametrize("verb", [verb for verb in SPECS if required(verb)])
def test_what_a_survey_requires_and_the_verb_too(verb: str) -> None:
    name = next(iter(required(verb)))
    with pytest.raises(Refused, match=f"{verb} needs {name}"):
        verb_options.of(verb, SPECS, required(verb) | {name: "", "trove_confirm": ""})
