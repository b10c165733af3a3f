# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who bootstraps a Galera cluster, who joins it, and what must be left alone. Pure functions over the `Info` of all members.

Sources: Galera documentation, "Safe to bootstrap"; "Restarting the Cluster"; "Resetting the Quorum".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ...._model.errors import Refused
from .info import Info
from .member_state import NULL_UUID, is_primary, is_running, is_synced, own_schemas, was_member

#: what a member does
BOOTSTRAP, JOIN, NONE = "bootstrap", "join", "none"

# What to do, since commits may be lost when the wrong member begins.
BEGIN_BY_HAND = (
    "stackdb.trove.cluster_recover finds who has all data, and begins with that one; by hand,"
    " run galera_recovery on each member, then galera_new_cluster on the member with the highest position (seqno;"
    " its grastate.dat needs safe_to_bootstrap: 1), and start this run again: the other members join"
)
QUORUM_BY_HAND = (
    "stackdb.trove.cluster_recover decides who goes on; by hand,"
    " stop the members that are not to go on, compare wsrep_last_committed of the running ones, run"
    " SET GLOBAL wsrep_provider_options='pc.bootstrap=YES' on the one with the highest, and start this run again"
)


@dataclass(frozen=True)
class Choice:
    """Who does what: `actions` by member name, each of ``bootstrap``, ``join`` or ``none``."""

    actions: Mapping[str, str]

    @property
    def bootstrap(self) -> str | None:
        """The member that begins the cluster."""
        return next((name for name, action in self.actions.items() if action == BOOTSTRAP), None)


def choose(infos: Mapping[str, Info | None], cluster_name: str, may_bootstrap: bool = True) -> Choice:
    """Decide for all members at once, so that every member comes to the same decision.

    :param infos: info by member name, in the inventory's order; None for a member that did not report
    :param cluster_name: the wsrep_cluster_name that is wanted
    :param may_bootstrap: whether these are known to be all members, so that a new cluster cannot be a second one
    :raises Refused: where going on could cost data or split one cluster into two
    """
    known = {name: info for name, info in infos.items() if info}
    _refuse_silence(known)
    _refuse_other_cluster(known, cluster_name)
    _refuse_left(known)
    _refuse_standalone_data(known)
    primary = [name for name, info in known.items() if is_primary(info)]
    if primary:
        return _join(list(infos), known, primary)
    if not may_bootstrap:
        raise Refused(
            f"No member serves, and a new cluster is begun only where all members are named (galera_members). {', '.join(infos)} are the hosts of this play,"
            " and other members may serve.",
            members=list(infos),
        )
    return _begin(list(infos), known)


def _refuse_silence(known: Mapping[str, Info]) -> None:
    for name, info in known.items():
        if info["service"]["state"] == "active" and not info["reachable"]:
            raise Refused(f"The server on {name} runs, but does not answer root on its socket: {info['error']}", member=name)


def _refuse_other_cluster(known: Mapping[str, Info], wanted: str) -> None:
    for name, info in known.items():
        other = _cluster_name(info)
        if other and other != wanted:
            raise Refused(f"{name} belongs to the cluster {other!r}, not to {wanted!r}. Renaming a cluster, or moving a member, is not done here.", member=name)


def _cluster_name(info: Info) -> str | None:
    """The cluster that a member belongs to. The settings of a server that never was a member mean nothing yet."""
    if info["wsrep"] and info["wsrep"]["on"]:
        return info["cluster_name"]["live"]
    return info["cluster_name"]["configured"] if was_member(info) else None


def _refuse_left(known: Mapping[str, Info]) -> None:
    """One that could not apply what the others did is voted out: it runs on, takes no more part, and its grastate.dat has no UUID any more.

    Source: Galera documentation, "Cluster error voting".
    """
    for name, info in known.items():
        if info["wsrep"] and info["wsrep"]["local_state"] == "Inconsistent":
            raise Refused(
                f"{name} runs, and has left its cluster (wsrep_local_state_comment is Inconsistent): it could not apply what the others did, as with a full"
                " disk. When the cause is gone, stackdb.trove.cluster_recover gives it a full copy of the others' data.",
                member=name,
            )


def _refuse_standalone_data(known: Mapping[str, Info]) -> None:
    holders = {name: own_schemas(info) for name, info in known.items() if own_schemas(info)}
    if holders:
        listed = "; ".join(f"{name}: {', '.join(schemas)}" for name, schemas in holders.items())
        raise Refused(
            f"There are schemas of which nothing says that they were part of a Galera cluster, and joining one would destroy them ({listed}). Move them away"
            " first. Those of a member that has lost its grastate.dat are judged by stackdb.trove.cluster_recover.",
            schemas=holders,
        )


def _join(names: Sequence[str], known: Mapping[str, Info], primary: Sequence[str]) -> Choice:
    """Some members serve: the rest joins them, unless it holds another cluster's data."""
    serving = {name: wsrep for name in primary for wsrep in [known[name]["wsrep"]] if wsrep}
    uuids = {name: wsrep["cluster_state_uuid"] for name, wsrep in serving.items()}
    if len(set(uuids.values())) > 1:
        listed = ", ".join(f"{name}: {uuid}" for name, uuid in uuids.items())
        raise Refused(f"The members serve in different clusters of one name ({listed}).")
    living = max(wsrep["members"] for wsrep in serving.values())
    if living > len(names):
        raise Refused(f"The cluster has {living} members, and only {', '.join(names)} are named. All of them have to be.", members=list(names))
    for name, info in known.items():
        if name not in primary:
            _refuse_foreign_data(name, info, uuids[primary[0]])
    return Choice({name: NONE if is_synced(info) else JOIN for name, info in known.items()})


def _refuse_foreign_data(name: str, info: Info, uuid: str | None) -> None:
    grastate, schemas = info["grastate"], info["datadir"]["schemas"]
    if grastate and grastate["uuid"] not in (NULL_UUID, uuid) and schemas:
        raise Refused(
            f"{name} holds data of another cluster ({grastate['uuid']}: {', '.join(schemas)}), and joining {uuid} would destroy them.",
            member=name,
        )


def _begin(names: Sequence[str], known: Mapping[str, Info]) -> Choice:
    """Nobody serves: bootstrap where no data can be lost, else say how positions are compared."""
    missing = [name for name in names if name not in known]
    if missing:
        raise Refused(f"No member serves, and {', '.join(missing)} did not report. Bootstrapping without knowing every member's data may lose some.")
    stuck = [name for name, info in known.items() if is_running(info) and _is_wsrep_on(info)]
    if stuck:
        raise Refused(
            f"The cluster has no primary component, though {', '.join(stuck)} run. Where other members are only out of reach, fix the"
            f" network. Where they are lost: {QUORUM_BY_HAND}.",
            members=stuck,
        )
    first = _first(known)
    return Choice({name: BOOTSTRAP if name == first else JOIN for name in known})


def _first(known: Mapping[str, Info]) -> str:
    """Who begins, of members of which none runs in a cluster."""
    members = [name for name, info in known.items() if was_member(info)]
    if not members:
        return next(iter(known))
    if len(members) == 1 and _was_alone(known[members[0]]):
        # Nobody else ever had the data, as when an earlier run was stopped before the second member joined.
        return members[0]
    raise Refused(
        f"Every member is down, and {', '.join(members)} hold data. Starting a new cluster over them could lose commits."
        f" What to do: {BEGIN_BY_HAND}.",
        members=members,
    )


def _is_wsrep_on(info: Info) -> bool:
    """Without an answer a running server counts as a member when it has a cluster's state or settings."""
    if info["wsrep"]:
        return info["wsrep"]["on"]
    return bool(info["cluster_name"]["configured"])


def _was_alone(info: Info) -> bool:
    """Whether the one member with data was the last one standing, so that no other can be ahead of it."""
    if info["datadir"]["receiving"] or not info["datadir"]["initialised"]:
        return False
    safe = bool(info["grastate"] and info["grastate"]["safe_to_bootstrap"])
    return safe or info["last_view"] == 1 or not info["datadir"]["schemas"]
