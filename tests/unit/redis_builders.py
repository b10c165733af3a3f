# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Members of a Redis Cluster for tests, seen as a real node's replies are read."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ansible_collections.stackdb.trove.plugins.module_utils._datastores.redis_cluster.rules import nodes as redis_nodes
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.redis_cluster.rules import slots as redis_slots
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.redis_cluster.rules.topology import Cluster


def node_id(name: str) -> str:
    return name.ljust(40, "0")


class Node:
    """What one node is and knows; `text` is its CLUSTER NODES."""

    def __init__(self, name: str, slots: Iterable[int] = (), **settings: Any):
        self.name, self.slots, self.settings = name, set(slots), settings
        self.knows: list[Node] = []
        self.marks = ""
        #: keys by slot, whether it serves that or not
        self.holds: dict[int, int] = {}

    def line(self, seen_by: Node) -> str:
        role = f"slave {node_id(self.settings['master'])}" if "master" in self.settings else "master -"
        flags, master = role.split()
        flags = "myself," + flags if self is seen_by else flags
        spelled = redis_slots.spell(self.slots).replace(",", " ")
        flags = ",".join(filter(None, (flags, self.settings.get("flags"))))
        marks = self.marks if self is seen_by else ""
        port = 7000 + int(self.name[1:])
        address = f"10.0.0.{self.name[1:]}:{port}@{port + 10000}"
        return f"{node_id(self.name)} {address} {flags} {master} 0 1 {self.settings.get('epoch', 1)} connected {spelled} {marks}"

    def replies(self) -> redis_nodes.Replies:
        get = self.settings.get
        info = {"used_memory": get("used", 100), "used_memory_dataset": get("dataset", 0), "maxmemory": get("maxmemory", 0)}
        info.update(get("info", {"redis_version": "7.0.15"}))
        info.update({f"slave{number}": f"ip=10.0.1.{number},port=7000,state=online,offset=1,lag=0" for number in range(get("copies", 0))})
        info["master_link_status"] = get("master_link", "up")
        # a replica is in the stream of its master
        info.setdefault("master_replid", get("master", self.name).ljust(40, "a"))
        return redis_nodes.Replies(
            id=node_id(self.name),
            enabled=get("enabled", True),
            cluster_info=f"cluster_state:{get('state', 'ok')}\r\ncluster_slot_migration_active_tasks:{get('tasks', 0)}\r\n",
            nodes="\n".join(other.line(self) for other in [self, *self.knows]),
            info="\r\n".join(f"{key}:{value}" for key, value in info.items()),
            keys=get("keys", 0),
            links=None,
        )

    def member(self) -> redis_nodes.Member:
        return redis_nodes.read(self.named(), self.found())

    def found(self) -> redis_nodes.Found:
        return self.settings.get("error") or self.replies()

    def named(self) -> redis_nodes.NamedNode:
        return redis_nodes.NamedNode(self.name, f"10.0.0.{self.name[1:]}", 7000 + int(self.name[1:]), self.settings.get("host"))


def met(*nodes: Node) -> list[Node]:
    """Have the nodes know each other."""
    for node in nodes:
        node.knows = [other for other in nodes if other is not node]
    return list(nodes)


def cluster(nodes: Iterable[Node]) -> Cluster:
    return Cluster(tuple(node.member() for node in nodes))


def valkey(version: str) -> dict[str, str]:
    """What a Valkey says of itself: redis_version is the version that it was forked from."""
    return {"redis_version": "7.2.4", "server_name": "valkey", "valkey_version": version}


def whole(count: int = 3, **settings: Any) -> list[Node]:
    """The nodes of a cluster in Trove's division."""
    return met(*(Node(f"m{number}", share, **settings) for number, share in enumerate(redis_slots.divide(count), 1)))
