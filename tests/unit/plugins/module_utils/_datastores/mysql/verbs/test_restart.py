# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from unittest.mock import Mock, create_autospec

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.mysql.guest import control, engines, settings_file
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.mysql.verbs import restart
from ansible_collections.stackdb.trove.plugins.module_utils._guest import turn
from ansible_collections.stackdb.trove.plugins.module_utils._plan.runner import reconcile
from ansible_collections.stackdb.trove.tests.unit.fake_database import fake_unit, state


@pytest.mark.parametrize(
    ("now", "noted", "same", "expected"),
    [
        pytest.param("active", None, True, ["begin", "stop", "start", "note_start", "note"], id="it runs"),
        pytest.param("active", "run-1/v", False, [], id="it was restarted in this turn"),
        pytest.param("failed", "run-1/v", False, ["begin", "start", "note_start", "note"], id="it died since"),
        pytest.param("activating", None, False, ["begin", "start", "note_start", "note"], id="the run was killed while it started"),
    ],
)
def test_what_is_done(monkeypatch: pytest.MonkeyPatch, now: str, noted: str | None, same: bool, expected: list[str]) -> None:
    calls, notes = Mock(), create_autospec(turn)
    notes.look.return_value = {"state": now, "enabled": True, "invocation": "a", "turn": noted}
    notes.is_to_stop.return_value = same
    fakes = {"turn": notes, "control": create_autospec(control), "settings_file": create_autospec(settings_file)}
    for name, fake in fakes.items():
        monkeypatch.setattr(restart, name, fake)
    monkeypatch.setattr(engines.MariaDB, "service", fake_unit(state("active", started=1000.0)))
    for owner, name in (("turn", "begin"), ("turn", "note"), ("control", "stop"), ("control", "start"), ("settings_file", "note_start")):
        calls.attach_mock(getattr(fakes[owner], name), name)
    restarted = restart.MysqlRestarted(engines.MARIADB, "mysql_replication", "run-1/v", 60)
    reconcile(restarted, True)
    assert calls.mock_calls == []
    reconcile(restarted, False)
    assert [name for name, _args, _kwargs in calls.mock_calls] == expected
