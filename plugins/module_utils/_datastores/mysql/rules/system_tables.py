# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether MariaDB's system tables are those of the server's version. Pure.

Source: MariaDB, "mariadb-upgrade", which compares the release series alone: 10.11.1 and 10.11.19 have the same tables.
"""

from __future__ import annotations


def upgrade_needed(tables: str | None, server: str | None) -> bool | None:
    """Whether mariadb-upgrade has something to do; None where there is nothing to compare.

    :param tables: the version that the system tables are known to be of, None where nothing says so
    :param server: the version of the server
    """
    if not server:
        return None
    return tables is None or _series(tables) != _series(server)


def _series(version: str) -> list[str]:
    return version.split(".")[:2]
