# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A throw-away server that is given settings, to see what it makes of them: no port, a directory of its own, the service's user, gone in a moment.

redis-server has no option that only checks a file. Source: Redis documentation, "CONFIG SET", "CONFIG GET".
"""

from __future__ import annotations

import contextlib
import os
import pwd
import re
import resource
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ...._guest.command import GuestError
from ...._model.errors import InvalidInput
from ..rules import redis_conf
from ..rules.settings import Tried
from .connection import NodeError, SocketNode, plain

#: what would reach out of the server's own directory, or be in the way of the trial itself; the server is not asked about it
_LEFT_OUT = frozenset({"pidfile", "unixsocket", "unixsocketperm", "unixsocketgroup", "syslog-enabled", "rdma-bind", "rdma-port", "bind"})
#: what keeps it to itself; in cluster mode, since some settings mean another thing there. An address after "-" need not be there, and this one never is
#: (RFC 5737), so it listens on no port
_OWN = {
    "port": "0", "tls-port": "0", "bind": "-192.0.2.1", "cluster-enabled": "yes", "cluster-config-file": "nodes.conf", "daemonize": "no", "supervised": "no",
    "logfile": "",
}  # fmt: skip
#: what follows from the limits of the process, and so is another one in the service
_BY_PROCESS = frozenset({"maxclients"})
#: seconds until it must answer; a machine may be busy
_START = 20
_POLL = 0.02
#: of some values the server writes what it cannot read when it starts again, such as a node's name with a blank in nodes.conf
_STARTS = 2
_FILES = 65536


def attempt(program: str, user: str | None, settings: Mapping[str, str], earlier: Iterable[str] = ()) -> Tried:
    """What a server of this program makes of settings.

    :param user: as whom it runs, where we are root
    :param settings: ``{name: text}``
    :param earlier: names of settings that an earlier run has asked for
    :raises InvalidInput: naming a setting that it does not know, or whose value it does not take, with its own words
    """
    given = {name: value for name, value in settings.items() if name not in _LEFT_OUT}
    with _started(program, user, given) as (node, words):
        if node is None:
            raise _refusal(program, user, given, words)
        values = _values(node)
        missing = sorted(name for name in settings if name not in values)
        if missing:
            raise redis_conf.unknown(missing[0], values)
        at_start = _at_start(node, values, {*settings, *earlier})
        # Set while it runs, some are checked once more.
        values = _values(node)
        _refuse_changed(settings, values)
        # Left out settings have not been given, so the server knows nothing of their values.
        told = {name: value for name, value in values.items() if name not in _LEFT_OUT | _BY_PROCESS}
        return Tried(told, at_start)


def _refuse_changed(settings: Mapping[str, str], values: Mapping[str, str]) -> None:
    """
    :raises InvalidInput: for a number that the server silently changes, such as ``databases`` in a cluster from Redis 8 on
    """
    for name in sorted(settings.keys() - _LEFT_OUT - _BY_PROCESS):
        asked, made = redis_conf.size(settings[name]), redis_conf.size(values[name])
        if None not in (asked, made) and asked != made:
            raise InvalidInput(f"settings.{name}", settings[name], f"a value that the server keeps; it sets {values[name]}")


def _at_start(node: SocketNode, values: Mapping[str, str], asked: Iterable[str]) -> frozenset[str]:
    """Which of the settings it reads at its start only: it refuses to set them, even to what they are."""
    names = sorted(name for name in asked if name in values and name not in _OWN)
    replies = node.calls([("CONFIG", "SET", name, values[name]) for name in names], check=False)
    return frozenset(name for name, reply in zip(names, replies) if isinstance(reply, NodeError) and re.search("immutable|protected", reply.message))


def _refusal(program: str, user: str | None, settings: Mapping[str, str], words: str) -> Exception:
    """Why a server did not start, in words that name the setting."""
    found = re.search(r">>> '([^\n]*)'\n(.*)", words)
    name, says = (found[1].split()[0], found[2].strip()) if found else (_alone(program, user, settings), _last(words))
    if name is None:
        return GuestError(f"A server with these settings does not start. It says: {says}")
    with _started(program, user, {}) as (node, _words):
        known = _values(node) if node else {}
    if known and name not in known:
        return redis_conf.unknown(name, known)
    return InvalidInput(f"settings.{name}", settings.get(name), f"what the server takes; it says: {says}")


def _alone(program: str, user: str | None, settings: Mapping[str, str]) -> str | None:
    """The first setting with which alone a server does not start: some values are looked at after the file was read, and then no line is named."""
    for name, value in settings.items():
        with _started(program, user, {name: value}) as (node, _words):
            if node is None:
                return name
    return None


def _last(words: str) -> str:
    """The last line, without process, time and level."""
    lines = words.strip().splitlines() or [""]
    return re.sub(r"^\d+:\w .*?\d [-.*#] ", "", lines[-1])


def _values(node: SocketNode) -> dict[str, str]:
    reply = plain(node.call("CONFIG", "GET", "*"))
    return dict(zip(reply[::2], reply[1::2]))


@contextlib.contextmanager
def _started(program: str, user: str | None, settings: Mapping[str, str]) -> Iterator[tuple[SocketNode | None, str]]:
    """A server with these settings, which has started once before in the same directory, or None and what it said when it ended."""
    directory = tempfile.mkdtemp(prefix="redis-trial-")
    process = node = None
    try:
        socket, file = os.path.join(directory, "socket"), os.path.join(directory, "redis.conf")
        own = {**_OWN, "unixsocket": socket, "dir": directory}
        with open(os.open(file, os.O_WRONLY | os.O_CREAT, 0o600), "w", encoding="utf-8") as made:
            made.write(redis_conf.render({**settings, **own}, "a trial of settings"))
        options = _as(user, directory, file)
        with open(os.path.join(directory, "log"), "w+", encoding="utf-8", errors="replace") as log:
            for _start in range(_STARTS):
                if node:
                    node.call("CLUSTER", "SAVECONFIG")
                    node.close()
                if process:
                    _end(process)
                with _many_files():
                    # a server that is asked while it runs, for which run_command would wait
                    # pylint: disable-next=ansible-bad-function
                    process = subprocess.Popen([program, file], cwd=directory, stdin=subprocess.DEVNULL, stdout=log, stderr=log, **options)
                node = _node(process, socket)
                if node is None:
                    break
            log.seek(0)
            yield node, log.read()
    finally:
        if node:
            node.close()
        if process:
            _end(process)
        shutil.rmtree(directory, ignore_errors=True)


def _end(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.wait()


def _as(user: str | None, *paths: str) -> dict[str, Any]:
    """How a process of that user is started, to whom the paths are given; ours where we are not root, or there is no such user."""
    if not user or os.geteuid() != 0:
        return {}
    try:
        entry = pwd.getpwnam(user)
    except KeyError:
        return {}
    for path in paths:
        os.chown(path, entry.pw_uid, entry.pw_gid)
    return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}


@contextlib.contextmanager
def _many_files() -> Iterator[None]:
    """A process that begins now may open many files, else it makes do with fewer clients than asked for (maxclients)."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(_FILES, before[0]), max(_FILES, before[1])))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)


def _node(process: subprocess.Popen[bytes], socket: str) -> SocketNode | None:
    """A connection to the server when it answers, None when it has ended."""
    deadline = time.monotonic() + _START
    while process.poll() is None:
        node = SocketNode("the trial server", socket)
        try:
            node.call("PING")
            return node
        except NodeError as error:
            node.close()
            reason = str(error)
        if time.monotonic() > deadline:
            raise GuestError(f"A server with these settings did not answer within {_START} s: {reason}")
        time.sleep(_POLL)
    return None
