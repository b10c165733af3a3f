# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The local server as a source or a replica: how to reach it, and what can be seen of it."""

from __future__ import annotations

import os
import re
from contextlib import suppress

from ...._guest import certificate
from ...._guest.command import GuestError, run
from ...._guest.systemd import Unit
from ...mysql.guest import connection as mysql
from .mariadb import MariaDb
from .mysql import MySql

#: the first MySQL that knows the words used here: CHANGE REPLICATION SOURCE TO
_FIRST_MYSQL = (8, 0, 23)
_PATHS = ("datadir", "log_bin_basename", "relay_log_basename")
_UNKNOWN = ("server_id", "server_uuid", "read_only", "super_read_only", "log_bin", "gtid", "logs_updates", "binlog_format", "executed", "logged",
            "position", "purged")


def connect(where):
    """The Server (MariaDb or MySql) of a place that `mysql.local` or `mysql.remote` made; use it with ``with``.

    :raises GuestError: where nobody answers, or a MySQL that is too old
    """
    connection = mysql.Connection(where)
    version = connection.select(version="@@version")["version"]
    if "mariadb" in version.lower():
        return MariaDb(connection)
    if tuple(int(number) for number in re.findall(r"\d+", version)[:3]) < _FIRST_MYSQL:
        connection.close()
        raise GuestError(f"MySQL {version} is too old: 8.0.23 is the first that replicates in the words used here.")
    return MySql(connection)


def observe(socket, cert=None, probe=False):
    """The server's info, in the shape that `rules.replication` describes; never fails because a server is down.

    :param cert: the path of the member's certificate, for its names
    :param probe: whether to ask the source itself if it answers
    """
    info = {
        **_installed(),
        **dict.fromkeys(_UNKNOWN),
        "reachable": False,
        "error": None,
        "source": None,
        "replicas": [],
        "engines_not_copyable": {},
        "data_bytes": None,
        "identity": certificate.identity(cert) if cert else None,
    }
    try:
        with connect(mysql.local(socket)) as server:
            info.update(_live(server, probe))
    except GuestError as error:
        info["error"] = error.message
    return info


def _live(server, probe):
    settings = server.settings()
    paths = {name: settings.pop(name) for name in _PATHS}
    source = server.source()
    if source:
        source["answers"] = _answers(source) if probe else None
    return {
        **settings,
        **server.gtids(),
        "engine": server.engine,
        "reachable": True,
        "purged": server.purged() if settings["log_bin"] else None,
        "source": source,
        "replicas": server.replicas(),
        "engines_not_copyable": server.other_engines(),
        "data_bytes": _size(**paths),
    }


def of_source(source):
    """Where the source of a link is, for the account that the link uses."""
    return mysql.remote(source["host"], source["port"], source["user"], source)


def _answers(source):
    """Whether anybody listens there; one who turns us away is alive, too."""
    try:
        with connect(of_source(source)):
            return True
    except GuestError as error:
        return error.details.get("code") != mysql.UNREACHABLE


def _installed():
    """``{engine, version, service}`` of the server that is installed, as far as can be said without it."""
    for engine, program in (("mariadb", "mariadbd"), ("mysql", "mysqld")):
        found = re.search(r"Ver (\d+\.\d+\.\d+)", run([program, "--no-defaults", "--version"], check=False).stdout)
        if found:
            return {"engine": engine, "version": found.group(1), "service": _service(f"{engine}.service")}
    return {"engine": None, "version": None, "service": "inactive"}


def _service(unit):
    try:
        return Unit(unit).show()["state"]
    except GuestError:
        return "unknown"


def _size(datadir, log_bin_basename, relay_log_basename):
    """Bytes of the files that a copy takes: all below the data directory but the binary logs of both kinds."""
    logs = tuple(f"{base}." for base in (log_bin_basename, relay_log_basename) if base)
    total = 0
    for directory, _directories, names in os.walk(datadir):
        for name in names:
            path = os.path.join(directory, name)
            if not path.startswith(logs):
                with suppress(FileNotFoundError):
                    total += os.stat(path).st_size
    return total
