# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a user gave, as a spec in ansible-core's format understands it: text becomes what the spec says, and empty text is unset. Pure.

``-e name=value`` and AWX surveys give text for everything, and '' for what was left empty. Source of the words for true and false:
ansible.module_utils.parsing.convert_bool.
"""

from __future__ import annotations

import ast
import json
import math
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any, NoReturn

from .errors import Allowed, InvalidInput
from .nearest import nearest

#: ``{type, elements, choices, default, required, options, no_log}``, see "Argument spec" in Ansible's developer guide
Option = Mapping[str, Any]
#: ``{name: Option}``
Spec = Mapping[str, Option]

_TRUE = {"y", "yes", "on", "1", "true", "t"}
_FALSE = {"n", "no", "off", "0", "false", "f"}


def read(spec: Spec, given: Mapping[str, Any]) -> dict[str, Any]:
    """The options that were given, ``{name: value}``, of the types that the spec says; what is empty or null is left out.

    :param given: ``{name: value}`` of names that the spec has
    :raises InvalidInput: naming the option, what was given and what is allowed
    """
    found = {name: _value(name, spec[name], value) for name, value in given.items() if not is_empty(value)}
    return {name: value for name, value in found.items() if value is not None}


def is_empty(value: Any) -> bool:
    """Whether an option was left unset: an AWX survey gives '' for a question without an answer."""
    return value is None or (isinstance(value, str) and not value.strip())


def defaults(spec: Spec, found: Mapping[str, Any]) -> dict[str, Any]:
    """The options with the spec's defaults for those that were not given; without either an option is absent."""
    return {**{name: option["default"] for name, option in spec.items() if option.get("default") is not None}, **found}


def missing(spec: Spec, found: Collection[str]) -> list[str]:
    """The required options that were not given."""
    return [name for name, option in spec.items() if option.get("required") and name not in found]


def unknown(names: Iterable[str], known: Collection[str]) -> dict[str, str | None]:
    """``{name: the nearest known one or None}`` of the names that nobody knows."""
    return {name: nearest(name, known) for name in names if name not in known}


def _value(name: str, option: Option, given: Any) -> Any:
    secret = option.get("no_log", False)
    value = _READERS[option.get("type", "str")](name, option, given, secret)
    choices = option.get("choices")
    for one in value if isinstance(value, list) else [value]:
        if choices and one not in choices:
            _refuse(name, one, choices, secret)
    return value


def _refuse(name: str, given: Any, allowed: Allowed, secret: bool) -> NoReturn:
    raise InvalidInput(name, "a secret" if secret else given, allowed)


def _text(name: str, option: Option, given: Any, secret: bool) -> str:
    if isinstance(given, (dict, list, tuple)):
        _refuse(name, given, "a text", secret)
    text = str(given)
    line = text.rstrip("\r\n")
    # what a block of YAML or a file has behind its only line; a secret is taken as it is
    return text if secret or "\n" in line else line


def _path(name: str, option: Option, given: Any, secret: bool) -> str:
    """Of a guest, so nothing is taken from here: no home directory, no variables of the environment."""
    path = _text(name, option, given, secret).strip()
    if not path.startswith("/") or "\n" in path:
        _refuse(name, given, "an absolute path", secret)
    return path


def _bool(name: str, option: Option, given: Any, secret: bool) -> bool:
    word = str(given).strip().lower()
    if word not in _TRUE | _FALSE:
        _refuse(name, given, "true or false", secret)
    return word in _TRUE


def _int(name: str, option: Option, given: Any, secret: bool) -> int:
    try:
        if isinstance(given, (bool, float)):
            raise ValueError
        return int(given)
    except (TypeError, ValueError):
        _refuse(name, given, "a whole number", secret)


def _float(name: str, option: Option, given: Any, secret: bool) -> float:
    try:
        number = math.nan if isinstance(given, bool) else float(given)
    except (TypeError, ValueError, OverflowError):
        number = math.nan
    if not math.isfinite(number):
        _refuse(name, given, "a number", secret)
    return number


def _list(name: str, option: Option, given: Any, secret: bool) -> list[Any] | None:
    """A text is JSON, or words with commas between; one without words is as unset as an empty text."""
    if isinstance(given, str):
        words = [word.strip() for word in given.split(",")]
        given = _parsed(given, list) if given.strip().startswith("[") else [word for word in words if word] or None
        if given is None and any(words):
            _refuse(name, ", ".join(words), "a list, as YAML or JSON, or words with commas between", secret)
    if given is None:
        return None
    if not isinstance(given, (list, tuple)):
        given = [given]
    element = {**option, "type": option.get("elements", "raw")}
    return [_READERS[element["type"]](f"{name}[{number}]", element, item, secret) for number, item in enumerate(given) if not is_empty(item)]


def _dict(name: str, option: Option, given: Any, secret: bool) -> dict[str, Any]:
    """A text is JSON, or name=value with commas between."""
    value = given
    if isinstance(given, str):
        value = _parsed(given, dict) if given.strip().startswith("{") else _pairs(given)
    if not isinstance(value, dict):
        _refuse(name, given, "a dict, as YAML or JSON, or name=value with commas between", secret)
    return _suboptions(name, option["options"], value, secret) if option.get("options") else dict(value)


def _suboptions(name: str, inner: Spec, value: Mapping[str, Any], secret: bool) -> dict[str, Any]:
    for key in value:
        if key not in inner:
            _refuse(f"{name}.{key}", value[key], list(inner), secret)
    spec = {f"{name}.{key}": {**option, "no_log": secret or option.get("no_log", False)} for key, option in inner.items()}
    found = read(spec, {f"{name}.{key}": item for key, item in value.items()})
    for absent in missing(spec, found):
        raise InvalidInput(absent, None, spec[absent].get("choices") or "a value, it is required")
    return {key[len(name) + 1 :]: item for key, item in defaults(spec, found).items()}


def _raw(name: str, option: Option, given: Any, secret: bool) -> Any:
    """Of several types: JSON in a text is taken as such."""
    parsed = _parsed(given, (list, dict)) if isinstance(given, str) and given.strip()[:1] in ("[", "{") else None
    return given if parsed is None else parsed


def _parsed(text: str, kind: type | tuple[type, ...]) -> Any:
    """What a text in JSON, or in Python's way of writing it, says; None where that is not of the kind. Jinja in ``-e name={{ a_list }}`` writes Python's."""
    for parse in (json.loads, ast.literal_eval):
        try:
            value = parse(text.strip())
        except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
            continue
        return value if isinstance(value, kind) else None
    return None


def _pairs(text: str) -> dict[str, str] | None:
    """``a=1, b=2`` as a dict of texts, or None."""
    pairs = [pair.partition("=") for pair in text.split(",") if pair.strip()]
    if not pairs or any(not sign or not key.strip() for key, sign, _value_ in pairs):
        return None
    return {key.strip(): value.strip() for key, _sign, value in pairs}


_READERS: dict[str, Callable[[str, Option, Any, bool], Any]] = {
    "str": _text,
    "path": _path,
    "bool": _bool,
    "int": _int,
    "float": _float,
    "list": _list,
    "dict": _dict,
    "raw": _raw,
}
