# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A Galera member restarted once in a turn."""

from __future__ import annotations

from typing import Any
from unittest.mock import Mock, create_autospec

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.galera.guest import control, member
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.galera.verbs import restart, settings
from ansible_collections.stackdb.trove.plugins.module_utils._guest import turn
from ansible_collections.stackdb.trove.plugins.module_utils._plan.runner import reconcile
from ansible_collections.stackdb.trove.tests.unit.galera_builders import serving, stopped

LOOKING = stopped(service__state="activating")


class FakeGuest:
    """Records what is done to a member.

    :param noted: the turn that it has noted
    :param same: whether the server is still the one of the begin
    """

    def __init__(self, monkeypatch: pytest.MonkeyPatch, seen: Any, noted: str | None, same: bool) -> None:
        self.calls = Mock()
        fakes = {"control": create_autospec(control), "member": create_autospec(member), "settings": create_autospec(settings), "turn": create_autospec(turn)}
        fakes["member"].observe.return_value = seen
        fakes["turn"].look.return_value = {"state": "active", "enabled": True, "invocation": "a", "turn": noted}
        fakes["turn"].is_to_stop.return_value = same
        for name, fake in fakes.items():
            monkeypatch.setattr(restart, name, fake)
        for name in ("control.stop", "control.start", "control.bootstrap", "control.give_up_start", "turn.begin", "turn.note", "settings.note_start"):
            module, _dot, function = name.partition(".")
            self.calls.attach_mock(getattr(fakes[module], function), function)

    def done(self, only: bool = False, check_mode: bool = False) -> list[str]:
        reconcile(restart.GaleraRestarted("m1", only, "run-1/v", 60), check_mode)
        return [name for name, _args, _kwargs in self.calls.mock_calls]


@pytest.mark.parametrize(
    ("seen", "noted", "same", "only", "expected"),
    [
        pytest.param(serving(), None, True, False, ["begin", "stop", "start", "note_start", "note"], id="it serves"),
        pytest.param(serving(), "run-0/v", True, False, ["begin", "stop", "start", "note_start", "note"], id="it was restarted in another turn"),
        pytest.param(serving(), "run-1/v", False, False, [], id="it was restarted in this turn"),
        pytest.param(stopped(), None, True, False, ["begin", "stop", "start", "note_start", "note"], id="down, or the run was killed after the stop"),
        pytest.param(stopped(service__state="activating", datadir__receiving=True), None, False, False, ["begin", "start", "note_start", "note"],
                     id="the run was killed while it received data: it is waited for"),
        pytest.param(LOOKING, None, True, False, ["begin", "give_up_start", "start", "note_start", "note"], id="one that looks for the others hears no stop"),
        pytest.param(serving(), None, True, True, ["begin", "stop", "bootstrap", "note_start", "note"], id="the only member begins its cluster anew"),
    ],
)  # fmt: skip
def test_what_is_done(monkeypatch: pytest.MonkeyPatch, seen: Any, noted: str | None, same: bool, only: bool, expected: list[str]) -> None:
    assert FakeGuest(monkeypatch, seen, noted, same).done(only) == expected


def test_check_mode_does_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    assert FakeGuest(monkeypatch, serving(), None, True).done(check_mode=True) == []
