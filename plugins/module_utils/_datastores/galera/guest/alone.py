# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The local member's system tables, upgraded while nobody but us reaches its server: outside of the cluster, before it joins again.

In a member that is Synced a replicated change of an account and mariadb-upgrade wait for each other for ever, and flow control then holds up every write on
every member. Galera's provider is not loaded here, so grastate.dat and the position of the data stay as the stop in order has left them.
"""

from __future__ import annotations

import os
import shutil
import time

from ...._guest import lock
from ...._guest.command import GuestError
from ...._guest.transient import Transient
from ...mysql.guest import connection
from ...mysql.guest.engines import MARIADB
from . import member, processes

_SERVER = Transient("stackdb-trove-tables", "A Galera member's server while its system tables are upgraded")
_DIRECTORY = "/run/stackdb-trove-alone"
_SOCKET = os.path.join(_DIRECTORY, "server.sock")
_DAEMON = "/usr/sbin/mariadbd"
# Neither the cluster, nor clients, nor a source, nor an event writes meanwhile: what is written would be on this member alone.
_ALONE = (
    "--wsrep-on=OFF",
    "--wsrep-provider=none",
    "--wsrep-cluster-address=",
    "--skip-networking",
    "--skip-slave-start",
    "--event-scheduler=OFF",
    f"--socket={_SOCKET}",
    f"--pid-file={_DIRECTORY}/server.pid",
)
_POLL = 0.25
_OPEN_FILES = 32768


def upgrade_tables(timeout: float) -> None:
    """Bring the system tables to the version of the program that is installed. The member's own service is stopped, in order, before.

    :raises GuestError: where they cannot be, and where the position in grastate.dat is another one afterwards
    """
    end(timeout)
    before = member.observe()["grastate"]
    _start(timeout)
    try:
        MARIADB.upgrade_tables(timeout, _SOCKET)
    finally:
        end(timeout)
    after = member.observe()["grastate"]
    if after != before:
        raise GuestError(f"grastate.dat said {before}, and says {after} after mariadb-upgrade, outside of the cluster. The member was not started.")


def end(timeout: float) -> None:
    """End the server in order, also one that a killed run has left; where it does not answer, systemd ends it."""
    if _SERVER.state() == "running":
        try:
            with connection.Connection(connection.local(_SOCKET)) as server:
                server.rows("SHUTDOWN")
        except GuestError:
            pass
        else:
            _wait_until_ended(timeout)
    _SERVER.forget()


def _start(timeout: float) -> None:
    """In a directory that nobody else gets into: its socket is the one way in."""
    shutil.rmtree(_DIRECTORY, ignore_errors=True)
    os.mkdir(_DIRECTORY, 0o700)
    shutil.chown(_DIRECTORY, MARIADB.user, MARIADB.user)
    # with the options of the unit's environment: encrypted data need their key
    words = [_DAEMON, *processes.unit_options(), *_ALONE]
    _SERVER.start(words, {}, int(2 * timeout), user=MARIADB.user, open_files=_OPEN_FILES)
    deadline = time.monotonic() + timeout
    while True:
        state = _SERVER.state()
        if state != "running":
            raise GuestError(f"The server did not start for its system tables: {_said()}")
        try:
            connection.query(_SOCKET, "SELECT 1")
        except GuestError as error:
            if time.monotonic() > deadline:
                end(timeout)
                raise GuestError(f"The server that was started for its system tables did not answer within {timeout:.0f} s: {error.message}") from None
        else:
            return
        lock.check_controller()
        time.sleep(_POLL)


def _wait_until_ended(timeout: float) -> None:
    deadline = time.monotonic() + timeout
    while _SERVER.state() == "running" and time.monotonic() < deadline:
        time.sleep(_POLL)


def _said() -> str:
    lines = _SERVER.log(40)
    return " / ".join([line for line in lines if "[ERROR]" in line][-3:] or lines[-3:])
