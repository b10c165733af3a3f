# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A source and its replicas after an outage: who is the source, who must take no writes, which links are healed, and what only a new copy heals. Pure.

By the contracts, and by what the servers say in this run. GTIDs are compared as sets: what a source wrote again under numbers that it had used before, as one
whose disk was set back, is not told from what it wrote then, on MariaDB.
"""

from __future__ import annotations

from collections.abc import Sequence

from ...._model.errors import InvalidInput, Refused
from . import causes, recovery_checks, recovery_words
from .decision import Asked, Decision, Recovery, Wanted
from .dialects import parse
from .info import Info
from .members import Members, without
from .recovery_checks import Contracts, counted, is_down, runs, takes_writes
from .recovery_checks import missing as missing_of
from .recovery_words import Finding


def recover(members: Members, asked: Asked) -> Decision:
    """What is done. Asked before the servers that are down were started it says who is started and who is fenced; asked then, all the rest.

    :raises InvalidInput: for names that no member has
    :raises Refused: where it is not known who the source is, or that one is not there, or others have what it has not, or a fence could leave nobody who writes
    """
    contracts = _contracts(members, asked)
    source = _source(members, contracts)
    _check_refill(asked.refill, contracts, source)
    others = without(_order(contracts, source), source)
    fencing = [name for name in others if takes_writes(members, name) and not contracts[name]["writable"]]
    if asked.tried:
        recovery_checks.serves(members, source)
    else:
        recovery_checks.answers(members, source)
        recovery_checks.fenced(members, contracts, source, fencing)
    recovery_checks.acknowledged(members, asked, source, others)
    findings = {name: _finding(members, asked, contracts, source, name) for name in others}
    opening = [source] if asked.tried and members.words[source]["replication"]["read_only"] else []
    recovery_checks.opened(members, contracts, opening, findings)
    recovery: Recovery = {
        "starting": [] if asked.tried else [name for name in (source, *others) if is_down(members, name)],
        "replicating": {name: bool(contracts[name]["source"]) for name in (source, *others)},
        "fencing": fencing,
        "opening": opening,
        "acts": {name: found.act for name, found in findings.items()},
        "sources": {name: contracts[name]["source"] or source for name in others},
        "refused": {name: found.why for name, found in findings.items() if found.act == "refused"},
        "destroyed": {name: found.destroyed for name, found in findings.items() if found.act == "refill"},
        "text": "",
    }
    recovery["text"] = recovery_words.text(members, source, findings, recovery)
    info = members.up(source)
    return Decision(
        source=source,
        new_source=source,
        replicas=[name for name, found in findings.items() if found.act == "refill"],
        attach=[name for name, found in findings.items() if found.act in ("start", "attach", "refetch", "refill")],
        # who stays as it is needs none that it does not have
        accounts=members.accounts(name for name, found in findings.items() if found.act != "refused"),
        dataset=recovery_words.dataset(info) if info else None,
        order=others,
        recovery=recovery,
    )


def _contracts(members: Members, asked: Asked) -> dict[str, Wanted]:
    """Of all members. Who has no neighbour by its contract, and is not for writes, is a source that was left behind, and returns to the one that is now.

    :raises Refused: for a ring, which another verb repairs, and for one that replicates from no source that is here
    """
    known = set(members.names)
    for name in {*asked.contracts} - known:
        raise InvalidInput("contracts", name, members.names)
    if asked.source:
        if asked.source not in known:
            raise InvalidInput("source", asked.source, members.names)
        named = [name for name, wanted in asked.contracts.items() if wanted["writable"] and not wanted["source"]]
        if asked.contracts and named != [asked.source]:
            raise InvalidInput("source", asked.source, "nothing beside contracts, or the source that they name")
        if not asked.contracts:
            return {name: {"source": None if name == asked.source else asked.source, "writable": name == asked.source} for name in members.names}
    found = {name: asked.contracts.get(name) or Wanted(source=None, writable=False) for name in members.names}
    gone = {name: wanted["source"] for name, wanted in found.items() if wanted["source"] and wanted["source"] not in known}
    if gone:
        said = ", ".join(f"{name} from {source}" for name, source in gone.items())
        raise Refused(f"By the contracts members replicate from one that is not there ({said}). stackdb.trove.replica_topology gives them another contract.")
    circle = [name for name in found if name in _above(found, name)]
    if circle:
        raise Refused(
            f"By the contracts {', '.join(circle)} replicate from each other. Of a ring in which each takes writes, start the servers"
            " (stackdb.trove.instance_start), and give the same contracts to stackdb.trove.replica_topology once more, which repairs it. After a promotion or"
            " an ejection that has not ended run that once more."
        )
    return found


def _above(contracts: Contracts, name: str) -> list[str]:
    """Whom one receives from by the contracts, the nearest first; where that leads in a circle, each of it once."""
    found: list[str] = []
    above = contracts[name]["source"]
    while above and above in contracts and above not in found:
        found.append(above)
        above = contracts[above]["source"]
    return found


def _source(members: Members, contracts: Contracts) -> str:
    """
    :raises Refused: where the contracts name none, or more than one, with the evidence of each
    """
    found = [name for name, wanted in contracts.items() if wanted["writable"] and not wanted["source"]]
    if len(found) == 1:
        return found[0]
    which = f"{' and '.join(found)} are sources by their contracts" if found else "none of the members is a source by its contract"
    raise Refused(
        f"It is not known who the source is: {which}. {recovery_words.evidence(members)} Of a promotion or an ejection that has not ended, run that once more."
        " Else name the source: by contracts that are given to stackdb.trove.replica_topology, or to the role by mysql_replication_contracts (without any,"
        " mysql_replication_source says it).",
        sources=found,
    )


def _check_refill(names: Sequence[str], contracts: Contracts, source: str) -> None:
    for number, name in enumerate(names):
        if name not in contracts or name == source:
            rule = "The source keeps its data." if name == source else None
            raise InvalidInput(f"refill[{number}]", name, without(contracts, source), **({"rule": rule} if rule else {}))
        followers = [other for other, wanted in contracts.items() if wanted["source"] == name and other not in names]
        if followers:
            raise Refused(f"{', '.join(followers)} replicate from {name}, and could not go on with a new copy there. Name them in refill, too.")


def _order(contracts: Contracts, source: str) -> list[str]:
    """From the top down, so that each one's source is healed before it."""
    return sorted(contracts, key=lambda name: (name != source, len(_above(contracts, name))))


def _finding(members: Members, asked: Asked, contracts: Contracts, root: str, name: str) -> Finding:
    """What is wrong with one that is not the source, and what is done to it."""
    info, source, named = members.info(name), contracts[name]["source"] or root, name in asked.refill
    if info is None:
        return Finding("refused", "its host cannot be reached, so nothing is done to it. It goes on by itself when it comes back; else run this again then")
    if not info["reachable"]:
        return _of_down(info, asked, named)
    if not asked.tried:
        return Finding("wait", "judged when all are started and fenced")
    if not info["read_only"] and not contracts[name]["writable"]:
        return Finding("refused", "it takes writes, though it was fenced: another program or user has set it writable. Find out which, and run this again")
    top, above = members.words[root]["replication"], members.up(source)
    if info["engine"] != top["engine"]:
        return Finding("refused", f"it is {info['engine']}, and {root} is {top['engine']}")
    missing = missing_of(info, top)
    if missing:
        text = counted(info, top, missing)
        return _by_copy(f"it has {text} that {root} does not have", named, f"{text}, which {root} does not have, and all that only its rows have")
    if above is None:
        return Finding("refused", f"its source {source} does not serve: it follows when that one does")
    return _of_link(members, info, above, source, name, named)


def _of_down(info: Info, asked: Asked, named: bool) -> Finding:
    if runs(info):
        # perhaps it recovers, or has no connection left: nobody knows what its data are, and that they are lost says nothing
        why = f"it runs and does not answer ({info['error']}): nothing is done to it. Let it answer, or stop its service, and run this again"
        return Finding("refused", why)
    if not asked.tried:
        return Finding("wait", "it is started, and judged then")
    why = f"its server does not start ({info['service']}; the reason is shown above, and in its log): its data may be damaged, or its disk full"
    return _by_copy(why, named, "all that its data hold, of which nothing is known")


def _of_link(members: Members, info: Info, above: Info, source: str, name: str, named: bool) -> Finding:
    link = info["source"]
    cause = causes.of_link(link) if link and members.follows(name, source) else None
    if link and members.follows(name, source) and not cause:
        return Finding("none", f"it replicates from {source}")
    purged, has = parse(above["engine"], above["purged"]), parse(info["engine"], info["executed"])
    if not has.reaches(purged) and (not link or link["io_running"] != "Yes" or not cause or cause.remedy == causes.REFETCH):
        why = f"the binary logs of {source} begin after {purged}, and it has {has or 'none'}"
        return _by_copy(why, named, "its copy of the data, which is too old to be continued")
    if not link:
        return Finding("attach", f"it replicates from no source, and has nothing that {source} lacks")
    if not cause:
        other = next((one for one in members.names if members.follows(name, one)), "no member")
        return Finding("attach", f"it replicates from {link['host']} ({other}), and by its contract from {source}; it has nothing that {source} lacks")
    if cause.remedy == causes.NOTHING:
        return Finding("refused", f"{cause.why}. Fix that on its host (stackdb.trove.instance_resize gives a volume more room), and run this again")
    if cause.remedy == causes.REFILL:
        return _by_copy(cause.why, named, "its own data, which differ from the source's")
    return Finding(cause.remedy, cause.why)


def _by_copy(why: str, named: bool, destroyed: str) -> Finding:
    if named:
        return Finding("refill", why, destroyed)
    ways = "Nothing heals that but a new copy of the source's data in place of its own, which is created where it is named in refill (trove_refill)"
    return Finding("refused", f"{why}. {ways}")
