# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from ansible_collections.stackdb.trove.plugins.module_utils._datastores.mysql_replication.rules.health import health
from ansible_collections.stackdb.trove.tests.unit.replication_builders import UUIDS, info, replica, silent

A = UUIDS[1]


def test_a_replication_topology_as_a_whole() -> None:
    infos = {
        "a": info(1, "0-1-150"),
        "b": replica(2, "0-1-149", link={"lag": 1, "retrieved": "0-1-149"}),
        # seen after the source, which went on: no error
        "c": replica(3, "0-1-160"),
        "d": replica(4, "0-1-150,0-4-151"),
        "e": silent(),
        "f": {},
    }
    found = health(infos, "a", max_lag=10)
    assert {name: one["problems"] for name, one in found.items()} == {
        "a": [],
        "b": [],
        "c": [],
        "d": ["it has transactions that its source has not: 0-4-151"],
        "e": ["it does not answer: Can't connect"],
        "f": ["it does not answer: it did not report"],
    }
    assert found["b"] == {"problems": [], "lag": 1, "errant": "", "retrieved": "0-1-149", "executed": "0-1-149"}
    assert found["d"]["errant"] == "0-4-151"


def test_a_source_that_is_none() -> None:
    found = health({"a": replica(2, "0-1-1")}, "a")
    assert found["a"]["problems"] == ["it is the source, and read-only", "it is the source, and replicates from 10.0.0.1"]


def test_health_without_the_source() -> None:
    found = health({"b": replica(2, f"{A}:1-5", "mysql", link={"io_running": "Connecting"})}, "a")
    assert found["b"]["errant"] is None
    assert len(found["b"]["problems"]) == 1
