# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How many keys slots hold, and about how many bytes."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from .connection import Node, NodeError


def count(node: Node, slots: Collection[int]) -> dict[int, int]:
    """Keys in each slot: ``{slot: count}``."""
    return dict(zip(slots, node.calls([("CLUSTER", "COUNTKEYSINSLOT", slot) for slot in slots])))


def expect(node: Node, slots: Collection[int]) -> dict[int, int]:
    """About how many keys there are in each slot: like `count`, and quick for an empty node."""
    return count(node, slots) if node.call("DBSIZE") else dict.fromkeys(slots, 0)


def measure(node: Node, keys: Sequence[bytes]) -> list[int]:
    """Bytes of each key with its value, by MEMORY USAGE; 0 for one that has expired or was deleted meanwhile."""
    sizes = node.calls([("MEMORY", "USAGE", key) for key in keys], check=False)
    for size in sizes:
        if isinstance(size, NodeError) and not size.is_redirection:
            raise size
    return [0 if size is None or isinstance(size, NodeError) else size for size in sizes]
