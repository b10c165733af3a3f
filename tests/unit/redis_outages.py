# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Outages of a Redis Cluster for tests: which nodes answer, and what is on the disks of those that do not."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from ansible_collections.stackdb.trove.plugins.module_utils._datastores.redis_cluster.rules.claims import Facts
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.redis_cluster.rules.down import Row
from ansible_collections.stackdb.trove.tests.unit.redis_builders import Node, cluster, met, node_id, whole

VARS = "vars currentEpoch 6 lastVoteEpoch 0\n"
#: the beginning of a snapshot of Redis 7.0.15: texts as they are, integers of one, two and four bytes, and a text of two bytes' length
SNAPSHOT = (
    b"REDIS0010\xfa\x09redis-ver\x067.0.15\xfa\x0aredis-bits\xc0\x40\xfa\x05ctime\xc2\x00\x00\x00\x60\xfa\x0erepl-stream-db\xc0\x00"
    b"\xfa\x07repl-id\x40\x28" + b"ab" * 20 + b"\xfa\x0brepl-offset\xc1\x10\x27\xfa\x08aof-base\xc0\x00\xfe\x00\xfb\x05\x00"
)  # fmt: skip


def shards() -> dict[str, Node]:
    """Three masters, m4 to m6 are their replicas, which have received 100 bytes of their stream."""
    info = {"redis_version": "7.0.15", "role": "slave", "slave_repl_offset": 100}
    replicas = [Node(f"m{number + 3}", (), master=f"m{number}", info=dict(info), keys=5) for number in (1, 2, 3)]
    return {node.name: node for node in met(*whole(3, keys=5), *replicas)}


def nodes_conf(node: Node) -> str:
    return "\n".join(other.line(node) for other in (node, *node.knows)) + "\n" + VARS


def row(node: Node, **changes: Any) -> Row:
    """Of one whose host can be reached; down, where nothing else is said."""
    found: Any = {
        "state": "failed", "answers": False, "why": ["it was killed (SIGKILL)"], "damaged": False, "tried": False, "file": "ok", "nodes": nodes_conf(node),
        "id": node_id(node.name), "persistence": "aof", "data": True, "announced": f"10.0.0.{node.name[1:]}", "at": 1000.0, "down_for": 60.0,
        "replid": None, "offset": None, "saved": None, **changes,
    }  # fmt: skip
    return found  # type: ignore[no-any-return]


def fail(nodes: dict[str, Node], down: Collection[str], unreachable: Collection[str] = (), flags: str = "fail", **rows: dict[str, Any]) -> Facts:
    """What is known when some are down.

    :param unreachable: those of them whose hosts cannot be reached
    :param flags: what the others find of them
    :param rows: how a row is otherwise, by name
    """
    seen = {name: row(nodes[name], **{"state": "active", "answers": True, "why": []} if name not in down else {}) for name in nodes}
    for name in down:
        nodes[name].settings.update(error="Connection refused", flags=flags)
    found = {name: None if name in unreachable else {**seen[name], **rows.get(name, {})} for name in nodes}
    return Facts(cluster(nodes.values()), found)  # type: ignore[arg-type]
