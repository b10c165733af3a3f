# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a Galera member's state means, and who bootstraps, joins or must be left alone. Pure functions over plain data.

An *info* is what `_datastores.galera.guest.member.observe` reports of one member:

- ``address``: str; ``version``: str or None where no server is installed; ``tables_version``: that of its system tables, None where nothing says so
- ``service``: ``{state, started, enabled, socket_activation}``, state as systemd's ActiveState, started in seconds since the epoch
- ``reachable``: bool, with ``error``: why the server did not answer although its service runs
- ``wsrep``: None where it did not answer, else ``{on, ready, connected, local_state, cluster_status, cluster_size,
  cluster_state_uuid, local_state_uuid, last_committed, addresses, members, looks}``, members the number of those that hold data (an arbitrator does
  not), addresses theirs without ports, looks as `galera_applier` describes them
- ``cluster_name``: ``{configured, live}``, str or None each
- ``grastate``: None or ``{uuid, seqno, safe_to_bootstrap}``; ``last_view``: how many members the last view had, None after a clean stop
- ``datadir``: ``{path, initialised, unfinished, receiving, copied, schemas}``; schemas are the users' own

Sources: Galera documentation, "Node states", "Safe to bootstrap"; MariaDB's wsrep_sst_mariabackup.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from ...._model.errors import InvalidInput, Refused
from ...mysql.rules import system_tables
from . import applier

NULL_UUID = "00000000-0000-0000-0000-000000000000"
# What to do by hand, since commits may be lost when the wrong member begins. Source: Galera documentation, "Restarting the Cluster" and "Resetting the Quorum".
BEGIN_BY_HAND = (
    "run galera_recovery on each member, then galera_new_cluster on the member with the highest position (seqno;"
    " its grastate.dat needs safe_to_bootstrap: 1), and start this run again: the other members join"
)
QUORUM_BY_HAND = (
    "stop the members that are not to go on, compare wsrep_last_committed of the running ones, run SET GLOBAL wsrep_provider_options='pc.bootstrap=YES'"
    " on the one with the highest, and start this run again"
)


@dataclass(frozen=True)
class Choice:
    """Who does what: `actions` by member name, each of ``bootstrap``, ``join`` or ``none``."""

    actions: dict = field(default_factory=dict)

    @property
    def bootstrap(self):
        return next((name for name, action in self.actions.items() if action == "bootstrap"), None)


def is_primary(info):
    """Whether the member serves in a cluster's primary component, be it as a donor or still catching up."""
    wsrep = info["wsrep"]
    return bool(wsrep and wsrep["on"] and wsrep["cluster_status"] == "Primary")


def is_synced(info):
    """Whether the member may be used and the next rolling step be taken."""
    return not why_not_serving(info)


def why_not_serving(info):
    """Why a member may not be used, sentences in Galera's words; none where it is Synced, Primary, ready and connected, and applies what it receives."""
    if not info["wsrep"]:
        state = info["service"]["state"]
        return [f"it does not answer: {info['error']}" if info["error"] else f"its service is {state}"]
    wsrep, found = info["wsrep"], []
    if not wsrep["on"]:
        return ["it runs outside of any cluster (wsrep_on is OFF)"]
    if wsrep["cluster_status"] != "Primary":
        found.append(f"wsrep_cluster_status is {wsrep['cluster_status']}")
    if wsrep["local_state"] != "Synced":
        found.append(f"wsrep_local_state_comment is {wsrep['local_state']}")
    found += [f"wsrep_{key} is OFF" for key in ("ready", "connected") if not wsrep[key]]
    return found + _other_history(info) + applier.problems(wsrep.get("looks") or [])


def _other_history(info):
    """Where the member's own state is not the cluster's, as after starts without a position: such a group says Synced of different data."""
    cluster = info["wsrep"]["cluster_state_uuid"]
    if cluster in (None, "", NULL_UUID):
        return ["wsrep_cluster_state_uuid is null"]
    noted = (info.get("grastate") or {}).get("uuid")
    # while DDL is applied the file of a member that runs has a null UUID: it would need a state transfer if it died now
    own = {"wsrep_local_state_uuid": info["wsrep"].get("local_state_uuid"), "the UUID in grastate.dat": None if noted == NULL_UUID else noted}
    return [f"{where} is {uuid}, and wsrep_cluster_state_uuid is {cluster}" for where, uuid in own.items() if uuid and uuid != cluster]


def upgrade_needed(info):
    """Whether the system tables wait for mariadb-upgrade; None where there are none, or no server."""
    return system_tables.upgrade_needed(info.get("tables_version"), info["version"]) if info["datadir"]["initialised"] else None


def disagreements(infos):
    """What members that serve, each by itself, do not agree in: sentences. They are all that there are."""
    seen = {name: info["wsrep"] for name, info in infos.items()}
    uuids = {name: wsrep["cluster_state_uuid"] for name, wsrep in seen.items()}
    found = []
    if len(set(uuids.values())) > 1:
        found.append(f"the members are in different clusters: {', '.join(f'{name} in {uuid}' for name, uuid in uuids.items())}")
    return found + [
        f"{name} counts {wsrep['cluster_size']} members (wsrep_cluster_size), and there are {len(seen)}"
        for name, wsrep in seen.items()
        if wsrep["cluster_size"] != len(seen)
    ]


def check_serving(infos):
    """:raises Refused: unless every member serves, and all are in one cluster"""
    found = {name: why_not_serving(info) if info else ["it did not report"] for name, info in infos.items()}
    listed = [f"{name} does not serve: {problem}" for name, problems in found.items() for problem in problems] or disagreements(infos)
    if listed:
        raise Refused("; ".join(listed) + ".", problems=listed)


def is_running(info):
    """Whether there is a server process, answering or not."""
    return info["service"]["state"] in ("active", "activating", "reloading", "deactivating")


def is_standalone(info):
    """Whether the server runs outside of any cluster."""
    return bool(info["wsrep"]) and not info["wsrep"]["on"]


def is_looking(info):
    """Whether the server is starting, and neither serves nor receives a state transfer yet."""
    return info["service"]["state"] == "activating" and not info["datadir"]["receiving"]


def was_member(info):
    """Whether the data are a copy of a cluster's, complete or not, and so may be replaced by that cluster's."""
    grastate = info["grastate"]
    # One that catches up has no UUID in its file yet, and no note of the state transfer any more.
    if is_primary(info) or (grastate and grastate["uuid"] != NULL_UUID):
        return True
    return info["datadir"]["receiving"] or info["datadir"]["copied"]


def own_schemas(info):
    """The users' schemas that exist on this member alone: a state transfer would destroy them."""
    return info["datadir"]["schemas"] if is_standalone(info) or not was_member(info) else []


def check_versions(infos, wanted):
    """:raises InvalidInput: when a member has a server installed whose version does not begin with `wanted`, e.g. ``10.11``"""
    for name, info in infos.items():
        installed = info["version"] if info else None
        if wanted and installed and not f"{installed}.".startswith(f"{wanted}."):
            raise InvalidInput("version", wanted, [installed], rule=f"The server that is installed on {name} has another version.")


def choose(infos, cluster_name, may_bootstrap=True):
    """Decide for all members at once, so that every member comes to the same decision.

    :param infos: info by member name, in the inventory's order; None for a member that did not report
    :param cluster_name: the wsrep_cluster_name that is wanted
    :param may_bootstrap: whether these are known to be all members, so that a new cluster cannot be a second one
    :raises Refused: where going on could cost data or make two clusters of one
    """
    known = {name: info for name, info in infos.items() if info}
    _refuse_silence(known)
    _refuse_other_cluster(known, cluster_name)
    _refuse_standalone_data(known)
    primary = [name for name, info in known.items() if is_primary(info)]
    if primary:
        return _join(infos, known, primary)
    if not may_bootstrap:
        raise Refused(
            f"No member serves, and a new cluster is begun only where all members are named (galera_members). {', '.join(infos)} are the hosts of this play,"
            " and other members may serve.",
            members=list(infos),
        )
    return _begin(infos, known)


def _refuse_silence(known):
    for name, info in known.items():
        if info["service"]["state"] == "active" and not info["reachable"]:
            raise Refused(f"The server on {name} runs, but does not answer root on its socket: {info['error']}", member=name)


def _refuse_other_cluster(known, wanted):
    for name, info in known.items():
        serves = info["wsrep"] and info["wsrep"]["on"]
        # The settings of a server that never was a member mean nothing yet.
        other = info["cluster_name"]["live" if serves else "configured"] if serves or was_member(info) else None
        if other and other != wanted:
            raise Refused(f"{name} belongs to the cluster {other!r}, not to {wanted!r}. Renaming a cluster, or moving a member, is not done here.", member=name)


def _refuse_standalone_data(known):
    holders = {name: own_schemas(info) for name, info in known.items() if own_schemas(info)}
    if holders:
        listed = "; ".join(f"{name}: {', '.join(schemas)}" for name, schemas in holders.items())
        raise Refused(
            f"There are schemas which never were part of a Galera cluster, and joining one would destroy them ({listed}). Move them away first.",
            schemas=holders,
        )


def _join(infos, known, primary):
    """Some members serve: the rest joins them, unless it holds another cluster's data."""
    uuids = {known[name]["wsrep"]["cluster_state_uuid"] for name in primary}
    if len(uuids) > 1:
        listed = ", ".join(f"{name}: {known[name]['wsrep']['cluster_state_uuid']}" for name in primary)
        raise Refused(f"The members serve in different clusters of one name ({listed}).")
    uuid = uuids.pop()
    living = max(known[name]["wsrep"]["members"] for name in primary)
    if living > len(infos):
        raise Refused(f"The cluster has {living} members, and only {', '.join(infos)} are named. All of them have to be.", members=list(infos))
    for name, info in known.items():
        grastate = info["grastate"]
        foreign = name not in primary and grastate and grastate["uuid"] not in (NULL_UUID, uuid)
        if foreign and info["datadir"]["schemas"]:
            raise Refused(
                f"{name} holds data of another cluster ({grastate['uuid']}: {', '.join(info['datadir']['schemas'])}), and joining {uuid} would destroy them.",
                member=name,
            )
    return Choice({name: "none" if is_synced(info) else "join" for name, info in known.items()})


def _begin(infos, known):
    """Nobody serves: bootstrap where no data can be lost, else say how positions are compared."""
    missing = [name for name in infos if name not in known]
    if missing:
        raise Refused(f"No member serves, and {', '.join(missing)} did not report. Bootstrapping without knowing every member's data may lose some.")
    stuck = [name for name, info in known.items() if is_running(info) and _is_wsrep_on(info)]
    if stuck:
        raise Refused(
            f"The cluster has no primary component, though {', '.join(stuck)} run. Where other members are only out of reach, fix the"
            f" network. Where they are lost: {QUORUM_BY_HAND}.",
            members=stuck,
        )
    members = [name for name, info in known.items() if was_member(info)]
    if not members:
        first = next(iter(known))
    elif len(members) == 1 and _was_alone(known[members[0]]):
        # Nobody else ever had the data, as when an earlier run was stopped before the second member joined.
        first = members[0]
    else:
        raise Refused(
            f"Every member is down, and {', '.join(members)} hold data. Starting a new cluster over them could lose commits."
            f" By hand: {BEGIN_BY_HAND}.",
            members=members,
        )
    return Choice({name: "bootstrap" if name == first else "join" for name in known})


def _is_wsrep_on(info):
    """Without an answer a running server counts as a member when it has a cluster's state or settings."""
    if info["wsrep"]:
        return info["wsrep"]["on"]
    return bool(info["cluster_name"]["configured"])


def _was_alone(info):
    """Whether the one member with data was the last one standing, so that no other can be ahead of it."""
    if info["datadir"]["receiving"] or not info["datadir"]["initialised"]:
        return False
    safe = bool(info["grastate"] and info["grastate"]["safe_to_bootstrap"])
    return safe or info["last_view"] == 1 or not info["datadir"]["schemas"]


def may_restart(info, size):
    """Why a member must not be restarted now, or None when it may be.

    :param size: how many members the cluster has when all are there
    """
    problems = why_not_serving(info)
    if problems:
        return f"a member is restarted only when it serves, and {'; '.join(problems)}"
    if info["wsrep"]["cluster_size"] < size:
        return f"the cluster has {info['wsrep']['cluster_size']} of {size} members, and the next one is restarted only when all are there"
    return None
