# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a Galera member may go down for a while, and how much it is missed. Pure.

Sources: Galera documentation, "Weighted Quorum" (who leaves in order is not counted any more), "Galera Status Variables" (wsrep_local_cached_downto).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from ...._model.upgrade import series
from .info import Info, Use, Wsrep
from .member_state import NULL_UUID, own_schemas, why_not_serving

_MIB = 1024 * 1024
#: seconds that a member is away while it is upgraded, and how many times that a cache has to last. Measured: about 60 s on two cores
_ABSENCE, _MARGIN = 150, 2
#: seconds after which the mean since a server's start tells something: at its start all that it missed came at once
_SETTLED, _TELLING = 60, 2


def refusals(name: str, others: Mapping[str, Wsrep], own: Wsrep | None, asked: bool) -> list[str]:
    """Why it may not go down now: sentences.

    :param others: what the other members say, each of them Synced
    :param own: what it says itself, None where it does not serve
    :param asked: whether it was named by the user
    """
    if not others:
        return [] if asked else [f"{name} is the only member, so no member serves while it is down; name it in trove_members to allow it"]
    uuids = {other: wsrep["cluster_state_uuid"] for other, wsrep in {**others, **({name: own} if own else {})}.items()}
    if len(set(uuids.values())) > 1:
        return [f"the members are in different clusters: {', '.join(f'{other} in {uuid}' for other, uuid in uuids.items())}"]
    return [*_sizes(others, len(others) + (1 if own else 0)), *_queues(others)]


def other_data(name: str, info: Info, others: Mapping[str, Wsrep]) -> list[str]:
    """Why one that does not serve must not be started: it would join the others, and what it alone holds would be destroyed. Sentences."""
    uuids = {NULL_UUID, *(wsrep["cluster_state_uuid"] for wsrep in others.values())}
    noted, schemas = info["grastate"], info["datadir"]["schemas"]
    if own_schemas(info):
        return [f"{name} has schemas of which nothing says that they were part of the cluster, and joining would destroy them: {', '.join(own_schemas(info))}"]
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
        return [f"no member serves while {name} is down"]
    needed = own["last_committed"] + 1 if own else None
    if needed is not None and any(wsrep["cached_downto"] <= needed for wsrep in others.values()):
        return []
    known = "its position is not known" if needed is None else f"it needs write set {needed}, and the oldest in a cache is {_oldest(others)}"
    return [f"{name} may need a full state transfer when it returns: {known} (wsrep_local_cached_downto)"]


def refills(name: str, others: Mapping[str, Wsrep], info: Info, rate: float = 0) -> list[str]:
    """Why a member would need a full state transfer after an upgrade: sentences. Between versions it has no donor, and there is no way back.

    A cache that has what it needs now does not have it when it returns, unless it holds all that is written meanwhile, twice over.

    :param rate: bytes of write sets a second, as far as it was looked at; that since each member's start counts where it is more
    """
    own = info["wsrep"]
    needed = (own["last_committed"] if own else info["grastate"]["seqno"] if info["grastate"] else -1) + 1
    if not own and needed > 0 and any(wsrep["cached_downto"] <= needed for wsrep in others.values()):
        return _written_meanwhile(name, others, needed, rate)
    if not own:
        return []
    return risks(name, others, own) or _written_meanwhile(name, others, needed, rate)


def left_behind(name: str, others: Mapping[str, Wsrep], info: Info, versions: Iterable[str | None]) -> list[str]:
    """Why one that is down has to be started before it is upgraded: what it missed is in no cache, or its position is not known, and others of its version
    can give it a full copy of the data now. Sentences.

    :param versions: of the others that serve
    """
    seqno = info["grastate"]["seqno"] if info["grastate"] else -1
    if seqno >= 0 and any(wsrep["cached_downto"] <= seqno + 1 for wsrep in others.values()):
        return []
    if not info["version"] or series(info["version"]) not in {series(version) for version in versions if version}:
        return []
    known = f"it needs write set {seqno + 1}, and the oldest in a cache is {_oldest(others)}" if seqno >= 0 else "grastate.dat does not say its position"
    return [
        f"{name} is down, and may need a full state transfer, which no member of another version can give: {known}."
        f" Have it serve with {info['version']}, which it has, before it is upgraded"
    ]


def _written_meanwhile(name: str, others: Mapping[str, Wsrep], needed: int, rate: float) -> list[str]:
    rate = max([rate, *(wsrep["set_bytes"] / max(wsrep["uptime"], _SETTLED) for wsrep in others.values())])
    reaching = {other: wsrep for other, wsrep in others.items() if wsrep["cached_downto"] <= needed}
    kept = {other: max(wsrep["cache_bytes"] or 0, _held_bytes(wsrep)) for other, wsrep in reaching.items()}
    wanted = rate * _ABSENCE * _MARGIN
    if not kept or max(kept.values()) >= wanted:
        return []
    largest = max(kept.values())
    return [
        f"{name} may need a full state transfer when it returns: {rate / 1024:.0f} KiB of write sets are written a second, so that the largest cache of the"
        f" others ({largest / _MIB:.0f} MiB, gcache.size) holds those of {largest / rate:.0f} s, and {_ABSENCE * _MARGIN} s are asked for"
    ]


def _held_bytes(wsrep: Wsrep) -> float:
    """Of what is in the cache, by the mean size of a write set: it may be more than gcache.size, in files of its own."""
    held, ever = wsrep["last_committed"] - wsrep["cached_downto"] + 1, wsrep["last_committed"]
    return wsrep["set_bytes"] * held / ever if 0 < held <= ever else 0


def against_now(name: str, infos: Mapping[str, Info], allow_refill: bool, now: Info) -> list[str]:
    """Why a member that served when all were asked must not be stopped after all: sentences. Minutes may have passed.

    :param infos: what all members said then, empty of one that said nothing
    :param now: what it says itself
    """
    then = infos.get(name)
    if not then or why_not_serving(then):
        return []
    problems = why_not_serving(now)
    if problems or not now["wsrep"]:
        return [f"it served when it was asked, and does not any more: {'; '.join(problems)}"]
    if now["wsrep"]["cluster_size"] != len(infos):
        return [f"it counts {now['wsrep']['cluster_size']} members (wsrep_cluster_size), and there are {len(infos)}"]
    others = {other: info["wsrep"] for other, info in infos.items() if other != name and info and info["wsrep"]}
    return [] if allow_refill or not others else refills(name, others, now, _rate(then["wsrep"], now["wsrep"]))


def _rate(then: Wsrep | None, now: Wsrep) -> float:
    """Bytes of write sets a second between two answers of one member; 0 where it was restarted, or too little time has passed to tell."""
    seconds = now["uptime"] - then["uptime"] if then else 0
    return (now["set_bytes"] - then["set_bytes"]) / seconds if then and seconds >= _TELLING else 0


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
