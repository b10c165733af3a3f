# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A Galera member upgraded once in a turn, also by a run that continues another one."""

from __future__ import annotations

from typing import Any
from unittest.mock import Mock, create_autospec

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.galera.guest import alone, control, donors, member
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.galera.rules.donors import Limit
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.galera.verbs import settings, upgrade
from ansible_collections.stackdb.trove.plugins.module_utils._guest import packages, turn
from ansible_collections.stackdb.trove.plugins.module_utils._guest.command import GuestError
from ansible_collections.stackdb.trove.plugins.module_utils._plan.runner import reconcile
from ansible_collections.stackdb.trove.plugins.module_utils._upgrades import server as upgrading
from ansible_collections.stackdb.trove.tests.unit.galera_builders import grastate, serving, stopped

OLD, NEW = {"mariadb-server": "1:10.11.19-1"}, {"mariadb-server": "1:11.8.9-1"}
WORKS = {"version": "10.11.19", "running": "10.11.19", "tables_version": "10.11.1"}
DONE = {"version": "11.8.9", "running": "11.8.9", "tables_version": "11.8.9"}


class FakeGuest:
    """Records what is done to a member, whose packages and server follow.

    :param there: its packages
    :param unfinished: whether dpkg was interrupted
    """

    def __init__(self, monkeypatch: pytest.MonkeyPatch, seen: Any, there: Any, unfinished: bool = False, masked: bool = False) -> None:
        self.seen, self.there, self.unfinished = seen, dict(there), unfinished
        self.calls = Mock()
        self.control, self.member, self.turn = create_autospec(control), create_autospec(member), create_autospec(turn)
        self.alone, self.limits = create_autospec(alone), create_autospec(donors)
        self.against: list[str] = []
        self.asked: list[Any] = []
        self.member.observe.side_effect = lambda *_args: self.seen
        self.member.SERVICE.is_masked.return_value = masked
        self.member.SERVICE.show.side_effect = lambda: self.seen["service"]
        self.control.stop.side_effect = self.control.give_up_start.side_effect = self._stopped
        self.control.start.side_effect = self.control.bootstrap.side_effect = self._started
        self.control.wait_while.return_value = None
        self.apt = create_autospec(packages.Apt, instance=True)
        self.apt.install.side_effect = self._installed
        self.packages = create_autospec(packages)
        self.packages.Apt.return_value = self.apt
        self.packages.installed.side_effect = lambda _name: {
            "versions": self.there,
            "unfinished": ["mariadb-server"] if self.unfinished else [],
            "others": ["xz-utils"],
        }
        self.alone.upgrade_tables.side_effect = self._tables
        fakes = {"control": self.control, "member": self.member, "turn": self.turn, "packages": self.packages, "alone": self.alone, "limits": self.limits}
        for name, fake in {**fakes, "settings": create_autospec(settings)}.items():
            monkeypatch.setattr(upgrade, name, fake)
        monkeypatch.setattr(upgrading, "packages", self.packages)
        monkeypatch.setattr(upgrading, "turn", self.turn)
        for name in ("download", "install"):
            self.calls.attach_mock(getattr(self.apt, name), name)
        starts = (self.control, ("stop", "give_up_start", "start", "bootstrap"))
        for owner, names in (starts, (self.turn, ("note",)), (self.limits, ("limit",)), (self.packages, ("configure",))):
            for name in names:
                self.calls.attach_mock(getattr(owner, name), name)
        self.calls.attach_mock(self.member.SERVICE.mask_until_reboot, "mask")
        self.calls.attach_mock(self.member.SERVICE.unmask_for_good, "unmask")
        self.calls.attach_mock(self.alone.upgrade_tables, "tables")

    def _stopped(self) -> None:
        self.seen = {**self.seen, "running": None, "wsrep": None, "service": {**self.seen["service"], "state": "inactive"}, "grastate": grastate(seqno=9)}

    def _installed(self, wanted: Any) -> None:
        self.there, self.unfinished = dict(wanted), False
        self.seen = {**self.seen, "version": "11.8.9"}

    def _started(self, *_args: Any) -> None:
        self.seen = serving(version=self.seen["version"], running=self.seen["version"], tables_version=self.seen["tables_version"])

    def _tables(self, _timeout: float) -> None:
        """In a server outside of the cluster, which was stopped in order before."""
        assert self.seen["service"]["state"] == "inactive"
        self.seen = {**self.seen, "tables_version": self.seen["version"]}

    def _asked(self, seen: Any) -> list[str]:
        self.asked.append(seen["running"])
        return self.against

    def done(self, only: bool = False, check_mode: bool = False) -> list[str]:
        own = upgrade.Turn("m1", "run-1/v", only, 60, Limit(("m9",)), self._asked)
        reconcile(upgrade.GaleraUpgraded(own, NEW), check_mode)
        return [name for name, _args, _kwargs in self.calls.mock_calls]


INSTALL = ["download", "stop", "mask", "configure", "install"]
TABLES = ["unmask", "tables"]
START = ["limit", "unmask", "start"]


def test_it_is_stopped_with_all_packages_at_hand_and_nobody_else_starts_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its donors become those of the new version when its packages are installed, and its tables are upgraded before it joins."""
    assert FakeGuest(monkeypatch, serving(**WORKS), OLD).done() == [*INSTALL, *TABLES, *START, "note"]


CRASHED = {"grastate": grastate(seqno=-1), "tables_version": "10.11.1"}


@pytest.mark.parametrize(
    ("seen", "there", "more", "expected"),
    [
        pytest.param(serving(**DONE), NEW, {}, [], id="all was done"),
        pytest.param(stopped(version="10.11.19", tables_version="10.11.1"), OLD, {},
                     ["download", "mask", "configure", "install", *TABLES, *START, "note"], id="killed after the stop"),
        pytest.param(stopped(version="11.8.9", tables_version="10.11.1"), NEW, {"unfinished": True, "masked": True},
                     ["mask", "configure", "install", *TABLES, *START, "note"], id="killed while dpkg was at work"),
        pytest.param(stopped(version="11.8.9", tables_version="10.11.1"), NEW, {"masked": True}, [*TABLES, *START, "note"], id="killed before the start"),
        pytest.param(stopped(version="11.8.9", **CRASHED), NEW, {}, [*START, "stop", "tables", *START, "note"],
                     id="one that was not stopped in order serves before its tables are upgraded"),
        pytest.param(stopped(version="11.8.9", tables_version="10.11.1", service__state="activating"), NEW, {}, [*START, "stop", "tables", *START, "note"],
                     id="one that may be receiving data is waited for"),
        pytest.param(serving(**{**DONE, "tables_version": "10.11.1"}), NEW, {}, ["stop", *TABLES, *START, "note"], id="it serves with tables of old"),
        pytest.param(serving(**DONE), NEW, {"masked": True}, [*START, "note"], id="it serves, and its unit was left masked"),
        pytest.param(serving(**{**WORKS, "version": "11.8.9"}), NEW, {}, ["stop", *TABLES, *START, "note"],
                     id="somebody installed the packages, and the server runs on"),
        pytest.param(stopped(version="10.11.19", tables_version="10.11.1", service__state="activating"), OLD, {},
                     ["download", "give_up_start", *INSTALL[2:], *TABLES, *START, "note"], id="one that looks for the others hears no stop"),
    ],
)  # fmt: skip
def test_a_run_that_continues_does_the_rest(monkeypatch: pytest.MonkeyPatch, seen: Any, there: Any, more: Any, expected: list[str]) -> None:
    assert FakeGuest(monkeypatch, seen, there, **more).done() == expected


def test_it_is_asked_again_right_before_its_stop(monkeypatch: pytest.MonkeyPatch) -> None:
    guest = FakeGuest(monkeypatch, serving(**WORKS), OLD)
    guest.against = ["it counts 2 members"]
    with pytest.raises(GuestError, match="must not be stopped now: it counts 2 members. It was not touched"):
        guest.done()
    assert (guest.asked, guest.seen["running"]) == (["10.11.19"], "10.11.19")
    assert not guest.turn.begin.called


def test_the_only_member_begins_its_cluster_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "bootstrap" in FakeGuest(monkeypatch, serving(**WORKS), OLD).done(only=True)


def test_check_mode_does_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    assert FakeGuest(monkeypatch, serving(**WORKS), OLD).done(check_mode=True) == []


def test_packages_that_are_not_at_hand_stop_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    guest = FakeGuest(monkeypatch, serving(**WORKS), OLD)
    guest.apt.download.side_effect = GuestError("Temporary failure resolving")
    with pytest.raises(GuestError, match="resolving"):
        guest.done()
    assert guest.seen["running"] == "10.11.19"


def test_where_nothing_was_installed_it_serves_as_before(monkeypatch: pytest.MonkeyPatch) -> None:
    guest = FakeGuest(monkeypatch, serving(**WORKS), OLD)
    guest.apt.install.side_effect = GuestError("No space left on device.")
    with pytest.raises(GuestError, match="it serves as before"):
        guest.done()
    assert guest.seen["running"] == "10.11.19"
    assert "note" not in [name for name, _args, _kwargs in guest.calls.mock_calls]


def test_where_packages_are_left_unfinished_it_stays_down_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    guest = FakeGuest(monkeypatch, serving(**WORKS), OLD)

    def half(_wanted: Any) -> None:
        guest.unfinished = True
        raise GuestError("dpkg: error processing archive.")

    guest.apt.install.side_effect = half
    with pytest.raises(GuestError, match="is down, with packages that are not finished"):
        guest.done()
    assert guest.seen["running"] is None
    guest.member.SERVICE.unmask.assert_not_called()


def test_where_all_of_its_packages_are_there_it_serves_whatever_apt_ends_with(monkeypatch: pytest.MonkeyPatch) -> None:
    guest = FakeGuest(monkeypatch, serving(**WORKS), OLD)

    def somebody_elses(wanted: Any) -> None:
        guest._installed(wanted)
        raise GuestError("dpkg: error processing package xz-utils.")

    guest.apt.install.side_effect = somebody_elses
    assert guest.done() == [*INSTALL, *TABLES, *START, "note"]
    assert guest.seen["running"] == "11.8.9"


def test_one_that_starts_with_another_version_is_no_upgraded_one(monkeypatch: pytest.MonkeyPatch) -> None:
    guest = FakeGuest(monkeypatch, serving(**WORKS), OLD)
    guest.apt.install.side_effect = lambda wanted: setattr(guest, "there", dict(wanted))
    with pytest.raises(GuestError, match="says that it is 10.11.19, and 11.8.9 is installed"):
        guest.done()
