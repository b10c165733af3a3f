# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A Galera member is initialised, bootstrapped and started, over a fake unit and fake programs; the clock goes on by itself."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any
from unittest.mock import Mock, call, create_autospec

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.galera.guest import control, member
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.galera.rules.info import Info
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.mysql.guest.engines import MariaDB
from ansible_collections.stackdb.trove.plugins.module_utils._guest import aside, lock
from ansible_collections.stackdb.trove.plugins.module_utils._guest.command import GuestError
from ansible_collections.stackdb.trove.plugins.module_utils._guest.systemd import UnitState
from ansible_collections.stackdb.trove.plugins.module_utils._model.errors import Refused
from ansible_collections.stackdb.trove.tests.unit.fake_database import fake_unit, state
from ansible_collections.stackdb.trove.tests.unit.fake_programs import FakePrograms
from ansible_collections.stackdb.trove.tests.unit.galera_builders import info, stopped

DOWN, STARTING, UP = state("inactive"), state("activating"), state("active")
LOG = ("Starting", "[ERROR] WSREP: failed to open gcomm backend", "Aborting")


class Guest:
    """A fake guest, whose clock goes on a second with each sleep."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, directory: Path) -> None:
        self.now, self.patch = 1000.0, monkeypatch
        self.flag = directory / "flag"
        self.programs = FakePrograms(galera_new_cluster="", systemctl="").install(monkeypatch, control)
        self.observe = create_autospec(member.observe, return_value=info())
        self.socket = fake_unit(DOWN)
        self.unit(UP)
        monkeypatch.setattr(member, "observe", self.observe)
        monkeypatch.setattr(member, "SOCKET", self.socket)
        monkeypatch.setattr(control, "_FLAGS", (str(self.flag), str(directory / "other")))
        monkeypatch.setattr(control, "time", Mock(time=lambda: self.now, monotonic=lambda: self.now, sleep=self.sleep))
        monkeypatch.setattr(control.lock, "check_controller", create_autospec(lock.check_controller))

    def sleep(self, _seconds: float) -> None:
        self.now += 1

    def unit(self, *states: UnitState) -> Mock:
        self.service = fake_unit(*states, log=LOG)
        self.patch.setattr(member, "SERVICE", self.service)
        return self.service


@pytest.fixture
def guest(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Guest:
    return Guest(monkeypatch, tmp_path)


def serves(_info: Info) -> list[str]:
    return []


def never(_info: Info) -> list[str]:
    return ["wsrep_ready is OFF", "wsrep_connected is OFF"]


def test_it_joins(guest: Guest) -> None:
    answers = iter([["it receives"], ["it catches up"], []])
    service = guest.unit(DOWN, DOWN, STARTING, UP)
    guest.flag.touch()
    control.start(lambda _info: next(answers), 60)
    service.start.assert_called_once_with()
    assert not guest.flag.exists()
    assert guest.programs.ran == ["systemctl unset-environment _WSREP_NEW_CLUSTER"]
    # before the start, whether its data are whole
    assert guest.observe.call_count == 1 + 3


@pytest.fixture
def half(guest: Guest, tmp_path: Path) -> str:
    """The data directory of a member whose data a killed run has set aside in part."""
    (tmp_path / aside.NAME).mkdir()
    guest.observe.return_value = info(datadir={**info()["datadir"], "path": str(tmp_path)})
    return str(tmp_path)


def test_with_half_of_its_data_no_member_begins_joins_or_is_initialised(guest: Guest, half: str) -> None:
    service = guest.unit(DOWN)
    for begin in (
        lambda: control.start(serves, 60),
        lambda: control.bootstrap(guest.observe(), serves, 60),
        lambda: control.initialise(half),
    ):
        with pytest.raises(Refused, match="A part of the data is set aside"):
            begin()
    assert not service.start.called
    assert guest.programs.ran == []


def test_one_that_runs_is_waited_for_whatever_is_set_aside(guest: Guest, half: str) -> None:
    guest.unit(UP)
    control.start(serves, 60)


@pytest.mark.parametrize("shown", ["active", "activating", "reloading"])
def test_a_start_that_is_under_way_is_waited_for(guest: Guest, shown: str) -> None:
    service = guest.unit(state(shown), UP)
    guest.flag.touch()
    control.start(serves, 60)
    service.start.assert_not_called()
    assert guest.flag.exists(), "it may be the bootstrap of another run"


@pytest.mark.parametrize(
    ("after", "why"),
    [
        pytest.param(state("active", restarts=4), "the server crashed", id="systemd has started it again"),
        pytest.param(state("activating", "auto-restart", restarts=3), "the server crashed", id="systemd is about to"),
        pytest.param(state("failed", restarts=3), "the service ended", id="failed"),
        pytest.param(state("inactive", restarts=3), "the service ended", id="ended"),
        pytest.param(state("activating", restarts=3), r"it did not serve within 60 s \(its service is activating\); the same run", id="slow"),
        pytest.param(state("active", restarts=3), r"within 60 s \(wsrep_ready is OFF; wsrep_connected is OFF\)", id="it never serves"),
    ],
)
def test_a_member_that_does_not_join(guest: Guest, after: UnitState, why: str) -> None:
    service = guest.unit(state("inactive", restarts=3), state("inactive", restarts=3), after)
    with pytest.raises(GuestError, match=rf"^The member could not join the cluster: .*{why}.*Its log says:\n\[ERROR\] WSREP: failed to open gcomm backend$"):
        control.start(never, 60)
    assert service.stop.called is ("crashed" in why)
    service.log.assert_called_once_with(400, since=1000.0)


def test_a_cluster_is_begun(guest: Guest, tmp_path: Path) -> None:
    guest.flag.touch()
    control.bootstrap(info(datadir__path=str(tmp_path)), serves, 60)
    guest.service.reload_files.assert_called_once_with()
    assert guest.programs.ran == ["galera_new_cluster", "systemctl unset-environment _WSREP_NEW_CLUSTER"]
    assert not guest.flag.exists()


def test_the_only_one_with_data_is_told_that_it_may_begin(guest: Guest, tmp_path: Path) -> None:
    file = tmp_path / "grastate.dat"
    file.write_text("# GALERA saved state\nuuid:    12ad\nseqno:   9\nsafe_to_bootstrap: 0   \n")
    control.bootstrap(stopped(datadir__path=str(tmp_path)), serves, 60)
    assert file.read_text() == "# GALERA saved state\nuuid:    12ad\nseqno:   9\nsafe_to_bootstrap: 1\n"


def test_a_file_that_says_so_already_is_left_alone(guest: Guest, tmp_path: Path) -> None:
    control.bootstrap(stopped(datadir__path=str(tmp_path), grastate={"uuid": "12ad", "seqno": 9, "safe_to_bootstrap": True}), serves, 60)
    assert "galera_new_cluster" in guest.programs.ran


def test_a_bootstrap_that_fails_leaves_no_order_for_a_second_cluster(guest: Guest, tmp_path: Path) -> None:
    guest.flag.touch()
    guest.programs.answers["galera_new_cluster"] = GuestError("galera_new_cluster did not end within 60 s.")
    with pytest.raises(GuestError, match=r"could not bootstrap a new cluster: galera_new_cluster did not end within 60 s\."):
        control.bootstrap(info(datadir__path=str(tmp_path)), serves, 60)
    assert not guest.flag.exists()
    assert guest.programs.ran[-1] == "systemctl unset-environment _WSREP_NEW_CLUSTER"


@pytest.mark.parametrize(
    ("service", "done"),
    [
        ({"outdated": False, "socket_activation": False, "enabled": True}, []),
        ({"outdated": True, "socket_activation": False, "enabled": True}, ["service.reload_files"]),
        ({"outdated": False, "socket_activation": True, "enabled": True}, ["socket.mask"]),
        ({"outdated": False, "socket_activation": False, "enabled": False}, ["service.enable"]),
        ({"outdated": True, "socket_activation": True, "enabled": False}, ["service.reload_files", "socket.mask", "service.enable"]),
    ],
)
def test_who_may_start_it(guest: Guest, service: Any, done: list[str]) -> None:
    order = Mock()
    order.attach_mock(guest.service, "service")
    order.attach_mock(guest.socket, "socket")
    control.prepare_service(info(service={"state": "inactive", "started": None, **service}))
    assert [name for name, _args, _kwargs in order.mock_calls] == done


@pytest.mark.parametrize("left", [[], [member.UNFINISHED, "mysql"]])
def test_system_tables_are_created_once_and_completely(guest: Guest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, left: list[str]) -> None:
    def fill(_engine: MariaDB, datadir: str) -> None:
        assert os.listdir(datadir) == [member.UNFINISHED]
        (tmp_path / "data" / "mysql").mkdir()

    monkeypatch.setattr(MariaDB, "create_system_tables", create_autospec(MariaDB.create_system_tables, side_effect=fill))
    (tmp_path / "data").mkdir()
    for name in left:
        (tmp_path / "data" / name).touch()
    control.initialise(str(tmp_path / "data"))
    assert os.listdir(tmp_path / "data") == ["mysql"]


def test_it_is_stopped(guest: Guest) -> None:
    control.stop()
    control.give_up_start()
    assert guest.service.mock_calls == [call.stop(), call.kill()]


@pytest.mark.parametrize(
    ("states", "looks"),
    [
        pytest.param([UP], 1, id="settled"),
        pytest.param([STARTING, state("deactivating"), DOWN], 3, id="it settles"),
        pytest.param([STARTING], 4, id="no longer than three seconds"),
    ],
)
def test_a_start_or_a_stop_is_waited_for(guest: Guest, states: list[UnitState], looks: int) -> None:
    service = guest.unit(*states)
    control.settle(3)
    assert service.show.call_count == looks


@pytest.mark.parametrize(
    ("reasons", "found"),
    [
        pytest.param([None], None, id="none"),
        pytest.param(["it gives", "it gives", None], None, id="it passes"),
        pytest.param(["one", "two", "three", "four", "five", "six"], "five", id="it does not pass in three seconds"),
    ],
)
def test_a_reason_is_waited_for(guest: Guest, reasons: list[str | None], found: str | None) -> None:
    answers = iter(reasons)
    assert control.wait_while(lambda _info: next(answers), 3) == found


def test_the_provider_reads_the_certificate_too(monkeypatch: pytest.MonkeyPatch) -> None:
    reload = create_autospec(control.server_control.reload_tls)
    monkeypatch.setattr(control.server_control, "reload_tls", reload)
    control.reload_tls(["/tls/ca.pem"])
    assert reload.mock_calls == [call(control.MARIADB, ["/tls/ca.pem"], "SET GLOBAL wsrep_provider_options = 'socket.ssl_reload=1'")]
