# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What trove_redis_recovery returns: a doubt and a start in vain are results, so that the others can go on."""

from __future__ import annotations

from contextlib import nullcontext
from typing import Any
from unittest.mock import create_autospec

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.redis_cluster.guest import recovery as guest_recovery
from ansible_collections.stackdb.trove.plugins.module_utils._guest.command import GuestError
from ansible_collections.stackdb.trove.plugins.module_utils._model.errors import InvalidInput
from ansible_collections.stackdb.trove.plugins.modules import trove_redis_recovery as module
from ansible_collections.stackdb.trove.tests.unit.fake_redis import FakeServers
from ansible_collections.stackdb.trove.tests.unit.redis_outages import row, shards

PARAMS: Any = {
    "member": "m1", "directory": "/var/lib/redis", "tried": False, "may_fail": False, "evidence": {}, "lost": [], "servers": {}, "decided": {}, "timeout": 5,
    "nodes": [{"name": f"m{number}", "address": f"10.0.0.{number}", "port": 7000 + number, "host": None} for number in range(1, 7)],
    "username": None, "password": None, "tls": False, "ca_cert": None, "client_cert": None, "client_key": None,
}  # fmt: skip


@pytest.fixture(autouse=True)
def locked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the locks that were held."""
    names: list[str] = []
    monkeypatch.setattr(module.lock, "held", lambda name, timeout: names.append(name) or nullcontext())
    return names


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> Any:
    found = create_autospec(guest_recovery)
    monkeypatch.setattr(module, "guest_recovery", found)
    return found


def decided(monkeypatch: pytest.MonkeyPatch, *down: str, check_mode: bool = False, **params: Any) -> dict[str, Any]:
    nodes = shards()
    rows = {name: row(node, **({} if name in down else {"state": "active", "answers": True, "why": []})) for name, node in nodes.items()}
    for name in down:
        nodes[name].settings.update(error="Connection refused", flags="fail")
    servers = FakeServers(monkeypatch, nodes.values())
    monkeypatch.setattr(module.recovery.lock, "check_controller", lambda: None)
    monkeypatch.setattr(module.redis, "connect", lambda params: servers.connections)
    return module.act({**PARAMS, "state": "decided", "evidence": rows, **params}, check_mode)


def test_a_decision_with_its_evidence(monkeypatch: pytest.MonkeyPatch, locked: list[str]) -> None:
    found = decided(monkeypatch, "m1", servers={"m1": "ACTIVE"})
    assert (found["changed"], found["decided"]["then"], found["decided"]["acts"], found["refused"]) == (False, ["m1"], True, None)
    assert "~ m4, at 100 of the stream of its master, takes the place of m1 (CLUSTER FAILOVER FORCE)" in found["text"]
    assert "m1      ACTIVE  failed  m1000000  master" in found["text"]
    assert locked == []


def test_check_mode_says_that_it_would_act(monkeypatch: pytest.MonkeyPatch) -> None:
    assert decided(monkeypatch, "m1", check_mode=True)["changed"]
    assert not decided(monkeypatch, check_mode=True)["changed"]


def test_a_doubt_is_returned_with_the_evidence(monkeypatch: pytest.MonkeyPatch) -> None:
    found = decided(monkeypatch, lost=["m1"])
    assert (found["decided"], found["refused"]) == (None, "m1 was named lost, and answers.")
    assert "named lost" in found["text"]
    with pytest.raises(InvalidInput, match=r"lost\[0\]: 'm9' was given"):
        decided(monkeypatch, lost=["m9"])


@pytest.mark.parametrize("check_mode", [False, True])
def test_the_local_steps(fake: Any, locked: list[str], check_mode: bool) -> None:
    fake.row.return_value = {"id": "x"}
    assert module.act({**PARAMS, "state": "read", "tried": True}, check_mode) == {"changed": False, "evidence": {"id": "x"}}
    assert fake.row.call_args.args == ("m1", "/var/lib/redis", True)
    assert module.act({**PARAMS, "state": "started"}, check_mode) == {"changed": True, "failure": None}
    assert module.act({**PARAMS, "state": "noted"}, check_mode) == {"changed": False}
    assert (fake.start.called, fake.note.called, locked) == (not check_mode, not check_mode, [] if check_mode else ["redis"] * 2)


def test_a_start_in_vain_is_a_failure_unless_others_go_on_without_it(fake: Any) -> None:
    fake.start.side_effect = GuestError("m1 could not be started")
    with pytest.raises(GuestError):
        module.act({**PARAMS, "state": "started"}, False)
    assert module.act({**PARAMS, "state": "started", "may_fail": True}, False)["failure"] == "m1 could not be started"
