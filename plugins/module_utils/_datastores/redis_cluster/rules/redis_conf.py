# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The file redis.conf, and settings as people write them in YAML. Pure.

Source: Redis 7.0, redis.conf and config.c: a directive a line, its arguments split as a shell does (sdssplitargs); a directive that takes several
arguments takes them as one text in quotes, too, as all from 7.0 on do.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from ...._model.errors import InvalidInput
from ...._model.nearest import nearest

#: directives that are no settings: the server runs them when it reads its file, and neither CONFIG GET nor CONFIG SET knows them
_DIRECTIVES = {
    "include": "its settings themselves",
    "loadmodule": "settings of the server itself; modules are not supported",
    "loadmodule-ex": "settings of the server itself; modules are not supported",
    "rename-command": "settings that the server can show; commands are removed from accounts by their ACL rules (redis_cluster_users)",
    "user": "settings that the server can show; accounts are given by redis_cluster_users",
}
#: what makes a server a replica: members get their master by CLUSTER REPLICATE, and a cluster's server refuses to start with these
_REPLICATION = ("replicaof", "slaveof")
#: numbers that mean another thing in YAML than in redis.conf
_OCTAL = ("unixsocketperm",)
#: what the server writes to its nodes.conf, which has a space between its words: Redis 8.2.3 and Valkey 9.1.2 take any text, and crash when they start again
_IN_NODES_FILE = ("availability-zone", "cluster-announce-human-nodename")
_ESCAPES = {"\n": "\\n", "\r": "\\r", "\t": "\\t", "\a": "\\a", "\b": "\\b", '"': '\\"', "\\": "\\\\"}
_UNESCAPES = {"n": "\n", "r": "\r", "t": "\t", "a": "\a", "b": "\b"}
_WORD = re.compile(r'"((?:[^"\\]|\\.)*)"|\'((?:[^\'\\]|\\.)*)\'|(\S+)', re.DOTALL)
#: a size that follows from the host's memory stays as it is while it differs by less than this share: a new kernel may leave some MiB less
_NEAR = 0.03
_UNITS = {"": 1, "b": 1, "k": 1000, "kb": 1 << 10, "m": 10**6, "mb": 1 << 20, "g": 10**9, "gb": 1 << 30}


def check(asked: Mapping[Any, Any], reserved: Collection[str], address: str) -> dict[str, str]:
    """Settings as a user gives them: ``{name in lower case: text}``.

    :param reserved: names that are not the user's to set
    :param address: where the other members reach the server
    :raises InvalidInput: for a name that is reserved, twice there, or no setting's, and for a value that no setting has
    """
    found: dict[str, str] = {}
    for given, value in asked.items():
        name = str(given).lower()
        if name in _DIRECTIVES:
            raise InvalidInput("settings", name, _DIRECTIVES[name])
        if name in _REPLICATION or name in reserved:
            raise InvalidInput("settings", given, f"settings other than {', '.join(sorted({*reserved, *_REPLICATION}))}, which are not yours to set")
        if name in found:
            raise InvalidInput("settings", given, "each setting once; names in capital letters are the same")
        if not re.fullmatch(r"[a-z0-9][a-z0-9_.-]*", name):
            raise InvalidInput("settings", given, "names of settings, such as maxmemory-policy")
        found[name] = text(name, value)
        if name in _IN_NODES_FILE and not re.fullmatch(r"[\w.:/-]*", found[name], re.ASCII):
            raise InvalidInput(f"settings.{name}", value, "letters, digits and . : / _ -, since the server writes it to nodes.conf and would not start again")
    _check_bind(found.get("bind"), address)
    return found


def _check_bind(bind: str | None, address: str) -> None:
    """A server that does not listen where the others look for it is lost to the cluster, and to us."""
    if bind is None:
        return
    places = {word.lstrip("-") for word in bind.split()}
    if not places & {address, "*", "0.0.0.0", "::" if ":" in address else "*"}:
        raise InvalidInput("settings.bind", bind, f"addresses with {address} among them, by which the other members reach the server, or *")


def text(name: str, value: Any) -> str:
    """A setting's value as CONFIG SET takes it. Booleans are ``yes`` and ``no``, a list is its items with a space between.

    :raises InvalidInput: for what is no text, number, boolean or list of these
    """
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (list, tuple)) and value and not any(isinstance(item, (list, tuple)) for item in value):
        return " ".join(text(name, item) for item in value)
    if name in _OCTAL and not isinstance(value, str):
        raise InvalidInput(f"settings.{name}", value, "a text in quotes, such as '770': YAML reads 0770 as the number 504")
    if not isinstance(value, (str, int, float)) or (isinstance(value, str) and "\0" in value):
        raise InvalidInput(f"settings.{name}", value, "a text, a number, a boolean, or a list of these; an empty value is ''")
    return str(value).strip()


def unknown(name: str, known: Iterable[str]) -> InvalidInput:
    """The refusal of a name that the server does not know."""
    near = nearest(name.replace("_", "-"), known)
    return InvalidInput("settings", name, "settings that the server knows (CONFIG GET *)" + (f", such as {near}" if near else ""))


def settle(wanted: Mapping[str, str], before: Mapping[str, str]) -> dict[str, str]:
    """Sizes that follow from the host: where the server has nearly the same already, that stays. ``{name: text}``.

    :param before: what the server, or its file, has
    """
    return {name: before[name] if _near(value, before.get(name, "")) else value for name, value in wanted.items()}


def _near(wanted: str, has: str) -> bool:
    sizes = [size(value) for value in (wanted, has)]
    return None not in sizes and abs((sizes[0] or 0) - (sizes[1] or 0)) < _NEAR * (sizes[0] or 0)


def size(value: str) -> int | None:
    """Bytes, as memory sizes of redis.conf have them; None for what is none."""
    found = re.fullmatch(r"(\d+)([kmg]?b?)", value.strip().lower())
    return int(found[1]) * _UNITS[found[2]] if found else None


def render(settings: Mapping[str, str], head: str) -> str:
    """The file, a setting a line.

    :param head: a comment
    """
    return "".join([f"# {head}\n", *(f"{name} {quote(value)}\n" for name, value in sorted(settings.items()))])


def quote(value: str) -> str:
    """A value as one argument; what needs no quotes has none."""
    if re.fullmatch(r"[^\s\"'\\#\x00-\x1f]+", value):
        return value
    return '"' + "".join(_ESCAPES.get(char, char) for char in value) + '"'


def parse(lines: Iterable[str]) -> dict[str, str]:
    """``{name in lower case: text}`` of a file; the last line of a setting counts, as it does for the server."""
    found: dict[str, str] = {}
    for line in lines:
        words = [] if line.lstrip().startswith("#") else _words(line)
        if len(words) > 1:
            found[words[0].lower()] = " ".join(words[1:])
    return found


def _words(line: str) -> Sequence[str]:
    return [_plain(match) for match in _WORD.finditer(line)]


def _plain(match: re.Match[str]) -> str:
    double, single, bare = match.groups()
    if double is not None:
        return re.sub(r"\\(.)", lambda found: _UNESCAPES.get(found[1], found[1]), double, flags=re.DOTALL)
    return single.replace("\\'", "'") if single is not None else bare
