# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How often a member is looked at, with a scripted connection; the real one is in tests/galera."""

from __future__ import annotations

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.galera.guest import applier

REST = {"wsrep_local_recv_queue": "0", "wsrep_last_committed": "9", "wsrep_flow_control_active": "false", "wsrep_flow_control_paused_ns": "0"}
IDLE = [("wsrep applier idle", 50053.6), ("wsrep aborter idle", 50135.1), ("After apply log event", 8.2), (None, 1.0)]


class ScriptedConnection:
    """Answers each look by the next of (status, threads), and by the last one from then on."""

    def __init__(self, *script):
        self.script, self.looks = list(script), 0

    def rows(self, statement):
        status, threads = self.script[min(self.looks, len(self.script) - 1)]
        if "STATUS" in statement:
            return [{"Variable_name": name, "Value": value} for name, value in {**REST, **status}.items()]
        self.looks += 1
        return [{"ID": number, "STATE": state, "TIME_MS": ms} for number, (state, ms) in enumerate(threads, 1)]


@pytest.fixture(autouse=True)
def at_once(monkeypatch):
    monkeypatch.setattr(applier, "_PAUSE", 0)


def test_one_look_at_a_member_at_rest() -> None:
    (found,) = applier.looks(ScriptedConnection(({}, IDLE)))
    assert found["waiting"] == []
    assert (found["recv_queue"], found["last_committed"], found["flow_control"]) == (0, 9, False)


@pytest.mark.parametrize(
    "busy",
    [
        ({"wsrep_local_recv_queue": "3"}, IDLE),
        ({"wsrep_flow_control_active": "true"}, IDLE),
        ({}, [*IDLE, ("Waiting for table metadata lock", 2076.0)]),
    ],
    ids=["queue", "flow control", "waiting"],
)
def test_more_looks_until_it_is_at_rest(busy: tuple) -> None:
    assert len(applier.looks(ScriptedConnection(busy, busy, ({}, IDLE)))) == 3
    assert len(applier.looks(ScriptedConnection(busy))) == 6


def test_a_waiting_thread_is_told_without_its_statement() -> None:
    found = applier.looks(ScriptedConnection(({}, [("Waiting for table level lock", 2076.9)])))
    assert found[0]["waiting"] == [{"id": 1, "state": "Waiting for table level lock", "seconds": 2.1}]
