# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A cluster as a scene: Galera's members on their components' lines, Redis' masters with their replicas below and with the slots that they serve. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from .._datastores import registry
from .._model.cluster import natural
from .._model.standing import Peer, Standing
from . import strangers
from .cards import Cards, place
from .findings import Finding, Words, of_words
from .scene import APART, BAD, BUS, GOOD, SHARDS, UNKNOWN, Card, Group, Link, Scene
from .slots import first, spans
from .table import Data


def scene(cluster: Data, placement: Data | None, words: Words, found: Sequence[Finding]) -> Scene:
    """
    :param cluster: as `cluster.with_health` returns it
    :param placement: see _model.locality.Placement.view
    """
    members = cluster["instances"]
    driver = registry.of_cluster(cluster["datastore"]["type"])
    cards = Cards(members, words, found, [placement] if placement else [])
    standings = of_words(driver, words)
    known = strangers.of_nobody(members, standings)
    count = f"{len(members)} member{'' if len(members) == 1 else 's'}"
    parts = [f"{cluster['datastore']['type']} {cluster['datastore']['version']}", count, cluster.get("locality")]
    build = _Build(cards, standings, known)
    groups = build.shards() if build.has_slots() else build.components()
    return Scene(
        cluster["name"],
        "  ·  ".join(part for part in parts if part),
        tuple(group for group in groups if group.cards),
        tuple(replace(span, down=build.is_down(span.name)) for span in spans(build.owned())) if build.has_slots() else (),
        cards.host_list(),
        tuple((finding.severity, _sentence(finding)) for finding in found),
        bool(words),
    )


def _sentence(finding: Finding) -> str:
    return f"{finding.member}: {finding.what}" if finding.member else finding.what


class _Build:
    """
    :param known: whom the databases count and Nova does not have, by address
    """

    def __init__(self, cards: Cards, standings: Mapping[str, Standing], known: Mapping[str, Peer]) -> None:
        self.cards, self.standings, self.known = cards, standings, known
        self.at = {one["ip"]: name for name, one in cards.views.items() if one["ip"]}
        self.said = {address: peer for name in sorted(standings) for address, peer in (standings[name].peers or {}).items()}
        self.names = sorted(cards.views, key=natural)

    def peer(self, name: str) -> Peer:
        """What a member says of itself, or where it is down, the others of it."""
        own = self.standings.get(name)
        if own and (own.role or own.whole):
            return own
        one = self.cards.views.get(name)
        return self.said.get(one["ip"] if one else name, Peer())

    def has_slots(self) -> bool:
        return any(peer.role in ("master", "replica") for peer in (*self.standings.values(), *self.said.values()))

    def is_down(self, name: str | None) -> bool:
        """Whether it says nothing of its place, so that others say it."""
        own = self.standings.get(name or "")
        return name is not None and not (own and own.role)

    def owned(self) -> dict[str, tuple[str, int]]:
        """``{name: (slots, number of the shard)}`` of all that serve some, in the order of their slots."""
        names = [*self.names, *self.known]
        serving = sorted((name for name in names if self.peer(name).slots), key=lambda name: first(self.peer(name).slots))
        return {name: (self.peer(name).slots, number) for number, name in enumerate(serving)}

    def shards(self) -> list[Group]:
        """Masters in the order of their slots, each before its replicas; at the end who serves nothing and follows nobody."""
        owned = self.owned()
        names = [*self.names, *self.known]
        followed = {name: self._followed(name) for name in names}
        heads = [*owned, *(name for name in names if name not in owned and not followed[name])]
        order = [name for head in heads for name in (head, *(other for other in names if followed[other] == head))]
        order += [name for name in names if name not in order]
        links = tuple(Link(source, name, *self._link(name)) for name in order for source in [followed[name]] if source)
        return [Group(SHARDS, "", tuple(self._node(name, owned) for name in order), links)]

    def _followed(self, name: str) -> str | None:
        address = self.peer(name).follows
        return None if address is None else self.at.get(address, address if address in self.known else None)

    def _link(self, name: str) -> tuple[str, str]:
        own = self.standings.get(name)
        if not own or not own.link:
            return "unknown", UNKNOWN
        return ("", GOOD) if own.link_works else (f"link {own.link}", BAD)

    def _node(self, name: str, owned: Mapping[str, tuple[str, int]]) -> Card:
        peer = self.peer(name)
        shard = owned[name][1] if name in owned else None
        if name in self.known:
            return self.cards.missing(name, peer.role or "", [f"slots {peer.slots}" if peer.slots else ""], shard)
        slots = f"slots {peer.slots}" if peer.slots else "no slots" if peer.role == "master" else ""
        return self.cards.of(name, peer.role or "role unknown", [slots, place(self.cards.views[name])], shard)

    def components(self) -> list[Group]:
        """Those that serve together, on one line; of more than one component, the largest first. And those that are in none."""
        wholes: dict[str, list[str]] = {}
        for name in self.names:
            standing = self.standings.get(name)
            if standing and standing.whole:
                wholes.setdefault(standing.whole, []).append(name)
        ordered = sorted(wholes, key=lambda whole: (not whole.startswith("Primary"), -len(wholes[whole]), whole))
        groups = []
        for number, whole in enumerate(ordered):
            missing = [self.cards.missing(address, "member") for address in self.known] if number == 0 else []
            cards = (*(self._member(name) for name in wholes[whole]), *missing)
            state = GOOD if number == 0 and whole.startswith("Primary") else BAD
            groups.append(Group(BUS, f"{whole}: {len(wholes[whole])} of {len(self.names)} members", cards, state=state))
        rest = [name for name in self.names if not any(name in names for names in wholes.values())]
        title = "in no component" if self.standings else ""
        return [*groups, Group(APART, title, tuple(self._member(name) for name in rest), state=BAD if self.standings else UNKNOWN)]

    def _member(self, name: str) -> Card:
        one = self.cards.views[name]
        health = one.get("health") or {}
        role = "  ·  ".join(str(part) for part in (health.get("State"), _applier(health.get("Applier"))) if part)
        return self.cards.of(name, role or "not asked", [place(one)])


def _applier(text: str | None) -> str | None:
    return None if text in (None, "ok") else f"applier: {text}"
