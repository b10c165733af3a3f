# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The local server as a source or a replica: how to reach it, and what can be seen of it."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, cast

from ...._guest import certificate, file_system
from ...._guest.command import GuestError
from ...._guest.systemd import Unit
from ...mysql.guest import connection as mysql
from ...mysql.guest.engines import ENGINES
from ..rules import events
from ..rules.info import Address, Info, Link, Tls, address_of
from . import probe
from .mariadb import MariaDb
from .mysql import MySql
from .server import Paths, Server

#: of a server that does not answer
_DATADIR = "/var/lib/mysql"
#: the first MySQL that knows the words used here: CHANGE REPLICATION SOURCE TO
_FIRST_MYSQL = (8, 0, 23)
_UNKNOWN = ("server_id", "server_uuid", "read_only", "super_read_only", "log_bin", "gtid", "logs_updates", "binlog_format", "executed", "logged",
            "position", "purged", "facts", "events")


def connect(where: Mapping[str, Any]) -> Server:
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


def observe(socket: str, cert: str | None = None, ask_source: bool = False) -> Info:
    """The server's info; never fails because a server is down.

    :param cert: the path of the member's certificate, for its names
    :param ask_source: whether to ask the source itself if it is dead, which may take a while; see `probe`
    """
    info: dict[str, Any] = {
        **_installed(),
        **dict.fromkeys(_UNKNOWN),
        "reachable": False,
        "error": None,
        "source": None,
        "replicas": [],
        "engines_not_copyable": {},
        "data_bytes": None,
        "volume": file_system.look(_DATADIR),
        "identity": certificate.identity(cert) if cert else None,
    }
    try:
        with connect(mysql.local(socket)) as server:
            info.update(_live(server, ask_source))
    except GuestError as error:
        info["error"] = error.message
    return cast(Info, info)


def _live(server: Server, ask_source: bool) -> dict[str, Any]:
    settings, link, paths = server.settings(), server.source(), server.paths()
    if link and ask_source:
        found = probe.probe(server, link)
        link["probe"], link["answers"] = found, found["verdict"] != "dead"
    return {
        **settings,
        **server.gtids(),
        "engine": server.engine,
        "reachable": True,
        "purged": server.purged() if settings["log_bin"] else None,
        "source": link,
        "replicas": server.replicas(),
        "engines_not_copyable": {**server.other_engines(), **server.versioned()},
        "data_bytes": _size(paths),
        "volume": file_system.look(paths["datadir"]),
        "facts": server.facts(),
        "events": events.names(events.enabled(server.events())),
    }


def remote(source: Address, tls: Tls) -> dict[str, Any]:
    """Where a source is, for an account and the certificate by which it is let in."""
    return mysql.remote(source.host, source.port, source.user, {"ca_cert": tls["ca_cert"], "client_cert": tls["client_cert"], "client_key": tls["client_key"]})


def of_source(link: Link) -> dict[str, Any]:
    """Where the source of a link is, for the account that the link uses."""
    return remote(address_of(link), link)


def _installed() -> dict[str, Any]:
    """``{engine, version, service}`` of the server that is installed, as far as can be said without it."""
    for engine in ENGINES.values():
        version = engine.version()
        if version:
            return {"engine": engine.name, "version": version, "service": _service(engine.service)}
    return {"engine": None, "version": None, "service": "inactive"}


def _service(unit: Unit) -> str:
    try:
        return unit.show()["state"]
    except GuestError:
        return "unknown"


def _size(paths: Paths) -> int:
    """Bytes of the files that a copy takes: all below the data directory but the binary logs of both kinds."""
    logs = tuple(f"{base}." for base in (paths["log_bin_basename"], paths["relay_log_basename"]) if base)
    total = 0
    for directory, _directories, names in os.walk(paths["datadir"]):
        for name in names:
            path = os.path.join(directory, name)
            if not path.startswith(logs):
                with suppress(FileNotFoundError):
                    total += os.stat(path).st_size
    return total
