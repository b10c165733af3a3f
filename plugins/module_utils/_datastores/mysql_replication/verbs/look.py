# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the verbs see of servers before they plan."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..guest.server import Server
from ..rules.info import Logs, Seen, State


@dataclass(frozen=True)
class Observed:
    """What a verb has seen.

    :param local: the server that it changes
    """

    local: Seen


def look(server: Server) -> Seen:
    """What is seen of the local server: an info without what takes long to find out."""
    return {**look_at_state(server), "source": server.source()}


def look_at_state(server: Server) -> State:
    """What any account may see of a server."""
    return {"engine": server.engine, **server.settings(), **server.gtids()}


def look_at_logs(server: Server) -> Logs:
    state = look_at_state(server)
    return {**state, "purged": server.purged() if state["log_bin"] else ""}


def view(local: Seen) -> dict[str, Any]:
    """A server and its link, for the result and the diff."""
    link = local["source"]
    shown = link and {
        "host": link["host"],
        "port": link["port"],
        "user": link["user"],
        "tls": link["tls"],
        "io_running": link["io_running"],
        "sql_running": link["sql_running"],
    }
    return {"source": shown, "read_only": local["read_only"]}
