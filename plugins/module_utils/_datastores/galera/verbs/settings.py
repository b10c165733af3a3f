# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Settings that the local member's file has and that the running server does not have yet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypedDict

from ...mysql.guest import control, settings_file
from ...mysql.guest.engines import MARIADB
from ...mysql.rules import settings as mysql_settings
from ..rules import settings
from ..rules.info import Info

#: the role's file; what others have written into files of their own is theirs
FILE = "/etc/mysql/mariadb.conf.d/90-stackdb-galera.cnf"


class Waiting(TypedDict):
    """What a member can be given while it runs, ``{name: [from, to]}``, and the names that wait for a restart."""

    live: dict[str, list[object]]
    pending: list[str]


def waiting(info: Info) -> Waiting:
    seen = settings_file.observe(MARIADB, FILE, info["service"])
    if seen is None:
        return {"live": {}, "pending": []}
    live, pending = settings.waiting(seen.wanted, seen.live, seen.at_start)
    # The server may show a value in another form than the file has it, so what it was given once is not given again.
    return {"live": {} if seen.given else live, "pending": pending}


def give(live: Mapping[str, Sequence[object]]) -> None:
    """Have the running server take what `waiting` has found as `live`."""
    control.set_live([mysql_settings.statement(name, new) for name, (_old, new) in live.items()])
    settings_file.note_given()
