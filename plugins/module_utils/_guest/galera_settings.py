# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The settings of the local Galera member: what its files say against what the running server has."""

from __future__ import annotations

import os

from . import mysql, mysql_server, mysql_server_control
from .command import GuestError, run

#: the role's file; what others have written into files of their own is theirs
FILE = "/etc/mysql/mariadb.conf.d/90-stackdb-galera.cnf"
#: touched when a running server was given the file's settings: it may show them in another form than the file has them
STAMP = "/run/stackdb-trove-settings.stamp"
# Source: MariaDB Server documentation, "Information Schema SYSTEM_VARIABLES Table"
_VARIABLES = "SELECT VARIABLE_NAME, GLOBAL_VALUE, READ_ONLY FROM information_schema.SYSTEM_VARIABLES WHERE GLOBAL_VALUE IS NOT NULL"


def observe(info):
    """What the role's file says and the server has; None where there is nothing to compare: it does not answer, or has read the file as it is.

    :param info: what `galera.observe` has found
    :return: ``{wanted, live, at_start, given}``: values by name of both, the names that the server calls read-only, and whether the running server was given
        what the file says since it was written
    """
    written, started = _written(FILE), info["service"]["started"]
    if not (info["reachable"] and started and written > started):
        return None
    try:
        (rows,) = mysql.query(mysql_server.SOCKET, _VARIABLES)
    except GuestError:
        return None
    return {
        "wanted": _wanted(),
        "live": {name.lower(): value for name, value, _read_only in rows},
        "at_start": {name.lower() for name, _value, read_only in rows if read_only == "YES"},
        "given": written <= _written(STAMP),
    }


def give(statements):
    """Have the running server take settings, as SET statements, and note when that was."""
    mysql_server_control.set_live(statements)
    with open(STAMP, "w", encoding="ascii"):
        pass


def _wanted():
    """The settings that the role's file has, with the values that the server would start with: a later file of somebody else's may have the last word."""
    ours = _settings([f"--defaults-file={FILE}", "mysqld"])
    return {name: value for name, value in _settings(["--mysqld"]).items() if name in ours}


def _settings(arguments):
    lines = run(["my_print_defaults", *arguments], check=False).stdout.splitlines()
    pairs = (line.lstrip("-").partition("=") for line in lines)
    return {name.replace("-", "_").lower(): value for name, _equals, value in pairs}


def _written(path):
    return os.stat(path).st_mtime if os.path.exists(path) else 0
