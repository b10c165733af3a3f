# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A replication topology as the cloud and its servers see it: the contracts beside what the databases do. Pure.

Instances are in the form of trove_instance_info, infos in that of trove_mysql_replication_info, by the instance's name; a server that was not
asked, or did not answer, has none.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from .._datastores import registry
from .._model.cluster import natural
from .._model.contract import Contract
from .._model.shapes import ALONE, MESH, RING, STAR, say, shapes
from . import health, table
from .table import Data


def with_health(instances: Sequence[Data], infos: Mapping[str, Data | None], silent: Mapping[str, str] | None = None) -> list[Data]:
    """The instances, each with `health.told`, and with `drift` between contract and database added.

    :param silent: ``{name: why}`` of those that did not answer
    """
    drifts = _drifts(instances, infos)
    return [dict(one, **_told(one, infos.get(one["name"]), silent or {}), drift=[*one.get("drift", ()), *drifts[one["id"]]]) for one in instances]


def _told(one: Data, info: Data | None, silent: Mapping[str, str]) -> dict[str, Any]:
    word = {"said": info} if info else {"silent": silent.get(one["name"], "it did not answer")}
    found = health.told(registry.of_instance(one["datastore"]["type"]), one, one["task"]["name"], word)
    return {**found, "nodes": [dict(node, volume=found["volume"]) for node in one["nodes"]]}


def _drifts(instances: Sequence[Data], infos: Mapping[str, Data | None]) -> dict[str, list[str]]:
    """Where a server does not do what its contract says: sentences by id. Of a server that is not reached nothing is known."""
    by_id = {one["id"]: one for one in instances}
    found: dict[str, list[str]] = {id_: [] for id_ in by_id}
    for one in instances:
        seen = (infos.get(one["name"]) or {}).get("replication") or {}
        if seen.get("service") != "active" or not seen.get("reachable", True):
            continue
        contract = _contract(one)
        said = [by_id[id_]["ip"][0] for id_ in contract.get("replicates_from", ()) if id_ in by_id and by_id[id_]["ip"]]
        does = [seen["source"]["host"]] if seen.get("source") else []
        if said != does:
            found[one["id"]].append(f"{one['name']} replicates from {_or_nobody(said)} by its contract, and from {_or_nobody(does)} in its database")
        if contract["writable"] == bool(seen.get("read_only")):
            words = ("is", "is not") if contract["writable"] else ("is not", "is")
            found[one["id"]].append(f"{one['name']} {words[0]} for writes by its contract, and {words[1]} in its database")
    return found


def _or_nobody(addresses: Sequence[str]) -> str:
    return ", ".join(addresses) or "no source"


def _contract(one: Data) -> Data:
    contract: Data = one["metadata"]["replication_contract"]
    return contract


def tree(instances: Sequence[Data]) -> str:
    """A table whose first column is the topology: each source with its replicas below it, a ring in its order; what is no star is said in a line, too."""
    rows = [dict(_row(one), name=("   " * (depth - 1) + "└─ " if depth else "") + one["name"]) for depth, one in _walk(instances)]
    drifts = list(dict.fromkeys(sentence for one in instances for sentence in one.get("drift", ())))
    notes = [f"{one['name']}: {note}\n" for one in instances for note in (*(one.get("problems") or ()), *(one.get("warnings") or ()))]
    return table.instances(rows) + "".join(notes) + _shapes(instances) + "".join(f"Drift: {sentence}.\n" for sentence in drifts)


def _row(one: Data) -> dict[str, Any]:
    node = one["nodes"][0]
    contract = {"Locality": one.get("locality"), "Contract": "writable" if _contract(one)["writable"] else "read only"}
    return {
        "status": one["status"],
        "ip": next(iter(one["ip"]), None),
        "host_id": node["host_id"],
        "flavor": node["flavor"],
        "volume": node["volume"],
        "health": {**contract, **(one.get("health") or {})},
    }


def _contracts(instances: Sequence[Data]) -> dict[str, Contract]:
    return {one["id"]: Contract(tuple(own.get("replicates_to", ())), tuple(own.get("replicates_from", ()))) for one in instances for own in [_contract(one)]}


def _shapes(instances: Sequence[Data]) -> str:
    contracts, names = _contracts(instances), {one["id"]: one["name"] for one in instances}
    return "".join(f"Topology: {say(shape, contracts, names)}.\n" for shape in shapes(contracts, names) if shape.kind not in (ALONE, STAR))


def _walk(instances: Sequence[Data]) -> Iterator[tuple[int, Data]]:
    """(depth, instance), replicas after their source; of a ring and of a mesh nobody is below another one."""
    by_id = {one["id"]: one for one in instances}
    flat = [shape.ids for shape in shapes(_contracts(instances), {id_: one["name"] for id_, one in by_id.items()}) if shape.kind in (RING, MESH)]
    yield from _below_sources([one for one in instances if not any(one["id"] in ids for ids in flat)])
    for ids in flat:
        yield from ((0, by_id[id_]) for id_ in ids)


def _below_sources(instances: Sequence[Data]) -> Iterator[tuple[int, Data]]:
    ordered = sorted(instances, key=lambda one: natural(one["name"]))
    ids = {one["id"] for one in ordered}
    seen: set[str] = set()

    def below(one: Data, depth: int) -> Iterator[tuple[int, Data]]:
        if one["id"] in seen:
            return
        seen.add(one["id"])
        yield depth, one
        for other in ordered:
            if one["id"] in _contract(other).get("replicates_from", ()):
                yield from below(other, depth + 1)

    for root in [one for one in ordered if not ids & set(_contract(one).get("replicates_from", ()))] + ordered:
        yield from below(root, 0)
