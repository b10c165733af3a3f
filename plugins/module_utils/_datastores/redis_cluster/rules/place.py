# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a node stands among the others, by its own view of the cluster (``_member_view`` in topology.py). Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ...._model.standing import Peer, Standing

#: from this part of its limit on a node's memory is said to be filling
_FULL = 0.9


def standing(member: Mapping[str, Any], persistent: bool | None) -> Standing:
    """
    :param member: what the node says of itself
    :param persistent: whether a restart keeps its data
    """
    if member["error"]:
        return Standing(version=member.get("version"))
    nodes = {node["id"]: node for node in member["nodes"]}
    at = {id_: node["address"] for id_, node in nodes.items()}
    link = member["master_link"] if member["master_id"] else None
    return Standing(
        role=member["role"],
        follows=at.get(member["master_id"]),
        slots=member["slots"],
        link=link,
        link_works=link in (None, "up"),
        version=member.get("version"),
        peers={node["address"]: _peer(node, at) for node in nodes.values() if node["address"]},
        same={"memory limit (maxmemory)": member["maxmemory"], "persistence": persistent},
        strain=tuple(_strain(member)),
    )


def _peer(node: Mapping[str, Any], at: Mapping[str, str]) -> Peer:
    return Peer("replica" if node["master"] else "master", at.get(node["master"]), node["slots"], node["failed"])


def _strain(member: Mapping[str, Any]) -> Iterator[str]:
    used, limit = member["used_memory"], member["maxmemory"]
    if limit and used / limit >= _FULL:
        yield f"its memory is {100 * used / limit:.0f} % full: {used / 2**20:.0f} of {limit / 2**20:.0f} MiB are used (used_memory, maxmemory)"
