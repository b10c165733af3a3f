# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who is the source, who replicates from whom, and who does what for a verb: one pure function over the members' words."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

from ...._model.errors import InvalidInput, Refused
from . import obstacles, preflight, recovery, recovery_words, ring_plan, takeover
from . import returning as returning_rules
from . import ring as ring_rules
from .decision import Asked, Decision, Wanted
from .info import Info, Word
from .members import Members, without


def decide(
    verb: str,
    names: Sequence[str],
    words: Mapping[str, Word],
    source: str | None = None,
    candidate: str | None = None,
    leaving: Sequence[str] = (),
    returning: Sequence[str] = (),
    chain: bool = False,
    ring: Sequence[str] = (),
    contracts: Mapping[str, Wanted] | None = None,
    refill: Sequence[str] = (),
    tried: bool = False,
    defers: bool = False,
) -> dict[str, Any]:
    """What a verb has to do, as plain data, by what the members say.

    :param verb: main, rotate, replicate, attach, detach, promote, eject, ring, one_writer or recover
    :param names: of all members
    :param words: of those that are not silent, by name
    :param source: see `Asked`, also for the others
    :raises InvalidInput: for a name that no member has
    :raises Refused: where the verb cannot be carried out on what there is
    """
    members = Members(list(names), {name: word for name, word in words.items() if name in names})
    infos = {name: info for name, info in ((name, members.up(name)) for name in members.names) if info}
    asked = Asked(source or None, candidate or None, tuple(leaving), tuple(returning), chain, tuple(ring), contracts or {}, tuple(refill), tried, defers)
    decision = Decision() if _is_done(verb, members, asked) else _decided(verb, members, asked, infos)
    cast = obstacles.Cast(decision.source, decision.new_source, decision.attach or decision.order, decision.leaving, defers=asked.defers)
    preflight.check(obstacles.of_verb(verb, infos, cast))
    return _shown(verb, members, decision)


def undecided(verb: str, names: Sequence[str], words: Mapping[str, Word]) -> dict[str, Any]:
    """As `decide`, where it is not known yet what the verb will find: nobody does anything."""
    return _shown(verb, Members(list(names), {name: word for name, word in words.items() if name in names}), Decision())


def _shown(verb: str, members: Members, decision: Decision) -> dict[str, Any]:
    return {
        "verb": verb,
        "members": members.names,
        "silent": [name for name in members.names if name not in members.words],
        "addresses": {name: members.address(name) for name in members.names if members.address(name)},
        "streams": {name: {members.certified_name(name): members.address(name)} for name in members.names},
        **asdict(decision),
    }


def _is_done(verb: str, members: Members, asked: Asked) -> bool:
    """Of the chain that a ring is built from nothing is left to do where the ring is closed already: an earlier run has come further."""
    return verb == "attach" and ring_plan.is_closed(members, asked.ring)


def _decided(verb: str, members: Members, asked: Asked, infos: Mapping[str, Info]) -> Decision:
    if verb not in ("main", "rotate", "ring", "one_writer", "recover"):
        ring_rules.check_none(infos, verb)
    return _VERBS[verb](members, asked)


def source_of(infos: Mapping[str, Info]) -> str | None:
    """The one that takes writes and replicates from no source; None where it is not exactly one."""
    found = [name for name, info in infos.items() if info["reachable"] and not info["source"] and not info["read_only"]]
    return found[0] if len(found) == 1 else None


def _main(members: Members, asked: Asked) -> Decision:
    if asked.source and asked.source not in members.names:
        raise InvalidInput("source", asked.source, members.names)
    if not asked.source and (around := _around(members)):
        # each is a replica, and what one creates reaches all of them
        return Decision(source=around[0], replicas=around, accounts=members.accounts(around))
    replicas = without(members.names, asked.source) if asked.source else []
    # a replica whose certificate was replaced may have another subject now
    following = [name for name in replicas if members.up(name) and members.source_of(name)]
    return Decision(source=asked.source, replicas=replicas, accounts=members.accounts(following))


def _rotate(members: Members, asked: Asked) -> Decision:
    """As `main`, but with replicas there has to be a source: on it their accounts are changed, and all have them from there.

    :raises Refused: where it is not named, and the members do not say it
    """
    if asked.source or _around(members):
        return _main(members, asked)
    infos = {name: info for name in members.names if (info := members.up(name))}
    source, linked = source_of(infos), [name for name, info in infos.items() if info["source"]]
    if linked and not source:
        raise Refused(
            f"{', '.join(linked)} replicate, and it is not known from which source: of the members not exactly one takes writes and replicates from no source."
            " On the source the accounts of replicas are changed, so name it (mysql_replication_source)."
        )
    return _main(members, replace(asked, source=source))


def _around(members: Members) -> list[str]:
    """The members of a ring that take writes, where all of them do; who has lost its link may have no account any more that it needs to come back."""
    infos = {name: info for name, info in ((name, members.up(name)) for name in members.names) if info}
    found = ring_rules.open_members(infos)
    return found if found and len(found) == len(members.names) else []


def _replicate(members: Members, asked: Asked) -> Decision:
    """Those that have no data yet are not known until they run: their accounts are planned by a second look."""
    source = asked.source
    if not source or source not in members.names:
        raise InvalidInput("source", source, members.names)
    info = members.up(source)
    if not info:
        raise Refused(f"{source} cannot have replicas: its server does not run. Start it first.")
    if info["source"]:
        raise Refused(f"Cannot create a replica of a replica. ({source} replicates from {info['source']['host']}.)")
    replicas = without(members.names, source)
    running = without(replicas, *members.down(replicas))
    attach = without(replicas, *members.below_replicas(replicas))
    dataset = recovery_words.dataset(info)
    return Decision(source=source, new_source=source, replicas=replicas, attach=attach, accounts=members.accounts(running), dataset=dataset)


def _detach(members: Members, asked: Asked) -> Decision:
    """The source drops the accounts of those that left, when it is known who stays."""
    for name in asked.leaving:
        if name not in members.names:
            raise InvalidInput("leaving", name, members.names)
        behind = [other for other in members.names if members.follows(other, name) and other not in asked.leaving]
        if behind:
            raise Refused(f"{', '.join(behind)} replicate from {name}, which is a source: a replica is detached, a source is not.")
    staying = without(members.names, *asked.leaving)
    source = _source_that_stays(members, staying, asked.leaving)
    replicas = [name for name in staying if source and members.source_of(name) in staying]
    accounts = members.accounts(replicas)
    told = source and len(accounts) == len(replicas) and not members.down(staying)
    return Decision(leaving=list(asked.leaving), source=source if told else None, replicas=replicas, accounts=accounts if told else [])


def _source_that_stays(members: Members, staying: Sequence[str], leaving: Sequence[str]) -> str | None:
    """Whom those that leave, or those that stay, replicate from. After a run that was killed those that left do not tell any more."""
    sources = [one for one in members.standing(staying) if any(members.follows(name, one) for name in [*staying, *leaving])]
    sources = sources or members.standing(staying)
    return sources[0] if len(sources) == 1 else None


_VERBS: dict[str, Callable[[Members, Asked], Decision]] = {
    "main": _main,
    "rotate": _rotate,
    "replicate": _replicate,
    "attach": returning_rules.attach,
    "detach": _detach,
    "promote": takeover.promote,
    "eject": takeover.eject,
    "ring": ring_plan.ring,
    "one_writer": ring_plan.one_writer,
    "recover": recovery.recover,
}
VERBS = tuple(_VERBS)
