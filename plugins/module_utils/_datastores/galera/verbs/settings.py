# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Settings that the local member's file has and that the running server does not have yet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypedDict

from ...mysql.guest import settings_file
from ...mysql.guest.engines import MARIADB
from ..rules import settings
from ..rules.info import Info

_ROLE = "galera"


class Waiting(TypedDict):
    """What a member can be given while it runs, ``{variable: [from, to]}``; the names of settings that wait for a restart; and the settings that it
    holds with another value, sentences.
    """

    live: dict[str, list[str]]
    pending: list[str]
    told: list[str]


def waiting(info: Info) -> Waiting:
    found = settings_file.observe(MARIADB, _ROLE, info["service"], settings.FIXED)
    return {"live": {name: list(pair) for name, pair in found.live.items()}, "pending": list(found.pending), "told": list(found.told)}


def give(live: Mapping[str, Sequence[str]]) -> None:
    """Have the running server take what `waiting` has found as `live`."""
    settings_file.give(_ROLE, {name: new for name, (_old, new) in live.items()})


def note_start() -> None:
    """Note what the server makes of its settings, now that it has started."""
    settings_file.note_start(_ROLE, MARIADB.service.show()["started"])
