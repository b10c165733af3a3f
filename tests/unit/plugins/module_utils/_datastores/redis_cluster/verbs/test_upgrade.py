# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A server of a Redis Cluster upgraded once in a turn, also by a run that continues another one."""

from __future__ import annotations

from typing import Any
from unittest.mock import Mock, create_autospec

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.redis_cluster.guest.server import Server
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.redis_cluster.verbs import upgrade
from ansible_collections.stackdb.trove.plugins.module_utils._guest import packages, turn
from ansible_collections.stackdb.trove.plugins.module_utils._guest.command import GuestError
from ansible_collections.stackdb.trove.plugins.module_utils._guest.systemd import Unit
from ansible_collections.stackdb.trove.plugins.module_utils._plan.runner import reconcile
from ansible_collections.stackdb.trove.plugins.module_utils._upgrades import server as upgrading

OLD, NEW = {"redis-server": "5:7.0.15-1"}, {"redis-server": "5:8.0.2-1"}


class FakeGuest:
    """Records what is done to a server, whose version follows its packages when it is started."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, there: Any, running: str | None, unfinished: bool = False, masked: bool = False) -> None:
        self.there, self.running, self.unfinished = dict(there), running, unfinished
        self.calls = Mock()
        self.server = create_autospec(Server, instance=True, unit=create_autospec(Unit, instance=True))
        self.server.version.side_effect = lambda: self.running
        self.server.start.side_effect = self._started
        self.server.unit.is_masked.return_value = masked
        self.server.unit.show.side_effect = lambda: {"state": self.state}
        self.server.unit.stop.side_effect = self._stopped
        self.turn = create_autospec(turn)
        self.turn.look.side_effect = lambda _unit: {"state": self.state}
        self.apt = create_autospec(packages.Apt, instance=True)
        self.apt.install.side_effect = self._installed
        self.packages = create_autospec(packages)
        self.packages.Apt.return_value = self.apt
        self.packages.installed.side_effect = lambda _name: {"versions": self.there, "unfinished": ["redis-server"] if self.unfinished else [], "others": []}
        for place in (upgrade, upgrading):
            monkeypatch.setattr(place, "packages", self.packages)
            monkeypatch.setattr(place, "turn", self.turn)
        for owner, names in ((self.apt, ("update", "download", "install")), (self.turn, ("begin", "note")), (self.packages, ("configure",))):
            for name in names:
                self.calls.attach_mock(getattr(owner, name), name)
        for mock, name in (
            (self.server.start, "start"), (self.server.unit.stop, "stop"), (self.server.unit.mask_until_reboot, "mask"),
            (self.server.unit.unmask_for_good, "unmask"),
        ):  # fmt: skip
            self.calls.attach_mock(mock, name)

    @property
    def state(self) -> str:
        return "active" if self.running else "inactive"

    def _stopped(self) -> None:
        self.running = None

    def _started(self, _timeout: float) -> None:
        self.running = self.running or self.there["redis-server"].partition(":")[2].partition("-")[0]

    def _installed(self, wanted: Any) -> None:
        self.there, self.unfinished = dict(wanted), False

    def done(self, check_mode: bool = False) -> list[str]:
        reconcile(upgrade.RedisUpgraded(self.server, "m1", "redis-server", NEW, "run-1/v", 60), check_mode)
        return [name for name, _args, _kwargs in self.calls.mock_calls]


INSTALL, START = ["download", "begin", "stop", "mask", "configure", "install"], ["begin", "unmask", "start"]


@pytest.mark.parametrize(
    ("there", "running", "more", "expected"),
    [
        pytest.param(OLD, "7.0.15", {}, [*INSTALL, *START, "note"], id="it runs"),
        pytest.param(NEW, "8.0.2", {}, [], id="all was done"),
        pytest.param(OLD, None, {}, [*INSTALL, *START, "note"], id="killed after the stop"),
        pytest.param(NEW, None, {"unfinished": True, "masked": True}, [*INSTALL[1:], *START, "note"], id="killed while dpkg was at work"),
        pytest.param(NEW, None, {"masked": True}, [*START, "note"], id="killed before the start"),
        pytest.param(NEW, "8.0.2", {"masked": True}, ["unmask", "start", "note"], id="it runs, and its unit was left masked"),
        pytest.param(NEW, "7.0.15", {}, ["begin", "stop", "unmask", "start", "note"], id="somebody installed the packages, and the server runs on"),
    ],
)
def test_what_is_done(monkeypatch: pytest.MonkeyPatch, there: Any, running: str | None, more: Any, expected: list[str]) -> None:
    assert FakeGuest(monkeypatch, there, running, **more).done() == expected


def test_check_mode_does_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    assert FakeGuest(monkeypatch, OLD, "7.0.15").done(check_mode=True) == []


def test_where_nothing_was_installed_it_runs_as_before(monkeypatch: pytest.MonkeyPatch) -> None:
    guest = FakeGuest(monkeypatch, OLD, "7.0.15")
    guest.apt.install.side_effect = GuestError("No space left on device.")
    with pytest.raises(GuestError, match="it serves as before"):
        guest.done()
    assert guest.running == "7.0.15"


def test_where_packages_are_left_unfinished_it_stays_down_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    guest = FakeGuest(monkeypatch, OLD, "7.0.15")

    def half(_wanted: Any) -> None:
        guest.unfinished = True
        raise GuestError("dpkg: error processing archive.")

    guest.apt.install.side_effect = half
    with pytest.raises(GuestError, match="is down, with packages that are not finished"):
        guest.done()
    assert guest.running is None
    guest.server.unit.unmask.assert_not_called()


def test_where_all_of_its_packages_are_there_it_is_started_whatever_apt_ends_with(monkeypatch: pytest.MonkeyPatch) -> None:
    guest = FakeGuest(monkeypatch, OLD, "7.0.15")

    def somebody_elses(wanted: Any) -> None:
        guest._installed(wanted)
        raise GuestError("dpkg: error processing package xz-utils.")

    guest.apt.install.side_effect = somebody_elses
    assert guest.done() == [*INSTALL, *START, "note"]
    assert guest.running == "8.0.2"


def test_one_that_starts_with_another_version_is_no_upgraded_one(monkeypatch: pytest.MonkeyPatch) -> None:
    guest = FakeGuest(monkeypatch, OLD, "7.0.15")
    guest.server.start.side_effect = lambda _timeout: setattr(guest, "running", "7.0.15")
    with pytest.raises(GuestError, match=r"says that it is 7\.0\.15, and 8\.0\.2 is installed"):
        guest.done()
