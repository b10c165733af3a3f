# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Initialise, start and set the local MariaDB or MySQL server."""

from __future__ import annotations

import os
import pwd
import shutil
import tempfile
import time

from ...._guest import lock
from ...._guest.command import GuestError, run
from . import connection as mysql
from . import server

_POLL = 0.2
_STOP_TIMEOUT = 900
# Root comes in by the local socket, and has no password. Source: MySQL Reference Manual, "Socket Peer-Credential Pluggable Authentication"
_MYSQL_ROOT = "INSTALL PLUGIN auth_socket SONAME 'auth_socket.so';\nALTER USER 'root'@'localhost' IDENTIFIED WITH auth_socket;\n"


def initialise(engine, datadir):
    """Make the system tables in an empty data directory. One that an earlier run left half-made is emptied first."""
    make_directory(datadir)
    with marked(datadir, server.INITIALISING):
        if engine.name == "mariadb":
            install_mariadb(datadir)
        else:
            _initialise_mysql(engine, datadir)


def install_mariadb(datadir):
    """Make the system tables: root comes in by the socket alone. Source: MariaDB, "mariadb-install-db"."""
    run(["mariadb-install-db", "--user=mysql", f"--datadir={datadir}", "--skip-test-db", "--auth-root-authentication-method=socket"], timeout=300)


def _initialise_mysql(engine, datadir):
    # mysqld wants an empty directory, so the marker waits beside it.
    with tempfile.NamedTemporaryFile("w", suffix=".sql", encoding="ascii") as file:
        file.write(_MYSQL_ROOT)
        file.flush()
        os.chmod(file.name, 0o644)
        made = os.path.join(datadir, ".made")
        run([engine.daemon, "--no-defaults", "--initialize-insecure", "--user=mysql", f"--datadir={made}", f"--init-file={file.name}"], timeout=300)
    for name in os.listdir(made):
        os.rename(os.path.join(made, name), os.path.join(datadir, name))
    os.rmdir(made)


class marked:  # noqa: N801 - reads as a phrase
    """Empty a data directory and mark it with a file as half-made, until the block ends well."""

    def __init__(self, datadir, name):
        self.datadir, self.path = datadir, os.path.join(datadir, name)

    def __enter__(self):
        begin(self.datadir, os.path.basename(self.path))

    def __exit__(self, kind, error, trace):
        if kind is None:
            os.unlink(self.path)


def begin(datadir, marker):
    """Put the marker down first, then empty the directory: one that was stopped in between is known as good for nothing.

    :raises GuestError: for a directory that holds anything and has no such marker: it is not ours to empty
    """
    state = server.look_at_data(datadir)["state"]
    if state not in ("blank", "initialising", "receiving"):
        raise GuestError(f"{datadir} holds data (it is {state}), and is not emptied.", datadir=datadir, state=state)
    path = os.path.join(datadir, marker)
    with open(path, "w", encoding="utf-8"):
        pass
    owner = pwd.getpwnam("mysql")
    os.chown(path, owner.pw_uid, owner.pw_gid)
    empty(datadir, keep=(marker, "lost+found"))


def empty(directory, keep):
    """Remove all that a directory holds, but for the names in `keep`."""
    for entry in list(os.scandir(directory)):
        if entry.name in keep:
            continue
        if entry.is_dir(follow_symlinks=False):
            shutil.rmtree(entry.path)
        else:
            os.unlink(entry.path)


def make_directory(datadir):
    os.makedirs(datadir, mode=0o750, exist_ok=True)
    shutil.chown(datadir, "mysql", "mysql")


def start(engine, timeout):
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


def upgrade_tables(timeout):
    """Bring MariaDB's system tables to the server's version, and note that version. MySQL's server does this by itself, before it answers.

    Nothing is applied meanwhile: a replica that applies the creation of an account, and the change of the tables of accounts, wait for each other
    for ever. A replica that is killed in between stays stopped, which its link says. Source: MariaDB, "mariadb-upgrade".
    """
    with mysql.Connection(mysql.local(server.SOCKET)) as connection:
        applies = any("Yes" in (row["Slave_IO_Running"], row["Slave_SQL_Running"]) for row in connection.rows("SHOW ALL SLAVES STATUS"))
        if applies:
            connection.run("STOP ALL SLAVES")
        run(["mariadb-upgrade", "--no-defaults", "--user=root", f"--socket={server.SOCKET}", "--silent"], timeout=timeout)
        if applies:
            connection.run("START ALL SLAVES")


def _answers():
    try:
        mysql.query(server.SOCKET, "SELECT 1")
    except GuestError:
        return False
    return True


def _failure(engine, began, reason):
    lines = engine.service.log(200, since=began) + _error_log()
    loud = [line for line in lines if "[ERROR]" in line]
    tail = "\n".join((loud or lines)[-8:])
    return GuestError(f"The server could not be started: {reason}. Its log says:\n{tail}", log=lines[-40:])


def _error_log():
    """The last lines of the log that Debian's MySQL keeps beside the journal."""
    try:
        with open("/var/log/mysql/error.log", encoding="utf-8", errors="replace") as file:
            return file.read()[-8000:].splitlines()
    except OSError:
        return []


def stop(engine):
    engine.service.stop(_STOP_TIMEOUT)


def enable(engine, outdated):
    """Let it start at boot, by the unit files that are there."""
    if outdated:
        engine.service.reload_files()
    engine.service.enable()


def set_live(statements):
    """Settings of a server that runs, as SET statements."""
    mysql.query(server.SOCKET, *statements)


def reload_tls(engine):
    """Have the server read its certificate anew, and remember when that was."""
    mysql.query(server.SOCKET, engine.reload_tls)
    with open(server.TLS_STAMP, "w", encoding="ascii"):
        pass
