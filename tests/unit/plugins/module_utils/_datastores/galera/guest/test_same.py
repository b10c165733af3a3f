# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a member holds is asked when it has applied all, by its own server."""

from __future__ import annotations

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.galera.guest import member, same
from ansible_collections.stackdb.trove.tests.unit.fake_database import FakeDatabase
from ansible_collections.stackdb.trove.tests.unit.galera_builders import OURS, serving


def test_checksums_up_to_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    tables = [{"s": "app", "t": "a", "bytes": 60}, {"s": "app", "t": "large", "bytes": 60}, {"s": "a`b", "t": "c", "bytes": None}]
    database = FakeDatabase({"SELECT TABLE_SCHEMA": tables, "CHECKSUM TABLE": [{"Table": "x", "Checksum": 7}]}).install(monkeypatch)
    monkeypatch.setattr(member, "observe", serving)
    monkeypatch.setattr(member, "socket", lambda: "/run/x.sock")
    assert same.held(limit=100) == {"position": {"uuid": OURS, "seqno": 9}, "tables": {"app.a": 7, "a`b.c": 7}, "left_out": 1}
    assert database.said[0] == "SET SESSION wsrep_sync_wait = 1"
    assert same.held()["tables"] == {"app.a": 7, "app.large": 7, "a`b.c": 7}
    assert "CHECKSUM TABLE `a``b`.`c`" in database.said
