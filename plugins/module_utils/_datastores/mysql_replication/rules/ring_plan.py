# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A chain becomes a ring, and a ring that has lost a link is brought back. Pure, over the members' words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import takewhile

from ...._model.errors import InvalidInput, Refused
from . import ring as rules
from .decision import Asked, Decision, Place
from .gtid import MariaDbGtids
from .info import Info
from .members import Members, without
from .replication import problems


def ring(members: Members, asked: Asked) -> Decision:
    """Each member replicates from the one before it, or from nobody. The one that is begun with feeds the others until the ring is closed.

    :raises Refused: where they are no MariaDB servers, one is down, one follows another server, or nobody takes writes
    """
    if len(asked.ring) < 2:
        raise InvalidInput("ring", list(asked.ring), "at least two members")
    infos = _infos(members, asked.ring)
    before = _before(asked.ring)
    for name, info in infos.items():
        if info["source"] and not members.follows(name, before[name]):
            raise Refused(
                f"{name} replicates from {info['source']['host']}, and in the ring {' -> '.join((*asked.ring, asked.ring[0]))} it is {before[name]}."
                " Where it is a replica in a topology of another shape, that one becomes a chain first."
            )
    rules.check_events({name: info["events"] for name, info in infos.items()})
    first = _first(members, asked.ring, infos)
    order = _from(asked.ring, first)
    opening = [name for name in order if infos[name]["read_only"]]
    return Decision(
        source=first,
        new_source=first,
        replicas=without(order, first),
        # the account of the one that is begun with goes through all the others, to the last one
        path=without(order, first) if opening and not infos[first]["source"] else [],
        accounts=members.every_account(order),
        # One thread has to apply everywhere, before the first one changes over to a domain of its own: it takes its place last.
        order=[*without(order, first), first],
        opening=opening,
        ring={name: Place(source=before[name], position=number, size=len(asked.ring)) for number, name in enumerate(asked.ring, 1)},
    )


def one_writer(members: Members, asked: Asked) -> Decision:
    """One goes on taking writes; the others close, and the ring is a chain below it, once it has all that they have.

    One that a run before has closed for another one is opened then, too. Nobody acts where it is so already, as after a run that was killed.

    :raises Refused: where what others wrote cannot come to that one
    """
    new, infos = asked.candidate, _infos(members, asked.ring)
    if new not in asked.ring:
        raise InvalidInput("candidate", new, list(asked.ring))
    if infos[new]["read_only"] and not infos[new]["facts"]["domain"]:
        raise Refused(f"{new} is to go on taking writes, and is read-only now. Bring the ring in order first, by its own contracts.")
    _check_receives(members, asked.ring, new)
    others = without(_from(asked.ring, new), new)
    strangers = [name for name in others if infos[name]["source"] and not members.source_of(name)]
    closed = all(infos[name]["read_only"] and not infos[name]["facts"]["domain"] for name in others) and not strangers
    if closed and not infos[new]["source"] and not infos[new]["facts"]["domain"]:
        return Decision(source=new, new_source=new)
    return Decision(
        source=new,
        new_source=new,
        replicas=others,
        # those that receive all that comes from the one that is the top of the chain by then
        path=list(takewhile(lambda name: name not in strangers and not problems(infos[name]["source"]), others)),
        accounts=members.every_account(others),
        executed={name: infos[name]["executed"] for name in others},
        # whose source is gone has nothing to receive, and forgets it
        leaving=strangers,
        order=[new, *others],
    )


def _check_receives(members: Members, order: Sequence[str], new: str) -> None:
    """Refuse, before anybody is closed, one that would wait for what no link brings to it."""
    lacking = _lacking(members, new)
    if not lacking:
        return
    link = members.link(new)
    instead = [name for name in order if not _lacking(members, name)]
    raise Refused(
        f"{new} cannot be the source of all: it replicates from {link['host'] if link else 'no source'}, and what others wrote does not come to it that way:"
        f" {'; '.join(f'{gtids} of {name}' for name, gtids in lacking.items())}. "
        + (f"Let {' or '.join(instead)} be the source." if instead else "No member has all data, or receives them. Repair the links first."),
        lacking=lacking,
        instead=instead,
    )


def _lacking(members: Members, name: str) -> dict[str, str]:
    """What one has not that others have from whom nothing comes to it, by their names. Its own is left out: the others may have been asked later."""
    info = members.words[name]["replication"]
    server_id, has = info["server_id"], MariaDbGtids.parse(info["executed"])
    apart = without(members.names, name, *_above(members, name))
    found = {other: rules.foreign(members.words[other]["replication"]["executed"], server_id) - has for other in apart}
    return {other: str(gtids) for other, gtids in found.items() if gtids}


def _above(members: Members, name: str) -> list[str]:
    """The members whose data come to one, by whatever links there are."""
    found: list[str] = []
    while (above := members.source_of(found[-1] if found else name)) is not None and above not in (name, *found):
        found.append(above)
    return found


def is_closed(members: Members, order: Sequence[str]) -> bool:
    """Whether each replicates from the one before it, whatever else there is."""
    before = _before(order)
    return bool(order) and all(members.follows(name, before[name]) for name in order)


def _infos(members: Members, order: Sequence[str]) -> dict[str, Info]:
    if not order or len(set(order)) != len(order) or set(order) != set(members.names):
        raise InvalidInput("ring", list(order), f"each of {', '.join(members.names)} once, in the order of the data")
    down = members.down(order)
    if down:
        raise Refused(f"A ring is created and repaired where all servers run: {', '.join(down)} cannot be reached, or the server there does not run. Start it.")
    infos = {name: members.words[name]["replication"] for name in order}
    others = [f"{name} is {info['engine']}" for name, info in infos.items() if info["engine"] != "mariadb"]
    if others:
        raise Refused(f"A ring is built of MariaDB servers: MySQL has no GTID domain for each of its members, and {', '.join(others)}.")
    return infos


def _before(order: Sequence[str]) -> dict[str, str]:
    return {name: order[number - 1] for number, name in enumerate(order)}


def _first(members: Members, order: Sequence[str], infos: Mapping[str, Info]) -> str:
    """The one that takes writes and replicates from no source, as the top of a chain; in a ring that is closed any that takes writes."""
    writing = [name for name in order if not infos[name]["read_only"]]
    if not writing:
        raise Refused(f"None of {', '.join(order)} takes writes, so which of them has all is not known. SET GLOBAL read_only = OFF on that one first.")
    standing = [name for name in members.standing(order) if name in writing]
    known = rules.open_members(infos)
    if len(standing) > 1 and not known and not all(infos[name]["facts"]["domain"] for name in standing):
        raise Refused(f"{', '.join(standing)} replicate from no source and take writes, so which of them the others follow is not known.")
    return (standing or writing)[0]


def _from(order: Sequence[str], first: str) -> list[str]:
    number = list(order).index(first)
    return [*order[number:], *order[:number]]
