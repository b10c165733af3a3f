# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a replica's source is dead, as this replica sees it: by TCP, by the greeting, and by what the replica still receives.

An error of TLS or of an account is an answer: it comes from a server that lives. Sources: tcp(7), connect(2); MySQL Internals, "Connection Phase",
Protocol::Handshake (its first byte is 10) and ERR_Packet (255).
"""

from __future__ import annotations

import errno
import socket
import time

from ..rules.info import Link, Probe
from .server import Server

#: seconds for a connection, and again for the greeting
_PATIENCE = 5.0
_POLL = 0.5
#: the most that a replica is watched while its connection stands; beyond it the connection counts as one that lives
_LONGEST = 75.0
_GONE = {errno.ECONNREFUSED, errno.EHOSTUNREACH, errno.ENETUNREACH, errno.EHOSTDOWN, errno.ETIMEDOUT}
_HANDSHAKE, _ERROR = 10, 255


def probe(server: Server, link: Link) -> Probe:
    """What this replica can say of its source.

    Where TCP finds nobody, a connection that stands from before is watched until it ends, which a server notices within its slave_net_timeout
    (replica_net_timeout), or until something comes in by it.
    """
    verdict, why = knock(link["host"], link["port"])
    if verdict != "dead":
        return {"verdict": verdict, "why": why}
    before = server.receiving()
    deadline = time.monotonic() + min(server.net_timeout() + _PATIENCE, _LONGEST)
    while True:
        now = server.receiving()
        if now is None:
            return {"verdict": "dead", "why": why}
        if now != before:
            return {"verdict": "alive", "why": f"{why}, and yet the replica goes on receiving from it by a connection that stands"}
        if time.monotonic() > deadline:
            return {"verdict": "alive", "why": f"{why}, and yet the replica's connection to it stands"}
        time.sleep(_POLL)


def knock(host: str, port: int, patience: float = _PATIENCE) -> tuple[str, str]:
    """``(verdict, why)`` of one connection without TLS and without an account: see Probe."""
    try:
        with socket.create_connection((host, port), timeout=patience) as connection:
            return _greeting(connection, patience)
    except socket.timeout:
        return "dead", f"no answer to TCP within {patience:g} s"
    except OSError as error:
        return ("dead" if error.errno in _GONE else "unknown"), f"TCP: {error.strerror or error}"


def _greeting(connection: socket.socket, patience: float) -> tuple[str, str]:
    try:
        packet = connection.recv(512)
    except socket.timeout:
        return "hung", f"it takes TCP connections, and does not greet within {patience:g} s"
    except OSError as error:
        return "alive", f"it takes TCP connections and ends them: {error.strerror or error}"
    if len(packet) < 6:
        return "alive", "it takes TCP connections and closes them"
    kind, rest = packet[4], packet[5:]
    if kind == _HANDSHAKE:
        return "alive", f"it greets as {rest.split(bytes(1))[0].decode('ascii', 'replace')}"
    if kind == _ERROR:
        return "alive", f"it says: {rest[2:].decode('utf-8', 'replace')}"
    return "alive", "another program than a database answers there"
