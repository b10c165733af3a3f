# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What one Galera member's state means. Pure functions over its `Info`.

Sources: Galera documentation, "Node states"; MariaDB's wsrep_sst_mariabackup.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from ...mysql.rules import system_tables
from . import applier
from .info import Info, Wsrep

NULL_UUID = "00000000-0000-0000-0000-000000000000"


def is_primary(info: Info) -> bool:
    """Whether the member serves in a cluster's primary component, be it as a donor or still catching up."""
    wsrep = info["wsrep"]
    return bool(wsrep and wsrep["on"] and wsrep["cluster_status"] == "Primary")


def is_synced(info: Info) -> bool:
    """Whether the member may be used and the next rolling step be taken."""
    return not why_not_serving(info)


def why_not_serving(info: Info) -> list[str]:
    """Why a member may not be used, sentences in Galera's words; none where it is Synced, Primary, ready and connected, and applies what it receives."""
    wsrep = info["wsrep"]
    if not wsrep:
        state = info["service"]["state"]
        return [f"it does not answer: {info['error']}" if info["error"] else f"its service is {state}"]
    if not wsrep["on"]:
        return ["it runs outside of any cluster (wsrep_on is OFF)"]
    found = []
    if wsrep["cluster_status"] != "Primary":
        found.append(f"wsrep_cluster_status is {wsrep['cluster_status']}")
    if wsrep["local_state"] != "Synced":
        found.append(f"wsrep_local_state_comment is {wsrep['local_state']}")
    found += [f"wsrep_{name} is OFF" for name, on in (("ready", wsrep["ready"]), ("connected", wsrep["connected"])) if not on]
    return found + _other_history(info, wsrep) + applier.problems(wsrep["looks"])


def _other_history(info: Info, wsrep: Wsrep) -> list[str]:
    """Where the member's own state is not the cluster's, as after starts without a position: such a group says Synced of different data."""
    cluster = wsrep["cluster_state_uuid"]
    if cluster in (None, "", NULL_UUID):
        return ["wsrep_cluster_state_uuid is null"]
    noted = info["grastate"]["uuid"] if info["grastate"] else None
    # while DDL is applied the file of a member that runs has a null UUID: it would need a state transfer if it died now
    own = {"wsrep_local_state_uuid": wsrep["local_state_uuid"], "the UUID in grastate.dat": None if noted == NULL_UUID else noted}
    return [f"{where} is {uuid}, and wsrep_cluster_state_uuid is {cluster}" for where, uuid in own.items() if uuid and uuid != cluster]


def may_restart(info: Info, size: int) -> str | None:
    """Why a member must not be restarted now, or None when it may be.

    :param size: how many members the cluster has when all are there
    """
    problems = why_not_serving(info)
    if problems or not info["wsrep"]:
        return f"a member is restarted only when it serves, and {'; '.join(problems)}"
    if info["wsrep"]["cluster_size"] < size:
        return f"the cluster has {info['wsrep']['cluster_size']} of {size} members, and the next one is restarted only when all are there"
    return None


def upgrade_needed(info: Info) -> bool | None:
    """Whether the system tables wait for mariadb-upgrade; None where there are none, or no server."""
    return system_tables.upgrade_needed(info["tables_version"], info["version"]) if info["datadir"]["initialised"] else None


def is_service_right(info: Info) -> bool:
    """Whether the server starts at boot, by its own unit as that is on the disk, and is not started by a client's connection."""
    service = info["service"]
    return bool(service["enabled"] and not service["outdated"] and not service["socket_activation"])


def is_settled(info: Info, waiting: Mapping[str, object], unread: Collection[str]) -> bool:
    """Whether nothing is left to do on a member, whatever is decided for the others: it is Synced, and has read all that its files say.

    :param waiting: as verbs.settings.waiting has found it
    :param unread: those of the certificate's files that it has not read
    """
    return is_synced(info) and is_service_right(info) and not any(waiting.values()) and not unread


def was_stopped_in_order(info: Info) -> bool:
    """Whether its server is down, and has left its position in grastate.dat: then its data are whole, and a start without Galera does not move them."""
    noted, data = info["grastate"], info["datadir"]
    return bool(not is_running(info) and noted and noted["seqno"] >= 0 and data["initialised"] and not data["receiving"])


def is_running(info: Info) -> bool:
    """Whether there is a server process, answering or not."""
    return info["service"]["state"] in ("active", "activating", "reloading", "deactivating")


def is_standalone(info: Info) -> bool:
    """Whether the server runs outside of any cluster."""
    return bool(info["wsrep"] and not info["wsrep"]["on"])


def is_looking(info: Info) -> bool:
    """Whether the server is starting, and neither serves nor receives a state transfer yet."""
    return info["service"]["state"] == "activating" and not info["datadir"]["receiving"]


def was_member(info: Info) -> bool:
    """Whether the data are a copy of a cluster's, complete or not, and so may be replaced by that cluster's."""
    grastate = info["grastate"]
    # One that catches up has no UUID in its file yet, and no note of the state transfer any more.
    if is_primary(info) or (grastate and grastate["uuid"] != NULL_UUID):
        return True
    return info["datadir"]["receiving"] or info["datadir"]["copied"]


def own_schemas(info: Info) -> list[str]:
    """The users' schemas that exist on this member alone: a state transfer would destroy them."""
    return info["datadir"]["schemas"] if is_standalone(info) or not was_member(info) else []
