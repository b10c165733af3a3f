# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The settings of the local MariaDB or MySQL server: what a role's file says against what the running server has."""

from __future__ import annotations

import os

from ...._guest.command import GuestError, run
from . import connection, server

#: the roles' files; what others have written into files of their own is theirs
GALERA = "/etc/mysql/mariadb.conf.d/90-stackdb-galera.cnf"
REPLICATED = {engine: f"/etc/mysql/{engine}.conf.d/zz-stackdb-replica.cnf" for engine in server.ENGINES}
#: touched when a running server was given the file's settings: it may show them in another form than the file has them
STAMP = "/run/stackdb-trove-settings.stamp"
# Source: MariaDB Server documentation, "Information Schema SYSTEM_VARIABLES Table". MySQL has no such thing.
_VARIABLES = {
    "mariadb": "SELECT VARIABLE_NAME, GLOBAL_VALUE, READ_ONLY FROM information_schema.SYSTEM_VARIABLES WHERE GLOBAL_VALUE IS NOT NULL",
    "mysql": "SHOW GLOBAL VARIABLES",
}
_ALL_FILES = {"mariadb": ["--mysqld"], "mysql": ["mysqld"]}


def observe(engine, file, service):
    """What the file says and the server has; None where there is nothing to compare: it does not answer, or has read the file as it is.

    :param engine: ``mariadb`` or ``mysql``
    :param service: ``{state, started}``
    :return: ``{wanted, live, at_start, given}``: values by name of both, the names that the server calls read-only, and whether the running server was given
        what the file says since it was written
    """
    written, started = _written(file), service["started"]
    if not (started and written > started):
        return None
    try:
        (rows,) = connection.query(server.SOCKET, _VARIABLES[engine])
    except GuestError:
        return None
    return {
        "wanted": _wanted(engine, file),
        "live": {row[0].lower(): row[1] for row in rows},
        "at_start": {row[0].lower() for row in rows if row[2:] == ("YES",)},
        "given": written <= _written(STAMP),
    }


def note_given():
    """Note that the running server was given what the files say."""
    with open(STAMP, "w", encoding="ascii"):
        pass


def _wanted(engine, file):
    """The settings that the role's file has, with the values that the server would start with: a later file of somebody else's may have the last word."""
    ours = _settings([f"--defaults-file={file}", "mysqld"])
    return {name: value for name, value in _settings(_ALL_FILES[engine]).items() if name in ours}


def _settings(arguments):
    lines = run(["my_print_defaults", *arguments], check=False).stdout.splitlines()
    pairs = (line.lstrip("-").partition("=") for line in lines)
    return {name.replace("-", "_").lower(): value for name, _equals, value in pairs}


def _written(path):
    return os.stat(path).st_mtime if os.path.exists(path) else 0
