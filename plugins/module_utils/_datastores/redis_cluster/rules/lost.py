# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Members of a Redis Cluster that are lost for good: what of the slots is lost with them, and who may take their place. Pure.

Source: Redis documentation, "Redis Cluster specification" (failure detection, replica election, CLUSTER FORGET).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from .slots import SLOTS, brief, parse
from .topology import Cluster

#: what the place of a lost one is, where it is not that of a replica of a node, whose id it is then
MASTER = "master"

_COPIES = "{names} replicate a lost member and have not taken its slots over; promote one (CLUSTER FAILOVER TAKEOVER on it), or its copy is lost, too"
_LOSS = (
    "no member serves the slots {slots}, since {names} served them without a replica that took over: their keys are lost, unless its server comes back with its"
    " data. To give them up: trove_accept_lost_slots=true (of a module: accept_lost_slots)"
)


@dataclass(frozen=True)
class Seen:
    """What those that stay say of the cluster.

    - ids: by name; masters: by name, the id of the master that it replicates; owned: the slots that each serves by its own word
    - strangers: ids of nodes that they know and that none of them is: address, id of its master, its slots
    - doubted: by name, the strangers that it does not find failed
    """

    ids: Mapping[str, str]
    masters: Mapping[str, str]
    owned: Mapping[str, frozenset[int]]
    strangers: Mapping[str, tuple[str, str | None, frozenset[int]]] = field(default_factory=dict)
    doubted: Mapping[str, list[str]] = field(default_factory=dict)

    @property
    def unserved(self) -> frozenset[int]:
        """The slots that none of those that stay serves."""
        return frozenset(range(SLOTS)).difference(*self.owned.values())


def of_words(members: Mapping[str, Mapping[str, Any]]) -> Seen:
    """:param members: what each said of itself, by name, as the module trove_redis_node_info returns it"""
    lines = {name: [_Line(n["id"], n["address"], n["master"], parse(n["slots"]), n["failed"]) for n in member["nodes"]] for name, member in members.items()}
    return _seen({name: member["id"] for name, member in members.items()}, lines)


def of_cluster(cluster: Cluster) -> Seen:
    """Of the nodes that were named, all of which have answered."""
    lines = {
        member.name: [_Line(line.id, line.ip, line.master_id, line.slots, bool(line.flags & {"fail", "fail?"})) for line in member.view.values()]
        for member in cluster.members
    }
    return _seen({member.name: member.id or "" for member in cluster.members}, lines)


@dataclass(frozen=True)
class _Line:
    id: str
    address: str
    master: str | None
    slots: frozenset[int]
    failed: bool


def _seen(ids: Mapping[str, str], lines: Mapping[str, list[_Line]]) -> Seen:
    own = {name: line for name, found in lines.items() for line in found if line.id == ids[name]}
    others = [(name, line) for name, found in lines.items() for line in found if line.id not in ids.values()]
    doubted: dict[str, list[str]] = {}
    for name, line in others:
        if not line.failed:
            doubted.setdefault(name, []).append(line.id)
    return Seen(
        ids=ids,
        masters={name: line.master for name, line in own.items() if line.master},
        owned={name: line.slots for name, line in own.items()},
        strangers={line.id: (line.address, line.master, line.slots) for _name, line in others},
        doubted=doubted,
    )


def obstacles(seen: Seen, leaving: Mapping[str, str | None], loss_accepted: bool) -> list[str]:
    """Why the lost ones must not be replaced: sentences.

    :param leaving: ``{name: address}`` of the lost ones, None where it is not known any more
    :param loss_accepted: whether the keys in slots that no member serves are given up
    """
    found = [f"{name} does not find {_place(seen, id_)} failed" for name, ids in seen.doubted.items() for id_ in ids]
    unknown = [id_ for id_, (address, _master, _slots) in seen.strangers.items() if address not in leaving.values()]
    nameless = [name for name, address in leaving.items() if address is None]
    if len(unknown) > len(nameless):
        listed = ", ".join(_place(seen, id_) for id_ in unknown)
        found.append(f"there are nodes that are neither a member nor one of {', '.join(leaving)}: {listed}; name them, too")
    copies = [name for name, master in seen.masters.items() if master in seen.strangers]
    if copies:
        found.append(_COPIES.format(names=", ".join(copies)))
    if seen.unserved and not loss_accepted:
        found.append(_LOSS.format(slots=brief(seen.unserved), names=", ".join(leaving) or "a lost member"))
    return found


def _place(seen: Seen, id_: str) -> str:
    return f"{seen.strangers[id_][0] or 'a node without an address'} ({id_})"


def standings(seen: Seen, leaving: Mapping[str, str | None]) -> dict[str, str]:
    """What each lost one was: MASTER, or the id of the node whose replica it was, or would be now that this one has taken its slots over.

    Of a master that was replaced nobody says by whom. So the one in its place replicates a master that has fewer replicas than others, and where all have as
    many, it becomes a master without slots.
    """
    shards = {seen.ids[name]: 0 for name, slots in seen.owned.items() if slots}
    shards.update(Counter(master for master in seen.masters.values() if master in shards))
    # replicas first: what they were is known
    nodes = dict(sorted(_nodes(seen, leaving).items(), key=lambda item: seen.strangers.get(item[1], ("", None, frozenset()))[1] is None))
    found = {}
    for name in (*nodes, *(name for name in leaving if name not in nodes)):
        _address, master, slots = seen.strangers.get(nodes.get(name, ""), ("", None, frozenset()))
        if master not in shards:
            fewest = min(shards, key=lambda id_: shards[id_], default=None)
            master = fewest if fewest and not slots and shards[fewest] < max(shards.values()) else None
        if master:
            shards[master] += 1
        found[name] = master or MASTER
    return found


def _nodes(seen: Seen, leaving: Mapping[str, str | None]) -> dict[str, str]:
    """The node that each lost one was, as far as they are known: by its address; those whose address is gone share what is left."""
    by_address = {address: id_ for id_, (address, _master, _slots) in seen.strangers.items()}
    found = {name: by_address[address] for name, address in leaving.items() if address in by_address}
    left = sorted(id_ for id_ in seen.strangers if id_ not in found.values())
    return {**found, **dict(zip((name for name, address in leaving.items() if address is None), left))}
