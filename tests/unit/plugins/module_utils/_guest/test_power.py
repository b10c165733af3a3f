# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A unit is stopped to stay so, and started again, by a fake systemd that knows what it was told."""

from __future__ import annotations

import itertools
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._guest import power, stopped, systemd
from ansible_collections.stackdb.trove.plugins.module_utils._guest.command import GuestError
from ansible_collections.stackdb.trove.plugins.module_utils._model.errors import InvalidInput
from ansible_collections.stackdb.trove.plugins.modules import trove_unit

NAME = "mariadb.service"
UNIT = systemd.Unit(NAME)


class FakeSystemd:
    """One unit.

    :ivar told: what changes something, in order
    :ivar ends: the state in which a stop leaves it
    """

    def __init__(self, state: str = "active", enabled: bool = True, installed: bool = True, ends: str = "inactive") -> None:
        self.state, self.enabled, self.installed, self.ends = state, enabled, installed, ends
        self.told: list[str] = []

    def run(self, argv: Sequence[str], timeout: float = 60, check: bool = True, stdin: str | None = None) -> subprocess.CompletedProcess[str]:
        verb = argv[1]
        if verb == "show":
            shown = f"ActiveState={self.state}\nUnitFileState={'enabled' if self.enabled else 'disabled'}\n"
            return subprocess.CompletedProcess(argv, 0, ("loaded" if self.installed else "not-found") if "--value" in argv else shown, "")
        self.told.append(verb)
        if verb == "stop" or "--now" in argv:
            self.state = self.ends if self.state not in ("inactive", "failed") else self.state
        self.state = "inactive" if verb == "reset-failed" and self.state == "failed" else "active" if verb == "start" else self.state
        self.enabled = self.enabled and verb != "disable" or verb == "enable"
        return subprocess.CompletedProcess(argv, 0, "", "")


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):  # type: ignore[no-untyped-def]
    monkeypatch.setattr(stopped, "_DIRECTORY", str(tmp_path))

    def install(**state: object) -> FakeSystemd:
        fake = FakeSystemd(**state)  # type: ignore[arg-type]
        monkeypatch.setattr(systemd, "run", fake.run)
        return fake

    return install


def act(check_mode: bool = False, **params: object) -> dict[str, object]:
    return trove_unit.act({"name": NAME, "others": None, "timeout": 9, **params}, check_mode)


@pytest.mark.parametrize(("state", "enabled", "others"), [*itertools.product(("active", "inactive", "failed", "activating"), (True, False), (None, [], ["b"]))])
def test_whatever_it_was_it_is_stopped_and_the_second_run_changes_nothing(at, state, enabled, others):
    fake = at(state=state, enabled=enabled)
    planned = act(True, state="stopped", others=others)
    assert (fake.told, fake.state, fake.enabled) == ([], state, enabled), "check mode"
    first = act(state="stopped", others=others)
    assert first["done"] == planned["done"]
    assert first["changed"] == (state != "inactive" or enabled or others is not None)
    assert first["unit"] == {"state": "inactive", "enabled": False, "stopped": None if others is None else {"others": others, "position": {}}}
    again = act(state="stopped", others=["c"] if others is not None else None)
    assert (again["changed"], again["unit"]) == (False, first["unit"]), "who served when it stopped is noted once"


def test_what_was_noted_before_somebody_let_it_start_at_boot_again_is_noted_anew(at):
    fake = at()
    act(state="stopped", others=[])
    fake.enabled = True
    assert act(state="stopped", others=["b"])["unit"]["stopped"] == {"others": ["b"], "position": {}}


def test_one_that_fails_while_it_stops_was_not_stopped_in_order(at):
    at(ends="failed")
    with pytest.raises(GuestError, match=r"mariadb.service was told to stop, and is failed\."):
        act(state="stopped", others=[])
    assert stopped.read(UNIT) is None


def test_the_failure_of_an_earlier_start_is_no_failure_of_this_stop(at):
    fake = at(state="failed", enabled=False)
    assert act(state="stopped")["done"] == [power.CLEAR]
    assert fake.told == ["reset-failed", "disable"]


@pytest.mark.parametrize(("state", "enabled"), [*itertools.product(("active", "inactive", "failed"), (True, False))])
def test_it_is_started_now_and_at_boot_and_the_note_of_its_stop_is_gone(at, state, enabled):
    fake = at(state=state, enabled=enabled)
    stopped.note(UNIT, [], {})
    planned = act(True, state="started")
    assert (fake.told, fake.state) == ([], state)
    first = act(state="started")
    assert first["done"] == planned["done"]
    assert first["unit"] == {"state": "active", "enabled": True, "stopped": None}
    assert not act(state="started")["changed"]
    fake.state = "inactive"
    assert stopped.read(UNIT) is None, "who stopped last is found anew at each stop"


@pytest.mark.parametrize("state", ["stopped", "started"])
def test_a_unit_that_there_is_not(at, state):
    fake = at(state="inactive", enabled=False, installed=False)
    with pytest.raises(GuestError, match=r"mariadb.service is no unit that systemd has on this host\. Nothing was changed\."):
        act(state=state)
    assert fake.told == []


def test_a_start_notes_nobody(at):
    at()
    with pytest.raises(InvalidInput, match="others: .*only with state=stopped"):
        act(state="started", others=[])
