# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How a server is initialised, started and changed, over a fake unit and a fake connection; the clock goes on by itself."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from unittest.mock import Mock, call, create_autospec

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.mysql.guest import control, data_directory, engines, server
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.mysql.guest.engines import MARIADB, MYSQL, MariaDB
from ansible_collections.stackdb.trove.plugins.module_utils._guest import lock
from ansible_collections.stackdb.trove.plugins.module_utils._guest.command import GuestError
from ansible_collections.stackdb.trove.plugins.module_utils._guest.systemd import UnitState
from ansible_collections.stackdb.trove.tests.unit.fake_database import FakeDatabase, fake_unit, state

GONE = GuestError("Can't connect")


class Clock:
    """Each sleep takes a second."""

    def __init__(self) -> None:
        self.now = 1000.0

    def time(self) -> float:
        return self.now

    def sleep(self, _seconds: float) -> None:
        self.now += 1


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    found = Clock()
    monkeypatch.setattr(control, "time", found)
    monkeypatch.setattr(control.lock, "check_controller", create_autospec(lock.check_controller))
    return found


def unit(monkeypatch: pytest.MonkeyPatch, *states: UnitState, log: tuple[str, ...] = ("Starting", "[ERROR] Disk is full", "Aborting")) -> Mock:
    found = fake_unit(*states, log=log)
    monkeypatch.setattr(engines.MariaDB, "service", found)
    return found


DOWN, STARTING, UP = state("inactive"), state("activating"), state("active")


def test_it_is_started_and_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    service = unit(monkeypatch, DOWN, DOWN, STARTING, UP)
    database = FakeDatabase({"": GONE}).install(monkeypatch)
    looks: Iterator[object] = iter([GONE, GONE, None])
    monkeypatch.setattr(control, "_answers", lambda: next(looks) is None)
    control.start(MARIADB, 60)
    service.start.assert_called_once_with()
    service.stop.assert_not_called()
    assert next(looks, "asked until it answered") == "asked until it answered"
    assert database.said == []


@pytest.mark.parametrize("shown", ["active", "activating", "reloading"])
def test_a_start_that_is_under_way_is_waited_for(monkeypatch: pytest.MonkeyPatch, shown: str) -> None:
    service = unit(monkeypatch, state(shown), state(shown), UP)
    FakeDatabase({}).install(monkeypatch)
    control.start(MARIADB, 60)
    service.start.assert_not_called()


@pytest.mark.parametrize(
    ("after", "why"),
    [
        pytest.param(state("active", restarts=4), "it crashed", id="systemd has started it again"),
        pytest.param(state("activating", "auto-restart", restarts=3), "it crashed", id="systemd is about to"),
        pytest.param(state("failed", restarts=3), "it ended", id="failed"),
        pytest.param(state("inactive", restarts=3), "it ended", id="ended"),
        pytest.param(state("activating", restarts=3), "it did not answer within 60 s", id="it takes too long"),
        pytest.param(state("active", restarts=3), "it did not answer within 60 s", id="it does not answer"),
    ],
)
def test_a_start_that_fails_shows_what_the_log_says(monkeypatch: pytest.MonkeyPatch, after: UnitState, why: str) -> None:
    service = unit(monkeypatch, state("inactive", restarts=3), state("inactive", restarts=3), after)
    FakeDatabase({"": GONE}).install(monkeypatch)
    with pytest.raises(GuestError, match=rf"could not be started: {why}\. Its log says:\n\[ERROR\] Disk is full$"):
        control.start(MARIADB, 60)
    assert service.stop.called is (why == "it crashed")
    service.log.assert_called_once_with(200, since=1000.0)


def test_a_log_without_errors_is_shown_by_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    unit(monkeypatch, state("failed"), log=tuple(f"line {number}" for number in range(100)))
    with pytest.raises(GuestError, match=r"says:\nline 92\nline 93(\n.*)*\nline 99$") as failure:
        control.start(MARIADB, 60)
    assert failure.value.details["log"] == [f"line {number}" for number in range(60, 100)]


def test_a_unit_that_is_not_seen_to_start_yet_has_a_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    unit(monkeypatch, DOWN, DOWN, DOWN, DOWN, UP)
    FakeDatabase({}).install(monkeypatch)
    control.start(MARIADB, 60)


def test_a_data_directory_is_filled_by_the_engine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    order = Mock()
    for name in ("create", "filling"):
        fake = create_autospec(getattr(data_directory, name))
        order.attach_mock(fake, name)
        monkeypatch.setattr(data_directory, name, fake)
    fill = create_autospec(MariaDB.create_system_tables)
    order.attach_mock(fill, "fill")
    monkeypatch.setattr(MariaDB, "create_system_tables", fill)
    control.initialise(MARIADB, "/data")
    made, marked, entered, filled, left = order.mock_calls
    assert [made, marked, filled] == [call.create("/data"), call.filling("/data", data_directory.INITIALISING), call.fill(MARIADB, "/data")]
    assert (entered[0], left[0]) == ("filling().__enter__", "filling().__exit__")


@pytest.mark.parametrize("outdated", [True, False])
def test_it_starts_at_boot(monkeypatch: pytest.MonkeyPatch, outdated: bool) -> None:
    service = unit(monkeypatch, DOWN)
    control.enable(MARIADB, outdated)
    assert service.mock_calls == [call.reload_files(), call.enable()][0 if outdated else 1:]


def test_what_a_running_server_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    database = FakeDatabase({}).install(monkeypatch)
    monkeypatch.setattr(server, "TLS_STAMP", str(tmp_path / "stamp"))
    control.set_live(["SET GLOBAL a = 1", "SET GLOBAL b = 2"])
    assert not (tmp_path / "stamp").exists()
    (tmp_path / "ca.pem").write_text("a CA")
    control.reload_tls(MARIADB, [str(tmp_path / "ca.pem"), str(tmp_path / "missing.pem")])
    control.reload_tls(MYSQL, [], "SET GLOBAL more = 1")
    assert database.said == ["SET GLOBAL a = 1", "SET GLOBAL b = 2", "FLUSH LOCAL SSL", "ALTER INSTANCE RELOAD TLS", "SET GLOBAL more = 1"]
    assert (tmp_path / "stamp").exists()


def test_files_that_the_server_refuses_are_not_noted_as_read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(server, "TLS_STAMP", str(tmp_path / "stamp"))
    monkeypatch.setattr(control.connection, "query", Mock(side_effect=GuestError("unable to get certificate")))
    with pytest.raises(GuestError):
        control.reload_tls(MARIADB, [])
    assert not (tmp_path / "stamp").exists()
