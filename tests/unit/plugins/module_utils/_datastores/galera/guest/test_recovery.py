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
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.galera.guest import member, recovery
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.galera.guest.recovery_files import prepare
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.galera.rules import outage
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.galera.rules.member_state import NULL_UUID
from ansible_collections.stackdb.trove.plugins.module_utils._guest import command, kept_options
from ansible_collections.stackdb.trove.plugins.module_utils._guest.command import GuestError
from ansible_collections.stackdb.trove.tests.unit.fake_database import fake_unit, state
from ansible_collections.stackdb.trove.tests.unit.galera_builders import OURS, serving, stopped

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
        monkeypatch.setattr(member, "SERVICE", self.unit)
        monkeypatch.setattr(recovery, "_of_unit", list)
        self.says(f"[Note] WSREP: Recovered position: {OURS}:9,0-1-4\n")

    def says(self, text: str, code: int = 0, environment: str = "", holders: str = "") -> None:
        """What --wsrep_recover writes, what the unit's environment holds, and who holds ports."""
        self.ran: list[list[str]] = []

        def run(argv: list[str], timeout: float = 60, check: bool = True) -> subprocess.CompletedProcess[str]:
            self.ran.append(argv)
            out = {"systemctl": environment, "ss": holders}.get(argv[0], "")
            daemon = argv[0].endswith("mariadbd")
            return subprocess.CompletedProcess(argv, code if daemon else 0, out, text if daemon else "")

        self.patch.setattr(recovery, "run", create_autospec(command.run, side_effect=run))

    def info(self) -> Any:
        return stopped(datadir__path=str(self.data))


@pytest.fixture
def guest(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Guest:
    return Guest(monkeypatch, tmp_path)


def test_the_position_is_asked_with_the_units_own_options(guest: Guest) -> None:
    guest.says(f"WSREP: Recovered position: {OURS}:9,0-1-4\n", environment='MYSQLD_OPTS="--innodb-force-recovery=0 --x" LANG=C')
    assert recovery.recover(str(guest.data), 5) == (AT, "0-1-4", None)
    assert guest.ran[-1][1:3] == ["--innodb-force-recovery=0", "--x"]
    assert "--wsrep_recover" in guest.ran[-1]


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
    assert recovery.recover(str(guest.data), 5) == (None, None, why)


@pytest.mark.parametrize("whole", [True, False])
def test_one_that_was_receiving_is_not_started_on_its_data(guest: Guest, whole: bool) -> None:
    (guest.data / "sst_in_progress").touch()
    if not whole:
        (guest.data / "ibdata1").unlink()
    assert recovery.recover(str(guest.data), 5) == ({"uuid": NULL_UUID, "seqno": -1}, None, None)
    assert guest.ran == []
    assert recovery.read(guest.info(), ran=True, timeout=5)["schemas"] == []


def test_data_that_are_not_there_are_not_known(guest: Guest) -> None:
    """As of a volume that is not mounted, which may be ahead."""
    (guest.data / "ibdata1").unlink()
    assert recovery.recover(str(guest.data), 5) == (None, None, f"no data in {guest.data}")
    assert guest.ran == []


def test_a_row(guest: Guest) -> None:
    (guest.data / "grastate.dat").write_text(outage.write_grastate(OURS, -1, safe=False))
    (guest.data / "gvwstate.dat").write_text(VIEW)
    recovery.write_note(reached={"uuid": OURS, "seqno": 4}, at=7.0)
    row = recovery.read(guest.info(), ran=True, timeout=5)
    assert row["schemas"] == ["app"]
    assert (row["recovered"], row["ran"], row["file"], row["failure"], row["last"]) == (AT, True, outage.OK, None, False)
    assert row["noted"] == [{"uuid": OURS, "seqno": 4, "by": "the end of an earlier recovery"}]
    assert row["view"] == {"id": f"3 {OURS} 3", "me": OURS, "members": [OURS]}
    # what was before an earlier recovery has ended counts no more
    assert guest.unit.log.call_args.kwargs == {"since": 7.0}


def test_data_that_are_in_use_are_not_asked(guest: Guest) -> None:
    guest.says("", holders='LISTEN 0 5 0.0.0.0:4444 0.0.0.0:* users:(("socat",pid=77,fd=5))\n')
    row = recovery.read(guest.info(), ran=False, timeout=5)
    assert "port 4444 is held by the process 77 (socat)" in row["strays"]
    assert (row["unread"], row["recovered"]) == ("its data are in use", None)
    assert not any("--wsrep_recover" in argv for argv in guest.ran)


def test_the_view_is_known_after_its_file_was_removed_until_the_server_starts(guest: Guest) -> None:
    (guest.data / "gvwstate.dat").write_text(VIEW)
    found = recovery.view_now(guest.info())
    assert found
    recovery.note_view(found)
    prepare(str(guest.data), None, begins=False, sst=False)
    assert not (guest.data / "gvwstate.dat").exists()
    assert recovery.view_now(guest.info()) == found
    guest.unit.invocation.return_value = "another"
    assert recovery.view_now(guest.info()) is None


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
    guest.patch.setattr(recovery, "_of_unit", lambda: [left.pid])
    guest.unit.show.side_effect = None
    guest.unit.show.return_value = state("active")
    guest.unit.stop.side_effect = GuestError("it did not end")
    recovery.stop()
    assert left.wait(10) == -9
    assert calls(guest.unit) == ["stop", "kill", "mask_until_reboot"]


def test_who_serves_has_a_position_and_nothing_else() -> None:
    row = recovery.serving(serving())
    assert (row["serving"], row["recovered"]) == ({"uuid": OURS, "seqno": 9}, None)


def test_processes_of_a_unit_are_known_by_their_control_group(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recovery, "_processes", lambda: iter([7, 8, 9]))
    groups = {
        "/proc/7/cgroup": "0::/system.slice/mariadb.service\n",
        "/proc/8/cgroup": "1:cpu:/\n0::/system.slice/mariadb@b.service\n",
        "/proc/9/cgroup": "9:name=systemd:/system.slice/mariadb.service\n",
    }
    monkeypatch.setattr(recovery, "text", groups.get)
    assert recovery._of_unit() == [7, 9]
