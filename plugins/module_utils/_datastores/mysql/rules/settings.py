# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a settings file says, what a server makes of it, and what one that runs has. Pure.

What a server makes of a text is known from a server alone: it rounds, expands and renames (utf8 is utf8mb3, TRADITIONAL seven modes). So each setting is
noted with the value that a server has shown for that text: one that was started for the purpose, or the one that serves, since it took it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import TypedDict

from .option_file import LOOSE, Option

_UNITS = {unit: 1 << power for unit, power in (("k", 10), ("m", 20), ("g", 30), ("t", 40), ("p", 50), ("e", 60))}
# Of a unit both servers read the first letter, in either case, and ignore the rest: 16MB is 16M. They refuse a fraction with a unit.
# Source: MySQL Reference Manual, "Program Option Modifiers"; what `mariadbd --verbose --help` and `mysqld --verbose --help` made of each.
_SIZE = re.compile(r"(-?\d+)([kmgtpe])(?:i?b)?")
_PLAIN = re.compile(r"-?\d+(?:\.\d+)?(?:e[+-]?\d+)?")
_WORDS = {"on": 1, "true": 1, "yes": 1, "off": 0, "false": 0, "no": 0}
#: options whose variable has another name. Source: MariaDB, "Server System Variables"
_VARIABLES = {"transaction_isolation": "tx_isolation", "transaction_read_only": "tx_read_only"}
#: what a verb changes while the server runs: the file says what holds after a start
_STATE = {"read_only", "super_read_only", "persisted_globals_load"}


class Entry(TypedDict):
    """A setting of the file.

    - lines: as they stand there; empty where it stands there no more
    - since: when these lines were written to a file that had others, seconds since the epoch
    - live: what a server shows for them; None where nobody knows, or where it is no variable
    - at_start: whether a server that runs has refused to take it
    """

    lines: list[str]
    since: float
    live: str | None
    at_start: bool


class Record(TypedDict):
    """What is known of a settings file.

    - version: of the server that has said what it makes of the settings
    - entries: by names; also of what was there before, and is still in a server that runs
    """

    version: str | None
    entries: dict[str, Entry]


EMPTY: Record = {"version": None, "entries": {}}


def lines_of(record: Record) -> dict[str, list[str]]:
    return {name: entry["lines"] for name, entry in record["entries"].items() if entry["lines"]}


def noted(old: Record, options: Mapping[str, Option], shown: Mapping[str, str], version: str | None, now: float, text: str) -> Record:
    """The record of a file with these options.

    :param shown: all variables of a server that was started with them, by name; empty where none was
    :param text: of the file as it is, which somebody may have edited: a server that was started then has not read what is noted
    """
    entries: dict[str, Entry] = {}
    stands = _standing(text)
    lines_of_all = {**dict.fromkeys(old["entries"], []), **{name: option.lines() for name, option in options.items()}}
    for name, lines in lines_of_all.items():
        before = old["entries"].get(name)
        entry: Entry = {"lines": lines, "since": now, "live": None, "at_start": bool(before and not lines and before["at_start"])}
        if before and before["lines"] == lines:
            entry = before if stands.get(name, []) == lines else {**before, "since": now}
        entries[name] = {**entry, "live": shown.get(variable_of(name, shown), entry["live"])}
    return {"version": version, "entries": entries}


def _standing(text: str) -> dict[str, list[str]]:
    """The lines of a file by the names of their settings."""
    found: dict[str, list[str]] = {}
    for line in text.splitlines():
        name = line.partition("=")[0].strip().lower().replace("-", "_")
        found.setdefault(name[len(LOOSE) :] if name.startswith(LOOSE) else name, []).append(line)
    return found


def variable_of(name: str, live: Collection[str]) -> str:
    return name if name in live else _VARIABLES.get(name, name)


@dataclass(frozen=True)
class Waiting:
    """What a server that runs has otherwise than its file.

    :param live: what it can be given, ``{variable: (value, wanted)}``
    :param pending: what only a restart brings, names of settings
    :param told: what it has read and holds with another value, see `taken.otherwise`
    """

    live: Mapping[str, tuple[str, str]]
    pending: tuple[str, ...]
    told: tuple[str, ...] = ()


def waiting(record: Record, live: Mapping[str, str], at_start: Collection[str], started: float, theirs: Collection[str] = ()) -> Waiting:
    """:param live: values by name, as ``SHOW GLOBAL VARIABLES`` has them
    :param at_start: the variables that this server does not take while it runs
    :param started: when it was started, seconds since the epoch
    :param theirs: settings of which another file has the last word
    """
    found: dict[str, tuple[str, str]] = {}
    pending = []
    for name, entry in record["entries"].items():
        variable = variable_of(name, live)
        if name in theirs or is_state(name, entry) or set(live.get(variable, "")) == {"*"}:
            continue
        has_read = entry["since"] <= started
        if variable in live and not _differs(name, entry, live[variable]):
            continue
        if variable not in live or variable in at_start or entry["at_start"]:
            pending += [] if has_read else [name]
        elif entry["live"] is not None or entry["lines"]:
            found[variable] = (live[variable], _wanted(entry))
    return Waiting(found, tuple(sorted(pending)))


def is_state(name: str, entry: Entry) -> bool:
    """A promotion switches the scheduler of events as the old source had it, unless the file says how it is."""
    return name in _STATE or (name == "event_scheduler" and not entry["lines"])


def differing(record: Record, live: Mapping[str, str]) -> list[str]:
    """The variables that a server has otherwise."""
    names = [(name, variable_of(name, live), entry) for name, entry in record["entries"].items() if not is_state(name, entry)]
    return [variable for name, variable, entry in names if variable in live and _differs(name, entry, live[variable])]


def _differs(name: str, entry: Entry, has: str) -> bool:
    if entry["live"] is not None:
        return not _shown_alike(entry["live"], has)
    return bool(entry["lines"]) and not says(name, _wanted(entry), has)


def _wanted(entry: Entry) -> str:
    if entry["live"] is not None:
        return entry["live"]
    return asked(entry["lines"][-1])


def asked(line: str) -> str:
    """What a line of the file gives its setting."""
    _name, equals, value = line.partition(" = ")
    return unquoted(value) if equals else "" if line.endswith(" =") else "ON"


def unquoted(value: str) -> str:
    """The value of a line that `Option.lines` has written."""
    return re.sub(r"\\(.)", r"\1", value[1:-1]) if value[:1] == '"' and len(value) > 1 else value


def _shown_alike(one: str, other: str) -> bool:
    """Two values as servers show them."""
    return one == other or (as_number(one) is not None and as_number(one) == as_number(other)) or one.rstrip("/") == other.rstrip("/")


def as_noted(record: Record, live: Mapping[str, str], started: float) -> Record:
    """The record, by what a server shows that has read the file at its start and was given nothing since."""
    entries: dict[str, Entry] = {}
    for name, entry in record["entries"].items():
        value = live.get(variable_of(name, live))
        if entry["since"] > started:
            entries[name] = entry
        elif entry["lines"]:
            entries[name] = {**entry, "live": entry["live"] if value is None else value}
    return {**record, "entries": entries}


def as_given(record: Record, taken: Mapping[str, str], refused: Collection[str]) -> Record:
    """The record, by what a server shows that was given settings while it runs.

    :param taken: variables with the values that it shows now
    :param refused: variables that it did not take
    """
    entries: dict[str, Entry] = {}
    for name, entry in record["entries"].items():
        variables = {name, _VARIABLES.get(name, name)}
        value = next((taken[variable] for variable in variables if variable in taken), None)
        entries[name] = {**entry, "live": entry["live"] if value is None else value, "at_start": entry["at_start"] or bool(variables & set(refused))}
    return {**record, "entries": entries}


def statements(name: str, value: str) -> list[str]:
    """Ways to say ``SET`` of a value as a server shows it, the likelier first: a number that is a text takes quotes."""
    text = "'" + value.replace("\\", "\\\\").replace("'", "''") + "'"
    plain = [value] if _PLAIN.fullmatch(value) else []
    return [f"SET GLOBAL `{name}` = {form}" for form in (*plain, text)]


# What a text means, where no server has been asked yet.


def required(wanted: Mapping[str, object], live: Mapping[str, str], names: Iterable[str]) -> dict[str, tuple[str, object]]:
    """Those of some settings that a server which runs has otherwise, ``{name: (live value, wanted value)}``."""
    return {name: (live[name], wanted[name]) for name in names if name in wanted and name in live and not says(name, wanted[name], live[name])}


def says(name: str, wanted: object, live: str) -> bool:
    """Whether a text and what a server shows are the same value, as far as texts can tell: ``512M`` and ``536870912``, ``ON`` and ``1``.

    log_bin holds a path and is shown as ON.
    """
    wanted_number, live_number = as_number(wanted), as_number(live)
    if name == "log_bin" and live == "ON":
        return wanted_number != 0
    if wanted_number is not None and live_number is not None:
        return wanted_number == live_number
    return live_number is None and _list(wanted) == _list(live)


def as_number(value: object) -> int | float | None:
    """A number, a size such as 512M or a truth value as a number; None for any other text."""
    text = str(value).strip().lower()
    if text in _WORDS:
        return _WORDS[text]
    size = _SIZE.fullmatch(text)
    if size:
        return int(size.group(1)) * _UNITS[size.group(2)]
    if not _PLAIN.fullmatch(text):
        return None
    return float(text) if "." in text or "e" in text else int(text)


def _list(value: object) -> list[str]:
    # the server ends a directory's path with a slash
    return [part.strip().rstrip("/") for part in str(value).lower().split(",")]
