# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a recovery of replicas must not do: fence where nobody might write then, open a source beside who has more, or start who runs. Refusals. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ...._model.errors import Refused
from . import recovery_words
from .decision import Asked, Wanted
from .dialects import DIALECTS, parse
from .gtid import GtidSet
from .info import Info
from .members import Members, without
from .recovery_words import Finding

Contracts = Mapping[str, Wanted]
#: states of a service whose server may serve others, or will, though it does not answer us
_RUNS = ("active", "activating", "reloading", "deactivating", "unknown")


def runs(info: Info) -> bool:
    """Of one that does not answer, whether it may all the same be one that serves: only what ended, or failed, is down for certain."""
    return info["service"] in _RUNS


def is_down(members: Members, name: str) -> bool:
    """Whether its host answers, and its server is known not to run."""
    info = members.info(name)
    return bool(info and not info["reachable"] and not runs(info))


def takes_writes(members: Members, name: str) -> bool:
    info = members.up(name)
    return bool(info and not info["read_only"])


def has(info: Info) -> GtidSet:
    """What it has executed, or received and not applied yet: both were acknowledged somewhere."""
    found = parse(info["engine"], info["executed"])
    return found | parse(info["engine"], info["source"]["retrieved"]) if info["source"] else found


def missing(info: Info, source: Info) -> GtidSet:
    """What a source lacks of it."""
    return has(info) - parse(source["engine"], source["executed"])


def counted(info: Info, source: Info, lacking: GtidSet) -> str:
    count = has(info).count(lacking, parse(source["engine"], source["executed"]))
    about = "up to " if info["engine"] == "mariadb" else ""
    return f"{about}{count} transaction{'' if count == 1 else 's'} ({lacking})"


def answers(members: Members, source: str) -> None:
    """Before anything is touched.

    :raises Refused: of a source that runs and does not answer, as one without a free connection: it may serve its clients all the time
    """
    info = members.info(source)
    if info and not info["reachable"] and runs(info):
        raise Refused(
            f"{source} is the source, and its server runs ({info['service']}) and does not answer: {info['error']}. It may serve its clients, or be about to."
            " Nothing is changed by this. Let it answer, or stop its service, and run this again."
        )


def fenced(members: Members, contracts: Contracts, source: str, fencing: Sequence[str]) -> None:
    """Whoever replicates by its contract and takes writes may be the only one who does: opened by hand, or by a verb that was killed before it wrote contracts.

    Who has no neighbour by its contract, and is not for writes, was left out by a verb that ended, and may be fenced at any time.

    :raises Refused: unless the source takes writes itself, with the evidence of both
    """
    doubtful = [name for name in fencing if contracts[name]["source"]]
    info = members.up(source)
    if not doubtful or (info and not info["read_only"] and not info["source"]):
        return
    names = ", ".join(doubtful)
    raise Refused(
        f"{names}: a replica by its contract, and takes writes. {source} is the source by its contract, and does not serve as such. Who is right is not known,"
        " and no instance is fenced, since none would take writes then."
        f" {recovery_words.evidence(members)} {_compared(members, source, doubtful)}Nothing is changed by this."
        " Of a promotion, an ejection or a topology that has not ended run that once more (stackdb.trove.replica_promote, replica_eject, replica_topology)."
        f" Where {source} is lost or to be given up, stop its server and run stackdb.trove.replica_eject, or give contracts in which another one is the source"
        f" to stackdb.trove.replica_topology. Where {source} is right, let {names} take no writes (SET GLOBAL read_only = ON), and run this again.",
        doubtful=doubtful,
    )


def _compared(members: Members, source: str, names: Sequence[str]) -> str:
    top = members.up(source)
    found = []
    for name in names if top else ():
        info = members.up(name)
        if info and top and info["engine"] == top["engine"]:
            more, less = missing(info, top) or "nothing", missing(top, info) or "nothing"
            found.append(f"{name} has {more} that {source} lacks, and {source} has {less} that {name} lacks. ")
    return "".join(found)


def serves(members: Members, source: str) -> None:
    """:raises Refused: without the source, or where it replicates itself"""
    info = members.info(source)
    if info and info["reachable"]:
        if info["source"]:
            raise Refused(
                f"{source} is the source by its contract, and replicates from {info['source']['host']}. Of a promotion that has not ended, run"
                " stackdb.trove.replica_promote once more."
            )
        return
    why = f"its server does not {'answer' if runs(info) else 'start'} ({info['error']})" if info else "its host cannot be reached"
    raise Refused(
        f"{source} is the source, and {why}. Its replicas keep what they have. Fix that, and run this again; where it is lost,"
        " stackdb.trove.replica_eject puts its best replica in its place."
    )


def acknowledged(members: Members, asked: Asked, source: str, others: Sequence[str]) -> None:
    """What others have and have not written themselves was acknowledged somewhere: a source without it is not the one that it was.

    Before the servers that are down were started only of a source that takes no writes: of another one they may have what it wrote since it was asked.

    :raises Refused: with who has how much more
    """
    top = members.up(source)
    if not top or (not asked.tried and (not top["read_only"] or top["source"])):
        return
    ahead = {}
    for name in without(others, *asked.refill):
        info = members.up(name)
        if info and info["engine"] == top["engine"]:
            lacking = missing(info, top)
            lost = lacking - lacking.own(DIALECTS[info["engine"]].writer(info))
            if lost:
                ahead[name] = f"{name} has {counted(info, top, lost)}"
    if ahead:
        raise Refused(
            f"{source} is the source, and lacks what others have received: {'; '.join(ahead.values())}. So it has lost transactions that were acknowledged, as"
            " one whose disk was set back, or that was stopped with sync_binlog or innodb_flush_log_at_trx_commit off."
            f" {_CHANGED[asked.tried]} To keep them, stop the server of {source}, and run stackdb.trove.replica_eject, which puts the replica that has most in"
            " its place (with trove_clear_task=true where a task is left). To give them up, name all who have them in refill.",
            ahead=list(ahead),
        )


#: what was done before a refusal, by whether those that were down have been started
_CHANGED = {
    False: "Nothing is changed by this.",
    True: "But for servers that were started, and take no writes, and those that were fenced, nothing is changed by this.",
}


def opened(members: Members, contracts: Contracts, opening: Sequence[str], findings: Mapping[str, Finding]) -> None:
    """
    :raises Refused: where a source is to take writes again, and another one takes some, has more, or it is not known whether it has. Own transactions count,
        too: on one that took the source's place for a while they were acknowledged, and on both sides of a fork they are lost to the other one
    """
    if not opening:
        return
    source, kept = opening[0], [name for name, found in findings.items() if found.act != "refill"]
    top = members.words[source]["replication"]
    unknown = [name for name in kept if not members.up(name) or members.words[name]["replication"]["engine"] != top["engine"]]
    if unknown:
        raise Refused(
            f"{source} takes no writes, and {', '.join(unknown)} cannot be asked whether more was acknowledged than it has. Bring them back, give up the"
            " data of one whose server does not start by naming it in refill, or delete one that is lost (stackdb.trove.instance_delete).",
            unknown=unknown,
        )
    writers = [name for name in findings if takes_writes(members, name) and not contracts[name]["writable"]]
    if writers:
        raise Refused(
            f"{source} takes no writes, and is not opened beside {', '.join(writers)}: takes writes, though it must not by its contract. Find out who"
            " has opened it, and run this again.",
            writers=writers,
        )
    ahead = {name: found for name in kept if (info := members.up(name)) and (found := missing(info, top))}
    if ahead:
        said = "; ".join(f"{name} has {counted(members.words[name]['replication'], top, found)}" for name, found in ahead.items())
        raise Refused(
            f"{source} takes no writes, and is not opened while others have what it has not: {said}. {_CHANGED[True]} Of a promotion or an ejection that has"
            f" not ended, run that once more. To keep what they have, stop the server of {source}, and run stackdb.trove.replica_eject (with"
            " trove_clear_task=true where a task is left). To give it up, name all who have it in refill.",
            ahead=list(ahead),
        )
