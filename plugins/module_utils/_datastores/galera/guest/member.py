# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The local Galera member: what can be seen of it, from the server where it answers and from its files where it does not."""

from __future__ import annotations

import os
import re

from ...._guest.command import GuestError, run
from ...._guest.systemd import Unit
from ...mysql.guest import connection as mysql
from ...mysql.guest import data_directory
from ...mysql.guest.engines import MARIADB
from . import applier

SERVICE = MARIADB.service
SOCKET = Unit("mariadb.socket")

#: in a data directory while `mariadb-install-db` fills it, so that a half-filled one is known as such
UNFINISHED = data_directory.INITIALISING

#: what a state transfer leaves in a data directory; with _SST behind it where another start came after it
_COPIED = ("xtrabackup_galera_info", "mariadb_backup_galera_info", "donor_galera_info")

_DEFAULTS = {"datadir": "/var/lib/mysql", "socket": "/run/mysqld/mysqld.sock", "wsrep_cluster_name": None, "wsrep_node_address": None}
_STATUS = {
    "ready": "wsrep_ready",
    "connected": "wsrep_connected",
    "local_state": "wsrep_local_state_comment",
    "cluster_status": "wsrep_cluster_status",
    "cluster_size": "wsrep_cluster_size",
    "cluster_state_uuid": "wsrep_cluster_state_uuid",
    "local_state_uuid": "wsrep_local_state_uuid",
    "last_committed": "wsrep_last_committed",
    "addresses": "wsrep_incoming_addresses",
}


def observe(address=None):
    """The member's info, in the shape that `_datastores.galera.rules.member_state` describes; never fails because a node is down.

    :param address: the address that other members reach this one by; handed through
    """
    settings = _settings()
    service = SERVICE.show()
    info = {
        "address": address,
        "node_address": settings["wsrep_node_address"],
        "version": MARIADB.version(),
        "tables_version": data_directory.tables_version(settings["datadir"]),
        "service": {key: service[key] for key in ("state", "started", "enabled", "outdated")},
        "cluster_name": {"configured": settings["wsrep_cluster_name"], "live": None},
        "grastate": _grastate(settings["datadir"]),
        "last_view": _last_view(settings["datadir"]),
        "datadir": _datadir(settings["datadir"]),
        "volume": _volume(settings["datadir"]),
        "reachable": False,
        "error": None,
        "wsrep": None,
    }
    info["service"]["socket_activation"] = SOCKET.show()["enabled"]
    if service["state"] in ("active", "reloading"):
        info.update(_live(settings["socket"]))
        info["cluster_name"]["live"] = info.pop("live_name", None)
    return info


def _live(socket):
    """What the server says of itself, or why it says nothing."""
    try:
        with mysql.Connection({**mysql.local(socket), "read_timeout": 10}) as connection:
            status = _pairs(connection, "SHOW GLOBAL STATUS LIKE 'wsrep_%'")
            variables = _pairs(connection, "SHOW GLOBAL VARIABLES WHERE Variable_name IN ('wsrep_on', 'wsrep_cluster_name')")
            looks = applier.looks(connection)
    except GuestError as error:
        return {"error": error.message}
    wsrep = {key: status.get(name) for key, name in _STATUS.items()}
    wsrep.update(
        on=variables.get("wsrep_on") == "ON",
        ready=wsrep["ready"] == "ON",
        connected=wsrep["connected"] == "ON",
        cluster_size=int(wsrep["cluster_size"] or 0),
        last_committed=int(wsrep["last_committed"] or -1),
        addresses=_addresses(wsrep["addresses"] or ""),
        members=len(_addresses(wsrep["addresses"] or "")),
        looks=looks,
    )
    return {"reachable": True, "wsrep": wsrep, "live_name": variables.get("wsrep_cluster_name")}


def _pairs(connection, statement):
    return {row["Variable_name"]: row["Value"] for row in connection.rows(statement)}


def _addresses(text):
    """``10.0.0.1:3306,[2001:db8::1]:3306`` without the ports; an arbitrator's is empty."""
    return [entry.rpartition(":")[0].strip("[]") for entry in text.split(",") if entry]


def identity(info):
    """``{id, addresses}`` of the server as it knows itself: its state UUID, and wsrep_node_address."""
    uuid = (info["wsrep"] or {}).get("local_state_uuid") or (info["grastate"] or {}).get("uuid")
    return {"id": uuid, "addresses": [info["node_address"]] if info["node_address"] else []}


def _settings():
    """The server's settings that matter here, by its own reading of its files; the defaults where no server is installed."""
    found = dict(_DEFAULTS)
    for line in run(["my_print_defaults", "--mysqld"], check=False).stdout.splitlines():
        name, _equals, value = line.lstrip("-").partition("=")
        name = name.replace("-", "_")
        if name in found:
            found[name] = value
    return found


def _grastate(datadir):
    found = dict(re.findall(r"^(uuid|seqno|safe_to_bootstrap):\s*(\S+)", _read(datadir, "grastate.dat"), re.MULTILINE))
    if "uuid" not in found:
        return None
    return {"uuid": found["uuid"], "seqno": int(found.get("seqno", -1)), "safe_to_bootstrap": found.get("safe_to_bootstrap") == "1"}


def _last_view(datadir):
    """How many members gvwstate.dat names; Galera removes the file at a clean stop."""
    members = re.findall(r"^member:", _read(datadir, "gvwstate.dat"), re.MULTILINE)
    return len(members) or None


def _datadir(path):
    def exists(*names):
        return any(os.path.exists(os.path.join(path, name)) for name in names)

    return {
        "path": path,
        "initialised": exists("mysql") and not exists(UNFINISHED),
        "unfinished": exists(UNFINISHED),
        "receiving": exists("sst_in_progress", ".sst"),
        "copied": exists(*_COPIED, *(f"{name}_SST" for name in _COPIED)),
        "schemas": data_directory.schemas(path),
    }


def _volume(path):
    """Size and use of the file system below the data directory: ``{size, used}`` in GiB, None where there is none."""
    try:
        there = os.statvfs(path)
    except OSError:
        return None
    gib = there.f_frsize / 2**30
    return {"size": round(there.f_blocks * gib, 2), "used": round((there.f_blocks - there.f_bfree) * gib, 2)}


def _read(*parts):
    try:
        with open(os.path.join(*parts), encoding="utf-8", errors="replace") as file:
            return file.read()
    except OSError:
        return ""
