# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a running server must be told so that it has the settings, users and certificate of its files. Pure.

Source: Redis 7.0, redis.conf and config.c; "ACL".
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ...._model.errors import InvalidInput, Refused

#: what CONFIG SET refuses: read at the start only
_AT_START = frozenset(
    {
        "aclfile", "always-show-logo", "appenddirname", "appendfilename", "bio_cpulist", "cluster-config-file", "cluster-enabled", "cluster-port",
        "daemonize", "databases", "dbfilename", "dir", "disable-thp", "enable-debug-command", "enable-module-command", "enable-protected-configs",
        "io-threads", "io-threads-do-reads", "logfile", "pidfile", "rdbchecksum", "server_cpulist", "set-proc-title", "supervised", "syslog-enabled",
        "syslog-facility", "syslog-ident", "tcp-backlog", "unixsocket", "unixsocketperm",
    }
)
_UNITS = {"": 1, "b": 1, "k": 1000, "kb": 1 << 10, "m": 10**6, "mb": 1 << 20, "g": 10**9, "gb": 1 << 30}
#: never shown
SECRET = frozenset({"masterauth", "requirepass", "tls-key-file-pass", "tls-client-key-file-pass"})
#: what the server adds to a user's rules when it lists them
_IMPLIED = frozenset({"sanitize-payload", "resetchannels", "-@all"})


@dataclass(frozen=True)
class Wanted:
    """What a server shall have: settings as redis.conf has them, its users' file's lines, its certificate's PEM text. None or empty: of no interest."""

    settings: Mapping[str, Any] = field(repr=False)
    users: Sequence[str] | None = field(default=None, repr=False)
    certificate: str | None = None


@dataclass(frozen=True)
class Running:
    """What a server that runs has: its settings (CONFIG GET), its users (ACL LIST), the certificate that it shows, and how many keys."""

    settings: Mapping[str, str] = field(repr=False)
    users: Sequence[str] = field(repr=False)
    certificate: str | None
    keys: int


@dataclass(frozen=True)
class Changes:
    """What a running server is told: settings that it has otherwise, and whether to read its users and its certificate once more."""

    settings: Mapping[str, str] = field(repr=False)
    users: bool
    certificate: bool


def changes(wanted: Wanted, running: Running) -> Changes:
    """What a running server takes without a restart.

    :raises InvalidInput: for a setting that the server does not know
    """
    return Changes(
        settings={name: value for name, value in different(wanted.settings, running.settings).items() if name not in _AT_START},
        users=bool(wanted.users) and users(wanted.users or ()) != users(running.users),
        certificate=bool(wanted.certificate) and _leaf(wanted.certificate or "") != _leaf(running.certificate or ""),
    )


def pending(name: str, wanted: Wanted, running: Running) -> list[str]:
    """The settings that only a restart brings, by name.

    :param name: the member's name
    :raises InvalidInput: for a setting that the server does not know
    :raises Refused: when a restart would cost the data
    """
    found = sorted(setting for setting in different(wanted.settings, running.settings) if setting in _AT_START)
    if found and running.keys and not persistent(running.settings):
        raise Refused(
            f"{name} has to be restarted for {', '.join(found)}, and its {running.keys} keys would be lost, since nothing is kept on disk."
            " Choose a persistence first.",
            member=name,
        )
    return found


def at_start(wanted: Mapping[str, Any], live: Mapping[str, str]) -> list[str]:
    """The names of the settings that the server has otherwise, and reads at its start only; those that it does not know are left out."""
    known = {name: value for name, value in wanted.items() if name.lower() in live}
    return sorted(name for name in different(known, live) if name in _AT_START)


def check_start(name: str, settings: Mapping[str, Any], entries: Collection[str]) -> None:
    """A server reads its log of changes only, where it keeps one, and starts empty when there is none yet, whatever the snapshot holds.

    :param settings: what the server would start with
    :param entries: the names in its data directory
    :raises Refused: when it would start empty over a snapshot
    """
    snapshot = text(settings.get("dbfilename", "dump.rdb"))
    if text(settings.get("appendonly", "no")) == "yes" and snapshot in entries and text(settings.get("appenddirname", "appendonlydir")) not in entries:
        raise Refused(
            f"{name} is down and has its data in {snapshot}, which it would not read with appendonly. Start it as it was; a running server changes over.",
            member=name,
        )


def persistent(settings: Mapping[str, str]) -> bool:
    """Whether a restart keeps the data."""
    return settings.get("appendonly") == "yes" or bool(settings.get("save", "").strip('"'))


def shown(name: str, value: str) -> str:
    """A setting's value as people may see it."""
    return "another one" if name in SECRET else f"'{value}'"


def text(value: Any) -> str:
    """A setting as redis.conf has it: YAML's booleans are ``yes`` and ``no``."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


def different(wanted: Mapping[str, Any], live: Mapping[str, str]) -> dict[str, str]:
    """The settings that the server has otherwise: ``{name: text}``.

    :param wanted: ``{name: value}`` as redis.conf shall have them
    :param live: ``{name: text}`` of CONFIG GET
    :raises InvalidInput: for a setting that the server does not know
    """
    for name in wanted:
        if name.lower() not in live:
            raise InvalidInput("settings", name, "settings that the server knows (CONFIG GET *)")
    return {name.lower(): text(value) for name, value in wanted.items() if not _same(text(value), live[name.lower()])}


def _same(wanted: str, live: str) -> bool:
    ours, theirs = _words(wanted), _words(live)
    # Of client-output-buffer-limit the server lists all classes, whichever were set.
    return ours == theirs or (len(ours) == 4 and any(theirs[at : at + 4] == ours for at in range(0, len(theirs), 4)))


def _words(value: str) -> list[str]:
    return [_word(word) for word in value.strip().strip('"').split()]


def _word(word: str) -> str:
    size = re.fullmatch(r"(\d+)([kmg]?b?)", word.lower())
    return str(int(size[1]) * _UNITS[size[2]]) if size else {"slave": "replica"}.get(word, word)


def users(lines: Iterable[str]) -> dict[str, frozenset[str]]:
    """``{user: rules}`` of the lines of a users' file or of ACL LIST; the order of rules on different things does not matter."""
    found = [line.split() for line in lines if line.startswith("user ")]
    return {words[1]: frozenset(words[2:]) - _IMPLIED for words in found}


def _leaf(pem: str) -> list[str]:
    """The words of the first certificate: a file may have its chain below it, and line ends differ."""
    return pem.partition("-----END")[0].split()
