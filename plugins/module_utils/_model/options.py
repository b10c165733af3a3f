# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a user gave, as a spec in ansible-core's format understands it: text becomes what the spec says, and empty text is unset. Pure.

``-e name=value`` and AWX surveys give text for everything, and '' for what was left empty. Source of the words for true and false:
ansible.module_utils.parsing.convert_bool.
"""

from __future__ import annotations

import difflib
import json

from .errors import InvalidInput

_TRUE = {"y", "yes", "on", "1", "true", "t"}
_FALSE = {"n", "no", "off", "0", "false", "f"}


def read(spec, given):
    """The options that were given, ``{name: value}``, of the types that the spec says; what is empty or null is left out.

    :param spec: ``{name: {type, elements, choices, options, no_log}}``, see "Argument spec" in Ansible's developer guide
    :param given: ``{name: value}`` of names that the spec has
    :raises InvalidInput: naming the option, what was given and what is allowed
    """
    found = {name: _value(name, spec[name], value) for name, value in given.items() if not is_empty(value)}
    return {name: value for name, value in found.items() if value is not None}


def is_empty(value):
    """Whether an option was left unset: an AWX survey gives '' for a question without an answer."""
    return value is None or (isinstance(value, str) and not value.strip())


def missing(spec, found):
    """The required options that were not given."""
    return [name for name, option in spec.items() if option.get("required") and name not in found]


def unknown(names, known):
    """``{name: the nearest known one or None}`` of the names that nobody knows."""
    return {name: next(iter(difflib.get_close_matches(name, known, 1)), None) for name in names if name not in known}


def _value(name, option, given):
    secret = option.get("no_log", False)
    value = _READERS[option.get("type", "str")](name, option, given, secret)
    choices = option.get("choices")
    for one in value if isinstance(value, list) else [value]:
        if choices and one not in choices:
            raise InvalidInput(name, "a secret" if secret else one, choices)
    return value


def _refuse(name, given, allowed, secret):
    raise InvalidInput(name, "a secret" if secret else given, allowed)


def _text(name, option, given, secret):
    if isinstance(given, (dict, list, tuple)):
        _refuse(name, given, "a text", secret)
    return str(given)


def _bool(name, option, given, secret):
    word = str(given).strip().lower()
    if word not in _TRUE | _FALSE:
        _refuse(name, given, "true or false", secret)
    return word in _TRUE


def _int(name, option, given, secret):
    try:
        if isinstance(given, (bool, float)):
            raise ValueError
        return int(given)
    except (TypeError, ValueError):
        return _refuse(name, given, "a whole number", secret)


def _list(name, option, given, secret):
    """A text is split at commas; JSON is taken as such."""
    if isinstance(given, str):
        given = _json(given) if given.strip().startswith("[") else [word.strip() for word in given.split(",")]
    if not isinstance(given, (list, tuple)):
        given = [given]
    element = {"type": option.get("elements", "raw"), "options": option.get("options")}
    return [_READERS[element["type"]](f"{name}[{number}]", element, item, secret) for number, item in enumerate(given) if not is_empty(item)]


def _dict(name, option, given, secret):
    value = _json(given) if isinstance(given, str) else given
    if not isinstance(value, dict):
        _refuse(name, given, "a dict, as YAML or JSON", secret)
    inner = option.get("options")
    if not inner:
        return dict(value)
    for key in value:
        if key not in inner:
            _refuse(f"{name}.{key}", value[key], list(inner), secret)
    found = read({f"{name}.{key}": sub for key, sub in inner.items()}, {f"{name}.{key}": item for key, item in value.items()})
    return {key[len(name) + 1 :]: item for key, item in found.items()}


def _json(text):
    try:
        return json.loads(text)
    except ValueError:
        return None


def _raw(name, option, given, secret):
    """Of several types: JSON in a text is taken as such."""
    parsed = _json(given) if isinstance(given, str) and given.strip()[:1] in ("[", "{") else None
    return given if parsed is None else parsed


_READERS = {"str": _text, "path": _text, "bool": _bool, "int": _int, "list": _list, "dict": _dict, "raw": _raw}
