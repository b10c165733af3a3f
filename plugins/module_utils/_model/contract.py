# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The replication contract of an instance, and what a replication topology's contracts say together. As data of a user it is read by contract_form.

Source: Trove, "Replication and Clustering API", section "Replication Contract": it has three words and no other, and names direct
neighbours only; so it never gets an entry that nobody removes. Ids are those of Nova servers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from . import identity
from .errors import Refused

#: of all instances that there are, by id
Contracts = Mapping[str, "Contract"]

WORDS = ("replicates_to", "replicates_from", "writable")
#: of a value in Nova's metadata
MAX_VALUE = 255


@dataclass(frozen=True)
class Contract:
    """What one instance has agreed with its direct neighbours; `writable` says whether clients are meant to write there."""

    replicates_to: tuple[str, ...] = ()
    replicates_from: tuple[str, ...] = ()
    writable: bool = True

    def view(self) -> dict[str, Any]:
        """``{replicates_to: [id], replicates_from: [id], writable: bool}``; a side without a neighbour is left out."""
        sides: dict[str, Any] = {word: list(getattr(self, word)) for word in WORDS[:2] if getattr(self, word)}
        return {**sides, "writable": self.writable}

    def without(self, id_: str) -> Contract:
        """The same with that neighbour gone."""
        return replace(
            self,
            replicates_to=tuple(i for i in self.replicates_to if i != id_),
            replicates_from=tuple(i for i in self.replicates_from if i != id_),
        )


def from_metadata(metadata: Mapping[str, str]) -> Contract:
    """The Contract that the metadata of an instance's server say, see _model.identity."""
    to = sorted(key[len(identity.REPLICATES_TO) :] for key in metadata if key.startswith(identity.REPLICATES_TO))
    source = metadata.get(identity.REPLICATES_FROM, "")
    return Contract(tuple(to), tuple(id_ for id_ in source.split(",") if id_), metadata.get(identity.WRITABLE, "true") == "true")


def to_metadata(contract: Contract, names: Mapping[str, str]) -> dict[str, str]:
    """What the server of an instance carries of its contract: an item for each replica, since Nova's values are short, and one with all sources.

    :param names: ``{id: name}`` of the neighbours
    :raises Refused: for more sources than Nova's value has room for
    """
    items = {identity.REPLICATES_TO + id_: names.get(id_, id_) for id_ in contract.replicates_to}
    if contract.replicates_from:
        sources = ",".join(contract.replicates_from)
        if len(sources) > MAX_VALUE:
            raise Refused(f"A contract with {len(contract.replicates_from)} sources is too long for Nova's metadata, whose values have {MAX_VALUE} characters.")
        items[identity.REPLICATES_FROM] = sources
    return {**items, identity.WRITABLE: "true" if contract.writable else "false"}


def drift(contracts: Contracts, names: Mapping[str, str]) -> list[str]:
    """Where two ends do not say the same: sentences, none when all agree.

    :param contracts: ``{id: Contract}`` of all instances that there are
    :param names: ``{id: name}`` of them
    """
    found = []
    for id_, own in contracts.items():
        for there, here in (("replicates_from", "replicates_to"), ("replicates_to", "replicates_from")):
            for other in getattr(own, here):
                if other not in contracts:
                    found.append(f"{names[id_]} {_say(here)} {other}, which is gone")
                elif id_ not in getattr(contracts[other], there):
                    found.append(f"{names[id_]} {_say(here)} {names[other]}, and the contract of {names[other]} does not say so")
    return found


def _say(word: str) -> str:
    return word.replace("_", " ")


def connected(contracts: Contracts, of: str) -> list[str]:
    """The ids of all instances that are connected with one, itself first.

    It is enough that one of two neighbours says so: the other's word may be what a killed run has not written yet.
    """
    seen: list[str] = []
    waiting = [of]
    while waiting:
        id_ = waiting.pop(0)
        if id_ in contracts and id_ not in seen:
            seen.append(id_)
            waiting.extend(_neighbours(contracts[id_]))
            waiting.extend(other for other, own in contracts.items() if id_ in _neighbours(own))
    return seen


def topology(contracts: Contracts, names: Mapping[str, str], of: str) -> dict[str, Any]:
    """All instances that are connected with one, as Trove's topology shows them (Trove-v1-MySQL-Replication, "topology").

    :param of: the id of the one
    :returns: ``{members: [{id, name, mysql: {slave_of: [{id}], read_only: bool}}]}``; `mysql` only where it replicates from another
    """
    members = []
    for id_ in sorted(connected(contracts, of), key=lambda i: (bool(contracts[i].replicates_from), names[i])):
        own = contracts[id_]
        member: dict[str, Any] = {"id": id_, "name": names[id_]}
        if own.replicates_from:
            member["mysql"] = {"slave_of": [{"id": source} for source in own.replicates_from], "read_only": not own.writable}
        members.append(member)
    return {"members": members}


def _neighbours(contract: Contract) -> tuple[str, ...]:
    return (*contract.replicates_from, *contract.replicates_to)


def detached(contracts: Contracts, id_: str) -> dict[str, Contract]:
    """The contracts after one stopped to replicate: it is a writable site of its own. ``{id: Contract}``, all of them."""
    source = contracts[id_].replicates_from
    after = {other: own.without(id_) if other in source else own for other, own in contracts.items()}
    return {**after, id_: replace(contracts[id_], replicates_from=(), writable=True)}


def attached(contracts: Contracts, id_: str, source: str) -> dict[str, Contract]:
    """The contracts after one that replicated from nobody follows a source. It is not for writes any more.

    Right, too, for contracts of which a killed run has written that of the source, which comes first.
    """
    to = contracts[source].replicates_to
    after = {source: replace(contracts[source], replicates_to=to if id_ in to else (*to, id_)), id_: Contract(replicates_from=(source,), writable=False)}
    return {**contracts, **after}


def promoted(contracts: Contracts, id_: str) -> dict[str, Contract]:
    """The contracts after a replica and its source changed places; the other replicas of that source follow the new one.

    Right, too, for contracts of which a killed run has written some: all but that of the new source, which is written last.
    """
    (source,) = contracts[id_].replicates_from
    after = _led_by(contracts, id_, source)
    after[source] = Contract(replicates_from=(id_,), writable=False)
    after[id_] = replace(after[id_], replicates_to=(*after[id_].replicates_to, source))
    return after


def ejected(contracts: Contracts, id_: str) -> dict[str, Contract]:
    """The contracts after a replica took the place of its dead source, which keeps no neighbour and is not for writes any more.

    Right, too, for contracts of which a killed run has written some: all but that of the new source, which is written last.
    """
    (source,) = contracts[id_].replicates_from
    after = _led_by(contracts, id_, source)
    after[source] = Contract(writable=False)
    return after


def _led_by(contracts: Contracts, id_: str, source: str) -> dict[str, Contract]:
    """All who follow the source, or follow the new one already, follow the new one."""
    followers = tuple(i for i, own in contracts.items() if i not in (id_, source) and {id_, source} & set(own.replicates_from))
    after = {i: replace(own, replicates_from=(id_,)) if i in followers else own for i, own in contracts.items()}
    after[id_] = Contract(replicates_to=followers)
    return after
