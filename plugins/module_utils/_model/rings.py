# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A ring of instances that all take writes, by the contracts: where it comes from, and what it cannot become at once. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from .contract import Contract, Contracts
from .errors import Refused
from .shapes import RING, Shape, say, shapes


def is_made(ids: Sequence[str], now: Contracts) -> bool:
    """Whether the databases were proven to be that ring: two that replicate and take writes have their contracts by that proof alone, and so has one that says
    who closes it, where a run was killed that had written some of them.

    One alone between the source and the last may be a replica created with trove_read_only=false. It is taken for one: where it is a ring, nobody is attached.

    :param ids: each before the one that replicates from it
    """
    before, after = dict(zip(ids, [ids[-1], *ids])), dict(zip(ids, [*ids[1:], ids[0]]))
    placed = [id_ for id_ in ids if now[id_].writable and now[id_].replicates_from == (before[id_],)]
    # the source itself replicates from the last, or the last has the source for its replica
    closed = all(set(now[id_].replicates_from) & set(ids) for id_ in ids)
    closes = any(after[id_] in now[id_].replicates_to and not now[after[id_]].replicates_from for id_ in placed)
    return len(placed) > 1 or bool(placed and closed) or closes


def chain(ids: Sequence[str], now: Contracts) -> tuple[str, ...]:
    """The ring, opened before the one that is the source now."""
    number = list(ids).index(_top(ids, now)[0])
    return (*ids[number:], *ids[:number])


def _top(ids: Sequence[str], now: Contracts) -> list[str]:
    """The instances that have replicas among them and are replicas of none."""
    return [id_ for id_ in ids if not now[id_].replicates_from and set(now[id_].replicates_to) & set(ids)]


def check(shape: Shape, now: Contracts, after: Contracts, names: Mapping[str, str]) -> None:
    """
    :raises Refused: where not all of the ring take writes, or it is not clear which of them has all the data now
    """
    closed = [names[id_] for id_ in shape.ids if not after[id_].writable]
    if closed:
        raise Refused(
            f"The contracts describe a {say(shape, after, names)}, and {', '.join(closed)} is not writable. In a ring each member takes writes: say so of"
            " each of them (writable: true). Where one writes and the others follow, create a source with replicas, or a chain."
        )
    if is_made(shape.ids, now):
        return
    top = _top(shape.ids, now)
    if len(top) != 1:
        which = f"{', '.join(names[id_] for id_ in top)} are sources now" if top else "none of them is a source of others among them now"
        raise Refused(
            f"A ring is built from one source and its replicas, so that all begin with the same data, and {which}. Create a source with replicas of them first,"
            " by contracts or by stackdb.trove.replica_create."
        )
    if not now[top[0]].writable:
        raise Refused(f"{names[top[0]]} is the source now, and not writable by its contract: which data the ring begins with is not known.")


def check_none(now: Contracts, ids: Collection[str], names: Mapping[str, str], advice: str) -> None:
    """Refuse a change that knows one source that takes writes. What a killed run has written of a promotion between two looks like a ring, and one is closed.

    :param ids: those that the change is about
    :param advice: what to do instead, a sentence
    :raises Refused: where one of them is in a ring, or in what is left of one
    """
    for shape in shapes(now, names):
        if not set(shape.ids) & set(ids):
            continue
        remains = _remains(shape, now)
        if remains or (shape.kind == RING and all(now[id_].writable for id_ in shape.ids)):
            what = "what is left of a ring" if remains else f"a {say(shape, now, names)}"
            raise Refused(
                f"{', '.join(names[id_] for id_ in ids if id_ in shape.ids)} is part of {what}, in which each takes writes: what the others write would be cut"
                f" off. {advice}"
            )


def opened(now: Contracts, after: Contracts, ids: Collection[str], names: Mapping[str, str]) -> tuple[Contracts, tuple[str, ...]]:
    """The contracts when a ring that shall not be one any more is a chain below the one that is to be the source; and that chain, if there is a ring.

    :raises Refused: where none of the ring is to be the source of the others
    """
    wanted = [shape.ids for shape in shapes({id_: after[id_] for id_ in ids}, names) if shape.kind == RING]
    for shape in shapes({id_: now[id_] for id_ in ids}, names):
        if not _remains(shape, now) and (shape.kind != RING or shape.ids in wanted):
            continue
        sources = [id_ for id_ in shape.ids if after[id_].writable and not after[id_].replicates_from]
        roots = [id_ for id_ in sources if after[id_].replicates_to or len(shape.ids) == 1]
        if len(roots) != 1:
            what = f"are what is left of a ring ({say(shape, now, names)})" if _remains(shape, now) else f"are a {say(shape, now, names)}"
            raise Refused(
                f"{', '.join(sorted(names[id_] for id_ in shape.ids))} {what}, in which each takes writes. One of them has to have all that the others have"
                " written, before they are turned into anything else: first a contract in which one of them is the source, and the others are its replicas."
            )
        number = shape.ids.index(roots[0])
        order = (*shape.ids[number:], *shape.ids[:number])
        chain_of = {id_: Contract(order[at + 1 : at + 2], order[at - 1 : at] if at else (), not at) for at, id_ in enumerate(order)}
        return {**now, **chain_of}, order
    return now, ()


def _remains(shape: Shape, now: Contracts) -> bool:
    """Whether they are left of a ring of which a member is gone: each takes writes, and replicates from one of them or from nobody that there is."""
    return all(now[id_].writable and now[id_].replicates_from for id_ in shape.ids) and bool(set(now[shape.root].replicates_from) - set(now))
