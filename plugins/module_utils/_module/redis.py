# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The edge of the modules that talk to a Redis Cluster: the options that they share, and what these become."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from .._datastores.redis_cluster.guest import observe
from .._datastores.redis_cluster.guest.connection import Access, Connections
from .._datastores.redis_cluster.rules.nodes import NamedNode
from .._datastores.redis_cluster.rules.ports import PORT
from .._model.errors import InvalidInput

#: documented in doc_fragments/redis.py
OPTIONS: dict[str, Any] = {
    "nodes": {
        "type": "list",
        "elements": "dict",
        "required": True,
        "options": {
            "name": {"type": "str", "required": True},
            "address": {"type": "str", "required": True},
            "port": {"type": "int", "default": PORT},
            "host": {"type": "str"},
        },
    },
    "username": {"type": "str"},
    "password": {"type": "str", "no_log": True},
    "tls": {"type": "bool", "default": True},
    "ca_cert": {"type": "path"},
    "client_cert": {"type": "path"},
    "client_key": {"type": "path"},
}
TOGETHER = [("client_cert", "client_key")]


def connect(params: Mapping[str, Any]) -> Connections:
    """Connections to the nodes that were named; none is created yet.

    :raises InvalidInput: for no nodes, and for nodes that share a name or an address
    """
    nodes = observe.resolve(_checked([NamedNode(**node) for node in params["nodes"]]))
    _refuse_twins(nodes, "nodes.address", lambda node: f"{node.address}:{node.port}")
    access = Access(**{name: params[name] for name in ("username", "password", "tls", "ca_cert", "client_cert", "client_key")})
    return Connections(access, nodes)


def _checked(nodes: list[NamedNode]) -> list[NamedNode]:
    if not nodes:
        raise InvalidInput("nodes", nodes, "at least one node")
    _refuse_twins(nodes, "nodes.name", lambda node: node.name)
    return nodes


def _refuse_twins(nodes: Sequence[NamedNode], option: str, key: Callable[[NamedNode], str]) -> None:
    values = [key(node) for node in nodes]
    twins = sorted({value for value in values if values.count(value) > 1})
    if twins:
        raise InvalidInput(option, ", ".join(twins), "each only once")
