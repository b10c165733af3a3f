# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One member's part in a recovery, over fakes of what stops, reads and starts it: what is called, and in which order."""

from __future__ import annotations

from typing import Any
from unittest.mock import Mock, create_autospec

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.galera.guest import control, member, recovery_files
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.galera.guest import recovery as guest_recovery
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.galera.rules.member_state import NULL_UUID
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.galera.verbs import recovery, settings
from ansible_collections.stackdb.trove.plugins.module_utils._guest import stopped as stopped_note
from ansible_collections.stackdb.trove.plugins.module_utils._guest.command import GuestError
from ansible_collections.stackdb.trove.plugins.module_utils._plan.runner import reconcile
from ansible_collections.stackdb.trove.tests.unit.fake_database import fake_unit, state
from ansible_collections.stackdb.trove.tests.unit.galera_builders import OTHER, OURS, STUCK, named, row, serving, stopped, wsrep

AT = {"uuid": OURS, "seqno": 9}
CUT_OFF = serving(wsrep=wsrep(cluster_status="non-Primary"))


class Guest:
    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.looks, self.calls, self.files = create_autospec(member), Mock(), create_autospec(recovery_files)
        self.looks.SERVICE = self.unit = fake_unit(state("inactive"))
        fakes = {"control": create_autospec(control), "recovery": create_autospec(guest_recovery), "settings": create_autospec(settings)}
        for name, fake in {**fakes, "member": self.looks, "recovery_files": self.files, "stopped": create_autospec(stopped_note)}.items():
            monkeypatch.setattr(recovery, name, fake)
        self.control, self.recovery = fakes["control"], fakes["recovery"]
        self.recovery.receives.return_value = False
        self.recovery.will_run.return_value = True
        self.recovery.note.return_value = {}
        self.recovery.hold.return_value = ["--x"]
        self.recovery.read.side_effect = lambda info, ran, timeout, options: row(9, ran=ran)
        known = {self.recovery: ("hold", "read", "write_note", "release"), self.files: ("prepare",), self.control: ("bootstrap", "start")}
        for of, names in known.items():
            for name in names:
                self.calls.attach_mock(getattr(of, name), name)
        for name in ("start", "disable"):
            self.calls.attach_mock(getattr(self.unit, name), f"unit_{name}")

    def is_so(self, *infos: Any) -> None:
        self.looks.observe.side_effect = [*infos, *[infos[-1]] * 5]

    def done(self) -> list[str]:
        return [name for name, _args, _kwargs in self.calls.mock_calls]


@pytest.fixture
def guest(monkeypatch: pytest.MonkeyPatch) -> Guest:
    return Guest(monkeypatch)


def test_a_member_that_is_down_is_stopped_masked_and_read(guest: Guest) -> None:
    guest.is_so(stopped())
    found, stopped_it = recovery.evidence("m1", named([stopped(), stopped()]), 5, check_mode=False)
    assert (guest.done(), stopped_it, found["ran"]) == (["hold", "read"], True, True)
    assert guest.calls.read.call_args.args[2:] == (5, ["--x"])


@pytest.mark.parametrize("noted", [True, False])
def test_one_that_a_killed_run_has_stopped_ran_before(guest: Guest, noted: bool) -> None:
    guest.is_so(stopped())
    guest.recovery.will_run.return_value = False
    guest.recovery.note.return_value = {"ran": noted}
    found, stopped_it = recovery.evidence("m1", named([stopped()]), 5, check_mode=False)
    assert (found["ran"], stopped_it) == (noted, False)
    assert guest.calls.hold.call_args.args[1] == noted


@pytest.mark.parametrize("fails", ["hold", "read"])
def test_one_that_cannot_be_read_is_not_left_masked(guest: Guest, fails: str) -> None:
    guest.is_so(stopped())
    getattr(guest.recovery, fails).side_effect = GuestError("no space left")
    with pytest.raises(GuestError, match="no space left"):
        recovery.evidence("m1", named([stopped()]), 5, check_mode=False)
    assert guest.done()[-2:] == ["release", "unit_start"]


def test_one_that_serves_since_it_was_asked_is_left_alone(guest: Guest) -> None:
    guest.is_so(serving())
    recovery.evidence("m1", named([CUT_OFF, CUT_OFF]), 5, check_mode=False)
    assert guest.done() == []


@pytest.mark.parametrize("now", [serving(wsrep=wsrep(looks=STUCK)), serving(wsrep=wsrep(cluster_state_uuid=NULL_UUID))])
def test_one_that_is_stuck_still_or_in_a_group_without_data_is_stopped(guest: Guest, now: Any) -> None:
    guest.is_so(now)
    recovery.evidence("m1", named([now, serving()]), 5, check_mode=False)
    assert guest.done()[0] == "hold"


def test_one_that_serves_is_left_alone(guest: Guest) -> None:
    guest.is_so(serving())
    recovery.evidence("m1", named([serving(), CUT_OFF]), 5, check_mode=False)
    assert guest.done() == []
    assert guest.recovery.serving.called


def test_one_that_serves_no_more_since_it_was_asked_is_stopped(guest: Guest) -> None:
    guest.is_so(stopped())
    recovery.evidence("m1", named([serving(), CUT_OFF]), 5, check_mode=False)
    assert guest.done()[0] == "hold"


def test_one_that_is_given_a_state_transfer_is_left_alone_while_somebody_serves(guest: Guest) -> None:
    guest.is_so(stopped(service__state="activating"))
    guest.recovery.receives.return_value = True
    recovery.evidence("m2", named([serving(), stopped()]), 5, check_mode=False)
    assert guest.done() == []
    recovery.evidence("m2", named([stopped(), stopped()]), 5, check_mode=False)
    assert guest.done()[0] == "hold"


def test_check_mode_stops_nothing(guest: Guest) -> None:
    guest.is_so(CUT_OFF)
    recovery.evidence("m1", named([CUT_OFF]), 5, check_mode=True)
    assert guest.done() == []
    assert "check mode stops none" in guest.recovery.unread.call_args.args[1]
    guest.recovery.will_run.return_value = False
    recovery.evidence("m1", named([stopped()]), 5, check_mode=True)
    assert guest.done() == ["read"]


def decided(how: str, action: str, sst: bool = False) -> Any:
    position = None if how == "plain" else AT
    return {"how": how, "actions": {"m1": action}, "first": None, "position": position, "why": ["why"], "given_up": [], "sst": ["m1"] if sst else []}


@pytest.mark.parametrize(
    ("how", "action", "done"),
    [
        ("elected", "begin", ["write_note", "prepare", "release"]),
        ("elected", "join", ["write_note", "prepare", "release"]),
        ("elected", "stay", ["write_note", "release"]),
        ("home", "join", ["write_note", "prepare", "release"]),
        ("plain", "start", ["write_note", "release", "unit_start"]),
        ("unknown", "stay", []),
    ],
)
def test_files_are_written_as_was_decided(guest: Guest, how: str, action: str, done: list[str]) -> None:
    guest.is_so(stopped())
    reconcile(recovery.GaleraPrepared("m1", decided(how, action)), False)
    assert guest.done() == done
    if "prepare" in done:
        assert guest.calls.prepare.call_args.args == ("/var/lib/mysql", AT, action == "begin", False)
    if done:
        assert guest.calls.write_note.call_args.kwargs["tried"] == (how == "plain")


@pytest.mark.parametrize("how", ["elected", "home", "nothing"])
def test_one_that_was_given_up_is_kept_from_coming_back_with_its_data(guest: Guest, how: str) -> None:
    guest.is_so(stopped())
    reconcile(recovery.GaleraPrepared("m1", decided(how, "stay", sst=True)), False)
    # while it is masked systemd finds no unit of it to disable
    assert guest.done() == ["write_note", "prepare", "release", "unit_disable"]
    assert guest.calls.prepare.call_args.args == ("/var/lib/mysql", AT, False, True)


def test_who_joins_without_its_data_starts_at_boot(guest: Guest) -> None:
    guest.is_so(stopped())
    reconcile(recovery.GaleraPrepared("m1", decided("elected", "join", sst=True)), False)
    assert guest.done() == ["write_note", "prepare", "release"]
    assert guest.calls.prepare.call_args.args[3]


def test_nothing_is_written_on_one_that_serves(guest: Guest) -> None:
    guest.is_so(serving())
    assert not reconcile(recovery.GaleraPrepared("m1", decided("home", "stay")), False).changed


@pytest.mark.parametrize(
    ("how", "action", "done"),
    [("elected", "begin", ["bootstrap"]), ("elected", "join", ["start"]), ("home", "join", ["start"]), ("plain", "start", ["start"]), ("home", "stay", [])],
)
def test_a_member_is_started_as_was_decided(guest: Guest, how: str, action: str, done: list[str]) -> None:
    guest.is_so(stopped(), serving())
    outcome = reconcile(recovery.GaleraRecovered("m1", decided(how, action), 5), False)
    assert (guest.done(), outcome.changed) == (done, bool(done))
    # as after a stop in order, which keeps it from starting at boot
    assert guest.control.prepare_service.called == bool(done)


def test_one_that_serves_already_is_not_started(guest: Guest) -> None:
    guest.is_so(serving())
    assert not reconcile(recovery.GaleraRecovered("m1", decided("elected", "begin"), 5), False).changed


def test_it_has_to_serve_in_the_cluster_that_was_decided_upon() -> None:
    member_ = recovery.GaleraRecovered("m1", decided("elected", "begin"), 5)
    assert member_._why_not(serving()) == []
    assert member_._why_not(stopped())
    other = serving(wsrep=wsrep(cluster_state_uuid=OTHER, local_state_uuid=OTHER), grastate=None)
    with pytest.raises(GuestError, match=f"serves in the cluster {OTHER}, and {OURS} was decided upon"):
        member_._why_not(other)
    assert recovery.GaleraRecovered("m1", decided("plain", "start"), 5)._why_not(other) == []


@pytest.mark.parametrize(("ran", "done"), [(True, ["release", "unit_start"]), (False, ["release"])])
def test_where_nobody_begins_the_servers_that_ran_run_again(guest: Guest, ran: bool, done: list[str]) -> None:
    recovery.give_back(ran)
    assert guest.done() == done


def test_the_end_is_noted(guest: Guest) -> None:
    recovery.end({"uuid": OURS, "seqno": 12})
    noted = guest.recovery.write_note.call_args.kwargs
    assert (noted["reached"], noted["tried"], noted["view"]) == ({"uuid": OURS, "seqno": 12}, False, None)
    assert (noted["view_file"], noted["outside"]) == (None, None)
