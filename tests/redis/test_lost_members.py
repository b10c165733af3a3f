# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Members that are killed for good: the others forget them, and a new server takes their place in the shard, with every key that somebody still holds."""

from __future__ import annotations

import pytest
import redis
from chaos import connect
from servers import Servers
from test_failovers import wait_for


@pytest.fixture
def servers(make_servers) -> Servers:
    return make_servers()


SIX = tuple(f"m{number}" for number in range(1, 7))
KEYS = {f"key:{number}": f"{number}" for number in range(500)}


def formed(servers: Servers, names: tuple[str, ...] = SIX, replicas: int = 1, **settings: str) -> dict[str, str]:
    """``{replica: its master}``, with the keys written and on the replicas."""
    servers.start(*names, **{"cluster_node_timeout": "1000", **settings})
    made = servers.run(names, replicas=replicas)
    assert not made.get("failed"), made
    client = redis.RedisCluster(host="127.0.0.1", port=servers.port("m1"), **servers.client_options())
    with client.pipeline() as pipe:
        for key, value in KEYS.items():
            pipe.set(key, value)
        pipe.execute()
    pairs = {entry["name"]: entry["master"] for entry in made["redis_cluster"]["members"] if entry["master"]}
    for master in pairs.values():
        info = redis.Redis(port=servers.port(master), **servers.client_options()).info
        wait_for(lambda info=info: info("replication")["slave0"]["offset"] == info("replication")["master_repl_offset"])
    return pairs


def ids(servers: Servers, *names: str) -> dict[str, str]:
    return {name: connect(servers, name).execute_command("CLUSTER", "MYID").decode() for name in names}


def lose(servers: Servers, name: str, rest: tuple[str, ...]) -> str:
    """Kill it, and wait until all others find it failed: its id."""
    id_ = ids(servers, name)[name]
    servers.kill(name)

    def failed(other: str) -> bool:
        lines = connect(servers, other).execute_command("CLUSTER", "NODES").decode().splitlines()
        return any(line.startswith(id_) and "fail" in line.split()[2].split(",") for line in lines)

    wait_for(lambda: all(failed(other) for other in rest))
    return id_


def known(servers: Servers, names: tuple[str, ...], id_: str) -> list[str]:
    return [name for name in names if id_ in connect(servers, name).execute_command("CLUSTER", "NODES").decode()]


def kept(servers: Servers, port_of: str) -> int:
    client = redis.RedisCluster(host="127.0.0.1", port=servers.port(port_of), **servers.client_options())
    return sum(client.get(key) == value.encode() for key, value in KEYS.items())


def replaced(servers: Servers, rest: tuple[str, ...], new: str, master: str | None, **options) -> dict:
    """What the role's entry points replace and main do; the new member as it is then."""
    gone = servers.run(rest, state="purged", **options)
    assert not gone.get("failed"), gone
    assert not servers.run(rest, state="purged", **options)["changed"]
    servers.start(new, cluster_node_timeout=1000)
    made = servers.run((*rest, new), masters={new: master} if master else {})
    assert not made.get("failed"), made
    assert made["redis_cluster"]["state"] == "ok"
    assert not servers.run((*rest, new), masters={new: master} if master else {})["changed"]
    return {entry["name"]: entry for entry in made["redis_cluster"]["members"]}[new]


@pytest.mark.thorough
def test_a_lost_replica(servers: Servers):
    pairs = formed(servers)
    lost, master = next(iter(pairs.items()))
    rest = tuple(name for name in SIX if name != lost)
    id_ = lose(servers, lost, rest)
    new = replaced(servers, rest, "m7", ids(servers, master)[master])
    assert (new["role"], new["master"]) == ("replica", master)
    assert known(servers, (*rest, "m7"), id_) == []
    assert kept(servers, "m7") == len(KEYS)


def test_a_lost_master_whose_replica_took_over(servers: Servers):
    """The one in its place replicates its successor, also where it was noted before that one failed over."""
    pairs = formed(servers)
    heir, lost = next(iter(pairs.items()))
    rest = tuple(name for name in SIX if name != lost)
    id_ = lose(servers, lost, rest)
    wait_for(lambda: connect(servers, heir).execute_command("ROLE")[0] == b"master")
    wait_for(lambda: servers.run(rest, state="purged", check=True).get("changed", False))
    new = replaced(servers, rest, "m7", ids(servers, heir)[heir])
    assert (new["role"], new["master"]) == ("replica", heir)
    assert known(servers, (*rest, "m7"), id_) == []
    assert kept(servers, "m7") == len(KEYS)


def test_a_lost_master_without_a_replica(servers: Servers):
    names = SIX[:3]
    formed(servers, names, replicas=0)
    lost_slots = [entry for entry in servers.run(names)["redis_cluster"]["members"] if entry["name"] == "m2"][0]["slots"]
    id_ = lose(servers, "m2", ("m1", "m3"))
    refused = servers.run(("m1", "m3"), state="purged")
    assert refused["failed"]
    assert f"no member serves the slots {lost_slots}" in refused["msg"]
    assert known(servers, ("m1", "m3"), id_) == ["m1", "m3"]
    new = replaced(servers, ("m1", "m3"), "m7", None, accept_lost_slots=True)
    assert (new["role"], new["slots"]) == ("master", "")
    # what the others had is there, and the lost slots take writes again
    left = kept(servers, "m7")
    assert 0 < left < len(KEYS)
    client = redis.RedisCluster(host="127.0.0.1", port=servers.port("m1"), **servers.client_options())
    assert all(client.set(key, value) for key, value in KEYS.items())


@pytest.mark.thorough
def test_a_living_node_that_was_not_named_is_no_lost_one(servers: Servers):
    formed(servers)
    refused = servers.run(SIX[:5], state="purged")
    assert "does not find 127.0.0.1" in refused["msg"]


@pytest.mark.thorough
def test_a_run_that_was_killed_when_one_had_forgotten_is_continued(servers: Servers):
    pairs = formed(servers)
    lost, master = next(iter(pairs.items()))
    rest = tuple(name for name in SIX if name != lost)
    id_ = lose(servers, lost, rest)
    connect(servers, rest[0]).execute_command("CLUSTER", "FORGET", id_)
    new = replaced(servers, rest, "m7", ids(servers, master)[master])
    assert new["role"] == "replica"
    assert known(servers, (*rest, "m7"), id_) == []
