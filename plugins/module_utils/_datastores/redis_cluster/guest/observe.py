# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Look at the nodes of a Redis Cluster, and wait until they are as they should be.

What is found is handed out as the plain values that `_datastores.redis_cluster.rules.nodes` reads.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from ..rules import ports
from ..rules.nodes import NODE_TIMEOUT, Found, NamedNode, Replies
from . import together
from .connection import Connections, NodeError, plain

Seen = TypeVar("Seen")

_COMMANDS = (
    ("CLUSTER", "MYID"),
    ("CLUSTER", "INFO"),
    ("CLUSTER", "NODES"),
    ("INFO", "server"),
    ("INFO", "memory"),
    ("INFO", "replication"),
    ("INFO", "keyspace"),
    ("DBSIZE",),
    ("CONFIG", "GET", "tls-cluster"),
    ("CONFIG", "GET", "tls-port"),
    ("CONFIG", "GET", "port"),
    ("CONFIG", "GET", "cluster-port"),
    ("CONFIG", "GET", "cluster-node-timeout"),
    ("CONFIG", "GET", "cluster-enabled"),
)
_SERVER = _COMMANDS.index(("INFO", "server"))
_LINKS = ("CLUSTER", "LINKS")
#: seconds between two looks: few at first, when what is waited for may be there in a moment; later no fewer than a look takes, which keeps all nodes busy
_FIRST, _POLL, _LONGEST = 0.02, 0.1, 1.0


def look(connections: Connections, links: bool = True) -> dict[str, Found]:
    """What every node answers, by name; all are asked at the same time.

    :param links: whether they tell their links, too, which are as many as the square of the nodes
    """
    commands = (*_COMMANDS, _LINKS) if links else _COMMANDS
    return {name: _found(replies) for name, replies in together.calls(connections, dict.fromkeys(connections.nodes, commands)).items()}


def _found(replies: Sequence[Any] | NodeError) -> Found:
    if isinstance(replies, NodeError):
        return str(replies)
    if isinstance(replies[_SERVER], NodeError):
        return str(replies[_SERVER])
    told = [None if isinstance(reply, NodeError) else plain(reply) for reply in replies[: len(_COMMANDS)]]
    myid, info, nodes, server, memory, replication, keyspace, keys, *settings = told
    config: dict[str, str] = {}
    for pair in settings:
        config.update(zip((pair or [])[::2], (pair or [])[1::2]))
    base, bus = _ports(config)
    return Replies(
        id=myid,
        enabled=config.get("cluster-enabled") != "no" and myid is not None,
        cluster_info=info or "",
        nodes=nodes or "",
        info=f"{server}\n{memory or ''}\n{replication or ''}\n{keyspace or ''}",
        keys=keys or 0,
        links=next((None if isinstance(reply, NodeError) else _links(reply) for reply in replies[len(_COMMANDS):]), None),
        base_port=base,
        bus_port=bus,
        node_timeout=int(config.get("cluster-node-timeout") or NODE_TIMEOUT),
    )


def _links(reply: Sequence[Any]) -> list[Any]:
    """The links to others, without those from others and without what nobody reads: N nodes have twice N squared."""
    entries = (entry if isinstance(entry, dict) else dict(zip(entry[::2], entry[1::2])) for entry in reply)
    return [{"direction": "to", "node": plain(entry[b"node"]), "events": plain(entry[b"events"])} for entry in entries if entry[b"direction"] == b"to"]


def _ports(config: Mapping[str, str]) -> tuple[int, int]:
    """The ports that other nodes use, and that of the bus: the TLS port where they speak TLS among themselves; 0 where CONFIG is not allowed."""
    base = int(config.get("tls-port" if config.get("tls-cluster") == "yes" else "port") or 0)
    return base, int(config.get("cluster-port") or 0) or (base + ports.BUS_OFFSET if base else 0)


def resolve(nodes: Iterable[NamedNode]) -> list[NamedNode]:
    """The nodes with IP addresses: CLUSTER MEET takes no names, and views show none.

    :raises NodeError: for a name that no service knows
    """
    return [replace(node, address=_ip(node.name, node.address)) for node in nodes]


def _ip(name: str, address: str) -> str:
    try:
        return str(socket.getaddrinfo(address, None, type=socket.SOCK_STREAM)[0][4][0])
    except OSError as error:
        raise NodeError(f"{name}: the address {address} cannot be resolved: {error}") from error


def wait_for(look_again: Callable[[], Seen], wrong: Callable[[Seen], list[str]], timeout: float) -> tuple[Seen, list[str]]:
    """Look until nothing is wrong.

    :param look_again: returns what is there
    :param wrong: of that, a list of what is wrong
    :param timeout: seconds
    :return: (what was seen last, what is still wrong with it)
    """
    now, pause = time.monotonic(), _FIRST
    deadline = now + timeout
    while True:
        began = now
        seen = look_again()
        found = wrong(seen)
        now = time.monotonic()
        if not found or now > deadline:
            return seen, found
        # a look that took long has waited for who is silent: that keeps nobody busy
        time.sleep(max(pause, min(now - began, _LONGEST)))
        now, pause = time.monotonic(), min(2 * pause, _POLL)


_CLIENTS = (("CLIENT", "LIST"), ("CLIENT", "GETNAME"))


def movers(connections: Connections, names: Iterable[str]) -> list[str]:
    """Who is moving slots at this moment, by the clients of these nodes: a list of sentences; connections of our own run do not count.

    A client that was killed has no connection any more.
    """
    replies = {name: plain(found) for name, found in together.checked(connections, dict.fromkeys(names, _CLIENTS)).items()}
    own = {name for _clients, name in replies.values()}
    found = []
    for name, (text, _own) in replies.items():
        for line in text.splitlines():
            client = {key: value for key, _sign, value in (word.partition("=") for word in line.split())}
            if client.get("name") not in own and _moves(client):
                found.append(f"client {client.get('addr')} of {name} ({client.get('cmd')} {client.get('idle')} s ago)")
    return found


def _moves(client: Mapping[str, str]) -> bool:
    return client.get("cmd", "").lower() in ("migrate", "cluster|setslot", "cluster|getkeysinslot")
