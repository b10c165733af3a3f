# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What members leave behind, read as MariaDB 10.11 with Galera 26.4.23 wrote it, and as a crash or a copy may have left it."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.galera.rules import outage
from ansible_collections.stackdb.trove.tests.unit.galera_builders import OURS, damaged, grastate, row, view

LINE = "2026-11-26 13:49:02 0 [Note] WSREP: Recovered position: "
GRASTATE = f"# GALERA saved state\nversion: 2.1\nuuid:    {OURS}\nseqno:   -1\nsafe_to_bootstrap: 0\n"
VIEW = """my_uuid: 1f5ccb26-e9a0-11f1-aed6-139d49ddaa5b
#vwbeg
view_id: 3 1f5ccb26-e9a0-11f1-aed6-139d49ddaa5b 3
bootstrap: 0
member: 1f5ccb26-e9a0-11f1-aed6-139d49ddaa5b 0
member: 23ab0223-e9a0-11f1-8f0d-a3a10c3cccf9 0
#vwend
"""


@pytest.mark.parametrize(
    ("log", "found"),
    [
        (f"{LINE}{OURS}:14\n", ({"uuid": OURS, "seqno": 14}, None)),
        (f"{LINE}{OURS}:14,0-0-0\n", ({"uuid": OURS, "seqno": 14}, "0-0-0")),
        (f"{LINE}{OURS}:14,1-3000000009-77\n", ({"uuid": OURS, "seqno": 14}, "1-3000000009-77")),
        (f"{LINE}00000000-0000-0000-0000-000000000000:-1\n", ({"uuid": "00000000-0000-0000-0000-000000000000", "seqno": -1}, None)),
        (f"{LINE}{OURS}:3\n{LINE}{OURS}:14\n", ({"uuid": OURS, "seqno": 14}, None)),
        ("[ERROR] InnoDB: Invalid log header checksum\n", None),
        ("WSREP: ..skipping position recovery..\n", None),
        (f"{LINE}zzz:14\n", None),
    ],
)
def test_the_recovered_position(log: str, found: object) -> None:
    assert outage.read_recovered(log) == found


def test_a_whole_grastate() -> None:
    assert outage.read_grastate(GRASTATE) == (outage.OK, grastate())
    assert outage.read_grastate(outage.write_grastate(OURS, -1, safe=True)) == (outage.OK, grastate(safe=True))
    assert outage.write_grastate(OURS, -1, safe=False) == GRASTATE


@pytest.mark.parametrize(
    "text", ["", GRASTATE[:40], GRASTATE.replace("2.1", "9.9"), GRASTATE.replace(OURS, "zzz"), "safe_to_bootstrap: 1\n", "\x00" * 200, GRASTATE[:-2]]
)
def test_one_that_was_cut_or_is_garbage_says_nothing(text: str) -> None:
    assert outage.read_grastate(text) == (outage.DAMAGED, None)


def test_one_that_is_missing_is_told_from_that() -> None:
    assert outage.read_grastate(None) == (outage.MISSING, None)


def test_a_view() -> None:
    found = outage.read_view(VIEW)
    assert found
    assert found["id"] == "3 1f5ccb26-e9a0-11f1-aed6-139d49ddaa5b 3"
    assert (found["me"], found["members"]) == ("1f5ccb26-e9a0-11f1-aed6-139d49ddaa5b", sorted(found["members"]))
    assert len(found["members"]) == 2


@pytest.mark.parametrize("text", ["", "my_uuid: xx\n", VIEW[:-8], VIEW.replace("my_uuid: 1f", "my_uuid: 2f"), VIEW.replace("view_id", "view")])
def test_a_view_that_is_empty_cut_or_of_somebody_else_is_none(text: str) -> None:
    assert outage.read_view(text) is None


STOPPED = {"others": [], "position": dict(grastate(seqno=9, safe=True))}
AT: Any = {"uuid": OURS, "seqno": 9}


def test_who_stopped_last() -> None:
    assert outage.stopped_last(STOPPED, grastate(seqno=9, safe=True), AT)


@pytest.mark.parametrize(
    ("noted", "file", "position"),
    [
        (None, grastate(seqno=9, safe=True), AT),
        ({**STOPPED, "others": ["m2"]}, grastate(seqno=9, safe=True), AT),
        (STOPPED, None, AT),
        (STOPPED, grastate(seqno=9), AT),
        (STOPPED, grastate(seqno=8, safe=True), AT),
        (STOPPED, grastate(seqno=9, safe=True), {"uuid": OURS, "seqno": 8}),
        (STOPPED, grastate(seqno=9, safe=True), None),
        ({"others": [], "position": dict(grastate(safe=True))}, grastate(safe=True), {"uuid": OURS, "seqno": -1}),
    ],
)
def test_note_file_and_data_have_to_agree_in_that(noted: Any, file: Any, position: Any) -> None:
    assert not outage.stopped_last(noted, file, position)


WITH = ["2026-11-26 10:00:00 0 [Note] Starting MariaDB 10.11.19", "[Note] WSREP: Loading provider x", "mariadbd: ready for connections."]
WITHOUT = ["2026-11-26 11:00:00 0 [Note] Starting MariaDB 10.11.19", "mariadbd: ready for connections."]


@pytest.mark.parametrize(
    ("log", "when"),
    [
        ([], None),
        (WITH, None),
        # as the package's first start
        ([*WITHOUT, *WITH], None),
        ([*WITH, *WITHOUT], "2026-11-26 11:00:00"),
        ([*WITH, *WITHOUT, *WITH], "2026-11-26 11:00:00"),
        # it never served
        ([*WITH, WITHOUT[0]], None),
    ],
)
def test_a_start_outside_of_the_cluster(log: list[str], when: str | None) -> None:
    assert outage.started_without_wsrep(log, was_member=False, has_state=False) == when


@pytest.mark.parametrize(
    ("log", "was_member", "has_state", "when"),
    [
        # the log begins after an earlier recovery, or does not go back any further
        (WITHOUT, True, False, "2026-11-26 11:00:00"),
        (WITHOUT, False, True, "2026-11-26 11:00:00"),
        ([*WITHOUT, *WITH], True, True, "2026-11-26 11:00:00"),
        ([*WITHOUT, *WITH], False, True, None),
        (WITH, True, True, None),
        ([], True, True, None),
    ],
)
def test_a_start_outside_of_the_cluster_of_one_that_was_a_member(log: list[str], was_member: bool, has_state: bool, when: str | None) -> None:
    assert outage.started_without_wsrep(log, was_member, has_state) == when


def test_the_table_has_a_line_for_each() -> None:
    noted = [{"uuid": OURS, "seqno": 12, "by": "the stop in order"}]
    seen = {
        "m1": row(10, view=view(4, "a", "abc"), noted=noted, last=True, gtid="0-1-7"),
        "m2": damaged(file=outage.DAMAGED, grastate=None, without_wsrep="2026"),
        "m3": None,
        "m4": row(serving={"uuid": OURS, "seqno": 20}),
        "m5": row(receiving=True),
        "m6": row(9, recovered=None, unread="it runs"),
        "m7": row(9, grastate=grastate(uuid="00000000-0000-0000-0000-000000000000")),
    }
    lines = outage.table(seen, ["m3"]).splitlines()
    assert len(lines) == 8
    assert lines[1].split("  ")[0].strip() == "m1"
    for number, texts in enumerate(
        [
            [f"{OURS}:10", "4, of 3", "12", "stopped last", "GTID 0-1-7"],
            ["unknown: damaged", "damaged", "took writes outside of the cluster"],
            ["unknown: no answer", "named lost"],
            [f"serves at {OURS}:20"],
            ["receives a state transfer"],
            ["unknown: not read"],
            ["killed in a DDL"],
        ],
        1,
    ):
        assert all(text in lines[number] for text in texts), lines[number]
