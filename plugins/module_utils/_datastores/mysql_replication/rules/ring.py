# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A ring of sources, each of which takes writes, replicates from the one before it and feeds the one after it. MariaDB only. Pure.

Each member writes into a GTID domain of its own, so that the sequence of each domain has one writer, as gtid_strict_mode wants it. What a member wrote comes
back to it at last, and it leaves that out by its server_id. A row that two members write at the same time stops a link, or is different on both for ever:
the database does not see it before. Of automatic numbers each member has its own.

Sources: MariaDB, "Global Transaction ID" (use with multi-source replication and other multi-primary setups), "gtid_domain_id", "Parallel Replication"
(out-of-order by domain), "auto_increment_increment"; tried on 10.11.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ...._model.errors import InvalidInput, Refused
from .gtid import MariaDbGtids
from .info import Info, Logs, State
from .replication import check_attach, check_lost

#: of auto_increment_increment, which has 16 bits
MOST = 65535


def settings(server_id: int, size: int, position: int) -> dict[str, int]:
    """What a member has beside what any source has, values by variable.

    One thread applies: several take the domains for independent of each other, and would apply the change of a row before the row itself, where one member has
    written the row, and another one has changed it.

    :param size: how many members there are
    :param position: of this one, from 1
    :raises InvalidInput: for a ring of fewer than two, and for a place that it does not have
    """
    if not 2 <= size <= MOST:
        raise InvalidInput("ring_size", size, f"2 to {MOST} members")
    if not 1 <= position <= size:
        raise InvalidInput("ring_position", position, f"1 to {size}")
    return {"gtid_domain_id": server_id, "auto_increment_increment": size, "auto_increment_offset": position, "slave_parallel_threads": 0}


def plain(threads: int | None) -> dict[str, int | None]:
    """The same settings of a server that is in no ring.

    :param threads: slave_parallel_threads, None for any
    """
    return {"gtid_domain_id": 0, "auto_increment_increment": 1, "auto_increment_offset": 1, "slave_parallel_threads": threads}


def foreign(gtids: str, server_id: int) -> MariaDbGtids:
    """Those that others wrote: what comes to a member from the one before it. Its own come back, and it leaves them out."""
    found = MariaDbGtids.parse(gtids)
    return found - found.own(str(server_id))


def check_member(local: State, before: Logs, after: Logs, name: str, linked: bool) -> None:
    """Whether a member may replicate from the one before it, which may write, and receive from all others, at any moment.

    :param local: the member
    :param before: the one before it, seen before the member: what that one has of the member's own, the member has, too
    :param after: and seen after it: what the member has of others', that one has, too
    :param name: that one's, for the messages
    :param linked: whether the member replicates from somebody
    :raises Refused: with the GTIDs
    """
    own = str(local["server_id"])
    check_lost(local, before, MariaDbGtids.parse(local["logged"]), name)
    # whether it has anything that others wrote and that one has not is asked below, without its own
    executed = MariaDbGtids.parse(local["executed"])
    check_attach(local, after, executed, name, behind=True)
    # who replicates already has written nothing that counts but in its own domain: it was read-only
    own_place = executed.of_domain(local["server_id"]) if linked else executed
    errant = executed - own_place.own(own) - MariaDbGtids.parse(after["executed"])
    if errant:
        raise Refused(
            f"This server has transactions that {name} does not have: {errant} (it has {local['executed'] or 'none'}, {name} has"
            f" {after['executed'] or 'none'}). So they go another way than round the ring, and would not reach the members behind {name}.",
            errant=str(errant),
            executed=local["executed"],
            source_executed=after["executed"],
        )


def stands_behind(current: str, applied: str, purged: str, domain: int) -> bool:
    """Whether gtid_slave_pos has to be set to gtid_current_pos before a member replicates from the one before it.

    It has to where the member was a source without a source: what it wrote in a domain that others have written to, too, would be asked for again, with what
    the others had written before. Of the member's own domain it may be behind, since all of that is left out.

    :param current: gtid_current_pos
    :param applied: gtid_slave_pos
    :param purged: what the binary logs of the one before it do not hold any more: to ask for less is an error
    :param domain: the member's own
    """
    has = MariaDbGtids.parse(applied)
    return bool({one for one in MariaDbGtids.parse(current).beyond(has) if one != domain} or MariaDbGtids.parse(purged).beyond(has))


def open_members(infos: Mapping[str, Info]) -> list[str]:
    """The names of those that are members of a ring: they replicate, take writes, and have a GTID domain of their own."""
    return [name for name, info in infos.items() if info["source"] and not info["read_only"] and info["facts"]["domain"]]


def check_none(infos: Mapping[str, Info], verb: str) -> None:
    """:raises Refused: for a verb that knows one source that takes writes"""
    found = open_members(infos)
    if not found:
        return
    instead = {
        "eject": "One that is down is started again, and the same contracts given to stackdb.trove.replica_topology once more.",
        "replicate": "A copy of one of them would be a replica of a replica.",
    }
    raise Refused(
        f"{', '.join(found)} {'is a member' if len(found) == 1 else 'are members'} of a ring, in which each takes writes: {verb} knows one source, and would"
        f" cut off what the others write. {instead.get(verb, 'Contracts that are given to stackdb.trove.replica_topology bring a ring about, and repair it.')}",
        members=found,
    )


def check_events(events: Mapping[str, Sequence[str]]) -> None:
    """:param events: the enabled ones by member
    :raises Refused: for one that would run on two members
    """
    found: dict[str, list[str]] = {}
    for name, enabled in events.items():
        for event in enabled:
            found.setdefault(event, []).append(name)
    twice = {event: names for event, names in found.items() if len(names) > 1}
    if twice:
        said = "; ".join(f"{event} on {', '.join(names)}" for event, names in sorted(twice.items()))
        raise Refused(f"Events are enabled on more than one member, and would run on each of them ({said}). Disable them on all but one.", events=twice)
