# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Infos of Galera members, in the states that they are found in."""

from __future__ import annotations

from typing import Any

from ansible_collections.stackdb.trove.plugins.module_utils._datastores.galera.rules.member_state import NULL_UUID

OURS = "12ad3d26-e595-11f1-9ec9-577aa3f41660"
LOCK = "Waiting for table level lock"
OTHER = "afe61e4c-e599-11f1-8a43-3a4ad9658b00"


def info(**changes: Any) -> Any:
    """A member on which nothing is installed yet, with changes such as ``datadir__schemas=["app"]``."""
    found = {
        "address": "10.0.0.1",
        "node_address": "10.0.0.1",
        "configured_members": [],
        "version": None,
        "running": None,
        "tables_version": None,
        "service": {"state": "inactive", "started": None, "enabled": False, "outdated": False, "socket_activation": False},
        "reachable": False,
        "error": None,
        "wsrep": None,
        "stopped": None,
        "cluster_name": {"configured": None, "live": None},
        "grastate": None,
        "last_view": None,
        "datadir": {"path": "/var/lib/mysql", "initialised": False, "unfinished": False, "receiving": False, "copied": False, "schemas": []},
        "volume": None,
    }
    for name, value in changes.items():
        key, _separator, inner = name.partition("__")
        if inner:
            found[key] = {**found[key], inner: value}
        else:
            found[key] = value
    return found


def grastate(uuid: str = OURS, seqno: int = -1, safe: bool = False) -> Any:
    return {"uuid": uuid, "seqno": seqno, "safe_to_bootstrap": safe}


def wsrep(**changes: Any) -> Any:
    return {
        "on": True,
        "ready": True,
        "connected": True,
        "local_state": "Synced",
        "cluster_status": "Primary",
        "cluster_size": 3,
        "members": 3,
        "cluster_state_uuid": OURS,
        "local_state_uuid": OURS,
        "last_committed": 9,
        "addresses": ["10.0.0.1", "10.0.0.2", "10.0.0.3"],
        "looks": [],
        "cached_downto": 1,
        "cache_bytes": 128 * 1024 * 1024,
        "set_bytes": 1000,
        "commits": 5,
        "uptime": 100,
        "clients": 0,
        **changes,
    }


def stopped(**changes: Any) -> Any:
    """A member that was stopped with data."""
    return info(
        **{
            "version": "10.11.18",
            "cluster_name__configured": "products",
            "grastate": grastate(seqno=9),
            "datadir__initialised": True,
            "datadir__schemas": ["app"],
            **changes,
        }
    )


def serving(**changes: Any) -> Any:
    """A member that is Synced."""
    return stopped(
        **{
            "service__state": "active",
            "service__started": 1000.0,
            "reachable": True,
            "wsrep": wsrep(),
            "cluster_name__live": "products",
            "grastate": grastate(),
            "last_view": 3,
            **changes,
        }
    )


def named(things: list) -> Any:
    return {f"m{number}": thing for number, thing in enumerate(things, 1)}


STUCK = [
    {"at": at, "recv_queue": 0, "last_committed": 9, "paused_ns": 0, "flow_control": False, "waiting": [{"id": 2, "state": LOCK, "seconds": at - 90}]}
    for at in (100.0, 101.0, 102.0)
]
FRESH = info()
INSTALLED = info(version="10.11.18", datadir__initialised=True)
STANDALONE_EMPTY = info(version="10.11.18", service__state="active", reachable=True, wsrep=wsrep(on=False, cluster_status=None), datadir__initialised=True)
HALF_RECEIVED = info(version="10.11.18", grastate=grastate(uuid=NULL_UUID), datadir__receiving=True, datadir__schemas=["app"])
CATCHING_UP = serving(grastate=grastate(uuid=NULL_UUID), wsrep=wsrep(local_state="Joining", ready=False))
FIRST_ALONE = stopped(grastate=grastate(seqno=2, safe=True))
FIRST_ALONE_KILLED = stopped(last_view=1, grastate=grastate())
FIRST_WITHOUT_SCHEMAS = stopped(grastate=grastate(), datadir__schemas=[])


def view(number: int = 3, me: str = "a", members: str = "abc", of: str = "a") -> Any:
    """A view whose members are spelled by a letter each."""
    return {"id": f"3 {of * 8} {number}", "me": me * 8, "members": sorted(one * 8 for one in members)}


def row(seqno: int | None = 9, uuid: str = OURS, **changes: Any) -> Any:
    """The evidence of a member that was killed; with None as seqno its data have no position, as while it received a state transfer."""
    position = {"uuid": NULL_UUID, "seqno": -1} if seqno is None else {"uuid": uuid, "seqno": seqno}
    return {
        "serving": None,
        "receiving": False,
        "ran": False,
        "recovered": position,
        "gtid": None,
        "failure": None,
        "unread": None,
        "file": "ok",
        "grastate": grastate(uuid=position["uuid"]),
        "view": None,
        "noted": [],
        "schemas": [],
        "half": False,
        "last": False,
        "strays": [],
        "without_wsrep": None,
        "tried": False,
        **({"half": True} if seqno is None else {}),
        **changes,
    }


def damaged(**changes: Any) -> Any:
    return row(**{"recovered": None, "failure": "Invalid log header checksum", **changes})
