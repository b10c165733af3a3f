# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether the members of a Galera cluster hold the same after a recovery. Pure.

Each is asked twice for the checksums of its tables, all once before any is asked again: what is written to in between is not compared.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypedDict

from .outage import Position, spelled


class Held(TypedDict):
    """What one member holds: ``{schema.table: checksum}``, and how many tables were left out, since all together are too large for it."""

    position: Position
    tables: dict[str, int | None]
    left_out: int


def differences(rounds: Sequence[Mapping[str, Held]]) -> list[str]:
    """What differs between the members: sentences.

    :param rounds: ``{name: Held}`` of the same members, in the order in which they were asked
    """
    uuids = {name: held["position"]["uuid"] for name, held in rounds[-1].items()}
    found = []
    if len(set(uuids.values())) > 1:
        found.append(f"the members are in different clusters ({', '.join(f'{name} in {uuid}' for name, uuid in uuids.items())})")
    for table in sorted({table for held in rounds[-1].values() for table in held["tables"]}):
        sums = {name: {held[name]["tables"].get(table) for held in rounds} for name in rounds[-1]}
        if all(len(of) == 1 for of in sums.values()) and len(set().union(*sums.values())) > 1:
            found.append(f"{table} differs (CHECKSUM TABLE: {', '.join(f'{name} {next(iter(of))}' for name, of in sums.items())})")
    return found


def text(rounds: Sequence[Mapping[str, Held]]) -> str:
    """What was compared, for people."""
    names, last = list(rounds[-1]), rounds[-1]
    tables = sorted({table for held in last.values() for table in held["tables"]})
    moving = [table for table in tables if any(len({held[name]["tables"].get(table) for held in rounds}) > 1 for name in names)]
    lines = [f"{name} stands at {spelled(held['position'])}" for name, held in last.items()]
    if tables:
        lines.append(f"{len(tables) - len(moving)} tables have the same checksum on {', '.join(names)}")
    if moving:
        lines.append(f"not compared, since they are written to: {', '.join(moving)}")
    left_out = max((held["left_out"] for held in last.values()), default=0)
    if left_out:
        lines.append(f"not compared, since they are too large for it: {left_out} tables")
    return "".join(f"{line}\n" for line in lines)
