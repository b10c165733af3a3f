# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The description of a cluster's security group is read back as it was written."""

from __future__ import annotations

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._model.hold import Hold, describe, read

HOLD = Hold("20260314T201929Z-1a2b3c4d", 1_800_000_000)


@pytest.mark.parametrize("deleting", [False, True])
@pytest.mark.parametrize("hold", [None, HOLD])
def test_what_is_written_is_read_back(deleting, hold):
    assert read(describe("c1", deleting, hold)) == ("c1", deleting, hold)


def test_a_person_can_read_it():
    expected = "Members of the stackdb.trove cluster c1, which is being deleted, in use by run r until 2027-01-15T08:00:00Z"
    assert describe("c1", True, Hold("r", 1_800_000_000)) == expected


@pytest.mark.parametrize("text", [None, "", "My own group", "Members of the stackdb.trove cluster c1, or so", "x Members of the stackdb.trove cluster c1"])
def test_what_others_wrote_says_nothing(text):
    assert read(text) == (None, False, None)


def test_a_hold_is_a_value():
    assert len({HOLD, Hold(HOLD.run, HOLD.until)}) == 1
