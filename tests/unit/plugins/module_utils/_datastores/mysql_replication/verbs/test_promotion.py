# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The order in which a promotion tells its servers what to do, and how it takes that back, over FakeServers."""

from __future__ import annotations

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.mysql_replication.verbs import catching_up, promotion
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.mysql_replication.verbs.promotion import Promoted
from ansible_collections.stackdb.trove.plugins.module_utils._guest.command import GuestError
from ansible_collections.stackdb.trove.plugins.module_utils._model.errors import Refused
from ansible_collections.stackdb.trove.plugins.module_utils._plan.runner import reconcile
from ansible_collections.stackdb.trove.tests.unit import replication_builders as build
from ansible_collections.stackdb.trove.tests.unit.fake_replication import FakeServer

HALF_WAY = {"io_running": "No", "sql_running": "No"}


@pytest.fixture
def family(monkeypatch):
    """Makes a candidate (2) and its old source (1), which write into one journal; ``fails`` and changes of their infos by number."""
    monkeypatch.setattr(catching_up, "check_controller", lambda: None)
    monkeypatch.setattr(promotion, "check_controller", lambda: None)

    def make(candidate=None, old=None, fails=None, dead=False):
        fails, journal = fails or {}, []
        servers = {
            1: FakeServer(build.info(1, "0-1-150", **(old or {})), journal, fails.get(1, ())),
            2: FakeServer(candidate or build.replica(2, "0-1-150"), journal, fails.get(2, ())),
        }

        def connect(_where):
            if dead:
                raise GuestError("Can't connect")
            return servers[1]

        monkeypatch.setattr(promotion, "connect", connect)
        return servers, journal, Promoted(servers[2], {}, timeout=0.2, window=0.2)

    return make


def test_the_order_of_a_promotion(family) -> None:
    servers, journal, wanted = family()
    outcome = reconcile(wanted, check_mode=False)
    assert journal == [
        (2, "wait"), (1, "fence"), (2, "wait"), (2, "stop"), (1, "disconnect"), (2, "writable"), (2, "writable for good"), (2, "forget"), (1, "disconnect"),
        (1, "read-only for good"),
    ]  # fmt: skip
    assert [step.action for step in outcome.plan.steps] == ["fence", "promote", "detach"]
    assert outcome.diff()["after"] == {"source": None, "read_only": False}
    assert outcome.result["promotion"]["last"] == "0-1-150"
    assert servers[1].info["read_only"] is True


def test_events_go_where_the_writers_go(family) -> None:
    servers, journal, wanted = family()
    servers[1].scheduler = "ON"
    servers[1].found_events = [build.event("on"), build.event("off", "DISABLED"), build.event("missing")]
    servers[2].found_events = [build.event(name, "SLAVESIDE_DISABLED") for name in ("on", "off")]
    outcome = reconcile(wanted, check_mode=False)
    about_events = [(number, word) for number, word in journal if "scheduler" in word or "able " in word or word == "writable"]
    assert about_events == [(1, "scheduler OFF"), (2, "writable"), (2, "writable for good"), (2, "disable off"), (2, "enable on"), (2, "scheduler ON")]
    assert [step.name for step in outcome.plan.steps if step.kind == "events"] == ["shop.missing, shop.on"]
    assert outcome.result["events"] == {"enabled": ["shop.on"], "failed": {"shop.missing": "this server does not have it"}}
    assert outcome.result["event_scheduler"] == "ON"


def test_an_event_that_cannot_be_enabled_is_told_and_stops_nothing(family) -> None:
    servers, journal, wanted = family(fails={2: ("enable bad",)})
    servers[1].found_events = [build.event("bad"), build.event("good")]
    servers[2].found_events = [build.event(name, "SLAVESIDE_DISABLED") for name in ("bad", "good")]
    assert reconcile(wanted, check_mode=False).result["events"] == {"enabled": ["shop.good"], "failed": {"shop.bad": "no enable bad"}}
    assert (2, "forget") in journal


def test_the_scheduler_is_what_was_asked_for(family) -> None:
    servers, _journal, wanted = family()
    servers[1].scheduler, wanted.scheduler = "OFF", "ON"
    assert reconcile(wanted, check_mode=False).result["event_scheduler"] == "ON"


def test_what_fails_in_the_window_gives_the_scheduler_back(family) -> None:
    servers, journal, wanted = family(fails={2: ("writable",)})
    servers[1].scheduler = "ON"
    with pytest.raises(GuestError):
        reconcile(wanted, check_mode=False)
    assert journal[-3:] == [(1, "writable"), (1, "scheduler ON"), (2, "start")]


def test_what_is_pending_is_refused_only_where_it_stays(family, monkeypatch) -> None:
    monkeypatch.setattr(promotion.time, "sleep", lambda _seconds: None)
    servers, journal, wanted = family()
    servers[1].xa = [["x", "gone"], ["x", "new"]]
    with pytest.raises(Refused, match="rolled back: x\\."):
        reconcile(wanted, check_mode=False)
    servers[1].xa = [["gone"], ["new"], []]
    servers[2].temporary = [2]
    with pytest.raises(Refused, match="2 temporary tables"):
        reconcile(wanted, check_mode=False)
    assert journal == []


def test_temporary_tables_that_came_meanwhile_are_found_behind_the_fence(family) -> None:
    servers, journal, wanted = family()
    servers[2].temporary = [0, 1]
    with pytest.raises(GuestError, match="1 temporary tables.*takes writes again"):
        reconcile(wanted, check_mode=False)
    assert (1, "disconnect") not in journal


def test_a_source_that_somebody_has_made_writable_again_is_found(family) -> None:
    servers, _journal, wanted = family()
    servers[1].disconnect_clients = lambda _seconds: servers[1].info.update(logged="0-1-151")
    with pytest.raises(GuestError, match="still executed transactions after 0-1-150"):
        reconcile(wanted, check_mode=False)


def test_check_mode_tells_nobody_anything(family) -> None:
    _servers, journal, wanted = family()
    outcome = reconcile(wanted, check_mode=True)
    assert journal == []
    assert outcome.after == {"source": None, "read_only": False}


@pytest.mark.parametrize("word", ["fence", "late", "stop", "writable"])
def test_what_fails_in_the_window_is_taken_back(family, word) -> None:
    servers, journal, wanted = family(fails={1: ("fence",)} if word == "fence" else {2: (word,)} if word != "late" else {})
    if word == "late":
        # not late before the fence
        servers[2].wait = lambda gtid, seconds: (1, "fence") not in journal
    with pytest.raises(GuestError, match="10.0.0.1:3306 takes writes again, and the candidate replicates from it") as failed:
        reconcile(wanted, check_mode=False)
    assert journal[-4:] == [(2, "read-only"), (1, "release"), (1, "writable"), (2, "start")]
    assert servers[1].info["read_only"] is False
    assert servers[2].info["read_only"] is True
    assert servers[2].info["source"]["sql_running"] == "Yes"
    assert failed.value.message


def test_what_cannot_be_taken_back_is_said(family) -> None:
    _servers, journal, wanted = family(fails={2: ("stop",), 1: ("release", "writable")})
    with pytest.raises(GuestError, match="Could not be rolled back, 10.0.0.1:3306 writable: no writable"):
        reconcile(wanted, check_mode=False)
    assert journal[-1] == (2, "start")


def test_a_late_candidate_leaves_the_source_untouched(family) -> None:
    _servers, journal, wanted = family(fails={2: ("late",)})
    with pytest.raises(GuestError, match="which was not touched"):
        reconcile(wanted, check_mode=False)
    assert {number for number, _word in journal} == {2}


@pytest.mark.parametrize(
    ("candidate", "words"),
    [
        (build.replica(2, "0-1-150", source=None), "no source to take over from"),
        (build.replica(2, "0-1-150", link={"sql_running": "No"}), "no healthy replica"),
        (build.replica(2, "0-1-150", link=HALF_WAY), "no healthy replica"),
        (build.replica(2, "0-1-150,0-2-151"), "0-2-151"),
    ],
)
def test_refused_before_anything_is_touched(family, candidate, words) -> None:
    _servers, journal, wanted = family(candidate)
    with pytest.raises(Refused, match=words):
        reconcile(wanted, check_mode=False)
    assert journal == []


def test_a_dead_source_is_not_promoted_away_from(family) -> None:
    _servers, journal, wanted = family(dead=True)
    with pytest.raises(GuestError, match="dead one is ejected"):
        reconcile(wanted, check_mode=False)
    assert journal == []


def test_promoted_already(family) -> None:
    _servers, journal, wanted = family(build.info(2, "0-1-150"))
    assert not reconcile(wanted, check_mode=False).changed
    assert journal == []


def test_killed_with_the_threads_stopped(family) -> None:
    _servers, journal, wanted = family(build.replica(2, "0-1-150", link=HALF_WAY), old={"read_only": True})
    assert reconcile(wanted, check_mode=False).changed
    assert journal[0] == (2, "start")
    assert (2, "forget") in journal


def test_killed_when_writable(family) -> None:
    candidate = build.replica(2, "0-1-150,0-2-151", link=HALF_WAY, read_only=False)
    _servers, journal, wanted = family(candidate, old={"read_only": True})
    assert reconcile(wanted, check_mode=False).changed
    assert journal == [(2, "writable for good"), (2, "forget"), (1, "disconnect"), (1, "read-only for good")]


def test_two_that_went_different_ways_are_not_made_one(family) -> None:
    candidate = build.replica(2, "0-1-140,0-2-151", link=HALF_WAY, read_only=False)
    _servers, journal, wanted = family(candidate, old={"read_only": True})
    with pytest.raises(Refused, match="0-1-150"):
        reconcile(wanted, check_mode=False)
    assert journal == []


def test_the_source_is_reached_by_the_account_of_a_candidate(family, monkeypatch) -> None:
    servers, _journal, wanted = family()
    asked = []
    monkeypatch.setattr(promotion, "connect", lambda where: asked.append(where) or servers[1])
    reconcile(wanted, check_mode=True)
    (where,) = asked
    assert (where["host"], where["port"], where["user"], where["read_timeout"]) == ("10.0.0.1", 3306, "trove_promote", 10.2)


def test_the_plan_names_the_window(family) -> None:
    _servers, _journal, wanted = family()
    assert "[no client can write for a moment, 0.2 s at most; clients of the source are disconnected]" in reconcile(wanted, check_mode=True).plan.text()


def test_a_follower_that_could_not_follow_stops_it(family) -> None:
    _servers, journal, wanted = family(build.replica(2, "0-1-150", purged="0-1-140"))
    wanted.followers = {"shop-replica-2": "0-1-139"}
    with pytest.raises(Refused, match="shop-replica-2 could not follow"):
        reconcile(wanted, check_mode=False)
    assert journal == []


@pytest.mark.parametrize(
    ("took", "waits"),
    [
        # within 5 % of the window at first, and within half of it when the time is nearly over
        ([0.9, 0.04], 2),
        ([0.3, 0.3, 0.3], 3),
    ],
)
def test_little_is_left_before_the_source_is_touched(family, monkeypatch, took, waits) -> None:
    servers, _journal, wanted = family()
    wanted.timeout, wanted.window = 10, 1
    clock = iter([0.0, 0.0, 3.0, 9.0, 9.5, 9.9])
    monkeypatch.setattr(promotion.time, "monotonic", lambda: next(clock))
    lasted = iter(took)
    calls = []
    monkeypatch.setattr(promotion, "catch_up", lambda server, target, timeout, why: calls.append(timeout) or next(lasted))
    wanted._come_close(servers[1], "a")
    assert len(calls) == waits
    assert calls[:2] == [10.0, 7.0], "what is left of the time"
