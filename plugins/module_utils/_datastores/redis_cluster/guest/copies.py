# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Proof that a master's replicas have what was written on it.

WAIT alone proves nothing here: since Redis 7.2, and in Valkey, it asks for the last write of its own connection, and MIGRATE writes by the source's
(tried on 8.2.3 and 9.1.2: it counted a replica that was stopped). But it has the master ask its replicas what they have, and that is compared.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Sequence
from typing import Any, Protocol

from ..rules.nodes import parse_info, parse_nodes, parse_replicas
from .connection import WAKE, Node, NodeError, Words

#: seconds until replicas that are online must have it
_PATIENCE = 30
#: milliseconds that WAIT is given for the replicas' answer; one replica more than there are, so that it asks them at all
_ASK = 2
#: seconds until a master is asked again about a replica that it misses
_PAUSE = 0.2
#: what Valkey answers to CLUSTER SETSLOT which a replica did not get in time
_GIVEN_UP = "NOREPLICAS"


def prove(node: Node, replicas: int, followers: Collection[str] = (), patience: float = _PATIENCE) -> None:
    """Wait until all replicas that are online have all that was written on the master until now.

    A replica that went over to another master (cluster-migration-barrier, CLUSTER REPLICATE) is not missed: it is no candidate of this one any more, and
    the others prove what they have. Its link ends before the master hears on the bus where it is now, so that is waited for.

    :param replicas: how many there were at the beginning; nothing is to be proven for none
    :param followers: the ids of the nodes that followed the master then
    :raises NodeError: where one of them has failed or none is left, or one does not get it within `patience` seconds
    """
    if not replicas:
        return
    written, deadline = int(_replication(node)["master_repl_offset"]), time.monotonic() + patience
    while True:
        ask(node, replicas)
        has = parse_replicas(_replication(node))
        late = [place for place, offset in has.items() if offset < written]
        if len(has) >= replicas or _has_all(node, len(has), replicas, followers, time.monotonic() > deadline):
            if not late:
                return
            if time.monotonic() > deadline:
                raise NodeError(f"Replicas of {node.name} did not get what arrived on it within {patience} s: {', '.join(late)}.")
        else:
            time.sleep(_PAUSE)


def ask(node: Node, replicas: int) -> None:
    """Have a master ask its replicas what they have. What arrives wakes it, so that it sees that the time of WAIT is over."""
    asked: list[Words] = [("WAIT", replicas + 1, _ASK)]
    node.open()
    node.send(asked)
    deadline = time.monotonic() + node.timeout
    while not node.is_due(WAKE) and time.monotonic() < deadline:
        node.send([("PING",)])
        asked.append(("PING",))
    node.receive(asked)


class Commanded(Protocol):
    """A node, by one connection or by several."""

    def calls(self, commands: Sequence[Words], check: bool = True) -> list[Any]: ...


def set_slots(at: Commanded, commands: Sequence[Words], check: bool = True, patience: float = _PATIENCE) -> list[Any]:
    """The replies to CLUSTER SETSLOT, like those of `Node.calls`.

    Valkey from 8.0 on carries it out when all replicas have it, and gives it up after 2 s with NOREPLICAS where one does not answer: it has just left for
    another master, or gets the data first. Nothing has changed then at the master, and the same may be said again; who is lost for good is no replica soon.
    """
    deadline, replies = time.monotonic() + patience, at.calls(commands, check=False)
    while True:
        late = [number for number, reply in enumerate(replies) if isinstance(reply, NodeError) and _GIVEN_UP in reply.message]
        if not late or time.monotonic() > deadline:
            break
        time.sleep(_PAUSE)
        for number, reply in zip(late, at.calls([commands[number] for number in late], check=False)):
            replies[number] = reply
    errors = [reply for reply in replies if isinstance(reply, NodeError)]
    if check and errors:
        raise errors[0]
    return replies


def _has_all(node: Node, online: int, replicas: int, followers: Collection[str], is_over: bool) -> bool:
    """Whether the replicas that are online are all that the master still has, as it has heard from the others.

    :param is_over: whether a replica of which it has not heard yet counts as lost
    :raises NodeError: where one has failed, or none is left
    """
    lines = parse_nodes(node.text("CLUSTER", "NODES"))
    me = next((line.id for line in lines.values() if "myself" in line.flags), None)
    # One that became a master follows nobody, and has taken this one's place: it did not go over to another.
    staying = [id_ for id_ in followers if id_ not in lines or lines[id_].master_id in (None, me)]
    needed = min(replicas, len(staying))
    if online >= needed > 0:
        return True
    failed = any(lines[id_].flags & {"fail", "fail?", "master"} for id_ in staying if id_ in lines)
    if is_over or failed or not needed:
        raise NodeError(f"{node.name} has {online} replicas online and had {replicas}: what arrived on it may be lost with it.")
    return False


def _replication(node: Node) -> dict[str, str]:
    return parse_info(node.text("INFO", "replication"))
