# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Of which versions a server is, also of one that is down."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.mysql.guest.engines import MARIADB, MYSQL
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.mysql_replication.verbs import versions
from ansible_collections.stackdb.trove.plugins.module_utils._guest.command import GuestError


@pytest.fixture
def datadir(tmp_path: Path) -> str:
    (tmp_path / "mysql_upgrade_info").write_text("10.11.18-MariaDB\n")
    return str(tmp_path)


def answers(monkeypatch: pytest.MonkeyPatch, *row: Any) -> None:
    def query(_socket: str, _statement: str) -> list[list[Any]]:
        if not row:
            raise GuestError("Can't connect")
        return [[row]]

    monkeypatch.setattr(versions.connection, "query", query)
    for engine in (MARIADB, MYSQL):
        monkeypatch.setattr(type(engine), "version", lambda _self: "11.8.9")


def test_one_that_runs_says_where_its_tables_are(monkeypatch: pytest.MonkeyPatch, datadir: str) -> None:
    answers(monkeypatch, "11.8.9-MariaDB-deb13u1-log", datadir)
    assert versions.look(MARIADB) == {"running": "11.8.9", "installed": "11.8.9", "tables": "10.11.18"}
    assert versions.look(MYSQL)["tables"] is None
    assert versions.running() == "11.8.9"


def test_one_that_is_down_has_its_program_and_tables_where_they_are_known(monkeypatch: pytest.MonkeyPatch, datadir: str) -> None:
    answers(monkeypatch)
    assert versions.look(MARIADB) == {"running": None, "installed": "11.8.9", "tables": None}
    assert versions.look(MARIADB, datadir)["tables"] == "10.11.18"


def test_sessions_that_wait_for_a_lock_are_told_without_their_statements(monkeypatch: pytest.MonkeyPatch) -> None:
    answers(monkeypatch, 29, "app", "10.0.0.9:5")
    assert versions.waiting() == ["29 (app@10.0.0.9:5)"]
