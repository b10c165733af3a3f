# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The data of a server that is down are set aside only where the others say that it owns no slots: those of a master may be the only copy."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from chaos import connect
from redis.cluster import RedisCluster
from servers import PASSWORD, Servers, collection_path

SETTINGS = {"cluster_require_full_coverage": "no", "appendonly": "yes", "cluster_node_timeout": "1500"}


class FakeUnit:
    """What systemd would say of a server that has failed and can be started: there is no unit for a server on loopback."""

    name = "redis-server.service"

    def __init__(self, servers: Servers, member: str):
        self.servers, self.member, self.starts = servers, member, 0

    def show(self) -> dict[str, Any]:
        return {"state": "active" if self.starts else "failed", "substate": "", "enabled": True, "started": None, "outdated": False, "restarts": 0}

    def invocation(self) -> str:
        return f"{self.starts}"

    def start(self) -> None:
        self.starts += 1
        self.servers.start(self.member, **SETTINGS)


@pytest.fixture
def initialize(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., dict]:
    monkeypatch.syspath_prepend(str(collection_path(tmp_path / "collections")))
    from ansible_collections.stackdb.trove.plugins.module_utils._guest import turn
    from ansible_collections.stackdb.trove.plugins.modules import trove_redis_server as module

    monkeypatch.setattr(turn, "_DIRECTORY", str(tmp_path / "run"))

    def act(servers: Servers, names: list[str], member: str) -> dict:
        monkeypatch.setattr(module.redis_server, "Unit", lambda _name: FakeUnit(servers, member))
        params = {
            "state": "initialized", "turn": "run-1/cluster_initialize", "data_directory": str(servers.directory / member), "name": member,
            "address": "127.0.0.1", "port": servers.port(member), "username": None, "password": PASSWORD, "tls": False, "ca_cert": None, "tls_files": [],
            "service": "redis-server.service", "timeout": 30, "nodes": [servers.node(name) for name in names],
        }  # fmt: skip
        return module.act(params, False)

    return act


def fill(servers: Servers, names: list[str]) -> dict[str, set[bytes]]:
    """Write keys of all shards: which each server has then."""
    client = RedisCluster(host="127.0.0.1", port=servers.port("m1"), **servers.client_options())
    for number in range(300):
        client.set(f"key{number}", number)
    return keys(servers, names)


def keys(servers: Servers, names: list[str]) -> dict[str, set[bytes]]:
    return {name: set(connect(servers, name).execute_command("KEYS", "*")) for name in names}


def until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.2)


def state(servers: Servers, name: str) -> str:
    return connect(servers, name).execute_command("CLUSTER", "INFO").decode()


def owns(servers: Servers, name: str, witness: str) -> bool:
    """Whether a node owns slots in the eyes of another one: they stand after the eight fields of its line."""
    lines = connect(servers, witness).execute_command("CLUSTER", "NODES").decode().splitlines()
    return any(f":{servers.port(name)}@" in line and len(line.split()) > 8 for line in lines)


def test_a_master_that_is_down_and_owns_slots_keeps_its_data(make_servers: Callable[..., Servers], initialize: Callable[..., dict]) -> None:
    from ansible_collections.stackdb.trove.plugins.module_utils._model.errors import Refused

    servers, names = make_servers(), ["m1", "m2", "m3"]
    servers.start(*names, **SETTINGS)
    assert not servers.run(names).get("failed")
    held = fill(servers, names)["m3"]
    servers.kill("m3")
    until(lambda: b"fail" in connect(servers, "m1").execute_command("CLUSTER", "NODES"))
    assert "cluster_state:ok" in state(servers, "m1")
    before = sorted(path.name for path in (servers.directory / "m3").iterdir())
    with pytest.raises(Refused, match="m3 owns 5461 slots in the eyes of m1, and what is on its disk may be the only copy"):
        initialize(servers, names, "m3")
    assert sorted(path.name for path in (servers.directory / "m3").iterdir()) == before
    servers.start("m3", **SETTINGS)
    assert len(held) > 50
    until(lambda: keys(servers, ["m3"])["m3"] == held)


def test_a_master_whose_replica_took_over_gets_all_data_from_it(make_servers: Callable[..., Servers], initialize: Callable[..., dict]) -> None:
    """Its own nodes.conf still says that it owns them."""
    servers, names = make_servers(hosts=6), ["m1", "m2", "m3", "m4", "m5", "m6"]
    servers.start(*names, **SETTINGS)
    assert not servers.run(names, replicas=1).get("failed")
    master = next(name for name in names if connect(servers, name).execute_command("ROLE")[0] == b"master")
    held = fill(servers, names)[master]
    until(lambda: list(keys(servers, names).values()).count(held) == 2)
    servers.kill(master)
    living = [name for name in names if name != master]
    # The heir is the master before the others have heard of it, and without full coverage their state is ok all the time.
    until(lambda: not any(owns(servers, master, name) for name in living))
    until(lambda: all("cluster_state:ok" in state(servers, name) for name in living))
    assert " myself,master " in (servers.directory / master / "nodes.conf").read_text()
    assert initialize(servers, names, master)["changed"]
    assert (servers.directory / master / ".stackdb-trove-aside.sst" / "set-aside-by").exists()
    until(lambda: connect(servers, master).execute_command("ROLE")[0] == b"slave" and keys(servers, [master])[master] == held)
