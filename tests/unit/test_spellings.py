# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every option of every verb and role, in every way in which INI, YAML, JSON, `-e` and a survey may write its value.

What comes out is what Ansible's own modules make of the value (ArgumentSpecValidator), or it is refused by the option's name. Where the two differ on purpose,
it stands in STRICTER: there a module would guess.
"""

from __future__ import annotations

import json
import random
import string
from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.stackdb.trove.plugins.action.trove_options import role_specs, specs
from ansible_collections.stackdb.trove.plugins.module_utils._model import options
from ansible_collections.stackdb.trove.plugins.module_utils._model.errors import InvalidInput

OPTIONS = {
    **{f"{verb}.{name}": option for verb, spec in specs().items() for name, option in spec.items()},
    **{name: option for spec in role_specs().values() for name, option in spec.items()},
}
TRUE, FALSE = ["yes", "Yes", "on", "TRUE", "true", "1", "y", "T"], ["no", "off", "OFF", "False", "false", "0", "n", "f"]
LETTERS = string.ascii_letters + string.digits + "-_.:/äß漢é"
#: what a module takes for an int or a bool without a word, or cuts
STRICTER = {"int": (bool, float), "bool": (float,), "float": (bool,), "str": (dict, list, tuple)}
GARBAGE: list[Any] = [
    "x", "-", "1e", "0x10", "ten", "1.5", "1,2", "nan", "yes please", "{", "[", "{]", "a=1", "a", True, False, 0, 1, -1, 2.5, float("inf"), 10**40,
    [], [None], [[]], {}, {"a": None}, {"a": []}, ["a", {"b": 1}], ("a",), "None", "null", "~", "１２", "\u200b", "x" * 70_000, "'a'", '"a"', "a\nb", "a\n",
]  # fmt: skip


def typed(option: dict, made: random.Random) -> Any:
    """A value as the type has it, never empty."""
    if option.get("choices") and option["type"] != "list":
        return made.choice(option["choices"])
    kind = option.get("type", "str")
    if kind == "list":
        element = {**option, "type": option.get("elements", "str"), "choices": option.get("choices")}
        return [typed(element, made) for _number in range(made.randint(1, 4))]
    if kind == "dict":
        inner = option.get("options")
        if inner:
            return {name: typed(one, made) for name, one in inner.items() if one.get("required") or made.random() < 0.5}
        return {word(made): made.choice([word(made), made.randrange(10**6), True, [1], {"a": 1}]) for _number in range(made.randint(1, 3))}
    if kind == "path":
        return f"/{word(made)}"
    return {"bool": made.random() < 0.5, "int": made.randrange(-(2**40), 2**40), "float": made.randrange(10**6) / 4}.get(kind, word(made))


def word(made: random.Random) -> str:
    return "w" + "".join(made.choices(LETTERS, k=made.randint(0, 12)))


def spellings(option: dict, value: Any, made: random.Random) -> Iterator[Any]:
    """The value as a person, a file or a template may write it."""
    kind = option.get("type", "str")
    yield value
    yield yaml.safe_load(yaml.safe_dump({"v": value}, allow_unicode=True))["v"]
    if kind == "bool":
        yield made.choice(TRUE if value else FALSE)
        yield f" {made.choice(TRUE if value else FALSE)}\n"
        yield int(value)
    elif kind in ("int", "float"):
        yield from (str(value), f" {value}\n", f"\t{value} ")
    elif kind in ("str", "path") and not option.get("no_log"):
        yield f"{value}\n"
    elif kind in ("list", "dict"):
        yield from (json.dumps(value), json.dumps(value, ensure_ascii=False), f"{json.dumps(value)}\n", repr(value))
        words = kind == "list" and all(isinstance(one, (str, int)) and "," not in str(one) for one in value)
        if words and option.get("elements") in ("str", "int"):
            yield from (",".join(map(str, value)), " , ".join(map(str, value)) + ",\n", tuple(value))


def by_a_module(option: dict, value: Any) -> Any:
    """What a module with this option gets; None where it fails."""
    names = ("type", "elements", "choices", "options")

    def plain(one: dict) -> dict:
        found = {name: one[name] for name in names if name in one}
        return {**found, "required": one.get("required", False), "default": one.get("default"), **(
            {"options": {name: plain(inner) for name, inner in one["options"].items()}} if "options" in one else {})}  # fmt: skip

    result = ArgumentSpecValidator({"x": {**plain(option), "required": False}}).validate({"x": value})
    return None if result.error_messages else result.validated_parameters["x"]


def without_unset(value: Any) -> Any:
    """A module gives None for what was not given inside of a dict; ours leaves it out."""
    if isinstance(value, dict):
        return {name: without_unset(one) for name, one in value.items() if one is not None}
    return [without_unset(one) for one in value] if isinstance(value, list) else value


@pytest.mark.parametrize("name", OPTIONS)
def test_every_spelling_is_what_a_module_makes_of_the_value(name: str) -> None:
    option, made = OPTIONS[name], random.Random(name)
    for _turn in range(4):
        value = typed(option, made)
        wanted = without_unset(by_a_module(option, value))
        assert wanted is not None, f"{value!r} is no {option['type']}"
        for given in spellings(option, value, made):
            assert options.read({name: option}, {name: given}) == {name: wanted}, f"{given!r}"


@pytest.mark.parametrize("name", OPTIONS)
def test_nothing_is_guessed_and_what_is_refused_is_named(name: str) -> None:
    option, wrong = OPTIONS[name], []
    for given in GARBAGE:
        try:
            found = options.read({name: option}, {name: given})
        except InvalidInput as error:
            told = option.get("no_log") and len(str(given)) > 2 and str(given) in error.message
            wrong += [error.message] if told or not error.message.startswith(name) else []
            continue
        value = found.get(name)
        if value is None or isinstance(given, STRICTER.get(option.get("type", "str"), ())):
            continue
        # it was taken, so it is of the type, and reading it once more changes nothing
        wrong += [given] if options.read({name: option}, {name: value}) != {name: value} else []
        wrong += [given] if without_unset(by_a_module(option, value)) != without_unset(value) else []
    assert wrong == []


@pytest.mark.parametrize("empty", [None, "", " ", "\t\n", "\u00a0", "\u2003"], ids=repr)
def test_empty_is_unset_for_every_option(empty: Any) -> None:
    assert options.read(OPTIONS, dict.fromkeys(OPTIONS, empty)) == {}
