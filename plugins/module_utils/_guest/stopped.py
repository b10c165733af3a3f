# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a member notes when it is stopped in order, and is to stay so: which members still served then. By it the start knows who stopped last.

Whoever starts the server, by hand, too, the note is past then: the unit's settings, which the roles write, remove it after each start.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any, TypedDict

from . import kept_options
from .systemd import Unit

_DIRECTORY = kept_options.DIRECTORY


class Stopped(TypedDict):
    """The members that still served, nobody for the one that stopped last; and where its data stood."""

    others: list[str]
    position: dict[str, Any]


def read(unit: Unit) -> Stopped | None:
    """None for a member that runs, and for one that was not stopped in order."""
    found = kept_options.read(_path(unit))
    if not found or unit.show()["state"] != "inactive":
        return None
    return {"others": list(found["others"]), "position": dict(found["position"])}


def note(unit: Unit, others: Sequence[str], position: Mapping[str, Any]) -> None:
    kept_options.write(_path(unit), {"others": list(others), "position": dict(position)})


def forget(unit: Unit) -> None:
    """Of one that serves again."""
    if os.path.exists(_path(unit)):
        os.unlink(_path(unit))


def _path(unit: Unit) -> str:
    return kept_options.path(f"stopped-{unit.name}", _DIRECTORY)
