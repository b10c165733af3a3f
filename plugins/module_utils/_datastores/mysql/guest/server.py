# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The local MariaDB or MySQL server: what can be seen of it, whether it runs or not."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass

from ...._guest.command import GuestError, run
from ...._guest.systemd import Unit
from . import connection

#: in a data directory while it is being made, so that a half-made one is known as such
INITIALISING = ".stackdb-trove-initialising"
#: in a data directory while it is being received
RECEIVING = ".stackdb-trove-receiving"
#: in a data directory that was received completely
RECEIVED = ".stackdb-trove-received"

SOCKET = "/run/mysqld/mysqld.sock"
#: touched when the certificate was read anew by a server that ran
TLS_STAMP = "/run/stackdb-trove-tls.stamp"
# The first that is there tells; a copy begins in an empty directory, so a note beside it is newer.
_TABLES_VERSION = [(name, r"\A(\d+\.\d+\.\d+)") for name in ("mariadb_upgrade_info", "mysql_upgrade_info")]
_TABLES_VERSION += [(name, r"^server_version = (\d+\.\d+\.\d+)") for name in ("mariadb_backup_info", "xtrabackup_info")]
_NO_SCHEMAS = {"mysql", "performance_schema", "sys", "information_schema", "lost+found"}


@dataclass(frozen=True)
class Engine:
    """What differs between the two servers before they speak SQL.

    :param reload_tls: the statement that has certificates read anew
    """

    name: str
    service: Unit
    daemon: str
    reload_tls: str


ENGINES = {
    "mariadb": Engine("mariadb", Unit("mariadb.service"), "mariadbd", "FLUSH SSL"),
    "mysql": Engine("mysql", Unit("mysql.service"), "mysqld", "ALTER INSTANCE RELOAD TLS"),
}


def observe(engine, datadir):
    """What there is of the server; never fails because it is down.

    :param engine: one of ENGINES
    :param datadir: where its data shall be
    :return: ``{version, tables_version, service, reachable, error, variables, datadir}``; variables only of a server that answers, by their names in
        lower case; datadir as `look_at_data` returns it; configured is the data directory of the settings that are there
    """
    service = engine.service.show()
    seen = {
        "version": version(engine),
        "tables_version": tables_version(datadir),
        "service": {key: service[key] for key in ("state", "started", "enabled", "outdated")},
        "reachable": False,
        "error": None,
        "variables": None,
        "datadir": look_at_data(datadir),
        "configured": _configured(datadir),
    }
    if service["state"] in ("active", "reloading"):
        seen.update(_live())
    return seen


def _live():
    try:
        (rows,) = connection.query(SOCKET, "SHOW GLOBAL VARIABLES")
    except GuestError as error:
        return {"error": error.message}
    return {"reachable": True, "variables": {name.lower(): value for name, value in rows}}


def newer_than_start(paths, service):
    """Those of the certificate's files that a server which runs has not read yet."""
    if not service["started"]:
        return []
    read = max(service["started"], os.stat(TLS_STAMP).st_mtime if os.path.exists(TLS_STAMP) else 0)
    return [path for path in paths if os.path.exists(path) and os.stat(path).st_mtime > read]


def version(engine):
    """The installed server's version, e.g. ``10.11.18``, or None."""
    found = re.search(r"Ver (\d+\.\d+\.\d+)", run([engine.daemon, "--no-defaults", "--version"], check=False).stdout)
    return found.group(1) if found else None


def tables_version(datadir):
    """The version that MariaDB's system tables are of: mariadb-upgrade's and mariadb-install-db's own note of it, else that of the server which the
    data were copied from; None where neither is there."""
    for name, pattern in _TABLES_VERSION:
        found = re.search(pattern, _text(os.path.join(datadir, name)), re.MULTILINE)
        if found:
            return found.group(1)
    return None


def _text(path):
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read()
    except OSError:
        return ""


def look_at_data(path):
    """``{path, state, schemas, size, free}`` of a data directory; size and free are bytes of its file system, None where it is missing.

    state is ``blank``, ``initialising``, ``receiving`` (both half-made and good for nothing), ``received`` (complete, and not known to have served),
    ``initialised``, or ``foreign`` for files that are no database.
    """
    return {"path": path, "state": _state(path), "schemas": schemas(path), **_space(path)}


def _state(path):
    names = {name for name in _names(path) if name != "lost+found"}
    for state, marker in (("initialising", INITIALISING), ("receiving", RECEIVING), ("received", RECEIVED)):
        if marker in names:
            return state
    if not names:
        return "blank"
    return "initialised" if "mysql" in names or "ibdata1" in names else "foreign"


def _names(path):
    try:
        return os.listdir(path)
    except OSError:
        return []


def schemas(path):
    """The users' schemas: one directory each, as MariaDB's "Identifier to file name mapping" spells it."""
    own = [name for name in _names(path) if os.path.isdir(os.path.join(path, name)) and name not in _NO_SCHEMAS and name[0] not in "#."]
    return sorted(re.sub(r"@([0-9a-f]{4})", lambda code: chr(int(code.group(1), 16)), name) for name in own)


def _space(path):
    while not os.path.isdir(path) and path != "/":
        path = os.path.dirname(path)
    there = os.statvfs(path)
    return {"size": there.f_blocks * there.f_frsize, "free": there.f_bavail * there.f_frsize}


def _configured(datadir):
    """``{path, schemas}`` of another data directory that the settings name and users have schemas in; None where there is none."""
    path = "/var/lib/mysql"
    for line in run(["my_print_defaults", "mysqld", "mariadb"], check=False).stdout.splitlines():
        name, _equals, value = line.lstrip("-").partition("=")
        path = value.rstrip("/") if name == "datadir" else path
    found = [name for name in schemas(path) if os.path.join(path, name) != datadir]
    return {"path": path, "schemas": found} if found and path != datadir and os.path.isdir(os.path.join(path, "mysql")) else None
