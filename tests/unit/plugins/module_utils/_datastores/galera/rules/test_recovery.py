# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who begins after an outage: each trap that was measured, each doubt, and what holds for any evidence."""

from __future__ import annotations

import random
from typing import Any

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.galera.rules import outage
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.galera.rules.member_state import NULL_UUID
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.galera.rules.recovery import (
    BEGIN,
    ELECTED,
    HOME,
    JOIN,
    NOTHING,
    PLAIN,
    START,
    STAY,
    UNKNOWN,
    Decision,
    decide,
)
from ansible_collections.stackdb.trove.plugins.module_utils._model.errors import InvalidInput, Refused
from ansible_collections.stackdb.trove.tests.unit.galera_builders import (
    OTHER,
    OURS,
    damaged,
    grastate,
    named,
    row,
    view,
)  # fmt: skip


def of(*rows: Any, **options: Any) -> Decision:
    return decide(named(list(rows)), **options)


def doubts(*rows: Any, **options: Any) -> str:
    with pytest.raises(Refused, match="No member was started, since it is not certain which member has all data") as refused:
        of(*rows, **options)
    return "; ".join(refused.value.details["doubts"])


def test_the_one_that_is_ahead_begins_and_the_others_join() -> None:
    found = of(row(6), row(10), row(6))
    assert (found.how, found.actions) == (ELECTED, {"m1": JOIN, "m2": BEGIN, "m3": JOIN})
    assert (found.position, found.first) == ({"uuid": OURS, "seqno": 10}, "m2")
    assert found.why == (f"m2 begins at {OURS}:10", "m1 stands at 6", "m3 stands at 6")


def test_of_those_that_are_equal_the_first_by_name_begins() -> None:
    assert decide({"b": row(9), "a": row(9), "c": row(9)}).first == "a"


@pytest.mark.parametrize(
    ("position", "text"),
    [({"uuid": NULL_UUID, "seqno": -1}, "app"), ({"uuid": NULL_UUID, "seqno": 0}, f"{NULL_UUID}:0")],
)
def test_data_without_a_position_are_not_taken_for_none(position: Any, text: str) -> None:
    bare = row(None, half=False, recovered=position, schemas=["app"] if text == "app" else [])
    assert f"m1 has data without a cluster's position ({text})" in doubts(bare, bare, row(6, last=True))
    assert f"m2 has data without a cluster's position ({text})" in doubts(serves(), bare)
    assert of(serves(), bare, begin_with="m1").sst == ("m2",)


def test_data_of_no_cluster_may_lie_below_a_volume_that_is_ahead() -> None:
    blank = row(None, half=False)
    assert "the position of m1 is unknown, and it may be ahead: its data are of no cluster" in doubts(blank, row(10), row(6))
    two = [row(9, view=view(4, "a", "ab")), row(8, view=view(4, "b", "ab"))]
    assert of(*two, blank).actions["m3"] == JOIN
    assert of(serves(), blank).actions["m2"] == JOIN


@pytest.mark.parametrize("safe", [True, False])
def test_the_flag_alone_proves_nothing(safe: bool) -> None:
    assert of(row(6, grastate=grastate(safe=safe)), row(9)).first == "m2"


@pytest.mark.parametrize("file", [{"file": outage.MISSING, "grastate": None}, {"file": outage.DAMAGED, "grastate": None}])
def test_a_grastate_that_is_missing_cut_or_garbage_changes_no_position(file: Any) -> None:
    assert of(row(10, **file), row(6)).first == "m1"
    assert of(row(6, **file), row(10)).first == "m2"


def test_a_null_uuid_with_the_flag_set_needs_all_data() -> None:
    found = of(row(None, grastate=grastate(uuid=NULL_UUID, safe=True)), row(4))
    assert (found.first, found.actions["m1"]) == ("m2", JOIN)
    assert "m1 gets all data by a state transfer" in found.why


def test_a_copied_file_with_a_higher_number_says_that_more_was_reached() -> None:
    assert f"{OURS}:999 was reached, by the grastate.dat of m2, and no member is above 9 now" in doubts(row(9), row(5, grastate=grastate(seqno=999)))


def test_a_clean_stale_member_does_not_win_over_one_that_was_killed() -> None:
    assert of(row(7, grastate=grastate(seqno=7, safe=True)), row(12)).first == "m2"


def test_a_position_that_went_back_is_seen_by_what_was_noted() -> None:
    back = row(9, noted=[{"uuid": OURS, "seqno": 12, "by": "the end of an earlier recovery"}])
    assert f"{OURS}:12 was reached, by the end of an earlier recovery" in doubts(back, row(9))
    assert of(row(9, noted=[{"uuid": OTHER, "seqno": 12, "by": "the stop in order"}]), row(9)).first == "m1"


def test_mixed_uuids_are_refused_and_name_both() -> None:
    found = doubts(row(9), row(9, OTHER), row(None))
    assert f"m1 at {OURS}:9, m2 at {OTHER}:9" in found


def test_a_damaged_member_is_never_the_lowest() -> None:
    assert "the position of m2 is unknown, and it may be ahead: Invalid log header checksum" in doubts(row(9), damaged(), row(9))


def test_a_silent_member_is_missing() -> None:
    assert "the position of m3 is unknown, and it may be ahead: it does not answer" in doubts(row(9), row(9), None)


def test_it_may_be_named_lost() -> None:
    found = of(row(9), row(8), None, lost=["m3"])
    assert found.actions == {"m1": BEGIN, "m2": JOIN, "m3": STAY}
    assert decide(named([row(9), row(8), row(7)]), lost=["m1"]).actions == {"m1": STAY, "m2": BEGIN, "m3": JOIN}


@pytest.mark.parametrize(("up", "why"), [({"serving": {"uuid": OURS, "seqno": 20}}, "serves"), ({"receiving": True}, "receives a state transfer")])
def test_one_that_is_up_is_not_lost(up: Any, why: str) -> None:
    assert f"m1 is named lost, and {why}" in doubts(row(None, **up), row(10), row(10), lost=["m1"])


def test_what_is_beside_a_service_is_named_of_a_lost_one_too() -> None:
    assert "m1: port 4567" in doubts(row(9, strays=["port 4567 is held by the process 7 (mariadbd)"]), row(9), lost=["m1"])


def test_a_lost_one_that_answers_does_not_come_back_with_what_it_has() -> None:
    found = of(row(12), row(10), None, lost=["m1", "m3"])
    assert (found.sst, found.actions) == (("m1",), {"m1": STAY, "m2": BEGIN, "m3": STAY})
    assert f"m1 is named lost: its data stand at {OURS}:12" in found.given_up
    assert "m3 is named lost, and does not answer; it must never be started with its data again" in found.given_up
    assert of(serves(), damaged(), lost=["m2"]).view()["sst"] == ["m2"]


def test_who_is_beyond_the_one_that_begins_or_the_cluster_joins_without_its_data() -> None:
    others = [row(12), row(9, OTHER), row(8, without_wsrep="2026"), row(9)]
    assert of(*others[:3], row(10), others[3], begin_with="m4").sst == ("m1", "m2", "m3")
    assert of(*others[:3], serves(10), others[3], begin_with="m4").sst == ("m1", "m2", "m3")


def test_all_members_of_a_last_view_without_it_prove_that_it_is_not_ahead() -> None:
    two = [row(9, view=view(4, "a", "ab")), row(8, view=view(4, "b", "ab"))]
    assert of(*two, None).first == "m1"
    found = of(*two, damaged())
    assert (found.actions["m3"], found.first) == (STAY, "m1")


@pytest.mark.parametrize(
    ("one", "other", "silent"),
    [
        (view(4, "a", "abc"), view(4, "b", "abc"), None),
        (view(4, "a", "ab"), view(3, "b", "abc"), None),
        (view(4, "a", "ab"), None, None),
        (view(4, "a", "abc"), view(4, "b", "abc"), "c"),
    ],
)
def test_a_view_that_is_not_all_there_proves_nothing(one: Any, other: Any, silent: str | None) -> None:
    last = damaged(view=view(4, silent, "abc")) if silent else None
    assert "the position of m3 is unknown" in doubts(row(9, view=one), row(9, view=other), last)


def test_who_stopped_last_in_order_proves_it_too() -> None:
    assert of(row(9, last=True), damaged(), row(8)).first == "m1"
    assert "m2" in doubts(row(7, last=True), damaged(), row(8))


def test_the_silent_may_have_been_begun_with_since_the_last_one_stopped() -> None:
    assert "the position of m2 is unknown, and it may be ahead: it does not answer" in doubts(row(9, last=True), None, row(8))


def test_a_member_of_the_last_view_that_nobody_knows_is_missing() -> None:
    assert "the last view of m1 had 3 members, and 2 are known" in doubts(row(9, view=view(4, "a", "abc")), row(8))


WHOLE = [row(number, view=view(4, letter, "abc")) for number, letter in ((10, "a"), (6, "b"), (6, "c"))]


def test_where_all_of_the_last_view_are_back_plain_starts_are_enough() -> None:
    found = of(*WHOLE)
    assert (found.how, set(found.actions.values()), found.position, found.first) == (PLAIN, {START}, None, None)


@pytest.mark.parametrize(
    "change",
    [
        # Galera believes a number in the file rather than the data
        {"grastate": grastate(seqno=5)},
        {"tried": True},
        {"file": outage.MISSING, "grastate": None},
        {"view": None},
        {"view": view(3, "c", "abc")},
    ],
)
def test_otherwise_one_is_elected(change: Any) -> None:
    found = of(WHOLE[0], WHOLE[1], {**WHOLE[2], **change})
    assert (found.how, found.first) == (ELECTED, "m1")


def test_plain_starts_are_not_for_one_that_is_new_to_the_view() -> None:
    assert of(*WHOLE, row(None)).how == ELECTED


def unsafe(seqno: int) -> Any:
    return row(seqno, grastate=grastate(uuid=NULL_UUID))


def test_one_that_was_killed_in_a_ddl_joins_unless_it_is_ahead() -> None:
    assert of(unsafe(9), row(9)).actions == {"m1": JOIN, "m2": BEGIN}
    assert "m1 stands at" in doubts(unsafe(10), row(9))
    assert "m2 was killed while it applied DDL" in doubts(unsafe(9), unsafe(9))
    assert of(unsafe(9), unsafe(9), begin_with="m2").first == "m2"


def test_writes_outside_of_the_cluster_are_a_doubt() -> None:
    assert "m1: its server took writes outside of the cluster, 2026" in doubts(row(9, without_wsrep="2026-11-26 10:00:00"), row(9))


def test_what_uses_the_data_beside_the_unit_is_named_whatever_was_asked() -> None:
    stray = row(9, strays=["port 4444 is held by the process 77 (socat)"], unread="its data are in use")
    assert "m1: port 4444 is held by the process 77 (socat)" in doubts(stray, row(9), begin_with="m2")


def test_a_named_member_answers_all_doubts_and_what_is_lost_is_said() -> None:
    found = of(row(9), row(12, OTHER), None, begin_with="m1")
    assert (found.first, found.actions["m2"], found.actions["m3"]) == ("m1", JOIN, STAY)
    assert len(found.given_up) == 3
    assert f"m2 stands at {OTHER}:12, and m1, which begins, at {OURS}:9" in found.given_up


@pytest.mark.parametrize("name", ["m4", "m2", "m3"])
def test_only_one_that_has_a_position_can_be_named(name: str) -> None:
    with pytest.raises(InvalidInput, match="begin_with"):
        of(row(9), damaged(), row(None), begin_with=name)


def test_a_lost_one_has_to_be_a_member() -> None:
    with pytest.raises(InvalidInput, match=r"lost\[0\]"):
        of(row(9), lost=["m7"])


def test_nobody_begins_where_nobody_has_data() -> None:
    assert "no member has data of a cluster" in doubts(row(None), row(None))


def test_in_check_mode_it_is_not_known_before_the_servers_are_stopped() -> None:
    found = of(row(9, recovered=None, unread="its server runs"), row(9))
    assert (found.how, found.why, set(found.actions.values())) == (UNKNOWN, ("m1: its server runs",), {STAY})


def serves(seqno: int = 20, uuid: str = OURS) -> Any:
    return row(serving={"uuid": uuid, "seqno": seqno}, recovered=None)


def test_where_some_serve_the_others_are_brought_home() -> None:
    found = of(serves(), row(9), row(None), None)
    assert (found.how, found.actions) == (HOME, {"m1": STAY, "m2": JOIN, "m3": JOIN, "m4": STAY})
    assert found.position == {"uuid": OURS, "seqno": 20}


def test_where_all_serve_nothing_is_done() -> None:
    found = of(serves(), serves(19), row(receiving=True))
    assert (found.how, found.why) == (NOTHING, ("all members that answer serve", "m3 receives a state transfer"))


@pytest.mark.parametrize(
    ("other", "doubt"),
    [
        (row(21), "m2 stands at 21, ahead of the cluster that serves"),
        (row(5, OTHER), "m2 has data of another cluster"),
        (row(5, without_wsrep="2026"), "m2: its server took writes outside of the cluster"),
        (damaged(), "the data of m2 are damaged"),
        (serves(5, OTHER), "members serve in different clusters"),
    ],
)
def test_one_that_holds_what_the_cluster_does_not_is_not_brought_home(other: Any, doubt: str) -> None:
    assert doubt in doubts(serves(), other)


def test_unless_the_cluster_is_named() -> None:
    assert of(serves(), row(21), begin_with="m1").given_up
    with pytest.raises(InvalidInput, match="Some members serve"):
        of(serves(), row(21), begin_with="m2")


def drawn(seed: int) -> dict[str, Any]:
    """The evidence of three to five members after some outage, with whatever may be wrong with it."""
    draw = random.Random(seed)
    found: dict[str, Any] = {}
    for number, letter in enumerate("abcde"[: draw.randint(3, 5)], 1):
        kind = draw.choice(["whole"] * 5 + ["silent", "damaged", "null", "other", "unsafe", "floor"])
        seqno = draw.randint(0, 5)
        seen = view(draw.choice([4, 4, 4, 3]), letter, draw.choice(["abc", "ab", "abcde"]))
        one: Any = row(seqno, view=seen if letter in seen["members"][0] or letter * 8 in seen["members"] else None)
        if kind == "silent":
            one = None
        elif kind == "damaged":
            one = damaged(view=one["view"])
        elif kind == "null":
            one = row(None)
        elif kind == "other":
            one = row(seqno, OTHER)
        elif kind == "unsafe":
            one = unsafe(seqno)
        elif kind == "floor":
            one["noted"] = [{"uuid": OURS, "seqno": draw.randint(0, 7), "by": "a note"}]
        found[f"m{number}"] = one
    return found


def decided(seen: dict[str, Any]) -> Decision | None:
    try:
        return decide(seen)
    except Refused:
        return None


def test_some_begin_and_some_do_not() -> None:
    """Else the next test would say nothing."""
    hows = [found.how if found else None for found in map(decided, map(drawn, range(400)))]
    assert min(hows.count(ELECTED), hows.count(None)) > 40


@pytest.mark.parametrize("seed", range(400))
def test_whatever_is_found_nobody_begins_who_may_be_behind(seed: int) -> None:
    seen = drawn(seed)
    found = decided(seen)
    if found is None:
        return
    rows = {name: one for name, one in seen.items() if one}
    if found.how == PLAIN:
        assert set(rows) == set(seen)
        assert all(one["recovered"] and one["view"] for one in rows.values())
        return
    first = found.first or ""
    own = rows[first]["recovered"]
    assert own["uuid"] != NULL_UUID
    for name, one in rows.items():
        held = one["recovered"]
        if held and held["uuid"] != NULL_UUID:
            assert (held["uuid"], True) == (own["uuid"], held["seqno"] <= own["seqno"]), name
        assert all(noted["seqno"] <= own["seqno"] for noted in one["noted"]), name
    unknown = [name for name, one in seen.items() if one is None or one["failure"]]
    if unknown:
        # then all members of the last view are among those that are known
        assert outage.covered(rows, first)
        assert not any(seen[name]["view"]["id"] == rows[first]["view"]["id"] for name in unknown if seen[name] and seen[name]["view"])
    assert decide(seen) == found
    assert decide(dict(reversed(list(seen.items())))).first == first
