# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from pathlib import Path
from unittest.mock import create_autospec

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._guest import aside
from ansible_collections.stackdb.trove.plugins.module_utils._model.errors import Refused
from ansible_collections.stackdb.trove.plugins.module_utils._plan.runner import reconcile
from ansible_collections.stackdb.trove.plugins.modules import trove_mysql_server


@pytest.mark.parametrize("state", ["resumed", "restarted"])
@pytest.mark.parametrize("check_mode", [True, False])
def test_a_server_whose_data_are_set_aside_by_half_is_neither_started_nor_restarted(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, state: str, check_mode: bool
) -> None:
    reconciled = create_autospec(reconcile)
    monkeypatch.setattr(trove_mysql_server, "reconcile", reconciled)
    (tmp_path / aside.NAME).mkdir()
    params = {"engine": "mariadb", "datadir": str(tmp_path), "role": "mysql_replication", "turn": "run-1/v", "timeout": 5, "state": state}
    with pytest.raises(Refused, match="begin with half of its data"):
        trove_mysql_server.act(params, check_mode)
    assert not reconciled.mock_calls
