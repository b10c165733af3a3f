# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a node of a Redis Cluster says of itself and of the others. Source: Redis documentation, "CLUSTER NODES", "CLUSTER LINKS", "INFO"."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from types import MappingProxyType
from typing import Any, NamedTuple, Union

from . import ports
from .software import Software

#: a line of INFO keyspace, which has those that hold keys
_OTHER_DATABASE = re.compile(r"db[1-9]\d*")
#: a line of INFO replication, for each replica
_REPLICA = re.compile(r"slave\d+")
#: what cluster-node-timeout is where it is not set, in milliseconds
NODE_TIMEOUT = 15000


@dataclass(frozen=True)
class NamedNode:
    """A node as the user names it: where it is reached, and what tells its hypervisor from others. A node that is not set up has no address yet."""

    name: str
    address: str
    port: int
    host: str | None = None


@dataclass(frozen=True)
class Replies:
    """What a node answered. `links` is None where the server is too old to tell them; a port is 0 where CONFIG is not allowed."""

    id: str | None
    enabled: bool
    cluster_info: str
    nodes: str
    info: str
    keys: int
    links: Sequence[Any] | None
    base_port: int = 0
    bus_port: int = 0
    node_timeout: int = NODE_TIMEOUT


#: what a node answered, or why it did not
Found = Union[Replies, str]


class Line(NamedTuple):
    """A line of CLUSTER NODES: one node in the eyes of the node that was asked. A tuple, since N nodes tell N squared of them.

    `migrating` (slot → id of the target) and `importing` (slot → id of the source) are known of the asked node itself only.
    """

    id: str
    ip: str
    port: int
    flags: frozenset[str]
    master_id: str | None
    pong: int
    epoch: int
    linked: bool
    slots: frozenset[int] = frozenset()
    migrating: Mapping[int, str] = MappingProxyType({})
    importing: Mapping[int, str] = MappingProxyType({})

    @property
    def known(self) -> bool:
        """Whether the node is really one of the cluster: met, with an address."""
        return not self.flags & {"handshake", "noaddr"}


def parse_nodes(text: str) -> dict[str, Line]:
    """The lines of CLUSTER NODES, by id: ``{id: Line}``."""
    return {line.id: line for line in map(_line, text.splitlines()) if line}


def _line(text: str) -> Line | None:
    words = text.split(None, 8)
    if len(words) < 8:
        return None
    id_, place, flags, master, _ping, pong, epoch, link, *slots = words
    before, after = _but_for_pong(id_, place, flags, master, epoch, link, slots[0] if slots else "")
    return Line._make((*before, int(pong), *after))


@lru_cache(maxsize=4096)
def _but_for_pong(id_: str, place: str, flags: str, master: str, epoch: str, link: str, slots: str) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
    """What a Line has before the time of its pong, and after it. Each of hundreds of nodes tells the same of all the others, and once and again."""
    ip, _colon, port = place.partition(",")[0].partition("@")[0].rpartition(":")
    before = (id_, ip, int(port or 0), frozenset(flags.split(",")), None if master == "-" else master)
    return before, (int(epoch), link == "connected", *_slots(slots))


@lru_cache(maxsize=4096)
def _slots(text: str) -> tuple[frozenset[int], Mapping[int, str], Mapping[int, str]]:
    """``0-5460 5470 [5471->-<id>] [5472-<-<id>]``."""
    slots: set[int] = set()
    migrating: dict[int, str] = {}
    importing: dict[int, str] = {}
    for word in text.split():
        if word.startswith("["):
            inner = word.strip("[]")
            for sign, found in (("->-", migrating), ("-<-", importing)):
                if sign in inner:
                    slot, _sign, node = inner.partition(sign)
                    found[int(slot)] = node
        else:
            first, _dash, last = word.partition("-")
            slots.update(range(int(first), int(last or first) + 1))
    return frozenset(slots), migrating, importing


def parse_info(text: str) -> dict[str, str]:
    """INFO and CLUSTER INFO: ``{field: text}``."""
    fields = (line.partition(":") for line in text.splitlines() if ":" in line and not line.startswith("#"))
    return {name: value for name, _colon, value in fields}


def parse_replicas(info: Mapping[str, str]) -> dict[str, int]:
    """INFO replication of a master: ``{replica's address:port: how much of the replication stream it has acknowledged}``, of those that are online."""
    found = {}
    for name, value in info.items():
        if _REPLICA.fullmatch(name):
            words = dict(word.split("=", 1) for word in value.split(",") if "=" in word)
            if words.get("state") == "online":
                found[f"{words.get('ip')}:{words.get('port')}"] = int(words.get("offset", 0))
    return found


def parse_links(reply: Iterable[Any]) -> frozenset[str]:
    """CLUSTER LINKS: the ids to which the asked node has a link that is up.

    A link that waits for its connection to come about has no event handler for reading yet.
    """
    links = [dict(zip(entry[::2], entry[1::2])) if isinstance(entry, list) else entry for entry in reply]
    return frozenset(link["node"] for link in links if link["direction"] == "to" and "r" in link["events"])


@dataclass(frozen=True)
class Member:
    """One of the nodes that were named, as it was found. Sizes in bytes, node_timeout in milliseconds.

    `error` says why it did not answer; then nothing else is known. `links` holds the ids that it has a link to, None where
    the server is too old to tell.
    """

    name: str
    address: str
    port: int
    host: str | None = None
    error: str | None = None
    id: str | None = None
    software: Software = Software()
    enabled: bool = True
    state: str | None = None
    master_link: str | None = None
    keys: int = 0
    #: databases other than 0 that hold keys; in a cluster only Valkey from 9.0 on has any (cluster-databases)
    databases: tuple[str, ...] = ()
    used: int = 0
    dataset: int = 0
    maxmemory: int = 0
    base_port: int = 0
    bus_port: int = 0
    node_timeout: int = NODE_TIMEOUT
    #: moves of slots that the server itself has under way
    tasks: int = 0
    #: replicas that have its data and follow it
    copies: int = 0
    #: how far it is in the replication stream: of a master what it has written, of a replica what it has received
    offset: int = 0
    info: Mapping[str, str] = field(default_factory=dict)
    #: of a replica whether it receives all data anew just now
    syncing: bool = False
    #: keys of slots that it does not serve, where there are any: ``{slot: keys}``; None where they were not counted
    held: Mapping[int, int] | None = None
    view: Mapping[str, Line] = field(default_factory=dict)
    links: frozenset[str] | None = None

    @property
    def me(self) -> Line | None:
        return self.view.get(self.id) if self.id else None

    @property
    def slots(self) -> frozenset[int]:
        return self.me.slots if self.me else frozenset()

    @property
    def is_master(self) -> bool:
        return self.me is not None and "master" in self.me.flags

    @property
    def master_id(self) -> str | None:
        return self.me.master_id if self.me else None

    @property
    def others(self) -> list[Line]:
        """The lines of the other nodes that it knows."""
        return [line for line in self.view.values() if line.id != self.id and line.known]

    @property
    def alone(self) -> bool:
        """Whether it never met another node. An address that was forgotten by CLUSTER RESET is gone from the view, too."""
        return not self.others

    def knows(self, other: Member) -> bool:
        """Whether it has met that node, which may be itself."""
        line = self.view.get(other.id) if other.id else None
        return line is not None and line.known

    def reaches(self, other: Member) -> bool:
        """Whether it knows that node, and its own connection to that one's bus port is up."""
        line = self.view.get(other.id) if other.id else None
        if not line or not line.known:
            return False
        return line.id in self.links if self.links is not None else line.linked and line.pong > 0


def read(node: NamedNode, found: Found) -> Member:
    """The Member that a node is, by what it answered."""
    named: dict[str, Any] = {"name": node.name, "address": node.address, "port": node.port, "host": node.host}
    if isinstance(found, str):
        return Member(**named, error=found)
    info, cluster_info = parse_info(found.info), parse_info(found.cluster_info)
    return Member(
        **named,
        id=found.id,
        software=Software.of(info),
        enabled=found.enabled,
        state=cluster_info.get("cluster_state"),
        tasks=int(cluster_info.get("cluster_slot_migration_active_tasks", 0)),
        master_link=info.get("master_link_status"),
        copies=len(parse_replicas(info)),
        offset=int(info.get("master_repl_offset" if info.get("role") == "master" else "slave_repl_offset", 0)),
        info=info,
        syncing=info.get("master_sync_in_progress") == "1",
        keys=found.keys,
        databases=tuple(sorted(name for name in info if _OTHER_DATABASE.fullmatch(name))),
        used=int(info.get("used_memory", 0)),
        dataset=int(info.get("used_memory_dataset", 0)),
        maxmemory=int(info.get("maxmemory", 0)),
        base_port=found.base_port or node.port,
        bus_port=found.bus_port or node.port + ports.BUS_OFFSET,
        node_timeout=found.node_timeout,
        view=parse_nodes(found.nodes),
        links=None if found.links is None else parse_links(found.links),
    )
