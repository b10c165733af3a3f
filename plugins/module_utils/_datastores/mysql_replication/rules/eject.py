# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who takes over when the source is dead. A pure choice over what its replicas say."""

from __future__ import annotations

from collections.abc import Mapping

from ...._model.errors import InvalidInput, Refused
from .dialects import DIALECTS, parse
from .gtid import GtidSet
from .info import Info, Link


def choose(infos: Mapping[str, Info | None]) -> str:
    """The name of the replica that has the most of its dead source's transactions; the first by name of several.

    What a replica has received counts as well as what it has applied, since it applies it before it takes over.

    :param infos: all replicas of the source by name, each seen with the question whether the source answers; empty for one that did not report
    :raises Refused: where the source lives, a replica does not report, or none has everything that the others have
    """
    if not infos:
        raise InvalidInput("replicas", [], "the replicas of the source that is to be left behind")
    reported = _reported(infos)
    links = _links(reported)
    check_sources(links)
    has = {name: _received(reported[name], link) for name, link in links.items()}
    _check_errant(reported, has)
    for name in sorted(has):
        if all(other <= has[name] for other in has.values()):
            return name
    listed = "; ".join(f"{name}: {gtids}" for name, gtids in sorted(has.items()))
    raise Refused(f"No replica has all that the other replicas have, so data would be lost whichever replica takes over ({listed}).")


#: what to do instead
_ALIVE = "A living source is replaced by a promotion, not by an ejection."
_HUNG = (
    "A server that hangs may still finish what it has begun: stop its server, or its database by SIGKILL, and run it again."
    " The playbook replica_eject stops the server with trove_stop_server=true."
)


def check_sources(links: Mapping[str, Link]) -> None:
    """:raises Refused: where replicas have different sources, or one of them still reaches its source"""
    sources = {name: f"{link['host']}:{link['port']}" for name, link in links.items()}
    if len(set(sources.values())) > 1:
        listed = ", ".join(f"{name} from {source}" for name, source in sorted(sources.items()))
        raise Refused(f"The replicas replicate from different sources ({listed}).")
    unsure = {name: link["probe"] for name, link in sorted(links.items()) if not link["probe"] or link["probe"]["verdict"] != "dead"}
    if unsure:
        told = "; ".join(f"{name}: {probe['verdict'] + ', ' + probe['why'] if probe else 'it was not asked'}" for name, probe in unsure.items())
        hung = any(probe and probe["verdict"] == "hung" for probe in unsure.values())
        which = next(iter(sources.values()))
        raise Refused(f"The source {which} is not dead to all of its replicas ({told}). {_HUNG if hung else _ALIVE}", replicas=list(unsure))


def _reported(infos: Mapping[str, Info | None]) -> dict[str, Info]:
    found = {name: info for name, info in infos.items() if info and info["reachable"]}
    silent = sorted(set(infos) - set(found))
    if silent:
        raise Refused(f"{', '.join(silent)} did not report, and may have more than the others. Repair them, or detach them first.", replicas=silent)
    return found


def _links(infos: Mapping[str, Info]) -> dict[str, Link]:
    found = {name: info["source"] for name, info in infos.items() if info["source"]}
    without = sorted(set(infos) - set(found))
    if without:
        raise Refused(f"{', '.join(without)} replicate from no source.", replicas=without)
    return found


def _check_errant(infos: Mapping[str, Info], has: Mapping[str, GtidSet]) -> None:
    for name, info in sorted(infos.items()):
        own = has[name].own(DIALECTS[info["engine"]].writer(info))
        # It may have been the source once. One that is alone cannot be compared with anybody, and there is nobody else to lose anything.
        errant = [own - others for other, others in has.items() if other != name]
        if errant and all(errant):
            raise Refused(f"{name} has transactions of its own, which no other replica has: {own}. Detach it first.", replica=name, errant=str(own))


def check_below(infos: Mapping[str, Info], new: str, successor: Info) -> None:
    """:raises Refused: where one that replicates from another replica has what the new source will not have: it was a replica of the dead one before"""
    link, executed = successor["source"], parse(successor["engine"], successor["executed"])
    has = _received(successor, link) if link else executed
    for name, info in sorted(infos.items()):
        more = parse(info["engine"], info["executed"]) - has
        if not link:
            # it has taken over, and writes between the looks at both
            more = more - more.own(DIALECTS[successor["engine"]].writer(successor))
        if more and info["source"] and info["engine"] == successor["engine"]:
            raise Refused(f"{name} replicates from another replica, and has transactions that {new}, which would take over, has not: {more}.", errant=str(more))


def _received(info: Info, link: Link) -> GtidSet:
    executed = parse(info["engine"], info["executed"])
    # What a replica cannot apply is of no use.
    return executed if link["sql_error"] else executed | parse(info["engine"], link["retrieved"])
