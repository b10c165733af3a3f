# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which members a recovery leaves alone, since they serve. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from . import applier
from .info import Info
from .member_state import NULL_UUID, is_primary


def serves(info: Info) -> bool:
    """Whether a member is in the primary component of a cluster with data: a group without any says Primary and Synced, too, of a null UUID."""
    wsrep = info["wsrep"]
    return bool(wsrep and is_primary(info) and wsrep["cluster_state_uuid"] not in (None, "", NULL_UUID))


def left_alone(infos: Mapping[str, Info | None]) -> list[str]:
    """Who is not stopped: those that serve in a primary component, those that are given or give a state transfer there; nobody where no member serves.

    A member whose own applier is stuck is none of them, unless that is so of all: flow control stops the writes of the others then, and they are well.
    """
    primary = {name: info for name, info in infos.items() if info and serves(info)}
    well = [name for name, info in primary.items() if not is_stuck(info)]
    synced = [name for name in well for wsrep in [primary[name]["wsrep"]] if wsrep and wsrep["local_state"] == "Synced"]
    return well if synced else list(primary)


def is_stuck(info: Info, before: Info | None = None) -> bool:
    """Whether a Synced member applies nothing of what it has received. A donor and one that catches up have long queues, and only the latter's shrinks.

    :param before: what it was like some seconds earlier
    """
    wsrep, earlier = info["wsrep"], before["wsrep"]["looks"] if before and before["wsrep"] else []
    if not wsrep or wsrep["local_state"] != "Synced":
        return False
    committed = {look["last_committed"] for look in [*earlier, *wsrep["looks"]]}
    return len(committed) == 1 and bool(applier.own_problems(wsrep["looks"]))
