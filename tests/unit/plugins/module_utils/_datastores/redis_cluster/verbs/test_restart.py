# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from unittest.mock import Mock, create_autospec

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.redis_cluster.guest.server import Server
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.redis_cluster.verbs import restart
from ansible_collections.stackdb.trove.plugins.module_utils._guest import turn
from ansible_collections.stackdb.trove.plugins.module_utils._guest.systemd import Unit
from ansible_collections.stackdb.trove.plugins.module_utils._plan.runner import reconcile


@pytest.mark.parametrize(
    ("state", "noted", "same", "expected"),
    [
        pytest.param("active", None, True, ["begin", "restart", "note"], id="it runs"),
        pytest.param("active", "run-0/v", True, ["begin", "restart", "note"], id="it was restarted in another turn"),
        pytest.param("active", "run-1/v", False, [], id="it was restarted in this turn"),
        pytest.param("failed", "run-1/v", False, ["begin", "start", "note"], id="it died since"),
        pytest.param("inactive", None, True, ["begin", "start", "note"], id="it is down"),
        pytest.param("active", None, False, ["begin", "note"], id="the run was killed after the restart"),
    ],
)
def test_what_is_done(monkeypatch: pytest.MonkeyPatch, state: str, noted: str | None, same: bool, expected: list[str]) -> None:
    calls, server, notes = Mock(), create_autospec(Server, instance=True), create_autospec(turn)
    server.unit = Unit("redis-server.service")
    notes.look.return_value = {"state": state, "enabled": True, "invocation": "a", "turn": noted}
    notes.is_to_stop.return_value = same
    monkeypatch.setattr(restart, "turn", notes)
    for owner, name in ((notes, "begin"), (notes, "note"), (server, "restart"), (server, "start")):
        calls.attach_mock(getattr(owner, name), name)
    restarted = restart.RedisRestarted(server, "m1", "run-1/v", 60)
    assert bool(reconcile(restarted, True).plan) == bool(expected)
    assert calls.mock_calls == []
    reconcile(restarted, False)
    assert [name for name, _args, _kwargs in calls.mock_calls] == expected
