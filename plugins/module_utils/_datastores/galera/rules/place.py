# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a Galera member stands among the others, by its own word. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ...._model.standing import Peer, Standing
from .info import Info, Look

#: the share of time that writes stand still from which on flow control is said to slow them
_SLOWED = 0.1


def standing(info: Info) -> Standing:
    wsrep = info["wsrep"]
    same: dict[str, object] = {"cluster name (wsrep_cluster_name)": info["cluster_name"]["configured"]}
    configured = tuple(info["configured_members"]) or None
    if not wsrep or not wsrep["on"]:
        return Standing(version=info["version"], configured=configured, same=same)
    primary = wsrep["cluster_status"] == "Primary"
    # one that is in no primary component does not know who else is in one
    peers = {address: Peer() for address in wsrep["addresses"]} if primary else None
    whole = f"{wsrep['cluster_status']} component, state {(wsrep['cluster_state_uuid'] or 'unknown')[:8]}"
    return Standing(whole=whole, version=info["version"], peers=peers, configured=configured, same=same, strain=tuple(_strain(wsrep["looks"])))


def _strain(looks: Sequence[Look]) -> Iterator[str]:
    """One alone is a look at a member that is at rest."""
    if len(looks) < 2:
        return
    queue = [look["recv_queue"] for look in looks]
    if min(queue):
        yield f"{queue[-1]} write sets wait to be applied (wsrep_local_recv_queue)"
    window = looks[-1]["at"] - looks[0]["at"]
    paused = (looks[-1]["paused_ns"] - looks[0]["paused_ns"]) / 1e9
    if window > 0 and paused >= _SLOWED * window:
        yield f"flow control slows writes: they stood still for {paused:.1f} of the last {window:.1f} s (wsrep_flow_control_paused_ns)"
