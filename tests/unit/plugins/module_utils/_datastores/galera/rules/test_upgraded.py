# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether members are as an upgrade has to leave them."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.galera.rules import upgraded
from ansible_collections.stackdb.trove.tests.unit.galera_builders import serving


def member(**changes: Any) -> Any:
    return serving(**{"version": "11.8.9", "running": "11.8.9", "tables_version": "11.8.9", "datadir__initialised": True, **changes})


def test_all_have_the_same_by_their_own_word() -> None:
    assert upgraded.undone({"m1": member(), "m2": member()}) == []


@pytest.mark.parametrize(
    ("other", "text"),
    [
        (member(running="10.11.19"), "m2 says that it is 10.11.19, and 11.8.9 is installed"),
        (member(tables_version="10.11.19"), "m2 was not upgraded to the end: its system tables are of 10.11.19"),
        (member(tables_version=None), "m2 was not upgraded to the end: its system tables are of an unknown version"),
        (member(version="10.11.19", running="10.11.19", tables_version="10.11.19"), "of different versions: m1 11.8.9, m2 10.11.19"),
    ],
)
def test_one_that_has_not(other: Any, text: str) -> None:
    assert any(text in sentence for sentence in upgraded.undone({"m1": member(), "m2": other}))
