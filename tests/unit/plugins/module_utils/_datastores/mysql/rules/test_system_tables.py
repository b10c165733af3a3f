# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""When mariadb-upgrade has something to do: as ``mariadb-upgrade --check-if-upgrade-is-needed`` of 10.11.19 answered."""

from __future__ import annotations

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.mysql.rules import system_tables


@pytest.mark.parametrize(
    ("tables", "server", "needed"),
    [
        ("10.11.19", "10.11.19", False),
        ("10.11.1", "10.11.19", False),
        ("10.6.5", "10.11.19", True),
        ("10.1.48", "10.11.19", True),
        ("10.11.19", "11.8.9", True),
        (None, "10.11.19", True),
        ("10.11.19", None, None),
        (None, None, None),
    ],
)
def test_upgrade_needed(tables: str | None, server: str | None, needed: bool | None) -> None:
    assert system_tables.upgrade_needed(tables, server) is needed
