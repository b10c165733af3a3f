# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whose connections keep a rotation from its end: replicas' alone, since nobody renews the others."""

from __future__ import annotations

import os
import time
from types import SimpleNamespace

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.mysql_replication.guest import rotation
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.mysql_replication.rules.replication import account_of


class FakeServer:
    """A source whose processes are scripted."""

    def __init__(self, *rows: tuple[str, str, int]) -> None:
        found = [{"User": user, "Host": host, "Command": "Binlog Dump GTID", "Time": age} for user, host, age in rows]
        self.connection = SimpleNamespace(rows=lambda _statement: [*found, {"User": "app", "Host": "x:1", "Command": "Query", "Time": 900}])

    def source(self) -> None:
        return None


@pytest.fixture(autouse=True)
def stamp(monkeypatch, tmp_path):
    """The server has read its certificate a minute ago."""
    path = tmp_path / "stamp"
    path.touch()
    os.utime(path, (time.time() - 60,) * 2)
    monkeypatch.setattr(rotation, "TLS_STAMP", str(path))


def test_a_replica_with_a_former_link_is_waited_for_and_others_are_named():
    mine = (account_of(12), "10.0.0.2:4711", 300)
    server = FakeServer(("debezium", "10.0.0.9:4712", 300), ("backup", "10.0.0.8:4713", 5), (account_of(13), "10.0.0.3:4714", 5))
    assert (rotation.stale(server), rotation.others(server)) == ([], ["debezium@10.0.0.9"])
    assert rotation.stale(FakeServer(mine)) == ["a replica's link was there before it has read its certificate"]
    assert rotation.others(FakeServer(mine)) == []
