# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a member notes of its turn."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._guest import systemd, turn
from ansible_collections.stackdb.trove.plugins.module_utils._guest.command import GuestError
from ansible_collections.stackdb.trove.tests.unit.fake_programs import FakePrograms

UNIT = systemd.Unit("mariadb.service")


class Guest:
    """One of which the server is started again."""

    def __init__(self, programs: FakePrograms) -> None:
        self.programs = programs
        programs.answers["systemctl show"] = "ActiveState=active\nUnitFileState=enabled\n"
        self.start("a")

    def start(self, invocation: str) -> None:
        self.programs.answers["systemctl show --property=InvocationID"] = f"{invocation}\n"


@pytest.fixture
def guest(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Guest:
    monkeypatch.setattr(turn, "_DIRECTORY", str(tmp_path / "notes"))
    return Guest(FakePrograms(systemctl="").install(monkeypatch, systemd))


def test_a_turn_from_its_begin_to_its_end(guest: Guest) -> None:
    assert turn.look(UNIT) == {"state": "active", "enabled": True, "invocation": "a", "turn": None, "begun": None, "stopped": None}
    turn.begin(UNIT, "run-1/v")
    assert turn.is_to_stop(UNIT, "run-1/v")
    assert (turn.look(UNIT)["turn"], turn.look(UNIT)["begun"]) == (None, "run-1/v")
    guest.start("b")
    assert not turn.is_to_stop(UNIT, "run-1/v")
    turn.note(UNIT, "run-1/v")
    assert turn.look(UNIT)["turn"] == "run-1/v"


def test_a_run_that_continues_does_not_stop_a_server_that_was_started_since(guest: Guest) -> None:
    turn.begin(UNIT, "run-1/v")
    guest.start("b")
    turn.begin(UNIT, "run-1/v")
    assert not turn.is_to_stop(UNIT, "run-1/v")


def test_the_next_turn_begins_anew(guest: Guest) -> None:
    turn.begin(UNIT, "run-1/v")
    guest.start("b")
    turn.note(UNIT, "run-1/v")
    turn.begin(UNIT, "run-2/v")
    assert turn.is_to_stop(UNIT, "run-2/v")
    assert turn.look(UNIT)["turn"] is None


def test_a_server_that_was_started_by_others_since_has_had_no_turn(guest: Guest) -> None:
    turn.begin(UNIT, "run-1/v")
    guest.start("b")
    turn.note(UNIT, "run-1/v")
    guest.start("c")
    assert turn.look(UNIT)["turn"] is None


def test_a_server_that_is_the_same_is_not_noted_as_restarted(guest: Guest) -> None:
    turn.begin(UNIT, "run-1/v")
    with pytest.raises(GuestError, match="was not restarted"):
        turn.note(UNIT, "run-1/v")
