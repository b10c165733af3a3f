# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether links run with the certificates that are on the disks now: a connection that was there before they were replaced goes on with the former ones.

A link's age is asked of its source, in seconds, and compared with the age of files of one host alone, so that no clock is compared with another one.
"""

from __future__ import annotations

import os
import time

from ...._guest import lock
from ...._guest.command import GuestError
from ..rules.info import Link
from . import replication
from .server import Server

#: by which a server calls a connection that its binary log is sent by, "Binlog Dump" or "Binlog Dump GTID"
_DUMP = "Binlog Dump"
_POLL = 0.5


def ages(server: Server) -> list[int]:
    """Of the links that a server sends its binary log by, in seconds: all to its root, and to an account its own."""
    return [age for _user, _host, age in readers(server)]


def readers(server: Server) -> list[tuple[str, str, int]]:
    """Who reads a server's binary log, as user, host and seconds since when: not replicas alone."""
    rows = [row for row in server.connection.rows("SHOW PROCESSLIST") if str(row["Command"]).startswith(_DUMP)]
    return [(str(row["User"]), str(row["Host"]).rsplit(":", 1)[0], int(row["Time"] or 0)) for row in rows]


def why_stale(link: Link, margin: int = 1) -> str | None:
    """Why a replica's link does not run with the certificate that is on its disk; None where it does. It connects to the source with that certificate.

    :param margin: by how many of the source's whole seconds the link has to be the younger one. With two, it is so by one whenever that is asked later
    """
    try:
        with replication.connect(replication.of_source(link)) as source:
            found = ages(source)
    except GuestError as error:
        return f"its source does not let it in with its certificate: {error.message}"
    if not found:
        return "its source sends it nothing"
    changed = time.time() - max(os.stat(path).st_mtime for path in (link["ca_cert"], link["client_cert"], link["client_key"]))
    # whole seconds are told
    return None if min(found) + margin <= changed else "its link to its source was there before its certificate"


def renew(server: Server, timeout: float) -> str | None:
    """Have a replica connect to its source again, once at least, and return why it had to. What it applies goes on meanwhile.

    :raises GuestError: where the new link does not run within `timeout` seconds
    """
    link = server.source()
    if link is None:
        return None
    why, deadline = why_stale(link), time.monotonic() + timeout
    if link["io_running"] == "No":
        # nobody can tell somebody's wish from a run that was stopped in between, and a rotation is not proven without the link
        why = f"it was stopped, and was started ({link['io_error'] or why})"
    while True:
        server.stop_receiving()
        server.start_receiving()
        wrong = _settled(server, deadline)
        if wrong is None:
            return why
        if time.monotonic() > deadline:
            raise GuestError(f"The link was created again, and it is not proven that it runs with the new certificate: {wrong}.")


def _settled(server: Server, deadline: float) -> str | None:
    """What is wrong with a link that was just created; it has a second to come up, and until the deadline where it still connects."""
    wrong: str | None = "it does not run"
    while True:
        lock.check_controller()
        time.sleep(_POLL)
        link = server.source()
        if link is None:
            return "there is none"
        wrong = why_stale(link, 2) if link["io_running"] == "Yes" else link["io_error"] or "it does not run"
        if wrong is None or link["io_running"] == "Yes" or time.monotonic() > deadline:
            return wrong
