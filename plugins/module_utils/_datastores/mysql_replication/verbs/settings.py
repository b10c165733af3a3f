# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Settings that the local server's file has and that the running server does not have yet."""

from __future__ import annotations

from ...._guest.command import GuestError
from ...mysql.guest import settings_file
from ...mysql.guest.engines import ENGINES
from ...mysql.rules import settings

#: the role's file; what others have written into files of their own is theirs
_FILE = "/etc/mysql/{}.conf.d/zz-stackdb-replica.cnf"


def pending(engine_name: str) -> list[str]:
    """The names of the settings of the local server that wait for a restart; none of a server that no systemd has started, which has no such file."""
    engine = ENGINES[engine_name]
    try:
        service = engine.service.show()
    except GuestError:
        return []
    seen = settings_file.observe(engine, _FILE.format(engine.name), service)
    if seen is None:
        return []
    different = settings.differences(seen.wanted, seen.live)
    required, others = engine.fixed.among(different)
    return sorted({*required, *others, *(name for name in different if name in seen.at_start)})
