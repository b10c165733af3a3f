# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options that a server program knows, by its own ``--verbose --help``, and what it says of those that it was given. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import NoReturn

from ...._model.errors import InvalidInput
from ...._model.nearest import nearest
from .option_file import CUMULATIVE, PREFIXES, Option

_TRUE, _FALSE = {"on", "true", "yes", "1"}, {"off", "false", "no", "0"}
_UNITS = {"", *"kmgtpe"}
#: words that stand for what a server was started with, which is nothing in a file that it is started with. Source: MariaDB, "event_scheduler"
_REPLACED = {"event_scheduler": ("original",)}
_NUMBER = re.compile(r"-?\d+(\.\d+)?(e[+-]?\d+)?", re.IGNORECASE)
_TABLE = re.compile(r"^-{20,} -+$", re.MULTILINE)
_LISTED = re.compile(r"^\s+(?:-\w, )?--([A-Za-z][\w.-]*)", re.MULTILINE)
_ROW = re.compile(r"^([A-Za-z][\w.-]*)(?: +(.*))?$")
#: how the servers begin a remark on one option
_REMARK = re.compile(r"option '([^']+)': (.*)")
_LEVEL = re.compile(r"\[(?:Note|Warning|System|ERROR)\]")
_NO_PLUGIN = re.compile(r"Can't open shared library|Couldn't load plugins|Cannot load component|Couldn't find plugin")


@dataclass(frozen=True)
class Catalogue:
    """:param values: ``{name: value}`` after the options were read; options that hold none are missing
    :param spellings: ``{name: name as the server spells it}`` of all options; names are in lower case, with underscores
    """

    values: Mapping[str, str]
    spellings: Mapping[str, str]


def parse(text: str) -> Catalogue:
    """:param text: what ``--verbose --help`` wrote"""
    parts = _TABLE.split(text, maxsplit=1)
    table = parts[1].strip("\n").split("\n\n")[0] if len(parts) > 1 else ""
    rows = [found.groups(default="") for found in map(_ROW.match, table.splitlines()) if found]
    spelled = [*_LISTED.findall(parts[0]), *(name for name, _value in rows)]
    return Catalogue({_plain(name): value for name, value in rows}, {_plain(name): name.replace("-", "_") for name in spelled})


def _plain(name: str) -> str:
    return name.lower().replace("-", "_")


def resolve(options: Mapping[str, Option], known: Catalogue, where: str) -> dict[str, Option]:
    """The options as this server takes them.

    :param where: the name of the option that holds the settings
    :raises InvalidInput: for a name that it does not know by itself, and a value that it would take for another one
    """
    return {name: _resolved(option, known, f"{where}.{name}") for name, option in options.items()}


def _resolved(option: Option, known: Catalogue, where: str) -> Option:
    if option.name not in known.spellings:
        if option.loose:
            return option
        _refuse_name(option, known, where)
    word = (option.text or "").strip().lower()
    if word in _REPLACED.get(option.name, ()):
        raise InvalidInput(where, option.text, "a value that the server keeps; it replaces it at every start")
    spelled = replace(option, spelling=known.spellings[option.name])
    default = known.values.get(option.name, "")
    if default in ("TRUE", "FALSE"):
        return _truth(spelled, where)
    return _number(spelled, where) if _NUMBER.fullmatch(default) else spelled


def _truth(option: Option, where: str) -> Option:
    """A server takes any other word for OFF."""
    if option.text is None:
        return option
    word = option.text.strip().lower()
    if word not in _TRUE | _FALSE:
        raise InvalidInput(where, option.text, "ON or OFF")
    return replace(option, values=("ON" if word in _TRUE else "OFF",))


def _number(option: Option, where: str) -> Option:
    if option.truth:
        return replace(option, values=("1" if option.text == "ON" else "0",))
    # of a text without a digit the servers read the first letter as a unit: many is 0M
    if option.text is not None and option.text.strip().lower()[:1] in _UNITS:
        raise InvalidInput(where, option.text, "a number")
    return replace(option, values=tuple(value if value is None else value.strip() for value in option.values))


def _refuse_name(option: Option, known: Catalogue, where: str) -> NoReturn:
    name = option.name
    for prefix in PREFIXES:
        if name.startswith(prefix) and name[len(prefix) :] in known.spellings:
            rest = name[len(prefix) :]
            raise InvalidInput(where, option.text, f"the setting {rest} itself; {prefix} before it is a prefix for command lines only")
    full = [other for other in known.spellings if other.startswith(name)]
    near = full[0] if len(full) == 1 else nearest(name, known.spellings)
    hint = f"; the nearest is {near}" if near else ""
    raise InvalidInput(where, option.text, f"a setting that this server knows, by its whole name{hint}; loose_{name} for one of another version or a plugin")


def refuse_remarks(lines: Iterable[str], options: Mapping[str, Option], where: str) -> None:
    """Refuse what the server remarks that it takes otherwise than it was written: put within bounds, rounded, or taken for something else.

    :param lines: of its log
    :raises InvalidInput: for such a value, and where it goes on without a plugin
    """
    for line in lines:
        found = _REMARK.search(line)
        option = options.get(_plain(found.group(1))) if found else None
        if found and option:
            raise InvalidInput(f"{where}.{option.name}", option.text, f"what the server does not change ({found.group(2)})")
        plugin = next((options[name] for name in options if name in ("plugin_load_add", "plugin_load")), None)
        if plugin and _NO_PLUGIN.search(line):
            raise InvalidInput(f"{where}.{plugin.name}", ", ".join(map(str, plugin.values)), f"plugins that are installed ({_words(line)})")


def reason(lines: Iterable[str]) -> str:
    """Why a server ends, out of the lines of its log."""
    lines = [line for line in (re.sub(r"[\x00-\x1f]", "", line).strip() for line in lines) if line]
    loud = [_words(line) for line in lines if "[ERROR]" in line and not line.endswith("Aborting")]
    plain = [line for line in lines if not _LEVEL.search(line)][-3:]
    return "; ".join(dict.fromkeys([*loud, *plain] or lines[-2:]))[:600].rstrip(".") or "it gives no reason"


def blamed(text: str, options: Mapping[str, Option]) -> Option | None:
    """The one option that a reason names, by its whole name."""
    named = {_plain(word) for word in re.findall(r"[A-Za-z][\w.-]*", text)}
    found = [option for name, option in options.items() if name in named]
    return found[0] if len(found) == 1 else None


def _words(line: str) -> str:
    return re.sub(r"^.*?\[(?:ERROR|Warning)\]\s*(?:\[[^]]*\]\s*)*(?:Buffered (?:error|warning): )?", "", line).strip()


def is_collected(name: str) -> bool:
    return name in CUMULATIVE
