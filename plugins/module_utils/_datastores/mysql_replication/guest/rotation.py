# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What proves that a source and its replicas run with new certificates: what the servers present, and how old their links are."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping, Sequence
from typing import Any

from ...mysql.guest import rotation
from ...mysql.guest.connection import local
from ...mysql.guest.server import TLS_STAMP
from ..rules.replication import is_account
from . import replication
from .links import readers, why_stale
from .server import Server


def stale(server: Server) -> list[str]:
    """What of a server's links is older than the certificates, sentences without its name: its own, and those of its replicas, by what it has read itself."""
    link, found = server.source(), []
    why = why_stale(link) if link else None
    if why:
        found.append(why)
    if any(is_account(user) for user, _host in _former(server)):
        found.append("a replica's link was there before it has read its certificate")
    return found


def others(server: Server) -> list[str]:
    """Who else reads the binary log, such as a backup, by a connection that was there before the certificate: nobody of this collection can renew it."""
    return sorted({f"{user}@{host}" for user, host in _former(server) if not is_account(user)})


def _former(server: Server) -> list[tuple[str, str]]:
    """Whose connections were there before the server has read its certificate."""
    read = time.time() - os.stat(TLS_STAMP).st_mtime if os.path.exists(TLS_STAMP) else None
    return [(user, host) for user, host, age in readers(server) if read is not None and age > read + 1]


def look(directory: str, peers: Sequence[str], socket: str, service: Mapping[str, Any]) -> dict[str, Any]:
    """The part of an info module's result that proves a rotation, see mysql.guest.rotation, and ``stale`` and ``others`` beside."""
    shown = rotation.look(directory, peers, service)
    if not shown:
        return {}
    with replication.connect(local(socket)) as server:
        return {"rotation": {**shown["rotation"], "stale": stale(server), "others": others(server)}}
