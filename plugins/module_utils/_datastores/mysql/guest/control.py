# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Initialise, start and stop the local MariaDB or MySQL server, and change it while it runs."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable

from ...._guest import certificate, lock
from ...._guest.command import GuestError
from . import connection, data_directory, server
from .engines import Engine

_POLL = 0.2


def initialise(engine: Engine, datadir: str) -> None:
    """Create the system tables in an empty data directory. One that an earlier run left half-filled is emptied first."""
    data_directory.create(datadir)
    with data_directory.filling(datadir, data_directory.INITIALISING):
        engine.create_system_tables(datadir)


def start(engine: Engine, timeout: float) -> None:
    """Start the server, and wait until it answers root."""
    began = time.time()
    restarts = engine.service.show()["restarts"]
    if engine.service.show()["state"] not in ("active", "activating", "reloading"):
        engine.service.start()
    while True:
        service = engine.service.show()
        if service["state"] == "active" and _answers():
            return
        if service["restarts"] > restarts or service["substate"] == "auto-restart":
            stop(engine)
            raise _failure(engine, began, "it crashed")
        if service["state"] in ("failed", "inactive") and time.time() - began > 2:
            raise _failure(engine, began, "it ended")
        if time.time() - began > timeout:
            raise _failure(engine, began, f"it did not answer within {timeout} s")
        lock.check_controller()
        time.sleep(_POLL)


def _answers() -> bool:
    try:
        connection.query(connection.SOCKET, "SELECT 1")
    except GuestError:
        return False
    return True


def _failure(engine: Engine, began: float, reason: str) -> GuestError:
    lines = engine.service.log(200, since=began) + _error_log()
    loud = [line for line in lines if "[ERROR]" in line]
    tail = "\n".join((loud or lines)[-8:])
    return GuestError(f"The server could not be started: {reason}. Its log says:\n{tail}", log=lines[-40:])


def _error_log() -> list[str]:
    """The last lines of the log that Debian's MySQL keeps beside the journal."""
    try:
        with open("/var/log/mysql/error.log", encoding="utf-8", errors="replace") as file:
            return file.read()[-8000:].splitlines()
    except OSError:
        return []


def stop(engine: Engine) -> None:
    engine.service.stop()


def enable(engine: Engine, outdated: bool) -> None:
    """Let it start at boot, by the unit files that are there."""
    if outdated:
        engine.service.reload_files()
    engine.service.enable()


def set_live(statements: Iterable[str]) -> None:
    """Settings of a server that runs, as SET statements."""
    connection.query(connection.SOCKET, *statements)


def reload_tls(engine: Engine, files: Iterable[str], *more: str) -> None:
    """Have the server read its certificate again, and note what it has read. New connections use it; those that are there stay.

    :param files: of the certificate, its key and the CA
    :param more: statements for what else of the server has read them
    """
    digests = {path: certificate.digest(path) for path in files if os.path.exists(path)}
    connection.query(connection.SOCKET, engine.reload_tls, *more)
    certificate.note_read(digests, server.TLS_STAMP)
