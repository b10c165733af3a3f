# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which members a recovery leaves alone, since they serve. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from . import applier
from .info import Info
from .member_state import is_primary


def left_alone(infos: Mapping[str, Info | None]) -> list[str]:
    """Who is not stopped: those that serve in a primary component, those that are given or give a state transfer there; nobody where no member serves.

    A member whose own applier is stuck is none of them, unless that is so of all: flow control stops the writes of the others then, and they are well.
    """
    primary = {name: info for name, info in infos.items() if info and is_primary(info)}
    well = [name for name, info in primary.items() if not applier.own_problems(info["wsrep"]["looks"] if info["wsrep"] else [])]
    synced = [name for name in well for wsrep in [primary[name]["wsrep"]] if wsrep and wsrep["local_state"] == "Synced"]
    return well if synced else list(primary)
