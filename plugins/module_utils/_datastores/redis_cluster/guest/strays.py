# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Keys of slots that their holder does not serve: no client reaches them. They are counted, carried to who serves the slot, or deleted."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from ..rules.slots import SLOTS
from ..rules.topology import Cluster
from . import copies
from .connection import Access, Connections, Node, NodeError
from .sizes import count

#: keys that are asked for at once, and milliseconds until a MIGRATE whose target went silent fails
_FETCH, _MIGRATE = 100, 60_000


def held(node: Node, served: Collection[int]) -> dict[int, int]:
    """Keys of slots that are not served here: ``{slot: keys}``, of those that have any."""
    if not node.call("DBSIZE"):
        return {}
    return {slot: keys for slot, keys in count(node, [slot for slot in range(SLOTS) if slot not in served]).items() if keys}


def counted(connections: Connections, cluster: Cluster) -> Cluster:
    """The cluster with what each master holds of slots that it does not serve, all asked at the same time."""
    masters = cluster.masters
    with ThreadPoolExecutor(max_workers=max(len(masters), 1)) as pool:
        found = dict(zip((member.name for member in masters), pool.map(lambda member: held(connections[member.name], member.slots), masters)))
    return Cluster(tuple(replace(member, held=found[member.name]) if member.name in found else member for member in cluster.members))


def carry(holder: Node, owner_id: str, place: tuple[str, int], slots: Collection[int], access: Access) -> None:
    """Carry the keys to the slots' owner; where that has a key already, it keeps its own, and the holder's is deleted.

    Safe to repeat: what a killed run leaves is a flag of a move that the owner knows nothing of, and fewer keys.

    :param place: address and port by which the holder reaches the owner
    """
    words = ("MIGRATE", *place, "", 0, _MIGRATE, *access.auth(), "KEYS")
    for keys in _keys(holder, owner_id, slots):
        replies = holder.calls([(*words, key) for key in keys], check=False)
        for reply in replies:
            if isinstance(reply, NodeError) and "BUSYKEY" not in reply.message:
                raise reply
        _delete(holder, [key for key, reply in zip(keys, replies) if isinstance(reply, NodeError)])


def delete(holder: Node, owner_id: str, slots: Collection[int]) -> None:
    """Delete the keys from who holds them."""
    for keys in _keys(holder, owner_id, slots):
        _delete(holder, keys)


def _keys(holder: Node, owner_id: str, slots: Collection[int]) -> Iterator[Sequence[bytes]]:
    """Some keys at a time until there are none. A node takes commands for a slot that it does not serve only while it imports it."""
    ordered = sorted(slots)
    copies.set_slots(holder, [("CLUSTER", "SETSLOT", slot, "IMPORTING", owner_id) for slot in ordered])
    for slot in ordered:
        before: Sequence[bytes] = ()
        while keys := holder.call("CLUSTER", "GETKEYSINSLOT", slot, _FETCH):
            if keys == before:
                raise NodeError(f"{holder.name} keeps {len(keys)} keys or more of slot {slot}.")
            yield keys
            before = keys
    copies.set_slots(holder, [("CLUSTER", "SETSLOT", slot, "STABLE") for slot in ordered])


def _delete(holder: Node, keys: Sequence[bytes]) -> None:
    holder.calls([words for key in keys for words in (("ASKING",), ("UNLINK", key))])
