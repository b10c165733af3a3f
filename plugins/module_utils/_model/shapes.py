# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the contracts of instances say together: a star, a chain, a ring, or something else. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from .contract import Contracts, connected

#: nobody replicates; a source with replicas; replicas of replicas; each from the one before, and the first from the last; more than one source for one
ALONE, STAR, CHAIN, RING, MESH = "alone", "star", "chain", "ring", "mesh"


@dataclass(frozen=True)
class Shape:
    """A group of connected instances.

    :param kind: ALONE, STAR, CHAIN, RING or MESH
    :param ids: of its instances, sources before their replicas; of a RING each before the one that replicates from it
    """

    kind: str
    ids: tuple[str, ...]

    @property
    def root(self) -> str:
        return self.ids[0]


def shapes(contracts: Contracts, names: Mapping[str, str]) -> list[Shape]:
    """All groups, in the order of their instances' names."""
    found: list[Shape] = []
    for id_ in sorted(contracts, key=lambda one: names[one]):
        if not any(id_ in shape.ids for shape in found):
            group = [other for other in connected(contracts, id_) if other in contracts]
            found.append(_shape(contracts, sorted(group, key=lambda one: names[one])))
    return found


def _shape(contracts: Contracts, group: Sequence[str]) -> Shape:
    sources = {id_: [source for source in contracts[id_].replicates_from if source in contracts] for id_ in group}
    if len(group) == 1 and not sources[group[0]]:
        return Shape(ALONE, tuple(group))
    if any(len(of) > 1 for of in sources.values()):
        return Shape(MESH, tuple(group))
    roots = [id_ for id_ in group if not sources[id_]]
    if not roots:
        ring = _ring(sources, group[0])
        return Shape(RING if len(ring) == len(group) else MESH, ring if len(ring) == len(group) else tuple(group))
    if len(roots) > 1:
        return Shape(MESH, tuple(group))
    ordered = _downwards(sources, roots[0])
    deep = any(sources[id_] and sources[id_] != roots for id_ in group)
    return Shape(CHAIN if deep else STAR, tuple(ordered)) if len(ordered) == len(group) else Shape(MESH, tuple(group))


def _ring(sources: Mapping[str, Sequence[str]], first: str) -> tuple[str, ...]:
    """From the first against the direction of the data, and then turned round."""
    found = [first]
    while sources[found[-1]] and sources[found[-1]][0] not in found:
        found.append(sources[found[-1]][0])
    closed = bool(sources[found[-1]]) and sources[found[-1]][0] == first
    return (first, *reversed(found[1:])) if closed else tuple(found[:1])


def _downwards(sources: Mapping[str, Sequence[str]], root: str) -> list[str]:
    found = [root]
    for id_ in found:
        found.extend(other for other, of in sources.items() if of == [id_] and other not in found)
    return found


def say(shape: Shape, contracts: Contracts, names: Mapping[str, str]) -> str:
    """A line for people: ``chain: a -> b -> c``."""
    if shape.kind == ALONE:
        return names[shape.root]
    if shape.kind == RING:
        return f"ring: {' -> '.join(names[id_] for id_ in (*shape.ids, shape.root))}"
    if shape.kind == CHAIN:
        links = [(source, id_) for id_ in shape.ids for source in contracts[id_].replicates_from if source in contracts]
        one_each = len({source for source, _to in links}) == len(links)
        if one_each:
            return f"chain: {' -> '.join(names[id_] for id_ in shape.ids)}"
        return f"tree: {', '.join(f'{names[source]} -> {names[id_]}' for source, id_ in links)}"
    if shape.kind == STAR:
        return f"star: {names[shape.root]} -> {', '.join(names[id_] for id_ in shape.ids[1:])}"
    links = [(source, id_) for id_ in shape.ids for source in contracts[id_].replicates_from]
    return f"mesh: {', '.join(f'{names.get(source, source)} -> {names[id_]}' for source, id_ in links)}"
