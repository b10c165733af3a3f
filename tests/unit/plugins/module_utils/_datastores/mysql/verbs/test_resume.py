# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from unittest.mock import Mock, create_autospec

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.mysql.guest import control, engines, settings_file
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.mysql.verbs import resume
from ansible_collections.stackdb.trove.plugins.module_utils._guest import power, turn
from ansible_collections.stackdb.trove.plugins.module_utils._plan.runner import reconcile
from ansible_collections.stackdb.trove.tests.unit.fake_database import fake_unit, state


@pytest.mark.parametrize(
    ("to_do", "expected"),
    [
        pytest.param([power.ENABLE, power.START, power.FORGET], ["control", "power", "note_start"], id="it was stopped"),
        pytest.param([power.ENABLE], ["control", "power", "note_start"], id="it was started by hand"),
        pytest.param([], [], id="it runs"),
    ],
)
def test_what_is_done(monkeypatch: pytest.MonkeyPatch, to_do: list[str], expected: list[str]) -> None:
    calls = []
    powers, controls, files = (create_autospec(module) for module in (power, control, settings_file))
    powers.start.side_effect = lambda unit, timeout=0, check_mode=False: to_do if check_mode else calls.append("power")
    controls.start.side_effect = lambda engine, timeout: calls.append("control")
    files.note_start.side_effect = lambda role, started: calls.append("note_start")
    for name, fake in (("power", powers), ("control", controls), ("settings_file", files)):
        monkeypatch.setattr(resume, name, fake)
    looked = {"state": "inactive", "enabled": False, "invocation": None, "turn": None, "stopped": None}
    monkeypatch.setattr(resume, "turn", Mock(look=create_autospec(turn.look, return_value=looked)))
    monkeypatch.setattr(engines.MariaDB, "service", fake_unit(state("active", started=1000.0)))
    resumed = resume.MysqlResumed(engines.MARIADB, "mysql_replication", 60)
    planned = reconcile(resumed, True)
    assert (calls, planned.changed) == ([], bool(to_do))
    assert [step.line() for step in planned.plan.steps] == ([f"~ start server mariadbd: {', '.join(to_do)}"] if to_do else [])
    reconcile(resumed, False)
    assert calls == expected
