# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is read from a member's data directory, over files as Galera and its state transfers leave them."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.galera.guest import member

GRASTATE = """# GALERA saved state
version: 2.1
uuid:    12ad3d26-e595-11f1-9ec9-577aa3f41660
seqno:   9
safe_to_bootstrap: 1
"""
GVWSTATE = """my_uuid: 3b4a1f60-e595-11f1-8a42-5b0f8d7ab7a1
#vwbeg
view_id: 3 12ad3d26-e595-11f1-9ec9-577aa3f41660 3
bootstrap: 0
member: 12ad3d26-e595-11f1-9ec9-577aa3f41660 0
member: 3b4a1f60-e595-11f1-8a42-5b0f8d7ab7a1 0
#vwend
"""


def test_grastate(tmp_path: Path) -> None:
    assert member._grastate(tmp_path) is None
    (tmp_path / "grastate.dat").write_text(GRASTATE)
    assert member._grastate(tmp_path) == {"uuid": "12ad3d26-e595-11f1-9ec9-577aa3f41660", "seqno": 9, "safe_to_bootstrap": True}


def test_grastate_cut_off_by_a_crash(tmp_path: Path) -> None:
    (tmp_path / "grastate.dat").write_text("# GALERA saved state\nversion: 2.1\n")
    assert member._grastate(tmp_path) is None


def test_last_view(tmp_path: Path) -> None:
    assert member._last_view(tmp_path) is None
    (tmp_path / "gvwstate.dat").write_text(GVWSTATE)
    assert member._last_view(tmp_path) == 2


@pytest.mark.parametrize(
    ("there", "expected"),
    [
        ([], {"initialised": False, "unfinished": False, "receiving": False, "copied": False}),
        (["mysql"], {"initialised": True, "unfinished": False, "receiving": False, "copied": False}),
        (["mysql", member.UNFINISHED], {"initialised": False, "unfinished": True, "receiving": False, "copied": False}),
        (["sst_in_progress"], {"initialised": False, "unfinished": False, "receiving": True, "copied": False}),
        (["mysql", "xtrabackup_galera_info_SST"], {"initialised": True, "unfinished": False, "receiving": False, "copied": True}),
        (["mysql", "xtrabackup_galera_info"], {"initialised": True, "unfinished": False, "receiving": False, "copied": True}),
    ],
)
def test_datadir(tmp_path: Path, there: list, expected: dict) -> None:
    for name in there:
        (tmp_path / name).touch()
    found = member._datadir(tmp_path)
    assert {key: found[key] for key in expected} == expected
