# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who may give a full copy of the data to whom."""

from __future__ import annotations

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.galera.rules import donors


@pytest.mark.parametrize(
    ("versions", "allowed"),
    [
        pytest.param(("10.11.18", "10.11.19", "10.11.18"), (None, None, None), id="of one release series"),
        pytest.param(("11.8.9", "10.11.19", "10.11.19"), (["m1"], ["m3"], ["m2"]), id="the first one gets it from nobody"),
        pytest.param(("11.8.9", "11.8.9", "10.11.19"), (["m2"], ["m1"], ["m3"]), id="and so does the last one of old"),
        pytest.param(("11.8.9", None, "11.8.9"), (None, None, None), id="what is not known is no other one"),
        pytest.param((None, "11.8.9", "10.11.1"), (["m1"], ["m2"], ["m3"]), id="who is not known gets it from nobody"),
    ],
)
def test_only_members_of_the_own_series(versions: tuple[str | None, ...], allowed: tuple[list[str] | None, ...]) -> None:
    seen = dict(zip(("m1", "m2", "m3"), versions, strict=True))
    assert tuple(donors.allowed(name, seen) for name in seen) == allowed
