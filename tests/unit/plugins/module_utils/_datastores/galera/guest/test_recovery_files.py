# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is written for a member's next start, over a data directory of files."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.galera.guest.recovery_files import prepare
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.galera.rules import outage
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.galera.rules.member_state import NULL_UUID
from ansible_collections.stackdb.trove.tests.unit.galera_builders import OURS

AT: Any = {"uuid": OURS, "seqno": 9}


def written(data: Path, before: str | None, begins: bool, sst: bool = False) -> Any:
    """What the file holds after it."""
    if before is not None:
        (data / "grastate.dat").write_text(before)
    (data / "gvwstate.dat").touch()
    prepare(str(data), AT, begins, sst)
    assert os.listdir(data) == ["grastate.dat"]
    assert os.stat(data / "grastate.dat").st_uid == os.stat(data).st_uid
    state, found = outage.read_grastate((data / "grastate.dat").read_text())
    assert state == outage.OK
    return found


@pytest.mark.parametrize("text", [None, "", "garbage", outage.write_grastate(OURS, 999, safe=False)])
def test_who_begins_gets_a_whole_file_whatever_it_had(tmp_path: Path, text: str | None) -> None:
    assert written(tmp_path, text, begins=True) == {"uuid": OURS, "seqno": -1, "safe_to_bootstrap": True}


@pytest.mark.parametrize("seqno", [-1, 5, 7])
def test_who_joins_keeps_its_state_and_its_data_say_where_they_stand(tmp_path: Path, seqno: int) -> None:
    """A stale number would be believed: what the data have beyond it would be applied once more."""
    assert written(tmp_path, outage.write_grastate(OURS, seqno, safe=True), begins=False) == {"uuid": OURS, "seqno": -1, "safe_to_bootstrap": False}


@pytest.mark.parametrize(("text", "sst"), [(None, False), ("garbage", False), (outage.write_grastate(OURS, 12, safe=False), True)])
def test_who_joins_with_a_damaged_file_or_with_what_was_given_up_gets_all_data(tmp_path: Path, text: str | None, sst: bool) -> None:
    assert written(tmp_path, text, begins=False, sst=sst) == {"uuid": NULL_UUID, "seqno": -1, "safe_to_bootstrap": False}


def test_a_lost_one_may_have_no_data_directory(tmp_path: Path) -> None:
    prepare(str(tmp_path / "gone"), AT, begins=False, sst=True)
    assert not (tmp_path / "gone").exists()
