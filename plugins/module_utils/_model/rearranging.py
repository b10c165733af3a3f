# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From the contracts that instances have to those that they shall have: the changes of links, in an order in which no data are lost. Pure.

First a replica takes its source's place, where another instance is to be the source. Then those leave that are to be independent. Then all others follow the
source, also those that followed another replica. In a chain each follows its own source, from the top downwards. Where one that leaves is itself followed,
the others get their sources before it leaves. A ring is a chain first, with the present source at its top; then it is closed, and all of it takes writes.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any

from . import rings
from .contract import Contracts, connected
from .errors import Refused
from .shapes import ALONE, CHAIN, RING, STAR, Shape, say, shapes

PROMOTE, ATTACH, DETACH, CLOSE, OPEN = "promote", "attach", "detach", "ring", "one_writer"


@dataclass(frozen=True)
class Change:
    """What is done by one entry point of the role.

    :param verb: PROMOTE, ATTACH, DETACH, CLOSE (a ring) or OPEN (one, so that it is a chain)
    :param ids: who is promoted, attached or detached, or stays the source; for CLOSE the ring, each before the one that replicates from it
    :param source: for ATTACH, whom they follow then
    :param members: the ids of all that have a part in it
    :param chain: for ATTACH, whether the source may be a replica itself
    :param ring: for CLOSE as `ids`; for OPEN from the one that stays the source on; for ATTACH, the ring that the chain is created for
    """

    verb: str
    ids: tuple[str, ...]
    source: str | None
    members: tuple[str, ...]
    chain: bool = False
    ring: tuple[str, ...] = ()

    def view(self, names: Mapping[str, str]) -> dict[str, Any]:
        """With names for ids: ``{verb, names, source, members, chain, ring}``."""
        said = {word: [names[id_] for id_ in ids] for word, ids in (("names", self.ids), ("members", self.members), ("ring", self.ring))}
        return {"verb": self.verb, "source": self.source and names[self.source], **said, "chain": self.chain}


def touched(now: Contracts, after: Contracts, named: Collection[str]) -> list[str]:
    """The ids of all that the change is about: those that are named, and those that are connected with one of them, now or then."""
    return [id_ for id_ in now if any(id_ in connected(of, one) for of in (now, after) for one in named)]


def check(now: Contracts, after: Contracts, ids: Collection[str], names: Mapping[str, str], not_built: Mapping[str, str]) -> None:
    """Refuse contracts that cannot be established.

    :param ids: of all that the change is about
    :param not_built: ``{kind of Shape: why the datastore cannot have it, a sentence}``
    :raises Refused: naming the topology that was asked for
    """
    groups = [shape for shape in shapes({id_: after[id_] for id_ in ids}, names) if shape.kind != ALONE]
    for shape in groups:
        if shape.kind in not_built:
            raise Refused(f"The contracts describe a {say(shape, after, names)}. {not_built[shape.kind]}")
    now, _order = rings.opened(now, after, ids, names)
    for shape in groups:
        if shape.kind == RING:
            rings.check(shape, now, after, names)
        else:
            _check_writers(shape, after, names)
    if len(groups) > 1:
        raise Refused(f"One run establishes one topology, and the contracts describe {len(groups)}: {'; '.join(say(shape, after, names) for shape in groups)}.")
    for shape in groups:
        if shape.kind != RING:
            _check_root(shape, now, names)
    for id_ in ids:
        if not after[id_].replicates_from and not after[id_].replicates_to and not after[id_].writable and now[id_] != after[id_]:
            raise Refused(f"{names[id_]} is to be independent and not writable, as only one that was ejected is: no client could write to it.")


def _check_writers(shape: Shape, after: Contracts, names: Mapping[str, str]) -> None:
    if not after[shape.root].writable:
        raise Refused(f"{names[shape.root]} is the source, and not writable by its contract: no client could write.")
    writers = [names[id_] for id_ in shape.ids[1:] if after[id_].writable]
    if writers:
        raise Refused(
            f"{', '.join(writers)} is to be a replica, and writable. What is written to a replica is on no other server, and it can be neither promoted nor"
            " attached again with transactions of its own. Only replica_create has an option for it, trove_read_only=false."
        )


def _check_root(shape: Shape, now: Contracts, names: Mapping[str, str]) -> None:
    own = now[shape.root]
    if not own.writable and not own.replicates_from:
        raise Refused(f"{names[shape.root]} was ejected, and may lack what its successor has: attach it first, and make it the source after that.")
    if len(own.replicates_from) > 1:
        raise Refused(f"{names[shape.root]} has more than one source now, so which of them it would take over from is not known.")
    if own.replicates_from and own.replicates_from[0] not in now:
        raise Refused(f"The source of {names[shape.root]} is gone, so it cannot take over from it: stackdb.trove.replica_detach makes it independent first.")
    # of a takeover that a killed run had written the contracts of but for the new source's, which comes last, the old source has it for its source already
    if own.replicates_from and set(now[own.replicates_from[0]].replicates_from) - {shape.root}:
        raise Refused(f"{names[shape.root]} is a replica of a replica, and cannot take over from the source: attach {names[shape.root]} to the source first.")


def changes(now: Contracts, after: Contracts, ids: Collection[str], names: Mapping[str, str]) -> list[Change]:
    """What has to be done, in this order. Who replicates as it shall is attached, too, which changes nothing where its database does so.

    :param ids: of all that the change is about; `check` has passed
    """
    now, opened = rings.opened(now, after, ids, names)
    rooted = [shape for shape in shapes({id_: after[id_] for id_ in ids}, names) if shape.kind in (STAR, CHAIN)]
    found = [Change(OPEN, opened[:1], None, _sorted(opened, names), ring=opened)] if opened else []
    for shape in rooted:
        if now[shape.root].replicates_from:
            found.append(Change(PROMOTE, (shape.root,), None, _sorted(connected(now, shape.root), names)))
    leaving = [id_ for id_ in ids if not after[id_].replicates_from and not after[id_].replicates_to and now[id_].replicates_from]
    # whose own source leaves has to have its new one before: a source is not detached
    behind = any(set(now[id_].replicates_from) & {*leaving} and after[id_].replicates_from for id_ in ids)
    # one that was the source is a replica once another one has taken its place
    followed = {now[shape.root].replicates_from[0] for shape in rooted if now[shape.root].replicates_from}
    leaving += [id_ for id_ in ids if id_ in followed and not after[id_].replicates_from]
    if leaving:
        # all of them: the source drops the accounts of those that it does not know
        found.append(Change(DETACH, _sorted(leaving, names), None, _sorted(ids, names)))
    attached = [change for shape in rooted for change in _attached(shape, after, names)]
    closed = [change for shape in shapes({id_: after[id_] for id_ in ids}, names) if shape.kind == RING for change in _closed(shape, now, names)]
    if not behind:
        return found + attached + closed
    everybody = [replace(change, members=_sorted(ids, names)) for change in attached]
    return [*found[:-1], *everybody, found[-1], *closed]


def _closed(shape: Shape, now: Contracts, names: Mapping[str, str]) -> list[Change]:
    """Each in the chain after its own source; then all together."""
    members = _sorted(shape.ids, names)
    chain = () if rings.is_made(shape.ids, now) else rings.chain(shape.ids, now)
    attached = [Change(ATTACH, (id_,), source, members, chain=True, ring=shape.ids) for source, id_ in zip(chain, chain[1:])]
    return [*attached, Change(CLOSE, shape.ids, None, members, ring=shape.ids)]


def _attached(shape: Shape, after: Contracts, names: Mapping[str, str]) -> list[Change]:
    """Sources before their replicas, so that whoever is followed has its own place by then."""
    following = {source: tuple(id_ for id_ in shape.ids if source in after[id_].replicates_from) for source in shape.ids}
    chain = shape.kind == CHAIN
    return [Change(ATTACH, ids, source, _sorted(shape.ids, names), chain) for source, ids in following.items() if ids]


def _sorted(ids: Collection[str], names: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(sorted(ids, key=lambda id_: names[id_]))
