# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a Galera member may go down for a while, and how much it is missed. Pure.

Sources: Galera documentation, "Weighted Quorum" (who leaves in order is not counted any more), "Galera Status Variables" (wsrep_local_cached_downto).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from .info import Info, Use, Wsrep
from .member_state import NULL_UUID, own_schemas


def refusals(name: str, others: Mapping[str, Wsrep], own: Wsrep | None, asked: bool) -> list[str]:
    """Why it may not go down now: sentences.

    :param others: what the other members say, each of them Synced
    :param own: what it says itself, None where it does not serve
    :param asked: whether it was named by the user
    """
    if not others:
        return [] if asked else [f"{name} is the only member, so nobody serves while it is down; name it in trove_members to have it so"]
    uuids = {other: wsrep["cluster_state_uuid"] for other, wsrep in {**others, **({name: own} if own else {})}.items()}
    if len(set(uuids.values())) > 1:
        return [f"the members are in different clusters: {', '.join(f'{other} in {uuid}' for other, uuid in uuids.items())}"]
    return [*_sizes(others, len(others) + (1 if own else 0)), *_queues(others)]


def other_data(name: str, info: Info, others: Mapping[str, Wsrep]) -> list[str]:
    """Why one that does not serve must not be started: it would join the others, and what it alone holds would be destroyed. Sentences."""
    uuids = {NULL_UUID, *(wsrep["cluster_state_uuid"] for wsrep in others.values())}
    noted, schemas = info["grastate"], info["datadir"]["schemas"]
    if own_schemas(info):
        return [f"{name} has schemas which never were part of the cluster, and joining would destroy them: {', '.join(own_schemas(info))}"]
    if noted and schemas and noted["uuid"] not in uuids:
        return [f"{name} holds data of another cluster ({noted['uuid']}: {', '.join(schemas)}), and joining would destroy them"]
    return []


def _sizes(others: Mapping[str, Wsrep], size: int) -> Iterator[str]:
    """Each counts all that serve, so that they have the quorum when one of them has left in order."""
    for other, wsrep in others.items():
        if wsrep["cluster_size"] != size:
            yield f"{other} counts {wsrep['cluster_size']} members (wsrep_cluster_size), and {size} serve"


def _queues(others: Mapping[str, Wsrep]) -> Iterator[str]:
    """One that was seen to have nothing left to apply, at any of the looks, keeps up."""
    for other, wsrep in others.items():
        waiting = min((look["recv_queue"] for look in wsrep["looks"]), default=0)
        if waiting:
            yield f"{other} has not applied what it received: {waiting} write sets wait (wsrep_local_recv_queue)"


def risks(name: str, others: Mapping[str, Wsrep], own: Wsrep | None) -> list[str]:
    """What it may cost: sentences. A member that returns gets what it missed from a donor that still has it, else a full state transfer."""
    if not others:
        return [f"nobody serves while {name} is down"]
    needed = own["last_committed"] + 1 if own else None
    if needed is not None and any(wsrep["cached_downto"] <= needed for wsrep in others.values()):
        return []
    known = "where it stands is not known" if needed is None else f"it needs write set {needed}, and the oldest in a cache is {_oldest(others)}"
    return [f"{name} may need a full state transfer when it returns: {known} (wsrep_local_cached_downto)"]


def _oldest(others: Mapping[str, Wsrep]) -> int:
    return min(wsrep["cached_downto"] for wsrep in others.values())


def used(now: Use, before: Use | None) -> float:
    """By how much clients use a member: commits of its own clients a second, since it was asked first in this run, else since its start; where there are none,
    its clients count, a thousandth each.

    :param before: None where it was not asked before, or was restarted since
    """
    commits, seconds = now["commits"], now["uptime"]
    if before and before["uptime"] < seconds and before["commits"] <= commits:
        commits, seconds = commits - before["commits"], seconds - before["uptime"]
    return commits / max(seconds, 1) + now["clients"] / 1000
