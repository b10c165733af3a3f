# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a move carries besides small keys: functions, large values, what must be on disk; and what it refuses since it would be lost or missing."""

from __future__ import annotations

import json
import os
import re
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import redis
from servers import PASSWORD, Servers, collection_path
from test_verbs import FOUR, QUICK, THREE, good, member, node, refused

LIBRARY = "#!lua name={name}\nredis.register_function('{name}', function(keys, args) return {value} end)"


@pytest.fixture
def plain(make_servers: Callable[..., Servers], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Servers:
    monkeypatch.syspath_prepend(str(collection_path(tmp_path / "collections")))
    return make_servers()


def grown(servers: Servers, **settings: str) -> redis.RedisCluster:
    """Three masters, a fourth without slots, and a client of them."""
    servers.start(*FOUR, **{**QUICK, **settings})
    good(servers.run(THREE))
    good(servers.run(FOUR))
    return redis.RedisCluster(host="127.0.0.1", port=servers.port("m1"), **servers.client_options())


def key_for(servers: Servers, first: int, last: int, prefix: str = "big") -> str:
    """A key of one of these slots."""
    ask = node(servers, "m1")
    return next(name for name in (f"{prefix}:{number}" for number in range(100_000)) if first <= ask.execute_command("CLUSTER", "KEYSLOT", name) <= last)


def settings_of(servers: Servers, name: str) -> list[dict]:
    client_options = {**servers.client_options(), "protocol": 2}
    found = [redis.Redis(port=servers.port(one), **client_options).config_get(name)[name] for one in FOUR]
    return [str(value).encode() for value in found]


def test_functions_are_copied_before_the_first_slot_and_refused_where_masters_differ(plain: Servers) -> None:
    client = grown(plain)
    for number in range(200):
        client.set(f"key:{number}", number)
    for name in THREE:
        node(plain, name).execute_command("FUNCTION", "LOAD", LIBRARY.format(name="mine", value=7))
    node(plain, "m2").execute_command("FUNCTION", "LOAD", LIBRARY.format(name="only", value=1))
    refused(plain.run(FOUR, state="rebalanced"), "m1 lacks only; m3 lacks only")
    node(plain, "m2").execute_command("FUNCTION", "DELETE", "only")
    node(plain, "m2").execute_command("FUNCTION", "LOAD", "REPLACE", LIBRARY.format(name="mine", value=8))
    refused(plain.run(FOUR, state="rebalanced"), "other code of mine")
    node(plain, "m2").execute_command("FUNCTION", "LOAD", "REPLACE", LIBRARY.format(name="mine", value=7))
    node(plain, "m4").execute_command("FUNCTION", "LOAD", LIBRARY.format(name="stray", value=1))
    refused(plain.run(FOUR, state="rebalanced"), "only m4 has stray")
    node(plain, "m4").execute_command("FUNCTION", "DELETE", "stray")
    plan = plain.run(FOUR, state="rebalanced", check=True)["plan"]
    assert [(step["action"], step["kind"], step["name"]) for step in plan][0] == ("copy", "functions", "mine")
    good(plain.run(FOUR, state="rebalanced"))
    client = redis.RedisCluster(host="127.0.0.1", port=plain.port("m1"), **plain.client_options())
    assert [client.execute_command("FCALL", "mine", 1, f"key:{number}") for number in range(200)] == [7] * 200


@pytest.mark.thorough
def test_users_that_differ_are_refused(plain: Servers) -> None:
    grown(plain)
    node(plain, "m1").execute_command("ACL", "SETUSER", "app", "on", ">secret", "~*", "+@all")
    result = plain.run(FOUR, state="rebalanced")
    refused(result, "m4 and m1 differ in the users app")
    assert "secret" not in str(result)


@pytest.mark.thorough
def test_a_large_value_is_named_and_carried_with_a_node_timeout_that_is_put_back(plain: Servers) -> None:
    client = grown(plain, cluster_node_timeout=1000, proto_max_bulk_len="10mb")
    # slots that m1 gives
    key = key_for(plain, 4096, 5461)
    for part in range(20):
        client.eval("for i = ARGV[1], ARGV[1] + 19999 do redis.call('HSET', KEYS[1], 'field:' .. i, 'xxxxxxxxxxxxxxxxxxxx' .. i) end", 1, key, part * 20_000)
    epochs = [node(plain, name).execute_command("CLUSTER", "INFO").split(b"cluster_current_epoch:")[1].split()[0] for name in THREE]
    plan = plain.run(FOUR, state="rebalanced", check=True)["plan"]
    assert any(re.search(rf"large values: '{key}' \([\d.]+ MiB\); clients of both members wait up to \d+ s", step["why"]) for step in plan), plan
    raised = [step for step in plan if step["action"] == "raise"]
    assert len(raised) == 4
    assert any("proto-max-bulk-len" in step["name"] and " m4," in step["why"] for step in raised)
    made = good(plain.run(FOUR, state="rebalanced"))
    assert [step["name"] for step in made["plan"]] == [step["name"] for step in plan]
    assert client.hlen(key) == 400_000
    assert settings_of(plain, "cluster-node-timeout") == [b"1000"] * 4
    assert settings_of(plain, "proto-max-bulk-len") == [str(10 << 20).encode()] * 4
    assert all(b"stackdb" not in title for title in settings_of(plain, "proc-title-template"))
    assert member(made, "m1")["role"] == "master"
    print("epochs", epochs, "moved", made["moved"])
    assert good(plain.run(FOUR, state="rebalanced"))["changed"] is False


@pytest.mark.thorough
def test_a_killed_run_leaves_a_note_and_the_next_one_puts_back(plain: Servers) -> None:
    client = grown(plain, cluster_node_timeout=1000)
    key = key_for(plain, 4096, 5461)
    client.set(key, b"x" * (60 << 20))
    process = plain.popen(FOUR, state="rebalanced")
    while process.poll() is None and settings_of(plain, "cluster-node-timeout") == [b"1000"] * 4:
        time.sleep(0.005)
    process.kill()
    process.communicate()
    assert settings_of(plain, "cluster-node-timeout") != [b"1000"] * 4
    good(plain.run(FOUR, state="rebalanced"))
    assert settings_of(plain, "cluster-node-timeout") == [b"1000"] * 4
    assert all(b"stackdb" not in title for title in settings_of(plain, "proc-title-template"))
    assert client.strlen(key) == 60 << 20


def move_alone(servers: Servers, source: str, target: str, slots: range) -> str:
    """What the mover says of a move that nobody has prepared."""
    from ansible_collections.stackdb.trove.plugins.module_utils._datastores.redis_cluster.guest import connection, mover, progress
    from ansible_collections.stackdb.trove.plugins.module_utils._datastores.redis_cluster.rules import nodes
    from ansible_collections.stackdb.trove.plugins.module_utils._datastores.redis_cluster.rules.slots import Move

    named = [nodes.NamedNode(name, "127.0.0.1", servers.port(name)) for name in FOUR]
    masters = {name: mover.Master(node(servers, name).execute_command("CLUSTER", "MYID").decode(), "127.0.0.1", servers.port(name), True) for name in FOUR}
    with connection.Connections(connection.Access(password=PASSWORD, tls=False), named) as connections, pytest.raises(connection.NodeError) as caught:
        mover.Mover(connections, masters, progress.Progress(len(slots), 0)).run([Move(source, target, tuple(slots))])
    return caught.value.message


def test_a_value_that_is_not_taken_is_named_and_all_else_moves(plain: Servers) -> None:
    client = grown(plain)
    keys = {key_for(plain, 5000, 5461, prefix=f"k{number}"): number for number in range(50)}
    for key, number in keys.items():
        client.set(key, number)
    victim = next(iter(keys))
    slot = node(plain, "m1").execute_command("CLUSTER", "KEYSLOT", victim)
    for number in range(30):
        client.set(f"{{{victim}}}:{number}", number)
    # As if it had grown after it was weighed: the mover alone, and a target that takes no more than a MiB.
    client.set(victim, os.urandom(3 << 20))
    node(plain, "m4").execute_command("CONFIG", "SET", "proto-max-bulk-len", 1 << 20)
    words = move_alone(plain, "m1", "m4", range(5000, 5462))
    assert re.search(rf"Slot {slot} stays at m1, since m4 did not take '{victim}': .* all others have moved", words), words
    info = plain.run(FOUR, module="trove_redis_cluster_info")["redis_cluster"]
    assert (info["state"], info["open_slots"], member({"redis_cluster": info}, "m4")["slot_count"]) == ("ok", [], 461)
    assert [int(client.get(f"{{{victim}}}:{number}")) for number in range(30)] == list(range(30))
    assert [int(client.get(key)) for key in keys if key != victim] == [number for key, number in keys.items() if key != victim]
    # Weighed, it is carried.
    assert member(good(plain.run(FOUR, state="rebalanced")), "m4")["slot_count"] == 4096
    assert client.strlen(victim) == 3 << 20
    assert client.dbsize(target_nodes="primaries") == 80


def test_what_has_arrived_is_on_disk_when_the_run_ends(plain: Servers) -> None:
    client = grown(plain, save='"3600 100000"')
    for number in range(3000):
        client.set(f"key:{number}", number)
    for name in FOUR:
        node(plain, name).execute_command("SAVE")
    made = good(plain.run(FOUR, state="rebalanced"))
    assert [(step["action"], step["name"]) for step in made["plan"]][-1] == ("save", "m4")
    kept = node(plain, "m4").execute_command("DBSIZE")
    assert kept > 400
    plain.kill("m4")
    plain.start("m4", **QUICK, save='"3600 100000"')
    for _try in range(100):
        if b"cluster_state:ok" in node(plain, "m4").execute_command("CLUSTER", "INFO"):
            break
        time.sleep(0.1)
    assert node(plain, "m4").execute_command("DBSIZE") == kept
    assert good(plain.run(FOUR, state="rebalanced"))["changed"] is False


@pytest.mark.thorough
def test_room_is_judged_by_what_moves_and_eviction_is_a_loss(plain: Servers) -> None:
    client = grown(plain)
    for number in range(100):
        # Few and large among many small ones: a sample of some keys misses them.
        client.set(key_for(plain, 4096, 5461, prefix=f"w{number}"), b"x" * 600_000)
    for number in range(5000):
        client.set(f"small:{number}", "x")
    node(plain, "m4").execute_command("CONFIG", "SET", "maxmemory", "50mb")
    refused(plain.run(FOUR, state="rebalanced"), r"m4 uses [\d.]+ MiB of maxmemory 50.0 MiB, and about [5-7]\d\.\d MiB would arrive")
    node(plain, "m4").execute_command("CONFIG", "SET", "maxmemory-policy", "allkeys-lru")
    refused(plain.run(FOUR, state="rebalanced"), "it would delete others silently .maxmemory-policy allkeys-lru")
    node(plain, "m4").execute_command("CONFIG", "SET", "maxmemory", "200mb")
    made = good(plain.run(FOUR, state="rebalanced"))
    assert "maxmemory-policy is 'noeviction' on m1 and 'allkeys-lru' on m4" in str(made["warnings"])


@pytest.mark.thorough
def test_a_target_that_restarts_in_a_task_of_the_servers_is_an_error_with_words(plain: Servers) -> None:
    client = grown(plain, appendonly="yes")
    if node(plain, "m4").execute_command("COMMAND", "INFO", "cluster|migration") == [None]:
        pytest.skip("CLUSTER MIGRATION needs Redis 8.4; name another server with REDIS_SERVER")
    for number in range(60):
        client.set(key_for(plain, 4096, 5461, prefix=f"w{number}"), b"x" * 2_000_000)
    process = plain.popen(FOUR, state="rebalanced")
    while process.poll() is None and b"slot_migration_active_tasks:1" not in node(plain, "m4").execute_command("CLUSTER", "INFO"):
        time.sleep(0.002)
    plain.kill("m4")
    plain.start("m4", **QUICK, appendonly="yes")
    out, err = process.communicate(timeout=120)
    assert "IndexError" not in out + err
    result = json.loads(out)
    print(result.get("msg"))
    assert not result.get("failed") or "m4" in result["msg"], result["msg"]
    good(plain.run(FOUR, state="rebalanced"))
    assert sum(node(plain, name).execute_command("DBSIZE") for name in FOUR) == 60


def test_a_master_that_gives_its_last_slot_away_stays_a_master(plain: Servers) -> None:
    grown(plain)
    assert settings_of(plain, "cluster-allow-replica-migration") == [b"yes"] * 4
    good(plain.run(FOUR, state="rebalanced"))
    plan = plain.run(FOUR, state="drained", members=["m4"], check=True)["plan"]
    assert [step["name"] for step in plan if step["action"] == "raise"] == ["cluster-allow-replica-migration to no"] * 4
    made = good(plain.run(FOUR, state="drained", members=["m4"]))
    assert (member(made, "m4")["role"], member(made, "m4")["slot_count"]) == ("master", 0)
    assert settings_of(plain, "cluster-allow-replica-migration") == [b"yes"] * 4
    assert all(b"stackdb" not in title for title in settings_of(plain, "proc-title-template"))
