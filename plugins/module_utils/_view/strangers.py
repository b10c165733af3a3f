# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whom Nova has and the databases do not, and the other way round. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from .._model.standing import Peer, Standing
from .table import Data

NOT_IN_NOVA = "the databases count it as a member, and Nova has no server of this cluster with that address"

LOST = "by the settings of all members it is a member, and Nova has no server of this cluster with that address: replace it with cluster_replace"


def judge(members: Sequence[Data], standings: Mapping[str, Standing]) -> Iterator[tuple[str, str, str]]:
    """``(member, kind, sentence)`` of each.

    :param members: as Nova has them, `cluster.instances`
    :param standings: of those that said something, by name
    """
    counting = {name: standing.peers for name, standing in standings.items() if standing.peers is not None}
    for address, peer in of_nobody(members, standings).items():
        by = [name for name, peers in counting.items() if address in peers]
        failed = ", as one that failed" if peer.failed else ""
        yield address, "unknown_to_nova", f"{NOT_IN_NOVA}: counted by {', '.join(by)}{failed}"
    for address in lost(members, standings):
        yield address, "unknown_to_nova", LOST
    for one in members:
        by = [name for name, peers in counting.items() if one["ip"] and name != one["name"] and one["ip"] not in peers]
        if by:
            yield one["name"], "unknown_to_database", f"{', '.join(by)} {'does' if len(by) == 1 else 'do'} not count it as a member"


def lost(members: Sequence[Data], standings: Mapping[str, Standing]) -> list[str]:
    """The addresses that all have in their settings and none counts: a server that is gone has left the databases' own list.

    All, since one that was down when another left may still have that one's.
    """
    configured = [set(standing.configured) for standing in standings.values() if standing.configured is not None]
    own, counted = {one["ip"] for one in members}, of_nobody(members, standings)
    return sorted(set.intersection(*configured) - own - {*counted}) if configured else []


def of_nobody(members: Sequence[Data], standings: Mapping[str, Standing]) -> dict[str, Peer]:
    """What the databases count and Nova does not have, by address."""
    own = {one["ip"] for one in members}
    known = {address: peer for name in sorted(standings) for address, peer in (standings[name].peers or {}).items()}
    return {address: known[address] for address in sorted(known) if address not in own}
