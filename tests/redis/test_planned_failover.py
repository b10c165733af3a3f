# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A replica takes the place of its master because it was asked to: every write that was acknowledged is there, and the shards are as they were named."""

from __future__ import annotations

import threading
from collections.abc import Callable

from chaos import connect
from redis.cluster import RedisCluster
from servers import Servers

SIX = ["m1", "m2", "m3", "m4", "m5", "m6"]


class Writer(threading.Thread):
    """Counts in keys of all shards, and knows what was acknowledged."""

    def __init__(self, servers: Servers) -> None:
        super().__init__(daemon=True)
        self.client = RedisCluster(host="127.0.0.1", port=servers.port("m1"), **servers.client_options())
        self.acknowledged: dict[str, int] = {}
        self.errors: list[str] = []
        self.ended = threading.Event()

    def run(self) -> None:
        number = 0
        while not self.ended.is_set():
            number += 1
            key = f"key{number % 50}"
            try:
                self.client.set(key, number)
            except Exception as error:  # whatever it is, the application would have seen it
                self.errors.append(str(error))
            else:
                self.acknowledged[key] = number

    def lost(self) -> list[str]:
        self.ended.set()
        self.join()
        return [key for key, number in self.acknowledged.items() if int(self.client.get(key) or 0) < number]


def roles(servers: Servers) -> dict[str, str]:
    return {name: connect(servers, name).execute_command("ROLE")[0].decode() for name in SIX}


def test_replicas_take_the_place_of_their_masters_under_a_writer(make_servers: Callable[..., Servers]) -> None:
    servers = make_servers(hosts=6)
    servers.start(*SIX)
    assert not servers.run(SIX, replicas=1).get("failed")
    replicas = [name for name, role in roles(servers).items() if role == "slave"]
    writer = Writer(servers)
    writer.start()
    done = servers.run(SIX, module="trove_redis_failover", state="over", members=replicas)
    assert not done.get("failed"), done["msg"]
    assert [one["replica"] for one in done["failed_over"]] == replicas
    assert {name for name, role in roles(servers).items() if role == "master"} == set(replicas)
    assert writer.lost() == []
    assert len(writer.acknowledged) == 50
    again = servers.run(SIX, module="trove_redis_failover", state="over", members=replicas)
    assert (again["changed"], again["failed_over"]) == (False, [])
    back = servers.run(SIX, module="trove_redis_failover", state="away", members=replicas[:1])
    assert back["failed_over"][0]["master"] == replicas[0]
    assert not servers.run(SIX, module="trove_redis_failover", state="whole").get("failed")


def test_a_cluster_that_is_not_whole_is_refused(make_servers: Callable[..., Servers]) -> None:
    servers = make_servers(hosts=6)
    servers.start(*SIX)
    assert not servers.run(SIX, replicas=1).get("failed")
    first, *others = [name for name, role in roles(servers).items() if role == "slave"]
    servers.kill(others[0])
    refused = servers.run(SIX, module="trove_redis_failover", state="over", members=[first])
    assert f"{others[0]} does not answer" in refused["msg"]
    assert roles_of(servers, first) == "slave"


def roles_of(servers: Servers, name: str) -> str:
    return connect(servers, name).execute_command("ROLE")[0].decode()
