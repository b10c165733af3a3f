# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every verb against real servers: what it does, that it does it once, and what it refuses."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import redis
from servers import PASSWORD, Servers

THREE, FOUR = ("m1", "m2", "m3"), ("m1", "m2", "m3", "m4")
#: a short rejoin delay, and so short tests
QUICK = {"cluster_node_timeout": 2000}


@pytest.fixture(params=[pytest.param(False, id="plain", marks=pytest.mark.thorough), pytest.param(True, id="tls")])
def servers(request, make_servers: Callable[..., Servers], tls: dict) -> Servers:
    return make_servers(tls if request.param else None)


@pytest.fixture
def plain(make_servers: Callable[..., Servers]) -> Servers:
    return make_servers()


def node(servers: Servers, name: str) -> redis.Redis:
    client = redis.Redis(port=servers.port(name), **servers.client_options())
    client.response_callbacks.clear()
    return client


def member(result: dict, name: str) -> dict:
    return next(entry for entry in result["redis_cluster"]["members"] if entry["name"] == name)


def good(result: dict) -> dict:
    assert not result.get("failed"), result
    assert result["redis_cluster"]["state"] == "ok", result["redis_cluster"]["faults"]
    return result


def refused(result: dict, words: str) -> None:
    assert result.get("failed"), result
    assert re.search(words, result["msg"]), result["msg"]


def test_life_of_a_cluster(servers: Servers) -> None:
    servers.start(*FOUR, **QUICK)
    foreseen = servers.run(THREE, check=True)
    assert foreseen["changed"]
    assert [entry["slots"] for entry in foreseen["redis_cluster"]["members"]] == ["0-5461", "5462-10922", "10923-16383"]
    assert servers.run(THREE, module="trove_redis_cluster_info")["redis_cluster"]["slots"] == 0, "check mode has written"

    made = good(servers.run(THREE))
    assert made["plan"] == foreseen["plan"]
    assert [entry["slots"] for entry in made["redis_cluster"]["members"]] == ["0-5461", "5462-10922", "10923-16383"]
    for name in THREE:
        assert b"cluster_state:ok" in node(servers, name).execute_command("CLUSTER", "INFO")
    assert good(servers.run(THREE))["changed"] is False

    assert member(good(servers.run(FOUR)), "m4")["slots"] == "", "a new member has no slots until a rebalance"
    assert good(servers.run(FOUR))["changed"] is False

    client = redis.RedisCluster(port=servers.port("m1"), host="127.0.0.1", **servers.client_options())
    for number in range(2000):
        client.set(f"key:{number}", "x" * 100)
    plan = servers.run(FOUR, check=True, state="rebalanced")
    assert all(re.search(r"from m\d to m4, \d+ slots with \d+ keys, about [\d.]+ MiB \(estimated\)", step["why"]) for step in plan["plan"])
    log = servers.directory / "progress"
    moved = good(servers.run(FOUR, state="rebalanced", progress=str(log)))
    assert member(moved, "m4")["slot_count"] == 4096
    assert sum(entry["key_count"] for entry in moved["moved"]) == member(moved, "m4")["key_count"] > 300
    assert re.search(r"4096/4096 slots, (\d+)/\1 keys", log.read_text().splitlines()[-1])
    assert good(servers.run(FOUR, state="rebalanced"))["changed"] is False
    assert member(good(servers.run(FOUR, state="rebalanced", weights={"m4": 3})), "m4")["slot_count"] == 8192
    # one master alone: m1 is filled from m4, which is the furthest beyond its share, and m2 and m3 keep what they have
    one = good(servers.run(FOUR, state="rebalanced", members=["m1"]))
    assert [member(one, name)["slot_count"] for name in ("m1", "m4")] == [4096, 8192 - (4096 - 2731)]
    assert {entry["source"] for entry in one["moved"]} == {"m4"}
    assert good(servers.run(FOUR, state="rebalanced", members=["m1"]))["changed"] is False

    refused(servers.run(FOUR, state="forgotten", members=["m4"]), r"Instance\(s\) m4 currently in use and cannot be deleted")
    assert member(good(servers.run(FOUR, state="drained", members=["m4"])), "m4")["slots"] == ""
    assert good(servers.run(FOUR, state="drained", members=["m4"]))["changed"] is False
    left = good(servers.run(FOUR, state="forgotten", members=["m4"]))
    assert [entry["name"] for entry in left["redis_cluster"]["members"]] == list(THREE)
    assert servers.run(FOUR, state="forgotten", members=["m4"])["changed"] is False
    assert client.dbsize(target_nodes="primaries") == 2000
    assert good(servers.run(THREE))["changed"] is False


def test_replicas_live_on_other_hosts(plain: Servers) -> None:
    names = tuple(f"m{number}" for number in range(1, 7))
    plain.start(*names, **QUICK)
    made = good(plain.run(names, replicas=1))
    hosts = {entry["name"]: entry["host"] for entry in made["redis_cluster"]["members"]}
    pairs = {entry["name"]: entry["master"] for entry in made["redis_cluster"]["members"] if entry["role"] == "replica"}
    assert len(set(pairs.values())) == len(pairs) == 3
    assert all(hosts[replica] != hosts[master] for replica, master in pairs.items())
    assert good(plain.run(names, replicas=1))["changed"] is False
    # A dead replica can be forgotten, since it is known by its address.
    dead = next(iter(pairs))
    plain.kill(dead)
    assert plain.run(names, state="forgotten", members=[dead])["redis_cluster"]["state"] == "ok"


def test_killed_create_is_continued(plain: Servers) -> None:
    plain.start(*THREE, **QUICK)
    for wait in (0.0, 0.1, 0.6):
        process = plain.popen(THREE)
        while process.poll() is None and not any(b" connected 0" in node(plain, name).execute_command("CLUSTER", "NODES") for name in THREE):
            time.sleep(0.01)
        time.sleep(wait)
        process.kill()
        process.communicate()
    made = good(plain.run(THREE))
    assert [entry["slots"] for entry in made["redis_cluster"]["members"]] == ["0-5461", "5462-10922", "10923-16383"]


def test_what_is_refused_before_anything_moves(plain: Servers) -> None:
    names = (*FOUR, "m5", "m6", "m7")
    plain.start(*names, **QUICK)
    refused(plain.run(FOUR[:2]), "3 masters or more, unless allow_few_masters")
    refused(plain.run((*THREE, "m8")), r"No answer from m8 \(")
    refused(plain.run(THREE, bus_links={"m1": {"m2": "open", "m3": "no answer"}}), r"m1 cannot reach m3 \(no answer\)")
    good(plain.run(FOUR))

    # m5 and m6 are a cluster of their own; m7 holds keys.
    node(plain, "m5").execute_command("CLUSTER", "MEET", "127.0.0.1", plain.port("m6"))
    node(plain, "m7").execute_command("CLUSTER", "ADDSLOTSRANGE", 0, 16383)
    wait_for(lambda: b"cluster_state:ok" in node(plain, "m7").execute_command("CLUSTER", "INFO"))
    node(plain, "m7").set("some", "key")
    node(plain, "m7").execute_command("CLUSTER", "DELSLOTSRANGE", 0, 16383)
    wait_for(lambda: len(node(plain, "m5").execute_command("CLUSTER", "NODES").splitlines()) == 2)
    refused(plain.run((*FOUR, "m5")), "m5 belongs to a cluster with nodes that were not named")
    refused(plain.run((*FOUR, "m5", "m6")), "m5 belongs to another cluster than m1")
    refused(plain.run((*FOUR, "m7")), "m7 holds 1 keys")

    refused(plain.run(FOUR, state="rebalanced", weights={"m9": 1}), "weights: 'm9' was given")
    refused(plain.run(FOUR, state="rebalanced", weights={"m1": "heavy"}), "weights.m1: 'heavy' was given; allowed: a number")
    refused(plain.run(FOUR, state="drained", members=["m9"]), "members: 'm9' was given; allowed: one of m1, m2, m3, m4")
    refused(plain.run(THREE, state="rebalanced"), "does not|were not named")

    client = redis.RedisCluster(port=plain.port("m1"), host="127.0.0.1", **plain.client_options())
    for number in range(400):
        client.set(f"key:{number}", "x" * 10_000)
    node(plain, "m2").execute_command("CONFIG", "SET", "maxmemory", "3mb")
    refused(plain.run(FOUR, state="drained", members=["m4"]), r"m2 uses [\d.]+ MiB of maxmemory 3.0 MiB, and about .* would arrive")
    assert plain.run(FOUR, module="trove_redis_cluster_info")["redis_cluster"]["open_slots"] == []


def test_servers_move_slots_by_themselves(servers: Servers) -> None:
    servers.start(*FOUR, **QUICK)
    good(servers.run(THREE))
    version = member(good(servers.run(FOUR)), "m4")["version"]
    if node(servers, "m4").execute_command("COMMAND", "INFO", "cluster|migration") == [None]:
        pytest.skip(f"CLUSTER MIGRATION needs Redis 8.4, this is {version}; name another server with REDIS_SERVER")
    client = redis.RedisCluster(port=servers.port("m1"), host="127.0.0.1", **servers.client_options())
    for number in range(5000):
        client.set(f"key:{number}", "x" * 100)
    moved = good(servers.run(FOUR, state="rebalanced"))
    assert [task[b"state"] for task in node(servers, "m4").execute_command("CLUSTER", "MIGRATION", "STATUS", "ALL")] == [b"completed"] * 3
    assert member(moved, "m4")["slot_count"] == 4096
    assert sum(entry["key_count"] for entry in moved["moved"]) == member(moved, "m4")["key_count"] > 1000

    # The servers go on without the run that has begun it.
    process = servers.popen(FOUR, state="drained", members=["m4"])
    while process.poll() is None and member(servers.run(FOUR, module="trove_redis_cluster_info"), "m4")["slot_count"] == 4096:
        time.sleep(0.01)
    process.kill()
    process.communicate()
    assert member(good(servers.run(FOUR, state="drained", members=["m4"])), "m4")["slots"] == ""
    assert [entry["name"] for entry in good(servers.run(FOUR, state="forgotten", members=["m4"]))["redis_cluster"]["members"]] == list(THREE)
    assert client.dbsize(target_nodes="primaries") == 5000


def test_keys_in_other_databases_are_refused_and_not_lost(plain: Servers) -> None:
    version = subprocess.run([plain.program, "--version"], capture_output=True, text=True, timeout=10, check=True).stdout
    found = re.search(r"Valkey server v=(\d+)", version)
    if not found or int(found[1]) < 9:
        pytest.skip("only Valkey from 9.0 on has more databases than one in a cluster; name one with REDIS_SERVER")
    plain.start(*FOUR, **QUICK, cluster_databases="16")
    good(plain.run(THREE))
    good(plain.run(FOUR))
    written = 0
    for name in THREE:
        connection = redis.Redis(port=plain.port(name), password=PASSWORD, db=5)
        for number in range(200):
            with contextlib.suppress(redis.exceptions.ResponseError):
                # a slot of another node
                written += connection.set(f"key:{number}", "x")
    refused(plain.run(FOUR, state="rebalanced"), "has keys in db5")
    assert sum(redis.Redis(port=plain.port(name), password=PASSWORD, db=5).dbsize() for name in THREE) == written == 200


def test_slots_that_somebody_else_left_open(plain: Servers) -> None:
    plain.start(*THREE, **QUICK)
    good(plain.run(THREE))
    ids = {name: node(plain, name).execute_command("CLUSTER", "MYID") for name in THREE}
    client = redis.RedisCluster(port=plain.port("m1"), host="127.0.0.1", **plain.client_options())
    for number in range(20):
        client.set(f"{{open}}:{number}", number)
    slot = node(plain, "m1").execute_command("CLUSTER", "KEYSLOT", "open")
    source = next(entry["name"] for entry in plain.run(THREE)["redis_cluster"]["members"] if _holds(entry["slots"], slot))
    target = next(name for name in THREE if name != source)
    other = node(plain, target)
    other.execute_command("CLUSTER", "SETSLOT", slot, "IMPORTING", ids[source])
    other.close()
    mover = node(plain, source)
    mover.execute_command("CLUSTER", "SETSLOT", slot, "MIGRATING", ids[target])
    # Moving against the balance is not what rebalance would have begun.
    refused(plain.run(THREE, state="rebalanced"), f"another operation than this one: {slot} from {source} to {target}")
    refused(plain.run(THREE, state="fixed"), rf"Another program is moving slots at this moment: client \S+ of {source} \(cluster\|setslot")
    mover.connection_pool.disconnect()
    fixed = good(plain.run(THREE, state="fixed"))
    assert fixed["redis_cluster"]["open_slots"] == []
    assert node(plain, target).execute_command("CLUSTER", "COUNTKEYSINSLOT", slot) == 20
    assert good(plain.run(THREE, state="fixed"))["changed"] is False


@pytest.mark.skipif(not shutil.which("nft") or os.geteuid() != 0, reason="a port can be blocked by root with nftables only")
def test_blocked_bus_port_is_named(plain: Servers) -> None:
    plain.start(*THREE, **QUICK)
    table = f"redis_test_{os.getpid()}"
    rules = f"table inet {table} {{ chain input {{ type filter hook input priority 0; iif lo tcp dport {plain.port('m3') + 10000} drop; }}; }}"
    subprocess.run(["nft", "-f", "-"], input=rules, text=True, check=True)
    try:
        assert plain.run(THREE, module="trove_redis_cluster_info", probe=True)["bus"] == {"m1": "open", "m2": "open", "m3": "no answer"}
        # Silence from here proves nothing about the members; they find out by their handshakes.
        refused(plain.run(THREE, timeout=5), "m1 cannot reach m3; m2 cannot reach m3")
    finally:
        subprocess.run(["nft", "delete", "table", "inet", table], check=True)
    good(plain.run(THREE))


def test_password_is_in_no_process_list_and_no_log(servers: Servers) -> None:
    servers.start(*THREE, **QUICK)
    process = servers.popen(THREE)
    seen = b""
    while process.poll() is None:
        for pid in (entry for entry in os.listdir("/proc") if entry.isdigit()):
            try:
                seen += Path("/proc", pid, "cmdline").read_bytes()
            except OSError:
                continue
        time.sleep(0.2)
    out, err = process.communicate()
    assert PASSWORD.encode() not in seen
    assert PASSWORD not in out + err
    assert PASSWORD not in "".join((servers.directory / name / "log").read_text() for name in THREE)


def _holds(spelled: str, slot: int) -> bool:
    runs = (run.partition("-") for run in spelled.split(",") if run)
    return any(int(first) <= slot <= int(last or first) for first, _dash, last in runs)


def wait_for(condition: Callable[[], bool], seconds: float = 15) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.1)
