# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Outages of real servers whose copies of the data differ: whose are taken, by the entry point `recover`, and that no key is lost."""

from __future__ import annotations

import contextlib

import pytest
import redis
from chaos import connect
from outages import Recovery, assert_done, caught_up, healthy, late, outage, part, replication, settings, suspected
from servers import PASSWORD, Servers
from test_failovers import wait_for
from test_lost_members import KEYS, SIX, ids, kept, known, lose


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
