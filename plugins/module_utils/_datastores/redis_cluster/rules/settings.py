# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a running server must be told so that it has the settings, users and certificate of its files. Pure.

Source: Redis 7.0, redis.conf and config.c; "ACL".
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ...._model.errors import Refused
from .redis_conf import size, text, unknown
from .running import Running, users

#: what CONFIG SET refuses: read at the start only
_AT_START = frozenset(
    {
        "aclfile", "always-show-logo", "appenddirname", "appendfilename", "bio_cpulist", "cluster-config-file", "cluster-enabled", "cluster-port",
        "daemonize", "databases", "dbfilename", "dir", "disable-thp", "enable-debug-command", "enable-module-command", "enable-protected-configs",
        "io-threads", "io-threads-do-reads", "logfile", "pidfile", "rdbchecksum", "server_cpulist", "set-proc-title", "supervised", "syslog-enabled",
        "syslog-facility", "syslog-ident", "tcp-backlog", "unixsocket", "unixsocketperm",
    }
)
#: files that the server keeps for itself (CONFIG_MIN_RESERVED_FDS)
_OWN_FILES = 32
#: never shown
SECRET = frozenset({"masterauth", "requirepass", "tls-key-file-pass", "tls-client-key-file-pass"})


@dataclass(frozen=True)
class Tried:
    """What a throw-away server read from settings: all that CONFIG GET shows of it, and which of those that were asked for it reads at its start only."""

    values: Mapping[str, str] = field(default_factory=dict, repr=False)
    at_start: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Wanted:
    """What a server shall have: settings as redis.conf has them, its users' file's lines, its certificate's PEM text. None or empty: of no interest."""

    settings: Mapping[str, Any] = field(repr=False)
    users: Sequence[str] | None = field(default=None, repr=False)
    certificate: str | None = None
    tried: Tried = Tried()


@dataclass(frozen=True)
class Changes:
    """What a running server is told: settings that it has otherwise, and whether to read its users and its certificate once more."""

    settings: Mapping[str, str] = field(repr=False)
    users: bool
    certificate: bool


def join(free: Mapping[str, str], fixed: Mapping[str, str], before: Mapping[str, str], tried: Tried, users: Sequence[str] | None, certificate: str) -> Wanted:
    """What a server shall have: what it is asked for now, and for what an earlier run has asked besides, its own defaults.

    These stay in its file, too: a restart that one of them waits for may come in a later run.

    :param free: the settings that were tried; `fixed`: those that were not
    :param before: the settings of the earlier run, as its file has them
    """
    dropped = {name: tried.values[name] for name in before if name not in {**free, **fixed} and name not in SECRET and name in tried.values}
    judged = {name: value for name, value in tried.values.items() if name in free or name in dropped}
    return Wanted({**free, **dropped, **fixed}, users, certificate, Tried(judged, tried.at_start))


def changes(wanted: Wanted, running: Running) -> Changes:
    """What a running server takes without a restart.

    :raises InvalidInput: for a setting that the server does not know
    """
    return Changes(
        settings={name: value for name, value in _different(wanted, running).items() if not _waits(name, wanted, running)},
        users=bool(wanted.users) and users(wanted.users or ()) != users(running.users),
        certificate=bool(wanted.certificate) and _leaf(wanted.certificate or "") != _leaf(running.certificate or ""),
    )


def pending(name: str, wanted: Wanted, running: Running) -> list[str]:
    """The settings that only a restart brings, by name.

    :param name: the member's name
    :raises InvalidInput: for a setting that the server does not know
    :raises Refused: when a restart would cost the data
    """
    found = sorted(setting for setting in _different(wanted, running) if _waits(setting, wanted, running))
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
    snapshot = text("dbfilename", settings.get("dbfilename", "dump.rdb"))
    log = text("appenddirname", settings.get("appenddirname", "appendonlydir"))
    if text("appendonly", settings.get("appendonly", "no")) == "yes" and snapshot in entries and log not in entries:
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


def different(wanted: Mapping[str, Any], live: Mapping[str, str], made: Mapping[str, str] | None = None) -> dict[str, str]:
    """The settings that the server has otherwise: ``{name: text}``.

    :param wanted: ``{name: value}`` as redis.conf shall have them
    :param live: ``{name: text}`` of CONFIG GET
    :param made: what a server of the program that is installed created of them, where it was asked: it knows its units and spellings best
    :raises InvalidInput: for a setting that the server does not know
    """
    made = made or {}
    for name in wanted:
        if name.lower() not in {**live, **made}:
            raise unknown(name, live)
    texts = {name.lower(): text(name.lower(), value) for name, value in wanted.items()}
    # What it made of them is what it is told, too: of client-output-buffer-limit that has all classes, whichever were given.
    meant = {name: made.get(name, value) for name, value in texts.items()}
    return {name: value for name, value in meant.items() if name not in live or not (live[name] == value if name in made else _same(value, live[name]))}


def _different(wanted: Wanted, running: Running) -> dict[str, str]:
    return different(wanted.settings, running.settings, wanted.tried.values)


def _waits(name: str, wanted: Wanted, running: Running) -> bool:
    """Whether only a restart brings a setting; also one that is new in a server which is installed, and does not run yet."""
    if name == "maxclients" and running.files and (size(text(name, wanted.settings.get(name, ""))) or 0) > running.files - _OWN_FILES:
        # The unit's limit follows the setting, and holds from the next start on.
        return True
    return name in _AT_START or name in wanted.tried.at_start or name not in running.settings


def _same(wanted: str, live: str) -> bool:
    ours, theirs = _words(wanted), _words(live)
    # Of client-output-buffer-limit the server lists all classes, whichever were set.
    return ours == theirs or (len(ours) == 4 and any(theirs[at : at + 4] == ours for at in range(0, len(theirs), 4)))


def _words(value: str) -> list[str]:
    return [_word(word) for word in value.strip().strip('"').split()]


def _word(word: str) -> str:
    found = size(word)
    return str(found) if found is not None else {"slave": "replica"}.get(word, word)


def _leaf(pem: str) -> list[str]:
    """The words of the first certificate: a file may have its chain below it, and line ends differ."""
    return pem.partition("-----END")[0].split()
