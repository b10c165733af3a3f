# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is read of a member that is down, and written for its next start, over a data directory of files, a fake unit and fake programs."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any
from unittest.mock import Mock, create_autospec

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.galera.guest import member, processes, recovery
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.galera.guest.recovery_files import prepare
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.galera.rules import outage
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.galera.rules.member_state import NULL_UUID
from ansible_collections.stackdb.trove.plugins.module_utils._guest import aside, command, kept_options, packages
from ansible_collections.stackdb.trove.plugins.module_utils._guest.command import GuestError
from ansible_collections.stackdb.trove.tests.unit.fake_database import fake_unit, state
from ansible_collections.stackdb.trove.tests.unit.galera_builders import OURS, grastate, serving, stopped, wsrep

AT: Any = {"uuid": OURS, "seqno": 9}
VIEW = f"my_uuid: {OURS}\n#vwbeg\nview_id: 3 {OURS} 3\nbootstrap: 0\nmember: {OURS} 0\n#vwend\n"


class Guest:
    def __init__(self, monkeypatch: pytest.MonkeyPatch, directory: Path) -> None:
        self.data, self.patch = directory / "data", monkeypatch
        self.data.mkdir()
        (self.data / "ibdata1").touch()
        monkeypatch.setattr(kept_options, "DIRECTORY", str(directory))
        monkeypatch.setattr(recovery, "_path", lambda: str(directory / "note.json"))
        self.unit = fake_unit(state("inactive"))
        self.unit.name = "mariadb.service"
        self.unit.invocation.return_value = "one"
        self.unit.log.return_value = []
        self.masked = False
        self.unit.mask_until_reboot.side_effect = lambda: setattr(self, "masked", True)
        self.unit.unmask.side_effect = lambda: setattr(self, "masked", False)
        self.unit.unmask_for_good.side_effect = lambda: setattr(self, "masked", False)
        self.unfinished: list[str] = []
        installed = create_autospec(packages.installed, side_effect=lambda _name: {"versions": {}, "unfinished": self.unfinished, "others": []})
        monkeypatch.setattr(recovery.packages, "installed", installed)
        monkeypatch.setattr(member, "SERVICE", self.unit)
        monkeypatch.setattr(processes, "of_unit", list)
        self.says(f"[Note] WSREP: Recovered position: {OURS}:9,0-1-4\n")

    def says(self, text: str, code: int = 0, environment: str = "", holders: str = "", settings: str = "", hangs: bool = False) -> None:
        """What --wsrep_recover writes, what the unit's environment holds, and who holds ports."""
        self.ran: list[list[str]] = []

        def run(argv: list[str], timeout: float = 60, check: bool = True) -> subprocess.CompletedProcess[str]:
            self.ran.append(argv)
            out = {"systemctl": "" if self.masked else environment, "ss": holders, "my_print_defaults": settings}.get(argv[0], "")
            daemon = argv[0].endswith("mariadbd")
            if daemon and hangs:
                raise GuestError(f"{' '.join(argv)} did not end within {timeout:.0f} s.")
            return subprocess.CompletedProcess(argv, code if daemon else 0, out, text if daemon else "")

        for module in (recovery, processes):
            self.patch.setattr(module, "run", create_autospec(command.run, side_effect=run))

    def info(self) -> Any:
        return stopped(datadir__path=str(self.data))


@pytest.fixture
def guest(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Guest:
    return Guest(monkeypatch, tmp_path)


def test_the_position_is_asked_with_the_units_own_options(guest: Guest) -> None:
    guest.says(f"WSREP: Recovered position: {OURS}:9,0-1-4\n", environment='MYSQLD_OPTS="--innodb-force-recovery=0 --x" LANG=C')
    # a run that was killed has left it so, and systemd shows nothing of it
    guest.masked = True
    options = recovery.hold(guest.info(), ran=True)
    assert guest.masked
    assert recovery.recover(str(guest.data), 5, options) == (AT, "0-1-4", None)
    assert guest.ran[-1][1:3] == ["--innodb-force-recovery=0", "--x"]
    assert "--wsrep_recover" in guest.ran[-1]


@pytest.mark.parametrize(("unfinished", "for_good"), [([], True), (["mariadb-server"], False)])
def test_one_that_an_upgrade_has_masked_for_good_comes_back_when_its_packages_are_finished(guest: Guest, unfinished: list[str], for_good: bool) -> None:
    guest.unfinished = unfinished
    recovery.hold(guest.info(), ran=True)
    assert guest.unit.unmask_for_good.called is for_good


def test_one_that_does_not_end_is_damaged_and_its_options_are_not_told(guest: Guest) -> None:
    guest.says("", hangs=True)
    assert recovery.recover(str(guest.data), 5, ["--password=geheim"]) == (None, None, "--wsrep_recover did not end within 5 s")


@pytest.mark.parametrize(
    ("settings", "name"),
    [("--innodb_data_file_path=one:10M;two:10M:autoextend\n", "one"), ("--innodb-data-home-dir=home\n", "home/ibdata1"), ("--datadir=/x\n", "ibdata1")],
)
def test_there_are_data_where_the_settings_say(guest: Guest, settings: str, name: str) -> None:
    (guest.data / "ibdata1").unlink()
    guest.says(f"WSREP: Recovered position: {OURS}:9\n", settings=settings)
    assert recovery.recover(str(guest.data), 5, [])[2] == f"no data in {guest.data}"
    (guest.data / name).parent.mkdir(exist_ok=True)
    (guest.data / name).touch()
    assert recovery.recover(str(guest.data), 5, []) == (AT, None, None)


@pytest.mark.parametrize(
    ("text", "code", "why"),
    [
        ("2026 0 [ERROR] InnoDB: Invalid log header checksum\n", 1, "InnoDB: Invalid log header checksum"),
        ("2026 0 [ERROR] Obtaining redo log encryption key version 1 failed\n", 1, "Obtaining redo log encryption key version 1 failed"),
        ("WSREP: ..skipping position recovery..\n", 0, "--wsrep_recover gave no position (exit code 0)"),
        # a position counts only where the server ended well
        (f"WSREP: Recovered position: {OURS}:9\n", 1, "--wsrep_recover gave no position (exit code 1)"),
    ],
)
def test_a_server_that_cannot_say_it_is_damaged(guest: Guest, text: str, code: int, why: str) -> None:
    guest.says(text, code)
    assert recovery.recover(str(guest.data), 5, []) == (None, None, why)


@pytest.mark.parametrize("whole", [True, False])
def test_one_that_was_receiving_is_not_started_on_its_data(guest: Guest, whole: bool) -> None:
    (guest.data / "sst_in_progress").touch()
    if not whole:
        (guest.data / "ibdata1").unlink()
    assert recovery.recover(str(guest.data), 5, []) == ({"uuid": NULL_UUID, "seqno": -1}, None, None)
    assert guest.ran == []
    row = recovery.read(guest.info(), ran=True, timeout=5, options=[])
    assert (row["schemas"], row["half"]) == ([], True)


def test_data_that_are_not_there_are_not_known(guest: Guest) -> None:
    """As of a volume that is not mounted, which may be ahead."""
    (guest.data / "ibdata1").unlink()
    assert recovery.recover(str(guest.data), 5, []) == (None, None, f"no data in {guest.data}")
    assert [argv[0] for argv in guest.ran] == ["my_print_defaults"]


def test_half_of_the_data_have_no_position_whatever_opens(guest: Guest) -> None:
    (guest.data / "ibdata1").touch()
    (guest.data / aside.NAME).mkdir()
    position, _gtid, failure = recovery.recover(str(guest.data), 5, [])
    assert (position, failure.startswith("a part of its data is set aside")) == (None, True)


def test_a_row(guest: Guest) -> None:
    (guest.data / "grastate.dat").write_text(outage.write_grastate(OURS, -1, safe=False))
    (guest.data / "gvwstate.dat").write_text(VIEW)
    recovery.write_note(reached={"uuid": OURS, "seqno": 4}, at=7.0)
    row = recovery.read(guest.info(), ran=True, timeout=5, options=[])
    assert (row["schemas"], row["half"]) == (["app"], False)
    assert (row["recovered"], row["ran"], row["file"], row["failure"], row["last"]) == (AT, True, outage.OK, None, False)
    assert row["noted"] == [{"uuid": OURS, "seqno": 4, "by": "the end of an earlier recovery"}]
    assert row["view"] == {"id": f"3 {OURS} 3", "me": OURS, "members": [OURS]}
    # what was before an earlier recovery has ended counts no more
    assert guest.unit.log.call_args.kwargs == {"since": 7.0}


def test_data_that_are_in_use_are_not_asked(guest: Guest) -> None:
    guest.says("", holders='LISTEN 0 5 0.0.0.0:4444 0.0.0.0:* users:(("socat",pid=77,fd=5))\n')
    row = recovery.read(guest.info(), ran=False, timeout=5, options=[])
    assert "port 4444 is held by the process 77 (socat)" in row["strays"]
    assert (row["unread"], row["recovered"]) == ("its data are in use", None)
    assert not any("--wsrep_recover" in argv for argv in guest.ran)


def test_the_view_is_known_after_its_file_was_removed_until_the_server_starts(guest: Guest) -> None:
    (guest.data / "gvwstate.dat").write_text(VIEW)
    found = recovery.view_now(guest.info())
    assert found
    recovery.hold(guest.info(), ran=False)
    prepare(str(guest.data), None, begins=False, sst=False)
    assert not (guest.data / "gvwstate.dat").exists()
    assert recovery.view_now(guest.info()) == found
    guest.unit.invocation.return_value = "another"
    assert recovery.view_now(guest.info()) is None


def test_a_view_of_no_start_is_none(guest: Guest) -> None:
    """A host that was booted meanwhile has no start to tell it by."""
    guest.unit.invocation.return_value = None
    (guest.data / "gvwstate.dat").write_text(VIEW)
    recovery.hold(guest.info(), ran=False)
    prepare(str(guest.data), None, begins=False, sst=False)
    assert recovery.view_now(guest.info()) is None


def test_a_stop_in_order_does_not_take_the_view_away(guest: Guest) -> None:
    """Else those of it that were killed would wait for one that looks for nobody."""
    (guest.data / "gvwstate.dat").write_text(VIEW)
    guest.unit.stop.side_effect = lambda timeout: (guest.data / "gvwstate.dat").unlink()
    recovery.hold(guest.info(), ran=True)
    assert (guest.data / "gvwstate.dat").read_text() == VIEW


def test_that_it_ran_is_noted_until_it_may_run_again(guest: Guest) -> None:
    guest.unit.stop.side_effect = lambda timeout: seen.append(recovery.note()["ran"])
    seen: list[bool] = []
    recovery.hold(guest.info(), ran=True)
    assert (seen, recovery.note()["ran"]) == ([True], True)
    recovery.release()
    assert (guest.masked, recovery.note()["ran"]) == (False, False)


BARE: Any = wsrep(on=False, cluster_status=None)


@pytest.mark.parametrize(("state_", "schemas", "took"), [(True, ["app"], True), (False, ["app"], True), (True, [], True), (False, [], False)])
def test_one_that_runs_outside_of_the_cluster_takes_writes_there(guest: Guest, state_: bool, schemas: list[str], took: bool) -> None:
    file: Any = {"grastate": grastate()} if state_ else {"grastate": None}
    info = {**guest.info(), **file, "wsrep": BARE}
    info["datadir"] = {**info["datadir"], "schemas": schemas}
    assert bool(recovery.unread(info, "it runs")["without_wsrep"]) == took
    recovery.hold(info, ran=True)
    assert bool(recovery.read({**info, "wsrep": None}, ran=True, timeout=5, options=[])["without_wsrep"]) == took


def test_a_start_outside_of_the_cluster_after_an_earlier_recovery_is_seen(guest: Guest) -> None:
    """The start by which it was a member is before what is read."""
    guest.unit.log.return_value = ["2026-11-26 11:00:00 0 [Note] Starting MariaDB 10.11.19", "mariadbd: ready for connections."]
    assert recovery.read(guest.info(), ran=True, timeout=5, options=[])["without_wsrep"] is None
    recovery.write_note(at=7.0)
    assert recovery.read(guest.info(), ran=True, timeout=5, options=[])["without_wsrep"] == "2026-11-26 11:00:00"
    recovery.write_note(at=None)
    (guest.data / "grastate.dat").write_text(outage.write_grastate(OURS, -1, safe=False))
    assert recovery.read(guest.info(), ran=True, timeout=5, options=[])["without_wsrep"] == "2026-11-26 11:00:00"


def calls(unit: Mock) -> list[str]:
    return [name for name, _args, _kwargs in unit.mock_calls if name in ("stop", "kill", "mask_until_reboot", "unmask", "start")]


@pytest.mark.parametrize(
    ("found", "done"),
    [
        (state("active"), ["stop", "mask_until_reboot"]),
        (state("inactive"), ["stop", "mask_until_reboot"]),
        # it does not listen while it looks for the others
        ({**state("activating"), "substate": "start"}, ["kill", "mask_until_reboot"]),
        ({**state("activating"), "substate": "auto-restart"}, ["stop", "mask_until_reboot"]),
    ],
)
def test_a_unit_is_stopped_before_it_is_masked(guest: Guest, found: Any, done: list[str]) -> None:
    guest.unit.show.side_effect = None
    guest.unit.show.return_value = found
    recovery.stop()
    assert calls(guest.unit) == done


def test_one_that_does_not_stop_is_killed_and_what_is_left_of_its_unit_too(guest: Guest) -> None:
    left = subprocess.Popen(["sleep", "60"])
    guest.patch.setattr(processes, "of_unit", lambda: [left.pid])
    guest.unit.show.side_effect = None
    guest.unit.show.return_value = state("active")
    guest.unit.stop.side_effect = GuestError("it did not end")
    recovery.stop()
    assert left.wait(10) == -9
    assert calls(guest.unit) == ["stop", "kill", "mask_until_reboot"]


def test_who_serves_has_a_position_and_nothing_else() -> None:
    row = recovery.serving(serving())
    assert (row["serving"], row["recovered"]) == ({"uuid": OURS, "seqno": 9}, None)
