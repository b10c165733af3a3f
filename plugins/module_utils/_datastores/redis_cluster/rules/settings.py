# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a running Redis server must be told so that it has the settings, users and certificate of its files. Pure.

Source: Redis 7.0, redis.conf and config.c; "ACL".
"""

from __future__ import annotations

import re

from ...._model.errors import InvalidInput, Refused
from ...._plan.plan import Plan, loose

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


def text(value):
    """A setting as redis.conf has it: YAML's booleans are ``yes`` and ``no``."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


def different(wanted, live):
    """The settings that the server has otherwise: ``{name: text}``.

    :param wanted: ``{name: value}`` as redis.conf shall have them
    :param live: ``{name: text}`` of CONFIG GET
    :raises InvalidInput: for a setting that the server does not know
    """
    for name in wanted:
        if name.lower() not in live:
            raise InvalidInput("settings", name, "settings that the server knows (CONFIG GET *)")
    return {name.lower(): text(value) for name, value in wanted.items() if not _same(text(value), live[name.lower()])}


def _same(wanted, live):
    wanted, live = _words(wanted), _words(live)
    # Of client-output-buffer-limit the server lists all classes, whichever were set.
    return wanted == live or (len(wanted) == 4 and any(live[at : at + 4] == wanted for at in range(0, len(live), 4)))


def _words(value):
    return [_word(word) for word in value.strip().strip('"').split()]


def _word(word):
    size = re.fullmatch(r"(\d+)([kmg]?b?)", word.lower())
    return str(int(size[1]) * _UNITS[size[2]]) if size else {"slave": "replica"}.get(word, word)


def users(lines):
    """``{user: rules}`` of the lines of a users' file or of ACL LIST; the order of rules on different things does not matter."""
    found = [line.split() for line in lines if line.startswith("user ")]
    return {words[1]: frozenset(words[2:]) - _IMPLIED for words in found}


def plan(name, wanted, state):
    """The plan that adapts the running server, but for its restart.

    :param name: the member's name
    :param wanted: ``{settings, users, certificate}``: the settings, the users' file's lines, and the certificate's PEM text; the latter two
        are None or empty where they are not of interest
    :param state: ``{settings, users, certificate, keys}`` of the running server
    """
    changed = different(wanted["settings"], state["settings"])
    live = {key: value for key, value in changed.items() if key not in _AT_START}
    stale = wanted["certificate"] and _leaf(wanted["certificate"]) != _leaf(state["certificate"] or "")
    unlike = wanted["users"] and users(wanted["users"]) != users(state["users"])
    return Plan.of(
        [loose("update", "setting", key, f"from {_shown(key, state['settings'][key])} to {_shown(key, value)}", args=live) for key, value in live.items()],
        [loose("update", "users", name, "the users' file differs from what the server knows")] if unlike else [],
        [loose("update", "certificate", name, "the server shows another certificate than the one on disk")] if stale else [],
    )


def _leaf(pem):
    """The words of the first certificate: a file may have its chain below it, and line ends differ."""
    return pem.partition("-----END")[0].split()


def at_start(wanted, live):
    """The names of the settings that the server has otherwise, and reads at its start only."""
    known = {name: value for name, value in wanted.items() if name.lower() in live}
    return sorted(name for name in different(known, live) if name in _AT_START)


def pending(name, wanted, state):
    """The settings that only a restart brings, by name.

    :raises Refused: when a restart would cost the data
    """
    different(wanted["settings"], state["settings"])
    found = at_start(wanted["settings"], state["settings"])
    if found and state["keys"] and not persistent(state["settings"]):
        raise Refused(
            f"{name} has to be restarted for {', '.join(found)}, and its {state['keys']} keys would be lost, since nothing is kept on disk."
            " Choose a persistence first.",
            member=name,
        )
    return found


def restart(name, settings):
    """The plan that restarts the server for these settings."""
    if not settings:
        return Plan()
    return Plan.of([loose("restart", "server", name, f"it reads {', '.join(settings)} at its start only", "its slots are not served while it restarts")])


def check_start(name, settings, entries):
    """Redis reads its log of changes only, where it keeps one, and starts empty when there is none yet, whatever the snapshot holds.

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


def persistent(settings):
    """Whether a restart keeps the data."""
    return settings.get("appendonly") == "yes" or bool(settings.get("save", "").strip('"'))


def _shown(key, value):
    return "another one" if key in SECRET else f"'{value}'"
