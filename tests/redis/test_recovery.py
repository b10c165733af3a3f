# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Outages of real servers, and the steps of the entry point `recover` in its order: what comes back, what is refused, and that no key is lost."""

from __future__ import annotations

import contextlib
import random
import time
from collections.abc import Collection, Mapping
from typing import Any

import pytest
import redis
from chaos import connect
from servers import PASSWORD, Servers
from test_failovers import wait_for
from test_lost_members import KEYS, SIX, formed, ids, kept, known, lose

MODULE = "trove_redis_recovery"
#: the directory of the log of changes
LOG = "appendonlydir"


@pytest.fixture
def servers(make_servers: Any, monkeypatch: pytest.MonkeyPatch) -> Servers:
    made: Servers = make_servers()
    monkeypatch.syspath_prepend(str(made.tree))
    return made


def row(servers: Servers, name: str, persistence: str, **changes: Any) -> dict[str, Any]:
    """What trove_redis_recovery reads on a guest, which has a unit; these servers have none."""
    from ansible_collections.stackdb.trove.plugins.module_utils._datastores.redis_cluster.rules import snapshot

    home = servers.directory / name
    text = (home / "nodes.conf").read_text() if (home / "nodes.conf").exists() else None
    own = next((line.split()[0] for line in (text or "").splitlines() if "myself" in line), None)
    ok = text is not None and own and "vars currentEpoch" in text
    data = bool(list((home / LOG).glob("*.manifest"))) if persistence == "aof" else (home / "dump.rdb").exists()
    runs = name in servers.processes
    dump = home / "dump.rdb"
    found = snapshot.fields(dump.read_bytes()) if persistence == "rdb" and dump.exists() else {}
    return {
        "state": "active" if runs else "failed", "answers": runs, "why": [] if runs else ["it was killed (SIGKILL)"], "damaged": False, "tried": False,
        "file": "ok" if ok else "missing" if text is None else "damaged", "nodes": text if ok else "", "id": own if ok else None,
        "persistence": persistence, "data": data, "announced": servers.address(name), "at": time.time(),
        "down_for": None if runs else time.monotonic() - servers.ended[name], "replid": found.get("repl-id"),
        "offset": int(found["repl-offset"]) if "repl-offset" in found else None, "saved": None, **changes,
    }  # fmt: skip


class Recovery:
    """The entry point without hosts.

    :param unreachable: the members whose hosts cannot be reached
    :ivar started: who was started, in this order
    """

    def __init__(self, servers: Servers, names: Collection[str] = SIX, persistence: str = "aof", unreachable: Collection[str] = (), **rows: Mapping[str, Any]):
        self.servers, self.names, self.persistence, self.unreachable, self.rows = servers, tuple(names), persistence, unreachable, rows
        self.started: list[str] = []

    def evidence(self) -> dict[str, Any]:
        found = {name: {} if name in self.unreachable else row(self.servers, name, self.persistence) for name in self.names}
        return {name: {**one, **self.rows.get(name, {})} for name, one in found.items()}

    def reach(self, state: str, **options: Any) -> dict[str, Any]:
        return self.servers.run(self.names, module=MODULE, state=state, member="m1", timeout=options.pop("timeout", 30), **options)

    def decide(self, lost: Collection[str] = ()) -> dict[str, Any]:
        found = self.reach("decided", evidence=self.evidence(), lost=list(lost))
        assert not found.get("failed"), found
        return found

    def run(self, lost: Collection[str] = (), until: str = "") -> dict[str, Any]:
        """Of the last step that ran, with whether any of them changed something.

        :param until: the step before which the run is killed
        """
        found = self.decide(lost)
        if found["refused"]:
            return found
        decided, evidence, changed = found["decided"], self.evidence(), False
        for step in ("first", "met", "taken_over", "then", "met_again", "forgotten", "fixed", "proven"):
            if step == until:
                break
            if step in ("first", "then"):
                self._start(decided[step])
                changed = changed or bool(decided[step])
                continue
            if step == "fixed":
                found = self.servers.run(self.names, state="fixed") if found["redis_cluster"]["open_slots"] else {}
            else:
                found = self.reach(step.replace("_again", ""), evidence=evidence, decided=decided)
            changed = changed or bool(found.get("changed"))
            if found.get("failed"):
                break
        return {**found, "changed": changed, "decided": decided}

    def _start(self, names: Collection[str]) -> None:
        self.started += names
        self.servers.start(*(name for name in names if name not in self.servers.processes), **settings(self.persistence))


def settings(persistence: str) -> dict[str, str]:
    kept_by = {"aof": {"appendonly": "yes"}, "rdb": {"save": "3600 1"}, "none": {}}
    return {"cluster_node_timeout": "1000", **kept_by[persistence]}


def outage(servers: Servers, persistence: str = "aof", names: tuple[str, ...] = SIX, replicas: int = 1) -> dict[str, str]:
    """A cluster of six: ``{replica: its master}``, with the keys written."""
    return formed(servers, names, replicas, **settings(persistence))


def healthy(servers: Servers, names: tuple[str, ...] = SIX) -> None:
    for name in names:
        text = connect(servers, name).execute_command("CLUSTER", "INFO").decode()
        assert {"cluster_state:ok", "cluster_slots_ok:16384"} <= {*text.split()}, (name, text)


def assert_done(done: Mapping[str, Any]) -> None:
    assert (done.get("failed"), done.get("refused")) == (None, None), done


@pytest.mark.thorough
def test_a_healthy_cluster_is_left_as_it_is(servers: Servers) -> None:
    outage(servers)
    done = Recovery(servers).run()
    assert (done.get("failed"), done["changed"], done["decided"]["why"]) == (None, False, ["all members answer, and nothing is to be done"])


@pytest.mark.thorough
def test_all_that_were_killed_are_started_with_what_they_have(servers: Servers) -> None:
    outage(servers)
    for name in SIX:
        servers.kill(name)
    recovery = Recovery(servers)
    done = recovery.run()
    assert_done(done)
    assert sorted(recovery.started) == list(SIX)
    healthy(servers)
    assert kept(servers, "m1") == len(KEYS)
    assert not recovery.run()["changed"]


def test_masters_with_snapshots_only_whose_replicas_live_are_not_started_before_their_place_is_taken(servers: Servers) -> None:
    """Two of three masters are killed, and have nothing on disk: started first, they would empty their replicas."""
    pairs = outage(servers, "rdb")
    gone = sorted(set(pairs.values()))[:2]
    for name in gone:
        servers.kill(name)
    recovery = Recovery(servers, persistence="rdb")
    refused = recovery.run()
    assert f"{gone[0]} is down" in refused["refused"]
    assert "name it in trove_lost" in refused["refused"]
    assert recovery.started == []
    done = recovery.run(lost=gone)
    assert_done(done)
    assert {one["how"] for one in done["decided"]["takeovers"]} == {"takeover"}
    assert recovery.started == []
    done = recovery.run()
    assert_done(done)
    assert sorted(recovery.started) == gone
    healthy(servers)
    assert kept(servers, "m4") == len(KEYS)
    assert {connect(servers, name).execute_command("ROLE")[0] for name in gone} == {b"slave"}


def replication(servers: Servers, name: str) -> dict[str, Any]:
    found: dict[str, Any] = redis.Redis(port=servers.port(name), **servers.client_options()).info("replication")
    return found


def part(servers: Servers, replica: str, master: str) -> None:
    """Break the link between them; the bus stays, and nobody is failed over by itself. Keys are written then that the replica never gets."""
    connect(servers, replica).execute_command("CONFIG", "SET", "cluster-replica-no-failover", "yes")
    connect(servers, replica).execute_command("CONFIG", "SET", "masterauth", "wrong")
    connect(servers, master).execute_command("CLIENT", "KILL", "TYPE", "REPLICA")
    wait_for(lambda: replication(servers, replica)["master_link_status"] == "down")
    client = redis.RedisCluster(host="127.0.0.1", port=servers.port(master), **servers.client_options())
    for key, value in KEYS.items():
        client.set(f"late:{key}", value)
    # longer than the node timeout, before which writes would not count
    wait_for(lambda: replication(servers, replica)["master_link_down_since_seconds"] > 3)


def late(servers: Servers, port_of: str) -> int:
    client = redis.RedisCluster(host="127.0.0.1", port=servers.port(port_of), **servers.client_options())
    return sum(client.get(f"late:{key}") == value.encode() for key, value in KEYS.items())


@pytest.mark.thorough
def test_a_replica_whose_link_broke_earlier_does_not_take_the_place_of_a_master_that_has_its_log(servers: Servers) -> None:
    replica, master = next(iter(outage(servers).items()))
    part(servers, replica, master)
    lose(servers, master, tuple(name for name in SIX if name != master))
    recovery = Recovery(servers)
    done = recovery.run(until="proven")
    assert (done["decided"]["first"], done["decided"]["takeovers"], recovery.started) == ([master], [], [master])
    assert f"the link of its replica {replica} had been down for" in "".join(done["decided"]["why"])
    wait_for(lambda: late(servers, master) == len(KEYS))
    assert kept(servers, master) == len(KEYS)


@pytest.mark.thorough
def test_a_replica_whose_link_broke_earlier_is_taken_for_one_without_a_log_that_is_named_lost_alone(servers: Servers) -> None:
    replica, master = next(iter(outage(servers, "none").items()))
    part(servers, replica, master)
    lose(servers, master, tuple(name for name in SIX if name != master))
    recovery = Recovery(servers, persistence="none")
    refused = recovery.run()["refused"]
    assert f"the link of its replica {replica} had been down for" in refused
    assert "name it in trove_lost: what was written since is lost then" in refused
    assert recovery.started == []
    connect(servers, replica).execute_command("CONFIG", "SET", "masterauth", PASSWORD)
    done = recovery.run(lost=[master])
    assert_done(done)
    assert kept(servers, replica) == len(KEYS)


@pytest.mark.thorough
def test_a_silent_replica_keeps_the_snapshot_of_its_master_from_emptying_it(servers: Servers) -> None:
    """The snapshot is of before the keys; who has them is on a host that does not answer."""
    replica, master = next(iter(outage(servers, "rdb").items()))
    connect(servers, master).execute_command("SAVE")
    rest = tuple(name for name in SIX if name not in (replica, master))
    lose(servers, replica, (*rest, master))
    lose(servers, master, rest)
    recovery = Recovery(servers, persistence="rdb", unreachable=[replica])
    for lost in ([], [master]):
        assert f"its replica {replica} is silent, and may have more: bring it back, or name it lost, too" in recovery.run(lost=lost)["refused"]
    assert recovery.started == []
    done = recovery.run(lost=[replica])
    assert_done(done)
    assert recovery.started == [master]
    assert kept(servers, master) == len(KEYS)


@pytest.mark.thorough
def test_of_two_copies_on_disk_the_one_that_has_more_takes_the_place(servers: Servers) -> None:
    """m1's replicas m4 and m7 (of seven) save at different times; m1 keeps nothing."""
    pairs = outage(servers, "rdb", names=SIX)
    replica, master = next(iter(pairs.items()))
    servers.start("m7", **settings("rdb"))
    names = (*SIX, "m7")
    made = servers.run(names, masters={"m7": ids(servers, master)[master]})
    assert not made.get("failed"), made
    # the first by name saves first
    first, second = sorted((replica, "m7"))
    connect(servers, first).execute_command("SAVE")
    client = redis.RedisCluster(host="127.0.0.1", port=servers.port(master), **servers.client_options())
    for key, value in KEYS.items():
        client.set(f"late:{key}", value)
    wait_for(lambda: replication(servers, second)["slave_repl_offset"] == replication(servers, master)["master_repl_offset"])
    connect(servers, second).execute_command("SAVE")
    for name in (first, second, master):
        connect(servers, name).execute_command("CONFIG", "SET", "cluster-replica-no-failover", "yes")
    for name in (first, second, master):
        servers.kill(name)
    recovery = Recovery(servers, names, persistence="rdb")
    done = recovery.run()
    assert_done(done)
    assert [(one["label"], one["replica"]) for one in done["decided"]["takeovers"]] == [(master, second)]
    assert recovery.started[0] == second
    assert (kept(servers, master), late(servers, master)) == (len(KEYS), len(KEYS))


@pytest.mark.thorough
def test_a_newer_snapshot_of_a_replica_beats_the_older_one_of_its_master(servers: Servers) -> None:
    replica, master = next(iter(outage(servers, "rdb").items()))
    for name in SIX:
        connect(servers, name).execute_command("SAVE")
    client = redis.RedisCluster(host="127.0.0.1", port=servers.port(master), **servers.client_options())
    for key, value in KEYS.items():
        client.set(f"late:{key}", value)
    for name in SIX:
        if name != master:
            wait_for(lambda name=name: caught_up(servers, name))
            connect(servers, name).execute_command("SAVE")
    for name in SIX:
        servers.kill(name)
    recovery = Recovery(servers, persistence="rdb")
    refused = recovery.run()
    # the other masters saved after or with their replicas, or are told to be given up, too
    taken = {one["label"]: one["replica"] for one in (refused["decided"] or {"takeovers": []})["takeovers"]}
    assert taken == {master: replica}, refused
    assert_done(refused)
    assert (kept(servers, master), late(servers, master)) == (len(KEYS), len(KEYS))


def caught_up(servers: Servers, name: str) -> bool:
    info = replication(servers, name)
    if info["role"] == "master":
        return True
    return bool(info["slave_repl_offset"] >= redis.Redis(port=int(info["master_port"]), **servers.client_options()).info("replication")["master_repl_offset"])


@pytest.mark.thorough
def test_a_majority_that_cannot_be_reached_is_taken_over_by_name_alone(servers: Servers) -> None:
    pairs = outage(servers)
    gone = sorted(set(pairs.values()))[:2]
    for name in gone:
        servers.kill(name)
    rest = tuple(name for name in SIX if name not in gone)
    wait_for(lambda: all(suspected(servers, name, gone) for name in rest))
    recovery = Recovery(servers, unreachable=gone)
    refused = recovery.run()["refused"]
    assert f"{gone[0]} does not answer" in refused
    assert "other side of a broken network" in refused
    done = recovery.run(lost=gone)
    assert_done(done)
    healthy(servers, rest)
    assert kept(servers, rest[0]) == len(KEYS)
    # who comes back later follows
    servers.start(*gone, **settings("aof"))
    back = Recovery(servers)
    done = back.run()
    assert_done(done)
    healthy(servers)
    assert kept(servers, rest[0]) == len(KEYS)


def suspected(servers: Servers, name: str, gone: Collection[str]) -> bool:
    ports = {str(servers.port(other)) for other in gone}
    lines = connect(servers, name).execute_command("CLUSTER", "NODES").decode().splitlines()
    return all("fail" in line.split()[2] for line in lines if line.split()[1].partition("@")[0].rpartition(":")[2] in ports)


@pytest.mark.thorough
def test_a_member_named_lost_that_answers_is_refused(servers: Servers) -> None:
    outage(servers)
    assert "m1 was named lost, and answers" in Recovery(servers).run(lost=["m1"])["refused"]


@pytest.mark.thorough
def test_a_lone_master_without_data_is_not_started_unasked(servers: Servers) -> None:
    outage(servers, names=SIX[:3], replicas=0)
    lose(servers, "m2", ("m1", "m3"))
    for path in (servers.directory / "m2" / LOG).iterdir():
        path.unlink()
    recovery = Recovery(servers, SIX[:3])
    refused = recovery.run()["refused"]
    assert "m2 owns the slots" in refused
    assert "has no data on its disk" in refused
    assert "cluster_replace" in refused
    done = recovery.run(lost=["m2"])
    assert recovery.started == ["m2"]
    assert_done(done)


def test_a_lost_nodes_conf_makes_a_stranger_that_is_refused_with_its_id(servers: Servers) -> None:
    pairs = outage(servers)
    heir, lost = next(iter(pairs.items()))
    servers.kill(lost)
    (servers.directory / lost / "nodes.conf").unlink()
    recovery = Recovery(servers)
    servers.start(lost, **settings("aof"))
    own = ids(servers, lost)[lost]
    refused = recovery.run()["refused"]
    assert f"answers the node {own}, which is a stranger" in refused
    done = recovery.run(lost=[lost])
    assert connect(servers, heir).execute_command("ROLE")[0] == b"master"
    assert_done(done)


@pytest.mark.thorough
def test_a_damaged_nodes_conf_is_no_node_to_start(servers: Servers) -> None:
    pairs = outage(servers)
    heir, lost = next(iter(pairs.items()))
    servers.kill(lost)
    path = servers.directory / lost / "nodes.conf"
    path.write_text(path.read_text()[:200])
    recovery = Recovery(servers)
    done = recovery.run()
    assert lost not in recovery.started
    assert "nodes.conf is damaged" in done["msg"]
    assert "cluster_replace" in done["msg"]
    assert connect(servers, heir).execute_command("ROLE")[0] == b"master"
    assert kept(servers, heir) == len(KEYS)


@pytest.mark.thorough
def test_a_member_that_the_others_forgot_meets_them_again(servers: Servers) -> None:
    pairs = outage(servers)
    replica = next(iter(pairs))
    id_ = ids(servers, replica)[replica]
    rest = tuple(name for name in SIX if name != replica)
    servers.kill(replica)
    for name in rest:
        connect(servers, name).execute_command("CLUSTER", "FORGET", id_)
    servers.start(replica, **settings("aof"))
    done = Recovery(servers).run()
    assert_done(done)
    assert done["changed"]
    assert known(servers, SIX, id_) == list(SIX)
    healthy(servers)


@pytest.mark.thorough
def test_members_that_all_came_back_at_other_addresses_meet_again_by_their_ids(servers: Servers) -> None:
    """Each nodes.conf has the old ones, where nobody is any more."""
    outage(servers)
    before = ids(servers, *SIX)
    for name in SIX:
        servers.kill(name)
        servers.addresses[name] = f"127.0.1.{name[1:]}"
    for name in SIX:
        # as the role has them known; on loopback, what arrives says nothing of where it is from
        servers.start(name, cluster_announce_ip=servers.address(name), **settings("aof"))
    done = Recovery(servers).run()
    assert_done(done)
    assert done["changed"]
    assert ids(servers, *SIX) == before
    healthy(servers)
    assert not Recovery(servers).run()["changed"]


@pytest.mark.thorough
def test_a_dead_node_that_is_no_member_is_forgotten_by_all(servers: Servers) -> None:
    pairs = outage(servers)
    replica = next(iter(pairs))
    rest = tuple(name for name in SIX if name != replica)
    id_ = lose(servers, replica, rest)
    done = Recovery(servers, rest).run()
    assert_done(done)
    assert done["decided"]["forget"] == [id_]
    assert known(servers, rest, id_) == []


@pytest.mark.thorough
def test_a_living_node_that_is_no_member_is_not_forgotten(servers: Servers) -> None:
    outage(servers)
    done = Recovery(servers, SIX[:5]).run()
    assert done["decided"]["forget"] == []
    assert "is not found failed by all who know it" in "".join(done["decided"]["why"])


def test_two_halves_that_claim_the_same_slots_with_keys_are_not_merged(servers: Servers) -> None:
    names = SIX[:4]
    servers.start(*names, **settings("aof"))
    first = servers.run(names[:2], allow_few_masters=True)
    second = servers.run(names[2:], allow_few_masters=True)
    assert [first.get("failed"), second.get("failed")] == [None, None], (first, second)
    # both parts have the same division, so the slot of a key is served by the first of both, or by the second
    for number in range(50):
        for one in ("m1", "m3"):
            with contextlib.suppress(redis.exceptions.ResponseError):
                connect(servers, one).execute_command("SET", f"key:{number}", one)
    refused = Recovery(servers, names).run()["refused"]
    assert "do not know each other, and both claim the slots" in refused
    assert "config epoch" in refused
    assert len(ids(servers, *names)) == 4
    assert known(servers, names[:2], ids(servers, "m3")["m3"]) == []


@pytest.mark.thorough
@pytest.mark.parametrize("seed", range(1, 7))
def test_a_run_that_was_killed_between_its_steps_is_continued(servers: Servers, seed: int) -> None:
    """Some are killed at random, up to all of them; the run is killed before a random step, and started again."""
    pairs, chance = outage(servers), random.Random(seed)
    down = chance.sample(SIX, chance.randint(1, 6))
    for name in down:
        servers.kill(name)
    until = chance.choice(["first", "met", "taken_over", "then", "met_again", "forgotten", "proven"])
    print(f"seed {seed}: {down} down, of {pairs}; killed before {until}")
    Recovery(servers).run(until=until)
    done = Recovery(servers).run()
    assert_done(done)
    healthy(servers)
    assert kept(servers, "m1") == len(KEYS)
    assert not Recovery(servers).run()["changed"]
