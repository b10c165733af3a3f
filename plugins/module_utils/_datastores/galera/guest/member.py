# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The local Galera member: what can be seen of it, from the server where it answers and from its files where it does not."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from ...._guest import file_system, stopped
from ...._guest.command import GuestError, run
from ...._guest.systemd import Unit
from ...._model.upgrade import upstream
from ...mysql.guest import connection, data_directory
from ...mysql.guest.data_directory import Path
from ...mysql.guest.engines import MARIADB
from ..rules.info import Data, Grastate, Info, Use, Wsrep
from . import applier

SERVICE = MARIADB.service
SOCKET = Unit("mariadb.socket")

#: in a data directory while `mariadb-install-db` fills it, so that a half-filled one is known as such
UNFINISHED = data_directory.INITIALISING

#: what a state transfer leaves in a data directory; with _SST behind it where another start came after it
_COPIED = ("xtrabackup_galera_info", "mariadb_backup_galera_info", "donor_galera_info")


def observe(address: str | None = None) -> Info:
    """What there is of the member; never fails because it is down.

    :param address: the address that other members reach this one by; handed through
    """
    settings = _settings()
    service = SERVICE.show()
    info: Info = {
        "address": address,
        "node_address": settings.wsrep_node_address,
        "configured_members": _configured(settings.wsrep_cluster_address),
        "version": MARIADB.version(),
        "running": None,
        "tables_version": data_directory.tables_version(settings.datadir),
        "service": {
            "state": service["state"],
            "started": service["started"],
            "enabled": service["enabled"],
            "outdated": service["outdated"],
            "socket_activation": SOCKET.show()["enabled"],
        },
        "cluster_name": {"configured": settings.wsrep_cluster_name, "live": None},
        "grastate": _grastate(settings.datadir),
        "last_view": _last_view(settings.datadir),
        "datadir": _datadir(settings.datadir),
        "volume": file_system.look(settings.datadir),
        "reachable": False,
        "error": None,
        "wsrep": None,
        "stopped": stopped.read(SERVICE),
    }
    if service["state"] in ("active", "reloading"):
        try:
            with connection.Connection({**connection.local(settings.socket), "read_timeout": 10}) as server:
                info["cluster_name"]["live"], info["wsrep"] = _live(server)
                info["running"] = _running(server)
        except GuestError as error:
            info["error"] = error.message
        else:
            info["reachable"] = True
    return info


_CLIENTS = (
    "SELECT COUNT(*) AS clients FROM information_schema.PROCESSLIST WHERE USER NOT IN ('system user', 'event_scheduler') AND ID <> CONNECTION_ID()"
)


def _live(server: applier.Rows) -> tuple[str | None, Wsrep]:
    """What the server says of itself: its cluster's name, and how it is there."""
    status = _pairs(server, "SHOW GLOBAL STATUS LIKE 'wsrep_%'")
    variables = _pairs(server, "SHOW GLOBAL VARIABLES WHERE Variable_name IN ('wsrep_on', 'wsrep_cluster_name', 'wsrep_provider_options')")
    addresses = _addresses(status.get("wsrep_incoming_addresses") or "")
    return variables.get("wsrep_cluster_name"), {
        "on": variables.get("wsrep_on") == "ON",
        "ready": status.get("wsrep_ready") == "ON",
        "connected": status.get("wsrep_connected") == "ON",
        "local_state": status.get("wsrep_local_state_comment"),
        "cluster_status": status.get("wsrep_cluster_status"),
        "cluster_size": int(status.get("wsrep_cluster_size") or 0),
        "cluster_state_uuid": status.get("wsrep_cluster_state_uuid"),
        "local_state_uuid": status.get("wsrep_local_state_uuid"),
        "last_committed": int(status.get("wsrep_last_committed") or -1),
        "addresses": addresses,
        "members": len(addresses),
        "looks": applier.looks(server),
        "cached_downto": int(status.get("wsrep_local_cached_downto") or 0),
        "cache_bytes": _cache_bytes(variables.get("wsrep_provider_options") or ""),
        "set_bytes": sum(int(status.get(f"wsrep_{which}_bytes") or 0) for which in ("replicated", "received")),
        **_use(server, status),
    }


def _cache_bytes(options: str) -> int | None:
    """gcache.size: ``gcache.size = 128M;``. Source: Galera documentation, "Galera Parameters"."""
    found = re.search(r"(?:^|;)\s*gcache\.size\s*=\s*(\d+)([KMGT]?)", options)
    return int(found.group(1)) * 1024 ** " KMGT".index(found.group(2) or " ") if found else None


def _running(server: applier.Rows) -> str | None:
    """``10.11.19-MariaDB-0+deb12u1`` is 10.11.19."""
    rows = server.rows("SELECT VERSION() AS version")
    return upstream(rows[0]["version"]) if rows else None


def _use(server: applier.Rows, status: Mapping[str, str]) -> Use:
    """How much it is used: the server's uptime in seconds, what it has committed since its start for clients of its own, and how many of these there are."""
    uptime = _pairs(server, "SHOW GLOBAL STATUS LIKE 'Uptime'")
    clients = server.rows(_CLIENTS)
    return {
        "commits": int(status.get("wsrep_local_commits") or 0),
        "uptime": int(uptime.get("Uptime") or 0),
        "clients": int(clients[0]["clients"]) if clients else 0,
    }


def _pairs(connection: applier.Rows, statement: str) -> dict[str, str]:
    return {row["Variable_name"]: row["Value"] for row in connection.rows(statement)}


def _addresses(text: str) -> list[str]:
    """``10.0.0.1:3306,[2001:db8::1]:3306`` without the ports; an arbitrator's is empty."""
    return [entry.rpartition(":")[0].strip("[]") for entry in text.split(",") if entry]


def _configured(address: str) -> list[str]:
    """``gcomm://10.0.0.1,[2001:db8::1]:4567?option=1`` without the ports and options."""
    entries = address.partition("://")[2].partition("?")[0].split(",")
    return [re.sub(r"^\[(.*)\](:\d+)?$|^([^:]*)(:\d+)?$", r"\1\3", entry.strip()) for entry in entries if entry.strip()]


def identity(info: Info) -> dict[str, Any]:
    """``{id, addresses}`` of the server as it knows itself: its state UUID, and wsrep_node_address."""
    live = info["wsrep"]["local_state_uuid"] if info["wsrep"] else None
    uuid = live or (info["grastate"]["uuid"] if info["grastate"] else None)
    return {"id": uuid, "addresses": [info["node_address"]] if info["node_address"] else []}


@dataclass(frozen=True)
class _Settings:
    """The server's settings that matter here; the defaults where no server is installed."""

    datadir: str = "/var/lib/mysql"
    socket: str = connection.SOCKET
    wsrep_cluster_name: str | None = None
    wsrep_node_address: str | None = None
    wsrep_cluster_address: str = ""


def _settings() -> _Settings:
    """By the server's own reading of its files."""
    found = {}
    for line in run(["my_print_defaults", "--mysqld"], check=False).stdout.splitlines():
        name, _equals, value = line.lstrip("-").partition("=")
        found[name.replace("-", "_")] = value
    if found.get("wsrep_node_address"):
        # one of version 6 is written in brackets
        found["wsrep_node_address"] = found["wsrep_node_address"].strip("[]")
    return _Settings(**{field.name: found[field.name] for field in fields(_Settings) if field.name in found})


def socket() -> str:
    """Where root finds the server."""
    return _settings().socket


def receiving() -> float | None:
    """How many GiB are used on its volume while a state transfer fills the data directory; None where none does."""
    datadir = _settings().datadir
    volume = file_system.look(datadir) if _datadir(datadir)["receiving"] else None
    return volume["used"] if volume else None


def _grastate(datadir: Path) -> Grastate | None:
    found = dict(re.findall(r"^(uuid|seqno|safe_to_bootstrap):\s*(\S+)", _read(datadir, "grastate.dat"), re.MULTILINE))
    if "uuid" not in found:
        return None
    return {"uuid": found["uuid"], "seqno": int(found.get("seqno", -1)), "safe_to_bootstrap": found.get("safe_to_bootstrap") == "1"}


def _last_view(datadir: Path) -> int | None:
    """How many members gvwstate.dat names; Galera removes the file at a clean stop."""
    members = re.findall(r"^member:", _read(datadir, "gvwstate.dat"), re.MULTILINE)
    return len(members) or None


def _datadir(path: str) -> Data:
    def exists(*names: str) -> bool:
        return any(os.path.exists(os.path.join(path, name)) for name in names)

    return {
        "path": path,
        "initialised": exists("mysql") and not exists(UNFINISHED),
        "unfinished": exists(UNFINISHED),
        "receiving": exists("sst_in_progress", ".sst"),
        "copied": exists(*_COPIED, *(f"{name}_SST" for name in _COPIED)),
        "schemas": data_directory.schemas(path),
    }


def _read(*parts: Path) -> str:
    try:
        with open(os.path.join(*parts), encoding="utf-8", errors="replace") as file:
            return file.read()
    except OSError:
        return ""
