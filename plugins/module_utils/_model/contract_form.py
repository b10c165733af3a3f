# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The replication contract as a user gives it: read, with names for ids, and completed on both sides. Pure.

Sources: Trove, "Replication and Clustering API": "Replication Contract" (flat, ``writable``), and "Metadata" (keyed by the node's id, ``writeable``). Both
forms are taken, alone or as they stand in an instance's show form: below ``metadata`` and ``replication_contract``, and in a list of ``instances``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from .contract import WORDS, Contract, Contracts
from .errors import InvalidInput

#: the two spellings of the seeds
SPELLINGS = ("writable", "writeable")
_KNOWN = (*WORDS, "writeable")
_FORM = f"a dict of {', '.join(WORDS)}, or of such dicts by the names or ids of instances"


@dataclass(frozen=True)
class Said:
    """What was said of one instance; a side, or `writable`, that was not mentioned is None."""

    to: tuple[str, ...] | None
    source: tuple[str, ...] | None
    writable: bool | None


def read(data: Any, names: Mapping[str, str], own: str | None = None, option: str = "contract") -> dict[str, Said]:
    """What was said, by the id of each instance: ``{id: Said}``.

    :param names: ``{id: name}`` of all instances that may be named, by either
    :param own: the id of the instance that a flat contract is of
    :raises InvalidInput: for a word that the specification does not have, for an instance that is not there, and for what contradicts itself
    """
    found: dict[str, Said] = {}
    for where, key, value in _entries(data, own, option):
        id_ = _id(key, names, where)
        if id_ in found:
            raise InvalidInput(where, key, f"each instance once; {names[id_]} is named twice")
        found[id_] = _said(value, id_, names, where)
    return found


def _entries(data: Any, own: str | None, option: str) -> Iterator[tuple[str, str, Any]]:
    """``(option, name or id, flat contract)`` of each instance."""
    if not isinstance(data, Mapping) or not data:
        raise InvalidInput(option, data, _FORM)
    if isinstance(data.get("instances"), (list, tuple)):
        for number, one in enumerate(data["instances"]):
            where = f"{option}.instances[{number}]"
            if not isinstance(one, Mapping):
                raise InvalidInput(where, one, "an instance in Trove's show form")
            yield from _entries(one, one.get("id") or one.get("name"), where)
        return
    for key in ("instance", "metadata", "replication_contract"):
        if key in data:
            inside = data.get("id") or data.get("name") or own
            yield from _entries(data[key], str(inside) if inside else None, f"{option}.{key}")
            return
    if any(word in data for word in _KNOWN):
        if not own:
            raise InvalidInput(option, sorted(map(str, data)), "the contracts by the names or ids of their instances, where no instance is named beside it")
        yield option, own, data
        return
    for key, value in data.items():
        if not isinstance(value, Mapping):
            raise InvalidInput(f"{option}.{key}", value, f"one of the words {', '.join(WORDS)}, or the contract of an instance, which is a dict of them")
        yield f"{option}.{key}", str(key), value


def _said(data: Any, own: str, names: Mapping[str, str], option: str) -> Said:
    for word in data:
        if word not in _KNOWN:
            raise InvalidInput(option, word, WORDS)
    to, source = (_side(data[word], own, names, f"{option}.{word}") if word in data else None for word in WORDS[:2])
    return Said(to, source, _writable(data, option))


def _writable(data: Mapping[str, Any], option: str) -> bool | None:
    given = {word: data[word] for word in SPELLINGS if word in data}
    for word, value in given.items():
        if not isinstance(value, bool):
            raise InvalidInput(f"{option}.{word}", value, "true or false")
    if len(set(given.values())) > 1:
        raise InvalidInput(f"{option}.writeable", given["writeable"], "the same as writable, or one of the two")
    return next(iter(given.values()), None)


def _side(ids: Any, own: str, names: Mapping[str, str], option: str) -> tuple[str, ...]:
    if not isinstance(ids, (list, tuple)):
        raise InvalidInput(option, ids, "a list of names or ids of instances")
    found: list[str] = []
    for number, given in enumerate(ids):
        where = f"{option}[{number}]"
        id_ = _id(given, names, where)
        if id_ == own:
            raise InvalidInput(where, given, "another instance: none replicates to itself")
        if id_ in found:
            raise InvalidInput(where, given, "each instance once")
        found.append(id_)
    return tuple(found)


def _id(given: Any, names: Mapping[str, str], option: str) -> str:
    if given in names:
        return str(given)
    found = [id_ for id_, name in names.items() if name == given]
    if len(found) != 1:
        raise InvalidInput(option, given, sorted(names.values()), rule="It is no instance of this replication topology." if not found else "")
    return found[0]


def complete(said: Mapping[str, Said], now: Contracts, names: Mapping[str, str], option: str = "contract") -> dict[str, Contract]:
    """The contracts of all instances that there are, as they shall be: both sides of each link, where one of them was said.

    An instance of which nothing was said keeps what it has, beside the links that another one names.

    :param now: ``{id: Contract}`` of all instances
    :raises InvalidInput: where two sides contradict each other, and where a link would go of which nothing was said
    """
    links = _links(said, names, option)
    kept = {(source, to) for to, own in now.items() for source in own.replicates_from if source in now}
    for source, to in sorted(kept - links):
        if to not in said and source in said:
            rule = f"{names[to]} replicates from {names[source]} now, and nothing is said of {names[to]}."
            allowed = f"also a contract of {names[to]}; one without replicates_from is independent"
            raise InvalidInput(option, sorted(names[id_] for id_ in said), allowed, rule=rule)
        if to not in said:
            links.add((source, to))
    after = {}
    for id_, own in now.items():
        replicas = tuple(other for of, other in sorted(links, key=lambda link: names[link[1]]) if of == id_)
        sources = tuple(other for other, of in sorted(links, key=lambda link: names[link[0]]) if of == id_)
        wanted = said[id_].writable if id_ in said else None if any(id_ in link for link in links - kept) else own.writable
        after[id_] = Contract(replicas, sources, not sources if wanted is None else wanted)
    return after


def _links(said: Mapping[str, Said], names: Mapping[str, str], option: str) -> set[tuple[str, str]]:
    """``(source, replica)`` of all links that one side names, and the other one does not deny."""
    links = set()
    for id_, own in said.items():
        for other in own.to or ():
            if other in said and said[other].source is not None and id_ not in (said[other].source or ()):
                raise _contradiction(option, names[id_], "replicates_to", names[other])
            links.add((id_, other))
        for other in own.source or ():
            if other in said and said[other].to is not None and id_ not in (said[other].to or ()):
                raise _contradiction(option, names[id_], "replicates_from", names[other])
            links.add((other, id_))
    return links


def _contradiction(option: str, name: str, word: str, other: str) -> InvalidInput:
    return InvalidInput(f"{option}.{name}.{word}", other, f"what the contract of {other} says, too, which names its neighbours without {name}")
