# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What members have besides keys, and how they are given it: libraries of functions, settings for a while, and a save of what has arrived."""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from ...._guest.command import GuestError
from ..rules.belongings import Belongings
from ..rules.nodes import parse_info
from . import together
from .connection import Connections, Node, NodeError, plain

_POLL = 0.2
#: bytes a second at which a snapshot is written for certain, and seconds beyond that which it may take to begin
_WRITTEN, _BEGIN = 5 << 20, 60
#: seconds after which a log that is synced once a second has been
_SYNCED = 2


_COMMANDS = (("FUNCTION", "LIST", "WITHCODE"), ("MODULE", "LIST"), ("ACL", "LIST"), ("CONFIG", "GET", "*"))


def inspect(connections: Connections, names: Collection[str]) -> dict[str, Belongings]:
    """What each of these members has, by name; all are asked at the same time.

    :raises NodeError: for the first that does not answer
    """
    found = {}
    for name, replies in together.calls(connections, dict.fromkeys(names, _COMMANDS)).items():
        if isinstance(replies, NodeError):
            raise replies
        found[name] = _read(replies)
    return found


def _read(answers: Sequence[Any]) -> Belongings:
    replies = [None if isinstance(reply, NodeError) else plain(reply) for reply in answers]
    libraries, modules, users, config = replies
    return Belongings.of(
        None if libraries is None else {found["library_name"]: found["library_code"] for found in map(_dict, libraries)},
        None if modules is None else [_dict(found)["name"] for found in modules],
        users,
        _dict(config or []),
    )


def _dict(reply: Any) -> dict[str, Any]:
    return dict(reply) if isinstance(reply, dict) else dict(zip(reply[::2], reply[1::2]))


def load_libraries(node: Node, libraries: Mapping[str, str]) -> None:
    """Load libraries of functions that a member lacks; its replicas get them by replication. A name that is there already is an error."""
    node.calls([("FUNCTION", "LOAD", code) for code in libraries.values()])


def set_together(node: Node, settings: Mapping[str, str]) -> None:
    """Change settings together, all or none."""
    if settings:
        node.call("CONFIG", "SET", *(word for pair in settings.items() for word in pair))


def save(node: Node, kind: str | None, timeout: float) -> None:
    """Wait until all that a member has now is on its disk.

    :param kind: how it keeps its data, see `belongings.disk`
    :param timeout: seconds that it may take at least; more for much data
    :raises GuestError: with what the server says of it
    """
    if kind == "rdb":
        _save_snapshot(node, timeout)
    elif kind == "aof":
        _await_log(node, timeout)


def _save_snapshot(node: Node, timeout: float) -> None:
    used = int(parse_info(node.text("INFO", "memory")).get("used_memory", 0))
    deadline = time.monotonic() + timeout + _BEGIN + used / _WRITTEN
    began = None
    while True:
        said = parse_info(node.text("INFO", "persistence"))
        running = said.get("rdb_bgsave_in_progress") == "1" or said.get("aof_rewrite_in_progress") == "1" or said.get("loading") == "1"
        if began is not None and not running:
            if said.get("rdb_last_bgsave_status") != "ok" or int(said.get("rdb_last_save_time", 0)) < began:
                status = said.get("rdb_last_bgsave_status")
                raise GuestError(f"{node.name} has the keys that arrived, and could not save them: rdb_last_bgsave_status:{status}.")
            return
        if began is None and not running:
            began = _begin(node)
        if time.monotonic() > deadline:
            raise GuestError(f"{node.name} has the keys that arrived, and did not save them in time. They are in its memory, and in its replicas'.")
        time.sleep(_POLL)


def _begin(node: Node) -> int | None:
    """Begin a save; the server's time in seconds before it, None where another one is in the way, which does not have what came since it began."""
    now = int(node.call("TIME")[0])
    (reply,) = node.calls([("BGSAVE",)], check=False)
    if isinstance(reply, NodeError):
        if "in progress" in reply.message or "already" in reply.message:
            return None
        raise reply
    return now


def _await_log(node: Node, timeout: float) -> None:
    """The server writes its log before it answers, and has it synced once a second; what it says of that is looked at after the second is over."""
    time.sleep(_SYNCED)
    deadline = time.monotonic() + timeout
    while True:
        said = parse_info(node.text("INFO", "persistence"))
        if said.get("aof_last_write_status") == "ok" and said.get("aof_pending_bio_fsync", "0") == "0":
            return
        if time.monotonic() > deadline:
            raise GuestError(f"{node.name} has the keys that arrived, and its log is not on disk: aof_last_write_status:{said.get('aof_last_write_status')}.")
        time.sleep(_POLL)
