# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Proof that a master's replicas have what was written on it.

WAIT alone proves nothing here: since Redis 7.2, and in Valkey, it asks for the last write of its own connection, and MIGRATE writes by the source's
(tried on 8.2.3 and 9.1.2: it counted a replica that was stopped). But it makes the master ask its replicas what they have, and that is compared.
"""

from __future__ import annotations

import time

from ..rules.nodes import parse_info, parse_replicas
from .connection import Node, NodeError

#: seconds until replicas that are online must have it
_PATIENCE = 30
#: milliseconds that WAIT is given for the replicas' answer; one replica more than there are, so that it asks them at all
_ASK = 2


def prove(node: Node, replicas: int, patience: float = _PATIENCE) -> None:
    """Wait until all replicas that are online have all that was written on the master until now.

    :param replicas: how many there are at least; nothing is to be proven for none
    :raises NodeError: where there are fewer, or one of them does not get it within `patience` seconds
    """
    if not replicas:
        return
    written, deadline = int(_replication(node)["master_repl_offset"]), time.monotonic() + patience
    while True:
        node.call("WAIT", replicas + 1, _ASK)
        has = parse_replicas(_replication(node))
        if len(has) < replicas:
            raise NodeError(f"{node.name} has {len(has)} replicas online and had {replicas}: what arrived on it may be lost with it.")
        late = [place for place, offset in has.items() if offset < written]
        if not late:
            return
        if time.monotonic() > deadline:
            raise NodeError(f"Replicas of {node.name} did not get what arrived on it within {patience} s: {', '.join(late)}.")


def _replication(node: Node) -> dict[str, str]:
    return parse_info(node.text("INFO", "replication"))
