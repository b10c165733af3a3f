# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Settings that the local server's file has and that the running server does not have yet."""

from __future__ import annotations

from ...._guest.command import GuestError
from ...mysql.guest import settings_file
from ...mysql.guest.engines import ENGINES

ROLE = "mysql_replication"


def pending(engine_name: str) -> list[str]:
    """The names of the settings of the local server that wait for a restart; none of a server that no systemd has started, which has no such file."""
    engine = ENGINES[engine_name]
    try:
        service = engine.service.show()
    except GuestError:
        return []
    return list(settings_file.observe(engine, ROLE, service).pending)
