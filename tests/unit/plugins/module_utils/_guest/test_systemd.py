# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What systemd says of a unit, and what it is told, in the words of systemctl 252."""

from __future__ import annotations

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._guest import systemd
from ansible_collections.stackdb.trove.plugins.module_utils._guest.systemd import Unit
from ansible_collections.stackdb.trove.tests.unit.fake_programs import FakePrograms

RUNNING = """\
Type=notify
NRestarts=2
ExecMainStartTimestamp=Sat 2026-11-21 10:06:54.123456 UTC
ActiveState=active
SubState=running
UnitFileState=enabled
NeedDaemonReload=no
"""
MISSING = "NRestarts=0\nExecMainStartTimestamp=\nActiveState=inactive\nSubState=dead\nUnitFileState=\nNeedDaemonReload=no\n"
UNIT = Unit("mariadb.service")


@pytest.fixture
def programs(monkeypatch: pytest.MonkeyPatch) -> FakePrograms:
    return FakePrograms(systemctl="", journalctl="one\ntwo\n").install(monkeypatch, systemd)


def test_a_unit_that_runs(programs: FakePrograms) -> None:
    programs.answers["systemctl show"] = RUNNING
    assert UNIT.show() == {"state": "active", "substate": "running", "enabled": True, "started": 1795255614.123456, "outdated": False, "restarts": 2}


def test_a_unit_that_is_not_installed(programs: FakePrograms) -> None:
    programs.answers["systemctl show"] = MISSING
    assert UNIT.show() == {"state": "inactive", "substate": "dead", "enabled": False, "started": None, "outdated": False, "restarts": 0}


@pytest.mark.parametrize(("state", "job", "shown"), [
    ("inactive", "186", "activating"), ("failed", "186", "activating"), ("inactive", "", "inactive"), ("failed", "0", "failed"), ("active", "186", "active"),
    ("deactivating", "186", "deactivating"),
])  # fmt: skip
def test_a_start_that_waits_for_its_turn_is_no_unit_that_has_ended(programs: FakePrograms, state: str, job: str, shown: str) -> None:
    programs.answers["systemctl show"] = MISSING.replace("ActiveState=inactive", f"ActiveState={state}") + f"Job={job}\n"
    assert UNIT.show()["state"] == shown
    assert "Job" in programs.ran[-1]


def test_systemd_that_says_nothing(programs: FakePrograms) -> None:
    assert UNIT.show() == {"state": "inactive", "substate": "dead", "enabled": False, "started": None, "outdated": False, "restarts": 0}


def test_how_long_ago_it_served(programs: FakePrograms, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(systemd.time, "clock_gettime", lambda clock: 500.0)
    # never since the last boot: it ended before that
    for said, seconds in (("440000000\n", 60.0), ("0\n", 500.0), ("600000000\n", 0.0), ("", None)):
        programs.answers["systemctl show"] = said
        assert UNIT.down_for() == seconds


@pytest.mark.parametrize(
    ("state", "enabled"),
    [("enabled", True), ("enabled-runtime", True), ("static", True), ("disabled", False), ("masked", False), ("", False)],
)
def test_what_starts_at_boot(programs: FakePrograms, state: str, enabled: bool) -> None:
    programs.answers["systemctl show"] = f"UnitFileState={state}\n"
    assert UNIT.show()["enabled"] is enabled


def test_unit_files_that_are_newer_than_what_is_loaded(programs: FakePrograms) -> None:
    programs.answers["systemctl show"] = "NeedDaemonReload=yes\nExecMainStartTimestamp=n/a\n"
    assert UNIT.show()["outdated"]
    assert UNIT.show()["started"] is None


def test_a_start_reads_new_unit_files_and_forgets_an_earlier_failure(programs: FakePrograms) -> None:
    UNIT.start()
    assert programs.ran == ["systemctl daemon-reload", "systemctl reset-failed mariadb.service", "systemctl start --no-block mariadb.service"]


def test_a_killed_unit_is_not_started_again_by_systemd(programs: FakePrograms) -> None:
    UNIT.kill(9)
    assert programs.ran == [
        "systemctl stop --no-block mariadb.service",
        "systemctl kill --signal=SIGKILL mariadb.service",
        "systemctl stop mariadb.service",
    ]


def test_what_a_unit_is_told(programs: FakePrograms) -> None:
    UNIT.enable()
    UNIT.mask()
    UNIT.stop(9)
    assert programs.ran == ["systemctl enable mariadb.service", "systemctl mask --now mariadb.service", "systemctl stop mariadb.service"]


def test_a_mask_until_a_reboot_and_one_for_good(programs: FakePrograms) -> None:
    UNIT.mask_until_reboot()
    UNIT.mask_for_good()
    UNIT.unmask()
    assert programs.ran == ["systemctl mask --runtime mariadb.service", "systemctl mask mariadb.service", "systemctl unmask --runtime mariadb.service"]
    UNIT.unmask_for_good()
    assert programs.ran[3:] == ["systemctl unmask mariadb.service", "systemctl unmask --runtime mariadb.service"]


def test_its_log(programs: FakePrograms) -> None:
    assert UNIT.log(5) == ["one", "two"]
    UNIT.log(5, since=1000.4)
    assert programs.ran == [
        "journalctl --unit mariadb.service --no-pager --output=cat --lines=5",
        "journalctl --unit mariadb.service --no-pager --output=cat --lines=5 --since=@1000",
    ]


def test_a_start_that_is_waited_for(programs: FakePrograms) -> None:
    UNIT.start(wait=9)
    assert programs.ran[-1] == "systemctl start mariadb.service"


@pytest.mark.parametrize(("answer", "installed"), [("loaded\n", True), ("masked\n", True), ("not-found\n", False), ("\n", False)])
def test_whether_it_is_installed(programs: FakePrograms, answer: str, installed: bool) -> None:
    programs.answers["systemctl show --property=LoadState"] = answer
    assert UNIT.is_installed() is installed
