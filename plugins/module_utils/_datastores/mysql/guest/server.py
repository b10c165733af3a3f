# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What there is of the local MariaDB or MySQL server."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any, TypedDict

from ...._guest import certificate
from ...._guest.command import GuestError, run
from ...._guest.systemd import UnitState
from ..rules.settings import Waiting
from . import connection, data_directory, settings_file
from .data_directory import DataDirectory
from .engines import Engine

#: what a server that ran has read of its certificate, since its start
TLS_STAMP = "/run/stackdb-trove-tls.stamp"


class OtherData(TypedDict):
    """Another data directory than the wanted one, which the settings name and in which users have schemas."""

    path: str
    schemas: list[str]


class ServerInfo(TypedDict):
    """What was observed of a server.

    - version: the installed server's, tables_version: that of MariaDB's system tables; None where nothing says so
    - reachable: whether it answers root; error: why not, although its service runs
    - variables: by their names in lower case; None of a server that does not answer
    - configured: other data than those in `datadir`, or None
    - settings: what it has otherwise than the role's settings file
    """

    version: str | None
    tables_version: str | None
    service: UnitState
    reachable: bool
    error: str | None
    variables: dict[str, str] | None
    datadir: DataDirectory
    configured: OtherData | None
    settings: Waiting


def observe(engine: Engine, datadir: str, role: str) -> ServerInfo:
    """What there is of the server; never fails because it is down.

    :param role: whose settings it has
    :param datadir: where its data shall be
    """
    seen: ServerInfo = {
        "version": engine.version(),
        "tables_version": data_directory.tables_version(datadir),
        "service": engine.service.show(),
        "reachable": False,
        "error": None,
        "variables": None,
        "datadir": data_directory.look(datadir),
        "configured": _configured(datadir),
        "settings": Waiting({}, ()),
    }
    if seen["service"]["state"] in ("active", "reloading"):
        try:
            (rows,) = connection.query(connection.SOCKET, "SHOW GLOBAL VARIABLES")
        except GuestError as error:
            seen["error"] = error.message
        else:
            seen["reachable"] = True
            seen["variables"] = {name.lower(): value for name, value in rows}
            seen["settings"] = settings_file.observe(engine, role, seen["service"])
    return seen


def _configured(datadir: str) -> OtherData | None:
    path = "/var/lib/mysql"
    for line in run(["my_print_defaults", "mysqld", "mariadb"], check=False).stdout.splitlines():
        name, _equals, value = line.lstrip("-").partition("=")
        path = value.rstrip("/") if name == "datadir" else path
    found = [name for name in data_directory.schemas(path) if os.path.join(path, name) != datadir]
    is_other = found and path != datadir and os.path.isdir(os.path.join(path, "mysql"))
    return {"path": path, "schemas": found} if is_other else None


def unread_tls(paths: Sequence[str], service: Mapping[str, Any]) -> list[str]:
    """Those of the certificate's files that a server which runs has not read yet.

    :param service: ``{started}``
    """
    return certificate.unread(paths, service, TLS_STAMP)
