# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who is the source, who replicates from whom, and who does what for a verb: one pure function over the members' words.

A *word* is a result of trove_mysql_replication_info: ``replication``, an info as `rules.replication` describes it, and ``identity`` with the ``name``
and ``address`` by which the other members know the server, its ``server_id`` and the ``subject`` of its certificate.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ...._model.errors import InvalidInput, Refused
from . import eject
from .gtid import parse

#: what a plan says, the same for every verb; see plugins/modules/trove_mysql_replication_plan.py
_NOTHING: dict[str, Any] = {
    "source": None, "new_source": None, "old_source": None, "resumed": False, "replicas": [], "attach": [], "leaving": [],
    "accounts": [], "promoter": None, "executed": {}, "dataset": None,
}  # fmt: skip


@dataclass(frozen=True)
class _Members:
    """The members of a run, and the words of those that said something."""

    names: list
    words: dict

    def info(self, name):
        return (self.words.get(name) or {}).get("replication") or {"reachable": False, "source": None}

    def identity(self, name):
        return (self.words.get(name) or {}).get("identity") or {}

    def address(self, name):
        return self.identity(name).get("address")

    def down(self, names):
        """Those that are silent, or whose server does not answer."""
        return [name for name in names if not self.info(name)["reachable"]]

    def standing(self, names):
        """Those that replicate from nobody."""
        return [name for name in names if not self.info(name)["source"]]

    def follows(self, name, other):
        link = self.info(name)["source"]
        return bool(link) and link["host"] == self.address(other)

    def account(self, name):
        """What the account of a replica is made of, None where something of it is not known."""
        found = {key: self.identity(name).get(key) for key in ("server_id", "address", "subject")}
        return found if all(found.values()) else None

    def accounts(self, names):
        return [account for account in map(self.account, names) if account]

    def executed(self, name):
        info = self.info(name)
        return parse(info["engine"], info["executed"])


def decide(verb, names, words, source=None, candidate=None, leaving=()):
    """What a verb has to do, as plain data, by what the members say.

    :param verb: main, replicate, detach, promote or eject
    :param names: of all members
    :param words: ``{name: word}`` of those that are not silent
    :param source: for main and replicate the name of the source; for eject that of the dead one, which may be no member
    :param candidate: for promote, the name of the replica that takes over
    :param leaving: for detach, the names of the replicas that leave
    :raises InvalidInput: for a name that no member has
    :raises Refused: where the verb cannot be carried out on what there is
    """
    members = _Members(list(names), {name: word for name, word in words.items() if name in names})
    known = _VERBS[verb](members, source=source or None, candidate=candidate or None, leaving=list(leaving))
    return {
        "verb": verb,
        "members": members.names,
        "silent": [name for name in members.names if name not in members.words],
        "addresses": {name: members.address(name) for name in members.names if members.address(name)},
        "streams": {name: {members.identity(name).get("name") or name: members.address(name)} for name in members.names},
        **_NOTHING,
        **known,
    }


def source_of(words):
    """The one that takes writes and replicates from nobody, by ``{name: word}``; None where it is not exactly one."""
    infos = {name: word["replication"] for name, word in words.items()}
    found = [name for name, info in infos.items() if info["reachable"] and not info["source"] and not info["read_only"]]
    return found[0] if len(found) == 1 else None


def _main(members, source, **_given):
    if source and source not in members.names:
        raise InvalidInput("source", source, members.names)
    return {"source": source, "replicas": _without(members.names, source) if source else []}


def _replicate(members, source, **given):
    """Those that have no data yet are not known until they run: their accounts are planned by a second look."""
    found = _main(members, source, **given)
    if not source:
        raise InvalidInput("source", source, members.names)
    if members.down([source]):
        raise Refused(f"{source} cannot have replicas: its server does not run. Start it first.")
    info = members.info(source)
    if info["source"]:
        raise Refused(f"Cannot create a replica of a replica. ({source} replicates from {info['source']['host']}.)")
    running = [name for name in found["replicas"] if not members.down([name])]
    return {**found, "new_source": source, "attach": found["replicas"], "accounts": members.accounts(running), "dataset": _dataset(info)}


def _dataset(info):
    """What goes with a snapshot, in Trove's words, and how much room a replica must have for it."""
    size = info["data_bytes"] or 0
    return {
        "datastore": info["engine"],
        "datastore_version": info["version"],
        "dataset_size": round(size / 2**30, 2),
        "snapshot_href": None,
        "bytes": size,
    }


def _detach(members, leaving, **_given):
    """The source drops the accounts of those that left, when it is known who stays."""
    for name in leaving:
        if name not in members.names:
            raise InvalidInput("leaving", name, members.names)
        behind = [other for other in members.names if members.follows(other, name)]
        if behind:
            raise Refused(f"{', '.join(behind)} replicate from {name}, which is a source: a replica is detached, a source is not.")
    staying = _without(members.names, *leaving)
    source = _source_that_stays(members, staying, leaving)
    replicas = [name for name in staying if source and members.follows(name, source)]
    accounts = members.accounts(replicas)
    told = source and len(accounts) == len(replicas) and not members.down(staying)
    return {"leaving": leaving, "source": source if told else None, "replicas": replicas, "accounts": accounts if told else []}


def _source_that_stays(members, staying, leaving):
    """Whom those that leave, or those that stay, replicate from. After a run that was killed those that left do not tell any more."""
    sources = [one for one in members.standing(staying) if any(members.follows(name, one) for name in [*staying, *leaving])]
    sources = sources or members.standing(staying)
    return sources[0] if len(sources) == 1 else None


def _promote(members, candidate, **_given):
    if candidate not in members.names:
        raise InvalidInput("candidate", candidate, members.names)
    down = members.down(members.names)
    if down:
        raise Refused(f"A promotion needs every server: {', '.join(down)} cannot be reached, or the server there does not run.", members=down)
    old = _old_source(members, candidate)
    resumed = not members.info(candidate)["source"]
    others = _without(members.names, candidate)
    attach = _without(others, old)
    return {
        "source": old or candidate,
        "new_source": candidate,
        "old_source": old,
        "resumed": resumed,
        "replicas": others,
        "attach": attach,
        "accounts": _every_account(members, others),
        "promoter": None if resumed else {key: _every_account(members, [candidate])[0][key] for key in ("address", "subject")},
        "executed": {name: members.info(name)["executed"] for name in attach},
    }


def _old_source(members, candidate):
    """The source that the candidate replicates from, or did before an earlier run was killed; None where it replicates from the candidate already."""
    link = members.info(candidate)["source"]
    standing = _without(members.standing(members.names), candidate)
    if link and not any(members.follows(candidate, one) for one in standing):
        raise Refused(f"{candidate} replicates from {link['host']}, which is not a source among {', '.join(members.names)}.")
    if len(standing) > 1:
        raise Refused(f"More than one server besides {candidate} replicates from nobody: {', '.join(standing)}. Which is the source is not known.")
    old = standing[0] if standing else None
    if old and not link and members.info(candidate)["read_only"]:
        raise Refused(f"{candidate} replicates from nobody and is read-only: there is no source that it could take over from. Attach it first.")
    if old and not link and not members.info(old)["read_only"]:
        raise Refused(
            f"{candidate} and {old} both take writes and replicate from nobody, so which is the source is not known."
            f" Where an earlier promotion of {candidate} has ended, make {old} read-only (SET GLOBAL read_only = ON), and start this again."
        )
    return old


def _eject(members, source, **_given):
    if not source:
        raise InvalidInput("source", source, "the name of the source that is dead")
    if members.info(source)["reachable"]:
        raise Refused(f"The server of {source} answers on its own host. A source that lives is promoted away from, not ejected.", source=source)
    replicas = _without(members.names, source)
    # Those that are down, replicate from different sources, or from one that answers, are refused with the choice.
    standing = [] if members.down(replicas) else members.standing(replicas)
    new = _taken_over(members, standing, replicas) if standing else eject.choose({name: members.info(name) for name in replicas})
    if not standing and members.address(source) and not members.follows(new, source):
        host = members.info(new)["source"]["host"]
        raise Refused(f"The replicas replicate from {host}, and {source}, which is to be ejected, is {members.address(source)}.")
    others = _without(replicas, new)
    return {"new_source": new, "resumed": bool(standing), "replicas": others, "attach": others, "accounts": _every_account(members, others)}


def _taken_over(members, standing, replicas):
    """The one that an earlier run has let take over, and perhaps was killed before it took writes."""
    if len(standing) > 1:
        raise Refused(f"{', '.join(standing)} replicate from nobody, so which of them has taken over is not known. Only replicas of one source belong here.")
    new = standing[0]
    left = [name for name in _without(replicas, new) if not members.follows(name, new)]
    eject.check_sources({name: members.info(name) for name in left})
    for name in left:
        more = members.executed(name) - members.executed(new)
        if more:
            raise Refused(
                f"{new} replicates from nobody, and {name} has transactions that {new} does not have: {more}. So {new} was not chosen by an earlier run.",
                errant=str(more),
            )
    return new


def _every_account(members, names):
    without = [name for name in names if not members.account(name)]
    if without:
        raise Refused(f"{', '.join(without)} could not replicate: address, server_id or certificate is not known.", members=without)
    return members.accounts(names)


def _without(names, *others):
    return [name for name in names if name not in others]


_VERBS: dict[str, Callable[..., dict[str, Any]]] = {"main": _main, "replicate": _replicate, "detach": _detach, "promote": _promote, "eject": _eject}
