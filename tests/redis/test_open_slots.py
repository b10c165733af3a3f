# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What failovers, restarts and restored files leave of a half-moved slot, each made by hand, and how the cluster comes home."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
import redis
from chaos import Client, connect, holdings
from redis.cluster import key_slot
from servers import PASSWORD, Servers

SIX, FIVE = ("m1", "m2", "m3", "m4", "m5", "m6"), ("m1", "m2", "m3", "m5", "m6")
KEYS = [f"{{open}}:{number}" for number in range(20)]
SLOT = key_slot(b"open")


@pytest.fixture
def servers(make_servers: Callable[..., Servers]) -> Servers:
    """Three masters with a replica each, a key in each slot of the first, and twenty in one slot."""
    made = make_servers()
    made.start(*SIX, cluster_node_timeout=1000, appendonly="yes")
    result = made.run(SIX, replicas=1)
    assert not result.get("failed"), result
    client = Client(made, SIX)
    for key in KEYS:
        client.call(key, "SET", key, key)
    return made


class HalfMoved:
    """The slot half moved: who sends it, who gets it, and their replicas."""

    def __init__(self, servers: Servers):
        self.servers = servers
        members = servers.run(SIX, module="trove_redis_cluster_info")["redis_cluster"]["members"]
        self.ids = {entry["name"]: entry["id"] for entry in members}
        self.replica = {entry["master"]: entry["name"] for entry in members if entry["master"]}
        masters = [entry["name"] for entry in members if entry["role"] == "master"]
        self.source = next(name for name in masters if SLOT in slots_of(servers, name))
        self.target, self.third = (name for name in masters if name != self.source)
        self.tell(self.target, "IMPORTING", self.ids[self.source])
        self.tell(self.source, "MIGRATING", self.ids[self.target])
        self.node(self.source).execute_command("MIGRATE", "127.0.0.1", servers.port(self.target), "", 0, 5000, "AUTH", PASSWORD, "KEYS", *KEYS[:10])
        for name in (self.source, self.target):
            wait_for(lambda name=name: holdings(servers, [name])[name] == holdings(servers, [self.replica[name]])[self.replica[name]])

    def node(self, name: str) -> redis.Redis:
        return connect(self.servers, name)

    def tell(self, name: str, *words: str) -> None:
        node = self.node(name)
        node.execute_command("CLUSTER", "SETSLOT", SLOT, *words)
        node.close()

    def fail_over(self, name: str) -> None:
        """Have a master killed, and wait for its replica."""
        self.servers.kill(name)
        wait_for(lambda: b"myself,master" in self.node(self.replica[name]).execute_command("CLUSTER", "NODES"))
        wait_for(lambda: all(f"{self.ids[name]} ".encode() in line and b"fail" in line for line in self.lines(name)))

    def lines(self, name: str) -> list[bytes]:
        """What the living say of a node."""
        texts = [self.node(other).execute_command("CLUSTER", "NODES") for other in self.servers.processes]
        return [line for text in texts for line in text.splitlines() if line.startswith(self.ids[name].encode())]


def slots_of(servers: Servers, name: str) -> set[int]:
    text = connect(servers, name).execute_command("CLUSTER", "NODES").decode()
    words = next(line for line in text.splitlines() if "myself" in line).split()[8:]
    runs = [word.partition("-") for word in words if not word.startswith("[")]
    return {slot for first, _dash, last in runs for slot in range(int(first), int(last or first) + 1)}


def wait_for(condition: Callable[[], bool], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def fixed(servers: Servers, names: tuple[str, ...] = SIX, **options: object) -> dict:
    result = servers.run(names, state="fixed", **options)
    assert not result.get("failed"), result["msg"]
    assert (result["redis_cluster"]["open_slots"]) == []
    return result


def readable(servers: Servers) -> int:
    names = [name for name in SIX if name in servers.processes]
    client = Client(servers, names)
    return sum(client.call(key, "GET", key) == key.encode() for key in KEYS)


def refused(result: dict, *words: str) -> None:
    assert result.get("failed"), result
    for word in words:
        assert word in result["msg"], result["msg"]


@pytest.mark.thorough
def test_source_fails_over(servers: Servers) -> None:
    half = HalfMoved(servers)
    half.fail_over(half.source)
    result = fixed(servers)
    assert [step["action"] for step in result["plan"]][-2:] == ["move", "save"]
    assert readable(servers) == 20
    servers.start(half.source, cluster_node_timeout=1000, appendonly="yes")
    wait_for(lambda: fixed_is_done(servers))
    assert readable(servers) == 20


def fixed_is_done(servers: Servers) -> bool:
    result = servers.run(SIX, state="fixed")
    return not result.get("failed") and not result["changed"] and result["redis_cluster"]["state"] == "ok"


@pytest.mark.thorough
def test_target_fails_over(servers: Servers) -> None:
    half = HalfMoved(servers)
    half.fail_over(half.target)
    assert "not known between which members" not in fixed(servers).get("msg", "")
    assert SLOT in slots_of(servers, half.replica[half.target])
    assert readable(servers) == 20


def test_target_fails_over_and_comes_back_as_a_replica(servers: Servers) -> None:
    """`KeyError: 'm7'`, and clients that turn in circles."""
    half = HalfMoved(servers)
    half.fail_over(half.target)
    servers.start(half.target, cluster_node_timeout=1000, appendonly="yes")
    wait_for(lambda: b"myself,slave" in half.node(half.target).execute_command("CLUSTER", "NODES"))
    result = servers.run(SIX, state="rebalanced")
    assert result.get("failed"), result
    refused(result, "state=fixed")
    fixed(servers)
    assert readable(servers) == 20


@pytest.mark.thorough
def test_both_fail_over(servers: Servers) -> None:
    half = HalfMoved(servers)
    half.fail_over(half.source)
    # two of three masters are a majority only with the one that was promoted
    wait_for(lambda: b"cluster_state:ok" in half.node(half.third).execute_command("CLUSTER", "INFO"))
    half.fail_over(half.target)
    if servers.run(SIX, state="fixed").get("failed"):
        # Nobody has a flag any more (Valkey's replicas inherit it), as if both had been closed by hand.
        refused(servers.run(SIX, state="fixed"), f"{half.replica[half.target]} holds 10 keys of slots that it does not serve ({SLOT})", "stray_keys=keep")
        fixed(servers, stray_keys="keep")
    assert readable(servers) == 20


@pytest.mark.thorough
@pytest.mark.parametrize("end", ["source", "target"])
def test_an_end_is_restarted_and_goes_on(servers: Servers, end: str) -> None:
    half = HalfMoved(servers)
    name = getattr(half, end)
    servers.kill(name)
    servers.start(name, cluster_node_timeout=1000, appendonly="yes")
    wait_for(lambda: b"cluster_state:ok" in half.node(name).execute_command("CLUSTER", "INFO"))
    fixed(servers)
    assert readable(servers) == 20
    assert SLOT in slots_of(servers, half.target)


@pytest.mark.parametrize("state", ["fixed", "rebalanced"])
def test_a_slot_that_nobody_claims_is_taken_by_who_holds_its_keys(servers: Servers, state: str) -> None:
    """As where both ends were lost just after it was assigned: the target's heir has the keys, and the source's is believed to serve it."""
    half = HalfMoved(servers)
    half.node(half.source).execute_command("MIGRATE", "127.0.0.1", servers.port(half.target), "", 0, 5000, "AUTH", PASSWORD, "KEYS", *KEYS[10:])
    for name in (half.source, half.target):
        half.tell(name, "STABLE")
    half.node(half.source).execute_command("CLUSTER", "DELSLOTS", SLOT)
    wait_for(lambda: b"cluster_state:fail" in half.node(half.source).execute_command("CLUSTER", "INFO"))
    assert not any(SLOT in slots_of(servers, name) for name in SIX)
    result = servers.run(SIX, state=state)
    assert not result.get("failed"), result["msg"]
    assert ("take", f"no member claims them since a failover, and {half.target} holds 20 keys of them") in [
        (step["action"], step["why"]) for step in result["plan"]
    ]
    assert result["redis_cluster"]["state"] == "ok"
    assert readable(servers) == 20
    assert fixed(servers)["changed"] is False


def test_flags_closed_by_hand_leave_keys_that_are_told_and_kept_or_deleted(servers: Servers) -> None:
    half = HalfMoved(servers)
    for name in (half.source, half.target):
        half.tell(name, "STABLE")
    assert readable(servers) == 10
    told = f"{half.target} holds 10 keys of slots that it does not serve ({SLOT})"
    for state in ("fixed", "rebalanced"):
        refused(servers.run(SIX, state=state), told, "stray_keys=keep")
    shown = servers.run(SIX, module="trove_redis_cluster_info")["redis_cluster"]
    assert (shown["state"], shown["faults"]) == ("fail", [told])
    # A key that the owner has as well is the owner's.
    Client(servers, SIX).call(KEYS[0], "SET", KEYS[0], "newer")
    assert servers.run(SIX, check=True, state="fixed", stray_keys="keep")["changed"]
    refused(servers.run(SIX, state="fixed"), told)
    fixed(servers, stray_keys="keep")
    assert readable(servers) == 19
    assert Client(servers, SIX).call(KEYS[0], "GET", KEYS[0]) == b"newer"
    assert servers.run(SIX, module="trove_redis_cluster_info")["redis_cluster"]["state"] == "ok"
    assert fixed(servers)["changed"] is False


@pytest.mark.thorough
def test_a_server_restored_from_an_old_file_brings_no_deleted_keys_back(servers: Servers) -> None:
    half = HalfMoved(servers)
    # As it is flagged by a server that loads keys of a slot that another serves: the keys are old, and that one has deleted them.
    half.tell(half.source, "STABLE")
    owner = Client(servers, SIX)
    for key in KEYS[10:]:
        owner.call(key, "DEL", key)
    for state in ("fixed", "rebalanced"):
        refused(servers.run(SIX, state=state), f"{half.target} holds 10 keys of slots that it does not serve", "stray_keys=delete")
    fixed(servers, stray_keys="delete")
    assert readable(servers) == 0
    assert SLOT in slots_of(servers, half.source)
    assert holdings(servers, [half.target])[half.target].isdisjoint(KEYS)
    assert fixed(servers)["changed"] is False


@pytest.mark.thorough
def test_a_third_ones_stale_flag_is_closed(servers: Servers) -> None:
    half = HalfMoved(servers)
    half.tell(half.third, "IMPORTING", half.ids[half.source])
    fixed(servers)
    assert readable(servers) == 20
    assert SLOT in slots_of(servers, half.target)


@pytest.mark.thorough
def test_more_than_one_heir_is_refused_with_who_holds_how_many(servers: Servers) -> None:
    half = HalfMoved(servers)
    half.tell(half.third, "IMPORTING", half.ids[half.source])
    half.node(half.source).execute_command("MIGRATE", "127.0.0.1", servers.port(half.third), "", 0, 5000, "AUTH", PASSWORD, "KEYS", *KEYS[10:13])
    half.fail_over(half.target)
    result = servers.run(SIX, state="fixed")
    if "holds" in result.get("msg", ""):
        # Valkey's replica has inherited the flag, and so the third one's keys are in nobody's move.
        refused(result, f"{half.third} holds 3 keys of slots that it does not serve ({SLOT})")
    else:
        refused(result, f"slots {SLOT}", f"{half.third} 3", f"{half.replica[half.target]} 10")
