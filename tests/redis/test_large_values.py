# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Values of 154 MiB to 1 GiB, of masters with replicas that fail over after a second: named in the plan, carried as they were, and nobody is failed over."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable

import pytest
import redis
from servers import Servers
from test_carry import key_for
from test_verbs import good, member

EIGHT = tuple(f"m{number}" for number in range(1, 9))
_MIB = 1 << 20
_SMALL_FIELDS = "for i = ARGV[1], ARGV[1] + 19999 do redis.call('HSET', KEYS[1], 'field:' .. i, 'xxxxxxxxxxxxxxxxxxxx' .. i) end"
_MEMBERS = "for i = ARGV[1], ARGV[1] + 19999 do redis.call('ZADD', KEYS[1], i / 7, 'member:xxxxxxxxxxxxxxxx:' .. i) end"


def fill_hash(client: redis.Redis, key: str, size: int) -> None:
    _by_script(client, key, size, _SMALL_FIELDS)


def fill_sorted_set(client: redis.Redis, key: str, size: int) -> None:
    _by_script(client, key, size, _MEMBERS)


def _by_script(client: redis.Redis, key: str, size: int, script: str) -> None:
    first = 0
    while (client.memory_usage(key, samples=1000) or 0) < size:
        client.eval(script, 1, key, first)
        first += 20_000


def fill_text(client: redis.Redis, key: str, size: int) -> None:
    for part in range(size // (16 * _MIB)):
        client.append(key, bytes([part % 256]) * (16 * _MIB))


def fill_list(client: redis.Redis, key: str, size: int) -> None:
    for part in range(size // _MIB):
        client.rpush(key, bytes([part % 256]) * _MIB)


SIZES = [
    pytest.param(fill_hash, 154, id="hash-154"),
    pytest.param(fill_text, 600, id="text-600"),
    pytest.param(fill_sorted_set, 300, id="sorted_set-300"),
    pytest.param(fill_list, 1024, id="list-1024"),
    pytest.param(fill_text, 1024, id="text-1024"),
]


class Waiting(threading.Thread):
    """A client of one member that asks it all the time; its longest wait."""

    def __init__(self, client: redis.Redis):
        super().__init__(daemon=True)
        self.client, self.longest, self.ended = client, 0.0, threading.Event()

    def run(self) -> None:
        while not self.ended.wait(0.01):
            began = time.monotonic()
            self.client.ping()
            self.longest = max(self.longest, time.monotonic() - began)

    def end(self) -> float:
        self.ended.set()
        self.join()
        return self.longest


def patient(servers: Servers, name: str) -> redis.Redis:
    """A client that waits for a member as long as that takes."""
    return redis.Redis(port=servers.port(name), socket_timeout=600, **servers.client_options())


def digest(servers: Servers, name: str, key: str) -> bytes:
    """Of a value, as this member itself has it; it serves nobody meanwhile."""
    set_timeout(servers, 60_000)
    client = patient(servers, name)
    client.response_callbacks.clear()
    (found,) = client.execute_command("DEBUG", "DIGEST-VALUE", key)
    set_timeout(servers, 1000)
    return found


def set_timeout(servers: Servers, milliseconds: int) -> None:
    for name in EIGHT:
        patient(servers, name).config_set("cluster-node-timeout", milliseconds)


def wait_for_replica(servers: Servers, name: str) -> None:
    """Until a master's replica has all of its writes."""
    for _try in range(600):
        said = patient(servers, name).info("replication")
        if said["connected_slaves"] and said["slave0"]["state"] == "online" and said["slave0"]["offset"] == said["master_repl_offset"]:
            return
        time.sleep(0.2)
    pytest.fail(f"the replica of {name} has not its writes: {said}")


@pytest.mark.parametrize(("fill", "size"), SIZES)
def test_a_value_is_carried_as_it_was(
    make_servers: Callable[..., Servers], pytestconfig: pytest.Config, fill: Callable[[redis.Redis, str, int], None], size: int
) -> None:
    if not pytestconfig.getoption("--long"):
        pytest.skip("takes minutes and gigabytes: make redis-large-values")
    servers = make_servers()
    servers.start(*EIGHT, cluster_node_timeout=1000, enable_debug_command="yes")
    for names in (EIGHT[:6], EIGHT):
        made = good(servers.run(names, replicas=1))
    pairs = {entry["master"]: entry["name"] for entry in made["redis_cluster"]["members"] if entry["master"]}
    target = next(name for name in pairs if not member(made, name)["slot_count"])
    # While it is written nobody is to be failed over, and a text of more than 512 MiB is to be taken at all.
    set_timeout(servers, 60_000)
    patient(servers, "m1").config_set("proto-max-bulk-len", 2048 * _MIB)
    key = key_for(servers, 4096, 5461)
    fill(patient(servers, "m1"), key, size * _MIB)
    wait_for_replica(servers, "m1")
    before = digest(servers, "m1", key)
    plan = servers.run(EIGHT, state="rebalanced", check=True)["plan"]
    (told,) = {found[0] for step in plan for found in [re.search(rf"large values: '{key}' \([\d.]+ MiB\); clients .* wait up to \d+ s", step["why"])] if found}
    waiting = [Waiting(patient(servers, name)) for name in ("m1", target)]
    for one in waiting:
        one.start()
    began = time.monotonic()
    result = servers.run(EIGHT, state="rebalanced")
    print(f"\n{told}; waited {[round(one.end(), 1) for one in waiting]} s; the run took {time.monotonic() - began:.0f} s")
    good(result)
    assert {name for name in EIGHT if member(result, name)["role"] == "master"} == pairs.keys(), "somebody was failed over"
    for name in EIGHT:
        assert patient(servers, name).config_get("cluster-node-timeout") == {"cluster-node-timeout": "1000"}
    wait_for_replica(servers, target)
    assert [digest(servers, name, key) for name in (target, pairs[target])] == [before, before]
    assert good(servers.run(EIGHT, state="rebalanced"))["changed"] is False
