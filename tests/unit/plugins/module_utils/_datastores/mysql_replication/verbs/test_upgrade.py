# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A source or a replica upgraded once in a turn, also by a run that continues another one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import Mock, create_autospec

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.mysql.guest import control, settings_file
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.mysql.guest.engines import MariaDB
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.mysql_replication.verbs import upgrade
from ansible_collections.stackdb.trove.plugins.module_utils._guest import packages, turn
from ansible_collections.stackdb.trove.plugins.module_utils._guest.command import GuestError
from ansible_collections.stackdb.trove.plugins.module_utils._guest.systemd import Unit
from ansible_collections.stackdb.trove.plugins.module_utils._plan.runner import reconcile
from ansible_collections.stackdb.trove.plugins.module_utils._upgrades import server as upgrading

OLD, NEW = {"mariadb-server": "1:10.11.19-1"}, {"mariadb-server": "1:11.8.9-1"}


class FakeGuest:
    """Records what is done to a server, whose version follows its packages when it is started.

    :param applies: whether it is a replica whose thread that applies runs; None for a source. A start starts that thread, unless it is one without
    """

    def __init__(self, monkeypatch: pytest.MonkeyPatch, there: Any, running: str | None, tables: str = "10.11.1", **more: Any) -> None:
        self.there, self.running, self.tables = dict(there), running, tables
        self.unfinished, self.applies = more.get("unfinished", False), more.get("applies")
        self.against: list[str] = []
        self.calls = Mock()
        self.engine = create_autospec(MariaDB, instance=True, service=create_autospec(Unit, instance=True))
        self.engine.name, self.engine.upgrade_needed = "mariadb", MariaDB().upgrade_needed
        self.engine.upgrade_tables.side_effect = self._tables
        self.engine.service.is_masked.return_value = more.get("masked", False)
        self.control, self.turn, self.packages = create_autospec(control), create_autospec(turn), create_autospec(packages)
        self.control.start.side_effect = self._started
        self.without = self.started_without = self.applied_over_old_tables = False
        monkeypatch.setattr(upgrade.for_one_start, "with_more", self._without_replication)
        self.left = False
        monkeypatch.setattr(upgrade.for_one_start, "forget", lambda _unit: setattr(self, "left", False))
        self.in_order, self.xa = more.get("in_order", True), []
        self.engine.service.ended_in_order.side_effect = lambda: self.in_order
        self.engine.service.show.side_effect = lambda: {"state": "active" if self.running or more.get("hangs") else "inactive", "started": 1.0}
        self.control.stop.side_effect = self._stopped
        self.turn.look.side_effect = lambda _unit: {"state": "active" if self.running else "inactive"}
        self.apt = create_autospec(packages.Apt, instance=True)
        self.apt.install.side_effect = self._installed
        self.packages.Apt.return_value = self.apt
        self.packages.installed.side_effect = lambda _name: {"versions": self.there, "unfinished": ["mariadb-server"] if self.unfinished else [], "others": []}
        self.versions = Mock()
        self.versions.prepared.side_effect = lambda: self.xa
        self.versions.running.side_effect = lambda: self.running
        self.versions.look.side_effect = lambda *_args: {"running": self.running, "installed": self._program(), "tables": self.tables}
        self.engine.not_applying.side_effect = lambda: [""] if self.applies is False else []
        self.engine.apply_again.side_effect = lambda: setattr(self, "applies", None if self.applies is None else True)
        for name in ("control", "versions", "packages", "turn"):
            monkeypatch.setattr(upgrade, name, getattr(self, name))
        monkeypatch.setattr(upgrade, "settings_file", create_autospec(settings_file))
        monkeypatch.setattr(upgrading, "packages", self.packages)
        monkeypatch.setattr(upgrading, "turn", self.turn)
        kept = (
            (self.apt.download, "download"), (self.control.stop, "stop"), (self.engine.service.mask_until_reboot, "mask"), (self.apt.install, "install"),
            (self.engine.service.unmask_for_good, "unmask"), (self.control.start, "start"), (self.engine.upgrade_tables, "tables"),
            (self.engine.apply_again, "replicate"),
            (self.turn.note, "note"),
        )  # fmt: skip
        for mock, name in kept:
            self.calls.attach_mock(mock, name)

    @contextmanager
    def _without_replication(self, unit: Any, *words: str) -> Iterator[None]:
        assert (unit, words) == (self.engine.service, ("MYSQLD_OPTS", "--skip-slave-start"))
        self.without = self.started_without = True
        yield
        self.without = False

    def _started(self, *_args: Any) -> None:
        if not self.running and self.applies is not None:
            self.applies = not self.without
        self.running = self.running or self._program()
        if self.applies and self.tables.split(".")[0] != self.running.split(".")[0]:
            self.applied_over_old_tables = True

    def _stopped(self, _engine: Any) -> None:
        # a second time nothing happens, and how it ended the first time stays
        self.in_order = self.in_order or self.running is not None
        self.running = None

    def _program(self) -> str:
        return self.there["mariadb-server"].partition(":")[2].partition("-")[0]

    def _installed(self, wanted: Any) -> None:
        self.there, self.unfinished = dict(wanted), False

    def _tables(self, _timeout: float) -> None:
        assert self.running == self._program()
        self.tables = self.running

    def done(self, check_mode: bool = False) -> list[str]:
        wanted = upgrade.MysqlUpgraded(self.engine, "r1", "/var/lib/mysql/data", NEW, "run-1/v", 60, lambda: self.against)
        reconcile(wanted, check_mode)
        return [name for name, _args, _kwargs in self.calls.mock_calls]


INSTALL, START = ["download", "stop", "mask", "install"], ["unmask", "start"]


@pytest.mark.parametrize(
    ("there", "running", "more", "expected"),
    [
        pytest.param(OLD, "10.11.19", {}, [*INSTALL, *START, "tables", "replicate", "note"], id="it runs"),
        pytest.param(NEW, "11.8.9", {"tables": "11.8.9", "applies": True}, [], id="all was done"),
        pytest.param(OLD, None, {}, [*INSTALL, *START, "tables", "replicate", "note"], id="killed after the stop"),
        pytest.param(NEW, None, {"unfinished": True, "masked": True}, [*INSTALL[1:], *START, "tables", "replicate", "note"], id="killed while dpkg worked"),
        pytest.param(NEW, None, {"masked": True}, [*START, "tables", "replicate", "note"], id="killed before the start"),
        pytest.param(NEW, "11.8.9", {"applies": True}, ["tables", "replicate", "note"], id="killed before its tables"),
        pytest.param(NEW, "11.8.9", {"applies": False}, ["tables", "replicate", "replicate", "note"], id="killed in its tables"),
        pytest.param(NEW, "11.8.9", {"tables": "11.8.9", "applies": False}, ["replicate", "note"], id="killed before it replicated again"),
        pytest.param(NEW, "11.8.9", {"tables": "11.8.9", "masked": True}, [*START, "note"], id="it runs, and its unit was left masked"),
        pytest.param(NEW, "10.11.19", {}, ["stop", *START, "tables", "replicate", "note"], id="somebody installed the packages, and the server runs on"),
    ],
)
def test_a_run_that_continues_does_the_rest(monkeypatch: pytest.MonkeyPatch, there: Any, running: str | None, more: Any, expected: list[str]) -> None:
    assert FakeGuest(monkeypatch, there, running, **more).done() == expected


@pytest.mark.parametrize("running", [None, "11.8.9"], ids=["before it came up", "while it waited for the server"])
def test_what_a_killed_start_has_left_holds_for_no_later_start(monkeypatch: pytest.MonkeyPatch, running: str | None) -> None:
    guest = FakeGuest(monkeypatch, NEW, running, applies=False)
    guest.left = True
    guest.done()
    assert (guest.left, guest.applies) == (False, True)


def test_one_that_crashed_closes_its_log_by_the_version_that_wrote_it(monkeypatch: pytest.MonkeyPatch) -> None:
    guest = FakeGuest(monkeypatch, OLD, None, in_order=False)
    assert guest.done() == ["download", *START, *INSTALL[1:], *START, "tables", "replicate", "note"]


def test_one_that_runs_and_does_not_answer_is_not_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    guest = FakeGuest(monkeypatch, OLD, None, hangs=True)
    with pytest.raises(GuestError, match="r1 runs and does not answer root, so what it does is not known. It was not touched"):
        guest.done()
    assert not guest.control.stop.called


def test_another_series_waits_for_prepared_transactions_and_a_stop_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    guest = FakeGuest(monkeypatch, OLD, "10.11.19")
    guest.xa = ["XA transactions that are prepared and not ended: 1"]
    with pytest.raises(GuestError, match="must not be stopped now: XA transactions that are prepared"):
        guest.done()
    guest.xa = []
    guest.control.stop.side_effect = lambda _engine: (setattr(guest, "running", None), setattr(guest, "in_order", False))
    with pytest.raises(GuestError, match="r1 did not stop in order"):
        guest.done()
    assert not guest.apt.install.called


@pytest.mark.parametrize(("there", "masked"), [(OLD, False), (NEW, True)])
def test_a_replica_applies_nothing_over_tables_of_before_and_goes_on_after_them(monkeypatch: pytest.MonkeyPatch, there: Any, masked: bool) -> None:
    guest = FakeGuest(monkeypatch, there, None if masked else "10.11.19", applies=True, masked=masked)
    guest.done()
    assert (guest.applied_over_old_tables, guest.tables, guest.applies) == (False, "11.8.9", True)


def test_within_a_series_it_starts_with_its_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    guest = FakeGuest(monkeypatch, OLD, "10.11.19", tables="11.8.1", applies=True)
    assert "tables" not in guest.done()
    assert guest.applies
    assert not guest.started_without


def test_packages_that_are_not_finished_keep_its_unit_masked_over_a_boot_until_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    guest = FakeGuest(monkeypatch, OLD, "10.11.19")

    def interrupted(wanted: Any) -> None:
        guest.there, guest.unfinished = dict(wanted), True
        raise GuestError("dpkg was interrupted.")

    guest.apt.install.side_effect = interrupted
    with pytest.raises(GuestError, match="its unit is masked, so that no boot starts it"):
        guest.done()
    assert guest.engine.service.mask_for_good.called
    assert not guest.engine.service.unmask_for_good.called
    guest.apt.install.side_effect = guest._installed
    guest.done()
    assert guest.running == "11.8.9"
    assert guest.engine.service.unmask_for_good.called


def test_check_mode_does_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    assert FakeGuest(monkeypatch, OLD, "10.11.19").done(check_mode=True) == []


def test_it_is_asked_again_right_before_its_stop(monkeypatch: pytest.MonkeyPatch) -> None:
    guest = FakeGuest(monkeypatch, OLD, "10.11.19")
    guest.against = ["r2 does not serve: it does not answer"]
    with pytest.raises(GuestError, match="r1 must not be stopped now: r2 does not serve: it does not answer. It was not touched"):
        guest.done()
    assert guest.running == "10.11.19"
    assert not guest.turn.begin.called


def test_one_that_is_down_is_not_stopped_and_asks_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    guest = FakeGuest(monkeypatch, OLD, None)
    guest.against = ["r2 does not serve"]
    guest.done()
    assert guest.running == "11.8.9"


def test_where_nothing_was_installed_it_serves_as_before(monkeypatch: pytest.MonkeyPatch) -> None:
    guest = FakeGuest(monkeypatch, OLD, "10.11.19")
    guest.apt.install.side_effect = GuestError("No space left on device.")
    with pytest.raises(GuestError, match="it serves as before"):
        guest.done()
    assert guest.running == "10.11.19"
    assert not guest.engine.service.mask_for_good.called


def test_who_keeps_the_tables_from_being_upgraded_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    guest = FakeGuest(monkeypatch, NEW, "11.8.9")
    guest.engine.upgrade_tables.side_effect = GuestError("mariadb-upgrade did not end within 60 s.")
    guest.versions.waiting.return_value = ["29 (app@10.0.0.9:5)"]
    with pytest.raises(GuestError, match=r"did not end within 60 s. Sessions of 29 \(app@10.0.0.9:5\) wait for a table's lock"):
        guest.done()
    guest.versions.waiting.return_value = []
    with pytest.raises(GuestError, match="did not end within 60 s.$"):
        guest.done()


def test_tables_that_are_still_of_old_are_no_upgrade(monkeypatch: pytest.MonkeyPatch) -> None:
    guest = FakeGuest(monkeypatch, OLD, "10.11.19")
    guest.engine.upgrade_tables.side_effect = None
    with pytest.raises(GuestError, match="system tables are of another version than its server"):
        guest.done()
