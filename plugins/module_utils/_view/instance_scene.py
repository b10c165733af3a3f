# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Instances as a scene: each source with its replicas by their contracts, and what the databases say of the links. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from .._datastores import registry
from .._model.cluster import natural
from .._model.contract import Contract
from .._model.shapes import ALONE, CHAIN, MESH, STAR, Shape, shapes
from .._model.shapes import RING as CIRCLE
from .._model.standing import Standing
from .cards import Cards, address, place
from .findings import ERROR, Finding, Words
from .scene import APART, ARCS, BAD, GOOD, RING, TREE, UNKNOWN, Card, Group, Link, Scene
from .table import Data

_TITLES = {STAR: "a source with replicas", CHAIN: "replicas of replicas", CIRCLE: "ring", MESH: "more than one source"}


def scene(instances: Sequence[Data], placements: Mapping[str, Data] | None, words: Words, found: Sequence[Finding]) -> Scene:
    """
    :param instances: as `topology.with_health` returns them
    :param placements: by the replication topology's name
    """
    views = [dict(one, host_id=one["nodes"][0]["host_id"]) for one in sorted(instances, key=lambda one: natural(one["name"]))]
    cards = Cards(views, words, found, list((placements or {}).values()))
    build = _Build(cards)
    engines = list(dict.fromkeys(f"{one['datastore']['type']} {one['datastore']['version']}" for one in views))
    count = f"{len(views)} instance{'' if len(views) == 1 else 's'}"
    localities = list(dict.fromkeys(one["locality"] for one in views if one.get("locality")))
    title = ", ".join(build.names[shape.root] for shape in build.shapes)
    return Scene(
        title if len(title) <= 60 else f"{len(build.shapes)} topologies",
        "  ·  ".join([*engines, count, *localities]),
        tuple(build.groups()),
        hosts=cards.host_list(),
        findings=tuple((finding.severity, _sentence(finding)) for finding in found),
        asked=bool(words),
    )


def _sentence(finding: Finding) -> str:
    return f"{finding.member}: {finding.what}" if finding.member and finding.kind != "contract" else finding.what


class _Build:
    def __init__(self, cards: Cards) -> None:
        self.cards = cards
        views = cards.views.values()
        self.names: dict[str, str] = {one["id"]: one["name"] for one in views}
        self.at = {address(one): one["name"] for one in views if address(one)}
        self.contracts = {one["id"]: _contract(one) for one in views}
        self.standings = {
            name: registry.of_instance(cards.views[name]["datastore"]["type"]).standing(word["said"])
            for name, word in cards.words.items()
            if word.get("said") and name in cards.views
        }
        self.shapes = shapes(self.contracts, self.names)

    def groups(self) -> Iterator[Group]:
        connected = [shape for shape in self.shapes if shape.kind != ALONE or self._gone(shape)]
        for shape in connected:
            gone = self._gone(shape)
            cards = (*(self._card(self.names[id_]) for id_ in shape.ids), *(self.cards.missing(id_[:8], "by a contract") for id_ in gone))
            kind = {CIRCLE: ARCS if gone else RING, MESH: ARCS}.get(shape.kind, TREE)
            yield Group(kind, _TITLES.get(shape.kind, ""), cards, tuple(dict.fromkeys(self._links(shape))))
        alone = [shape.root for shape in self.shapes if shape not in connected]
        if alone:
            yield Group(APART, "without replicas" if connected else "", tuple(self._card(self.names[id_]) for id_ in alone))

    def _gone(self, shape: Shape) -> list[str]:
        """The ids that contracts name and nobody has."""
        named = (other for id_ in shape.ids for side in (self.contracts[id_].replicates_from, self.contracts[id_].replicates_to) for other in side)
        return [id_ for id_ in dict.fromkeys(named) if id_ not in self.contracts]

    def _links(self, shape: Shape) -> Iterator[Link]:
        """By the contracts of both ends; what a database does otherwise is a link of its own."""
        for id_ in shape.ids:
            own, name = self.contracts[id_], self.names[id_]
            for source in own.replicates_from:
                yield Link(self._name(source), name, *self._state(self._name(source), name))
            for replica in own.replicates_to:
                yield Link(name, self._name(replica), *self._state(name, self._name(replica)))
            follows = self.at.get(getattr(self.standings.get(name), "follows", None) or "")
            if follows and follows not in [self._name(source) for source in own.replicates_from] and self.names_in(shape, follows):
                yield Link(follows, name, "no contract", BAD)

    def names_in(self, shape: Shape, name: str) -> bool:
        return any(self.names[id_] == name for id_ in shape.ids)

    def _name(self, id_: str) -> str:
        return self.names.get(id_, id_[:8])

    def _state(self, source: str, name: str) -> tuple[str, str]:
        """Of a link that a contract says."""
        if source not in self.cards.views or name not in self.cards.views:
            return "gone", BAD
        standing = self.standings.get(name)
        if not standing or standing.role is None:
            return ("unknown", BAD if self.cards.state(name) == BAD else UNKNOWN) if self.cards.words else ("", UNKNOWN)
        if self.at.get(standing.follows or "") != source:
            return "not followed", BAD
        late = any(finding.member == name and finding.kind == "lag" and finding.severity == ERROR for finding in self.cards.found)
        text = "broken" if not standing.link_works else "" if standing.lag is None else f"lag {standing.lag} s"
        return text, BAD if late or not standing.link_works else GOOD

    def _card(self, name: str) -> Card:
        one = self.cards.views[name]
        role = _role(self.contracts[one["id"]], self.standings.get(name))
        writes = "writable" if self.contracts[one["id"]].writable else "read only"
        return self.cards.of(name, f"{role}  ·  {writes}", [place(one)])


def _role(contract: Contract, standing: Standing | None) -> str:
    if standing and standing.role:
        return "source" if standing.role == "single" and contract.replicates_to else standing.role
    return "replica" if contract.replicates_from else "source" if contract.replicates_to else "single"


def _contract(one: Data) -> Contract:
    said = one["metadata"]["replication_contract"]
    return Contract(tuple(said.get("replicates_to", ())), tuple(said.get("replicates_from", ())), said["writable"])
