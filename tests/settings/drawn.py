# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Settings drawn from a server's own catalogue, written in the ways that YAML allows, and what the server should show then."""

from __future__ import annotations

import random
import re
from dataclasses import dataclass
from typing import Any

import guest

_UNITS = {"k": 10, "m": 20, "g": 30}


@dataclass(frozen=True)
class Known:
    """A variable: its kind is bool, number, float, enum, set, flags or text."""

    name: str
    kind: str
    value: str
    low: float = 0
    high: float = 0
    words: tuple[str, ...] = ()


def catalogue(server: guest.Guest) -> list[Known]:
    """The global variables that are options, too."""
    return _mariadb(server) if server.program.engine == "mariadb" else _mysql(server)


def _mariadb(server: guest.Guest) -> list[Known]:
    rows = server.sql(
        "SELECT VARIABLE_NAME, VARIABLE_TYPE, GLOBAL_VALUE, NUMERIC_MIN_VALUE, NUMERIC_MAX_VALUE, ENUM_VALUE_LIST FROM information_schema.SYSTEM_VARIABLES"
        " WHERE COMMAND_LINE_ARGUMENT IS NOT NULL AND GLOBAL_VALUE IS NOT NULL ORDER BY 1"
    )
    kinds = {"BOOLEAN": "bool", "ENUM": "enum", "SET": "set", "FLAGSET": "flags", "VARCHAR": "text", "DOUBLE": "float"}
    return [
        Known(name.lower(), kinds.get(kind.split()[0], "number"), value, float(low or 0), float(high or 0), tuple((words or "").split(",")))
        for name, kind, value, low, high, words in rows
    ]


def _mysql(server: guest.Guest) -> list[Known]:
    live = server.live()
    rows = server.sql("SELECT VARIABLE_NAME, DATA_TYPE, MIN_VALUE, MAX_VALUE FROM performance_schema.variables_metadata WHERE VARIABLE_SCOPE <> 'SESSION_ONLY'")
    kinds = {"Boolean": "bool", "Enumeration": "enum", "Set": "set", "String": "text", "Integer": "number", "Unsigned Integer": "number"}
    return [
        Known(name, kinds.get(kind, "float" if kind == "Numeric" else "number"), live[name], float(low or 0), float(high or 0), _words(name, live[name]))
        for name, kind, low, high in sorted(rows)
        if name in live
    ]


def _words(name: str, value: str) -> tuple[str, ...]:
    """MySQL does not say which words an enumeration has: the one that it has, and what is told of some."""
    told = {"event_scheduler": ("ON", "OFF"), "binlog_row_image": ("full", "minimal", "noblob"), "block_encryption_mode": ("aes-128-ecb", "aes-256-cbc")}
    return told.get(name, (value,))


def draw(rng: random.Random, known: Known) -> Any:
    """A plausible value, in one of the ways to write it."""
    if known.kind == "bool":
        on = rng.random() < 0.5
        return rng.choice([on, "ON" if on else "OFF", "on" if on else "off", "yes" if on else "no", int(on), "True" if on else "False"])
    if known.kind == "enum":
        word = rng.choice(known.words)
        return {"ON": True, "OFF": False}.get(word, word) if rng.random() < 0.5 else rng.choice([word, word.lower()])
    if known.kind in ("set", "flags"):
        words = rng.sample([word for word in known.words if word and word != "default"], k=min(2, len([w for w in known.words if w and w != "default"])))
        if known.kind == "flags":
            words = [f"{word}={rng.choice(['on', 'off'])}" for word in words]
        return rng.choice([words, ",".join(words)])
    if known.kind == "float":
        return rng.choice([float(known.value), float(known.value) / 2, known.value])
    if known.kind == "number":
        return _number(rng, known)
    return rng.choice([known.value, f"'{known.value}'"]) if known.value else ""


def _number(rng: random.Random, known: Known) -> Any:
    """Around what it has: far from it a server would take this machine's memory."""
    now = int(float(known.value))
    drawn = max(known.low, min(known.high or now, rng.choice([now, now + 1, now // 2, now * 2 if now < 1 << 26 else now, int(known.low)])))
    number = int(drawn)
    if number and number % 1024 == 0 and rng.random() < 0.5:
        return f"{number // 1024}{rng.choice('kK')}"
    return rng.choice([number, str(number)])


def spelled(rng: random.Random, name: str) -> str:
    name = name.replace("_", "-") if rng.random() < 0.4 else name
    name = name.upper() if rng.random() < 0.1 else name
    return f"loose_{name}" if rng.random() < 0.1 else name


def oracle(server: guest.Guest, settings: dict[str, Any]) -> dict[str, Any]:
    """What of some settings the server shows otherwise: {name: (asked, live)}. It knows nothing of the collection's way to compare."""
    live = server.live()
    wrong = {}
    for key, asked in settings.items():
        name = re.sub("^loose_", "", key.lower().replace("-", "_"))
        name = name if name in live else {"transaction_isolation": "tx_isolation", "transaction_read_only": "tx_read_only"}.get(name, name)
        if name in live and not _is(name, asked, live[name]):
            wrong[name] = (asked, live[name])
    return wrong


def _is(name: str, asked: Any, live: str) -> bool:
    asked = ",".join(map(str, asked)) if isinstance(asked, list) else "ON" if asked is None else str(asked)
    asked = asked[1:-1] if len(asked) > 1 and asked[0] == asked[-1] and asked[0] in "'\"" else asked
    if live in ("ON", "OFF"):
        return {"ON": {"on", "yes", "true", "1"}, "OFF": {"off", "no", "false", "0"}}[live].__contains__(asked.lower()) or asked.lower() == live.lower()
    if _as_number(live) is not None and _as_number(asked) is not None:
        if asked == "-1" and not live.startswith("-"):
            # taken only where it is the server's own default: it chooses then (autosized)
            return True
        return _near(_as_number(asked), _as_number(live))
    # a list may be expanded, or shown in another order
    parts, shown = ({part.strip().lower() for part in text.split(",")} for text in (asked, live))
    return parts <= shown or asked.rstrip("/") == live.rstrip("/") or (not asked and live in ("", "NULL"))


def _near(asked: float, live: float) -> bool:
    """What is rounded to blocks, or put within bounds, is refused; what this host does not allow is told in the module's remarks, which the test reads."""
    return asked == live or abs(asked - live) < 0.001


def _as_number(text: str) -> float | None:
    found = re.fullmatch(r"(-?[0-9.]+(?:e[+-]?\d+)?)([kmg]?)(?:i?b)?", text.strip().lower())
    if not found:
        return {"true": 1, "false": 0, "on": 1, "off": 0, "yes": 1, "no": 0}.get(text.lower())
    try:
        return float(found.group(1)) * (1 << _UNITS.get(found.group(2), 0))
    except ValueError:
        return None
