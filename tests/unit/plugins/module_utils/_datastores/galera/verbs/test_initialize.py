# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A Galera member whose data are set aside, once in a turn, wherever an earlier run was killed."""

from __future__ import annotations

from unittest.mock import Mock, create_autospec

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.galera.guest import control, member
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.galera.verbs import initialize, restart, settings
from ansible_collections.stackdb.trove.plugins.module_utils._guest import aside, turn
from ansible_collections.stackdb.trove.plugins.module_utils._plan.runner import reconcile
from ansible_collections.stackdb.trove.tests.unit.galera_builders import serving, stopped

_FUNCTIONS = ("control.stop", "control.start", "control.bootstrap", "turn.begin", "turn.note", "settings.note_start", "aside.move")


def done(monkeypatch, seen, noted, same, after_stop="inactive", only=False, check_mode=False):
    """What is done to the member."""
    fakes = {"control": create_autospec(control), "member": create_autospec(member), "settings": create_autospec(settings), "turn": create_autospec(turn)}
    fakes["aside"] = create_autospec(aside)
    fakes["member"].observe.return_value = seen
    fakes["member"].SERVICE.show.return_value = {"state": after_stop}
    fakes["turn"].look.return_value = {"state": "active", "enabled": True, "invocation": "a", "turn": noted}
    fakes["turn"].is_to_stop.return_value = same
    calls = Mock()
    for name, fake in fakes.items():
        monkeypatch.setattr(initialize, name, fake)
        if hasattr(restart, name):
            monkeypatch.setattr(restart, name, fake)
    for name in _FUNCTIONS:
        module, _dot, function = name.partition(".")
        calls.attach_mock(getattr(fakes[module], function), function)
    reconcile(initialize.GaleraInitialized("m1", only, "run-1/v", 60), check_mode)
    return [name for name, _args, _kwargs in calls.mock_calls]


@pytest.mark.parametrize(
    ("seen", "noted", "same", "after_stop", "expected"),
    [
        pytest.param(serving(), None, True, "inactive", ["begin", "stop", "move", "start", "note_start", "note"], id="it serves"),
        pytest.param(serving(), "run-1/v", False, "active", [], id="it was initialized in this turn"),
        pytest.param(stopped(), None, True, "inactive", ["begin", "stop", "move", "start", "note_start", "note"], id="the run was killed after the stop"),
        pytest.param(stopped(service__state="activating", datadir__receiving=True), None, False, "activating", ["begin", "start", "note_start", "note"],
                     id="the run was killed while it received data"),
        pytest.param(stopped(), None, False, "failed", ["begin", "move", "start", "note_start", "note"], id="its first start failed"),
    ],
)  # fmt: skip
def test_what_is_done(monkeypatch, seen, noted, same, after_stop, expected):
    assert done(monkeypatch, seen, noted, same, after_stop) == expected


def test_it_never_begins_a_cluster(monkeypatch):
    assert "bootstrap" not in done(monkeypatch, serving(), None, True, only=True)


def test_check_mode_does_nothing(monkeypatch):
    assert done(monkeypatch, serving(), None, True, check_mode=True) == []
