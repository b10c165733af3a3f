# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Another server becomes the source: a promotion of one that lives, an ejection of one that is dead. Pure, over the members' words."""

from __future__ import annotations

from collections.abc import Sequence

from ...._model.errors import InvalidInput, Refused
from . import eject as ejection
from .decision import Asked, Decision
from .info import Promoter
from .members import Members, without


def promote(members: Members, asked: Asked) -> Decision:
    candidate = asked.candidate
    if candidate is None or candidate not in members.names:
        raise InvalidInput("candidate", candidate, members.names)
    down = members.down(members.names)
    if down:
        raise Refused(f"A promotion needs every server: {', '.join(down)} cannot be reached, or the server there does not run.", members=down)
    old = _old_source(members, candidate)
    resumed = not members.link(candidate)
    others = without(members.names, candidate)
    # who follows another replica goes on with that one
    attach = without(others, old, *(name for name in members.below_replicas(others) if not members.follows(name, candidate)))
    return Decision(
        source=old or candidate,
        new_source=candidate,
        old_source=old,
        resumed=resumed,
        replicas=others,
        attach=attach,
        accounts=members.every_account(others),
        promoter=None if resumed else _promoter(members, candidate),
        executed={name: members.words[name]["replication"]["executed"] for name in attach},
    )


def _promoter(members: Members, candidate: str) -> Promoter:
    (account,) = members.every_account([candidate])
    return {"address": account["address"], "subject": account["subject"]}


def _old_source(members: Members, candidate: str) -> str | None:
    """The source that the candidate replicates from, or did before an earlier run was killed; None where it replicates from the candidate already."""
    link = members.link(candidate)
    standing = without(members.standing(members.names), candidate)
    above = members.source_of(candidate)
    if above and members.link(above) and not members.follows(above, candidate):
        raise Refused(
            f"{candidate} replicates from {above}, which is a replica itself, and only a replica of the source can take its place."
            f" stackdb.trove.replica_topology can make {candidate} one before."
        )
    if link and not any(members.follows(candidate, one) for one in standing):
        raise Refused(f"{candidate} replicates from {link['host']}, which is not a source among {', '.join(members.names)}.")
    if len(standing) > 1:
        raise Refused(f"More than one server besides {candidate} replicates from no source: {', '.join(standing)}. Which is the source is not known.")
    if not standing:
        return None
    (old,) = standing
    if not link:
        _check_resumed(members, candidate, old)
    return old


def _check_resumed(members: Members, candidate: str, old: str) -> None:
    """:raises Refused: where it is not an earlier run that has detached the candidate from its source"""
    if members.words[candidate]["replication"]["read_only"]:
        raise Refused(f"{candidate} replicates from no source and is read-only: there is no source that it could take over from. Attach it first.")
    if not members.words[old]["replication"]["read_only"]:
        raise Refused(
            f"{candidate} and {old} both take writes and replicate from no source, so which is the source is not known."
            f" Where an earlier promotion of {candidate} has ended, make {old} read-only (SET GLOBAL read_only = ON), and start this again."
        )


def eject(members: Members, asked: Asked) -> Decision:
    source = asked.source
    if not source:
        raise InvalidInput("source", source, "the name of the source that is dead")
    if members.up(source):
        raise Refused(f"The server of {source} answers on its own host. A living source is replaced by a promotion, not by an ejection.", source=source)
    own = members.info(source)
    if own and own["service"] in ("active", "activating", "deactivating", "reloading"):
        raise Refused(
            f"The server of {source} does not answer root on its own host ({own['error']}), and its service is {own['service']} there, so it hangs,"
            " and may go on with what it has begun. Stop it first; the playbook replica_eject stops its server with trove_stop_server=true.",
            source=source,
        )
    replicas = without(members.names, source)
    below = members.below_replicas(replicas, outside=True)
    direct = without(replicas, *below)
    # Those that are down, replicate from different sources, or from one that answers, are refused with the choice.
    standing = [] if members.down(replicas) else members.standing(replicas)
    new = _taken_over(members, standing, direct) if standing else _chosen(members, direct, source)
    others, attach = without(replicas, new), without(direct, new)
    ejection.check_below({name: members.words[name]["replication"] for name in below}, new, members.words[new]["replication"])
    return Decision(new_source=new, resumed=bool(standing), replicas=others, attach=attach, accounts=members.every_account(others))


def _chosen(members: Members, replicas: Sequence[str], source: str) -> str:
    new = ejection.choose({name: members.info(name) for name in replicas})
    link = members.link(new)
    if link and members.address(source) and not members.follows(new, source):
        raise Refused(f"The replicas replicate from {link['host']}, and {source}, which is to be ejected, is {members.address(source)}.")
    return new


def _taken_over(members: Members, standing: Sequence[str], replicas: Sequence[str]) -> str:
    """The one that an earlier run has let take over, and perhaps was killed before it took writes."""
    if len(standing) > 1:
        raise Refused(f"{', '.join(standing)} replicate from no source, so which of them has taken over is not known. Only replicas of one source belong here.")
    (new,) = standing
    links = {name: members.link(name) for name in without(replicas, new) if not members.follows(name, new)}
    ejection.check_sources({name: link for name, link in links.items() if link})
    for name in links:
        more = members.executed(name) - members.executed(new)
        if more:
            raise Refused(
                f"{new} replicates from no source, and {name} has transactions that {new} does not have: {more}. So {new} was not chosen by an earlier run.",
                errant=str(more),
            )
    return new
