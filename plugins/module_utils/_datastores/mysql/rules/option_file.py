# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Settings as a user writes them in YAML, and as lines of an option file that give exactly these values. Pure.

Source: MySQL Reference Manual, "Using Option Files"; MariaDB, "Configuring MariaDB with Option Files"; mysys/my_default.c of both, by which blanks around a
value and one pair of quotes around it are not its own, a backslash escapes, and # begins a comment outside of quotes.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

from ...._model.errors import InvalidInput

#: options that a server collects: each line adds one
CUMULATIVE = frozenset({
    "plugin_load_add", "binlog_do_db", "binlog_ignore_db", "replicate_do_db", "replicate_ignore_db", "replicate_do_table", "replicate_ignore_table",
    "replicate_wild_do_table", "replicate_wild_ignore_table", "replicate_rewrite_db", "ignore_db_dirs",
})  # fmt: skip
#: what is put before an option's name in an option file, and means something else than the name alone
PREFIXES = ("skip_", "disable_", "enable_", "maximum_")
#: and before the name of one that the server may do without
LOOSE = "loose_"

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_.-]*")
_PLAIN = re.compile(r"[A-Za-z0-9_./:,+@%=*-]+")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
# Both servers read a line into 4096 bytes, and take the rest for a line of its own.
_LONGEST = 4000


@dataclass(frozen=True)
class Option:
    """One setting.

    :param name: in lower case, with underscores and without loose_
    :param values: one line each; None is the bare word
    :param loose: whether the server may do without it
    :param truth: whether it was written as a truth value of YAML
    :param spelling: the name as the server spells it
    """

    name: str
    values: tuple[str | None, ...]
    loose: bool = False
    truth: bool = False
    spelling: str | None = None

    @property
    def text(self) -> str | None:
        """The value that counts, None for the bare word: a server goes by the last line."""
        return self.values[-1] if self.values else ""

    def lines(self) -> list[str]:
        name = (LOOSE if self.loose else "") + (self.spelling or self.name)
        return [name if value is None else f"{name} = {_quoted(value)}".rstrip() for value in self.values]


def read(settings: Mapping[str, Any], option: str) -> dict[str, Option]:
    """The settings by the names that a server knows them by.

    :param settings: as YAML gives them
    :param option: the name of the option that holds them, for messages
    :raises InvalidInput: for what cannot stand in an option file, and for a setting that is there twice
    """
    found: dict[str, Option] = {}
    written: dict[str, str] = {}
    for key, value in settings.items():
        made = _option(key, value, option)
        if made.name in found:
            raise InvalidInput(f"{option}.{key}", value, f"one of {written[made.name]} and {key}, which are the same setting")
        found[made.name], written[made.name] = made, str(key)
    return found


def _option(key: Any, value: Any, option: str) -> Option:
    if not isinstance(key, str) or not _NAME.fullmatch(key):
        raise InvalidInput(option, key, "names of settings: letters, digits, _, - and ., beginning with a letter")
    where = f"{option}.{key}"
    name = key.lower().replace("-", "_")
    loose = name.startswith(LOOSE)
    name = name[len(LOOSE) :] if loose else name
    made = Option(name, _values(where, name, value), loose, isinstance(value, bool))
    for line in made.lines():
        if len(line.encode()) > _LONGEST:
            _refuse(where, f"{value!s:.40}…", f"a line of at most {_LONGEST} bytes, which is what the servers read")
    return made


def _values(where: str, name: str, value: Any) -> tuple[str | None, ...]:
    if value is None:
        return (None,)
    if not isinstance(value, (list, tuple)):
        return (_text(where, value),)
    for item in value:
        if item is None or isinstance(item, (list, tuple, dict)):
            _refuse(where, value, "a list of texts or numbers")
    texts = [_text(where, item) for item in value]
    return tuple(texts) if name in CUMULATIVE else (",".join(texts),)


def _text(where: str, value: Any) -> str:
    if isinstance(value, bool):
        return "ON" if value else "OFF"
    if isinstance(value, float) and not math.isfinite(value):
        _refuse(where, value, "a finite number")
    if isinstance(value, dict):
        _refuse(where, value, "a text, a number, a truth value or a list of them")
    text = str(value)
    if _CONTROL.search(text):
        _refuse(where, text, "a text of one line, without control characters")
    return _unquoted(where, text)


def _unquoted(where: str, text: str) -> str:
    """Quotes around the whole are those of an option file, and not the value's."""
    quote = text[:1]
    if quote not in ('"', "'") or len(text) < 2 or not text.endswith(quote):
        return text
    inner = text[1:-1]
    if quote in inner:
        _refuse(where, text, "a text whose quotes are clear: an option file removes the outer ones, so put the other kind around it")
    return inner


def _refuse(where: str, value: object, allowed: str) -> NoReturn:
    raise InvalidInput(where, value, allowed)


def _quoted(value: str) -> str:
    if not value or _PLAIN.fullmatch(value):
        return value
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
