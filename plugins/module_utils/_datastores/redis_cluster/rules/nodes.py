# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a node of a Redis Cluster says of itself and of the others. Source: Redis documentation, "CLUSTER NODES", "CLUSTER LINKS", "INFO"."""

from __future__ import annotations

import re
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Line:
    """A line of CLUSTER NODES: one node in the eyes of the node that was asked.

    `migrating` (slot → id of the target) and `importing` (slot → id of the source) are known of the asked node itself only.
    """

    id: str
    ip: str
    port: int
    flags: frozenset
    master_id: str | None
    pong: int
    epoch: int
    linked: bool
    slots: frozenset = frozenset()
    migrating: dict = field(default_factory=dict)
    importing: dict = field(default_factory=dict)

    @property
    def known(self):
        """Whether the node is really one of the cluster: met, with an address."""
        return not self.flags & {"handshake", "noaddr"}


def parse_nodes(text):
    """The lines of CLUSTER NODES, by id: ``{id: Line}``."""
    return {line.id: line for line in map(_line, text.splitlines()) if line}


def _line(text):
    words = text.split()
    if len(words) < 8:
        return None
    address = words[1].partition(",")[0].partition("@")[0]
    ip, _colon, port = address.rpartition(":")
    slots, migrating, importing = _slots(words[8:])
    return Line(
        id=words[0],
        ip=ip,
        port=int(port or 0),
        flags=frozenset(words[2].split(",")),
        master_id=None if words[3] == "-" else words[3],
        pong=int(words[5]),
        epoch=int(words[6]),
        linked=words[7] == "connected",
        slots=slots,
        migrating=migrating,
        importing=importing,
    )


def _slots(words):
    """``0-5460 5470 [5471->-<id>] [5472-<-<id>]``"""
    slots, migrating, importing = set(), {}, {}
    for word in words:
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


def parse_info(text):
    """INFO and CLUSTER INFO: ``{field: text}``."""
    return dict(line.split(":", 1) for line in text.splitlines() if ":" in line and not line.startswith("#"))


def parse_links(reply):
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
    version: str | None = None
    is_valkey: bool = False
    enabled: bool = True
    state: str | None = None
    master_link: str | None = None
    keys: int = 0
    used: int = 0
    dataset: int = 0
    maxmemory: int = 0
    base_port: int = 0
    bus_port: int = 0
    node_timeout: int = 15000
    #: moves of slots that the server itself has under way
    tasks: int = 0
    view: dict = field(default_factory=dict)
    links: frozenset | None = None

    @property
    def me(self):
        return self.view.get(self.id)

    @property
    def imports(self):
        """Whether it can move slots by itself: CLUSTER MIGRATION came with Redis 8.4. Valkey has no such command."""
        return not self.is_valkey and tuple(int(word) for word in re.findall(r"\d+", self.version or "")[:2]) >= (8, 4)

    @property
    def slots(self):
        return self.me.slots if self.me else frozenset()

    @property
    def is_master(self):
        return bool(self.me) and "master" in self.me.flags

    @property
    def master_id(self):
        return self.me.master_id if self.me else None

    @property
    def others(self):
        """The lines of the other nodes that it knows."""
        return [line for line in self.view.values() if line.id != self.id and line.known]

    @property
    def alone(self):
        """Whether it never met another node. An address that was forgotten by CLUSTER RESET is gone from the view, too."""
        return not self.others

    def reaches(self, other_id):
        """Whether it knows that node, and its own connection to that one's bus port is up."""
        line = self.view.get(other_id)
        if not line or not line.known:
            return False
        return other_id in self.links if self.links is not None else line.linked and line.pong > 0


def read(node, raw):
    """A Member from what was asked of a node.

    :param node: ``{name, address, port, host}``
    :param raw: `_datastores.redis_cluster.guest.observe.look`'s entry for it
    """
    base = {"name": node["name"], "address": node["address"], "port": node["port"], "host": node.get("host")}
    if raw.get("error"):
        return Member(**base, error=raw["error"])
    info, cluster_info = parse_info(raw["info"]), parse_info(raw["cluster_info"])
    return Member(
        **base,
        id=raw["id"],
        # Valkey's redis_version is the one of Redis that it was forked from
        version=info.get("valkey_version", info.get("redis_version")),
        is_valkey=info.get("server_name") == "valkey",
        enabled=raw["enabled"],
        state=cluster_info.get("cluster_state"),
        tasks=int(cluster_info.get("cluster_slot_migration_active_tasks", 0)),
        master_link=info.get("master_link_status"),
        keys=raw["keys"],
        used=int(info.get("used_memory", 0)),
        dataset=int(info.get("used_memory_dataset", 0)),
        maxmemory=int(info.get("maxmemory", 0)),
        base_port=raw["base_port"] or node["port"],
        bus_port=raw["bus_port"] or node["port"] + 10000,
        node_timeout=raw["node_timeout"],
        view=parse_nodes(raw["nodes"]),
        links=None if raw["links"] is None else parse_links(raw["links"]),
    )
