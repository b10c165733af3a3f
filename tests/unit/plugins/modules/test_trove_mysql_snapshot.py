# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the module returns, by its state; the guest is faked by autospecs."""

from __future__ import annotations

from pathlib import Path
from unittest.mock import create_autospec

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.mysql_replication.guest import snapshot
from ansible_collections.stackdb.trove.plugins.modules import trove_mysql_snapshot as module

PARAMS = {
    "engine": "mariadb", "tool": "auto", "source": {"name": "shop", "host": "10.0.0.1", "port": 3306}, "dataset": None, "replicas": {}, "storage_engines": {},
    "workspace": None, "port": 4444, "tls_directory": "/tls", "timeout": 60,
}  # fmt: skip


@pytest.fixture
def act(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    """Runs the module in check mode, for which there is no lock to be held, on a data directory that is empty."""
    monkeypatch.setattr(snapshot, "missing_programs", create_autospec(snapshot.missing_programs, return_value=[]))
    (tmp_path / "data").mkdir()

    def run(state: str, **changes: object) -> dict:
        return module.act({**PARAMS, "state": state, "datadir": str(tmp_path / "data"), **changes}, True)

    return run


def test_listening(act, tmp_path: Path) -> None:
    done = act("listening")
    assert (done["changed"], done["datadir"]["state"], done["datadir"]["path"]) == (True, "receiving", str(tmp_path / "data"))
    assert "snapshot" not in done


def test_received(act, tmp_path: Path) -> None:
    (tmp_path / "data" / "ibdata1").touch()
    done = act("received")
    assert (done["changed"], done["snapshot"], done["datadir"]["state"]) == (False, None, "initialised")
    assert "snapshot" not in done["datadir"]


@pytest.mark.parametrize("replicas", [{}, {"shop-1": "10.0.0.2"}])
def test_sent(act, replicas: dict) -> None:
    done = act("sent", replicas=replicas)
    assert done["changed"] is bool(replicas)
    assert (done["streams"], done["bytes"], done["seconds"]) == ({}, 0, 0)
