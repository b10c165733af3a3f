# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A member as a card of a picture: what the cloud, its own word and the findings say of it. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .findings import ERROR, Finding
from .scene import BAD, GOOD, UNKNOWN, WARN, Card
from .table import Data


class Cards:
    """
    :param views: of all members, each with `name`, `id`, `status`, `flavor`, `volume` and `host_id`
    :param words: empty where nobody was asked
    :param found: all findings
    :param placements: see _model.locality.Placement.view
    """

    def __init__(self, views: Sequence[Data], words: Mapping[str, Data], found: Sequence[Finding], placements: Sequence[Data]) -> None:
        self.views = {one["name"]: one for one in views}
        self.words = words
        self.found = found
        ids = list(dict.fromkeys(one["host_id"] for one in views if one["host_id"]))
        self.hosts = {id_: f"H{number}" for number, id_ in enumerate(ids, 1)}
        self.misplaced = {name for placement in placements for sentence in placement.get("broken", ()) for name in _named(sentence)}

    def of(self, name: str, role: str, lines: Sequence[str], shard: int | None = None) -> Card:
        one = self.views[name]
        volume: Any = one["volume"]
        return Card(
            name,
            self.state(name),
            one["status"],
            role,
            tuple(line for line in lines if line),
            self._host(one["host_id"]),
            name in self.misplaced,
            (volume["used"], volume["size"]) if volume and volume.get("size") else None,
            self._filling(name),
            tuple(finding.what for finding in self.found if finding.member == name),
            shard=shard,
        )

    def missing(self, name: str, role: str, lines: Sequence[str] = (), shard: int | None = None) -> Card:
        """One that a database or a contract knows, and Nova does not."""
        return Card(name, BAD, "not in Nova", role, tuple(line for line in lines if line), wrong=("Nova has no server of it",), missing=True, shard=shard)

    def state(self, name: str) -> str:
        severities = {finding.severity for finding in self.found if finding.member == name}
        if ERROR in severities:
            return BAD
        if severities:
            return WARN
        return GOOD if self.words.get(name, {}).get("said") else UNKNOWN

    def _filling(self, name: str) -> str | None:
        severities = [finding.severity for finding in self.found if (finding.member, finding.kind) == (name, "volume")]
        return (BAD if ERROR in severities else WARN) if severities else None

    def _host(self, id_: str | None) -> str | None:
        return f"{self.hosts[id_]}  {id_[:8]}" if id_ else None

    def host_list(self) -> tuple[tuple[str, str], ...]:
        return tuple((short, id_) for id_, short in self.hosts.items())


def address(one: Data) -> str:
    """The first, of a member and of an instance."""
    ip = one["ip"]
    return (ip if isinstance(ip, str) else next(iter(ip), "")) if ip else ""


def place(one: Data) -> str:
    """Where it is reached, and how large it is."""
    return "  ·  ".join(part for part in (address(one), (one["flavor"] or {}).get("name")) if part)


def _named(sentence: str) -> list[str]:
    """The names in a sentence of _model.locality: ``anti-affinity: a, b are on one host, …``."""
    return sentence.partition(": ")[2].partition(" are on ")[0].split(", ")
