# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The driver and what is written of it: ports and limits stand in one place, for documentation and roles too."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from ansible_collections.stackdb.trove.plugins.doc_fragments import redis as fragment
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.redis_cluster.driver import RedisCluster, Valkey
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.redis_cluster.rules import formation, ports, slots
from ansible_collections.stackdb.trove.plugins.module_utils._model.evidence import LEAVE, SERVE, UNTOUCHED, Act, Word
from ansible_collections.stackdb.trove.plugins.module_utils._module import redis
from ansible_collections.stackdb.trove.plugins.modules import trove_redis_server

ROLE = Path(__file__).resolve().parents[6] / "roles" / "redis_cluster" / "meta" / "argument_specs.yml"


def test_the_ports_of_the_driver_are_those_that_modules_and_the_role_take_and_document():
    ((_tcp, client, last),), ((_tcp, bus, bus_last),) = RedisCluster.client_ports, RedisCluster.member_ports
    assert (client, last, bus, bus_last) == (6379, 6379, 16379, 16379)
    role = yaml.safe_load(ROLE.read_text())["argument_specs"]["main"]["options"]
    assert (role["redis_cluster_port"]["default"], role["redis_cluster_bus_port"]["default"]) == (client, bus)
    assert redis.OPTIONS["nodes"]["options"]["port"]["default"] == client
    documented = yaml.safe_load(fragment.ModuleDocFragment.DOCUMENTATION)["options"]["nodes"]["suboptions"]
    assert documented["port"]["default"] == client
    assert yaml.safe_load(trove_redis_server.DOCUMENTATION)["options"]["port"]["default"] == client
    assert bus == ports.PORT + ports.BUS_OFFSET


def test_the_fewest_members_are_the_fewest_masters():
    assert RedisCluster.min_instances == formation.MIN_MASTERS == 3
    # fewer where they are asked for by name, and after a shrink; a cluster of none is none
    assert (RedisCluster.min_on_request, RedisCluster.min_after_shrink) == (1, 1)
    assert Valkey.client_ports == RedisCluster.client_ports


def nodes(*served, stranger=False):
    found = [
        {"id": f"id{n}", "address": f"10.0.0.{n}", "port": 6379, "slots": slots.spell(share), "slot_count": len(share)} for n, share in enumerate(served, 1)
    ]
    return found + ([{"id": "x", "address": "10.0.0.9", "port": 6379, "slots": "", "slot_count": 0}] if stranger else [])


def word(number, *served, **changed):
    member = {"id": f"id{number}", "error": None, "state": "ok", "role": "master", "master_link": None, "open": [], "nodes": nodes(*served)}
    return Word(said={"redis_cluster": {"members": [{**member, **changed}]}})


HALVES = slots.divide(2)
BOTH = {"a": "10.0.0.1", "b": "10.0.0.2"}


def words(**changed):
    return {"a": word(1, *HALVES), "b": word(2, *HALVES), **changed}


@pytest.mark.parametrize(
    ("changed", "found"),
    [
        ({}, []),
        ({"b": word(2, *HALVES, error="no route")}, ["b does not serve: it does not answer: no route"]),
        ({"b": word(2, *HALVES, master_link="up")}, []),
        ({"b": word(2, *HALVES, master_link="down")}, ["b does not serve: the link to its master is down (master_link_status)"]),
        (
            {"b": word(2, *HALVES, stray_keys={"slots": "5,7", "key_count": 11})},
            ["b does not serve: it holds 11 keys of slots that it does not serve, which no client reaches: 5,7"],
        ),
        ({"b": word(2, *HALVES, stray_keys=None)}, []),
        ({"b": word(2, HALVES[0], [])}, ["b does not serve: it knows 8192 of 16384 slots as served"]),
        ({"b": word(2, range(8000), range(8000, 16384))}, ["b and a differ in who serves which slots"]),
        ({"b": word(2, *HALVES, nodes=nodes(*HALVES, stranger=True))}, ["b knows 10.0.0.9 (x), which is no member"]),
        (
            {"b": word(3, *HALVES)},
            [f"{name} {what}" for name in "ab" for what in ("does not know b", "knows 10.0.0.2 (id2), which is no member")],
        ),
    ],
)
def test_whether_all_serve(changed, found):
    assert RedisCluster().allows(Act(SERVE, BOTH), {}, words(**changed)) == found


@pytest.mark.parametrize(("failed", "slot_count", "counts"), [(True, 0, False), (False, 0, True), (True, 1, True)])
def test_one_that_was_given_up_may_be_known_as_failed_when_it_owns_nothing(failed, slot_count, counts):
    known = [*nodes(*HALVES), {"id": "x", "address": "10.0.0.9", "port": 6379, "slots": "", "slot_count": slot_count, "failed": failed}]
    served = {"nodes": [{**node, "slot_count": node["slot_count"] - slot_count * (node["id"] == "id1")} for node in known]}
    act = Act(SERVE, BOTH, given_up={"c": "10.0.0.9"})
    found = RedisCluster().disagreements(act, {"a": word(1, *HALVES, **served), "b": word(2, *HALVES, **served)})
    assert found == ([f"{name} knows 10.0.0.9 (x), which is no member" for name in "ab"] if counts else [])


def test_nobody_to_serve():
    assert RedisCluster().disagreements(Act(SERVE, {}), {}) == []


def test_who_left_is_known_to_nobody_and_its_slots_are_served():
    act = Act(LEAVE, {"a": "10.0.0.1"}, leaving={"b": "10.0.0.2"})
    assert RedisCluster().lingering(act, {}, {}) == []
    assert RedisCluster().lingering(act, {}, {"a": word(1, range(16384))}) == []
    assert RedisCluster().lingering(act, {}, {"a": word(1, *HALVES)}) == ["a knows 8192 of 16384 slots as served by those that stay", "a still knows b (id2)"]


@pytest.mark.parametrize(
    ("changed", "differs"),
    [
        ({"role": "replica"}, "its role: master before, replica now"),
        ({"id": "other"}, "its id: id1 before, other now"),
        ({"nodes": nodes(range(1), range(1, 16384))}, "node id1: 0-8191 before, 0 now; node id2: 8192-16383 before, 1-16383 now"),
        ({"open": [7]}, "open: none before, 7 now"),
        # 994 open slots, no two of them side by side
        ({"open": list(range(0, 1988, 2))}, "open: none before, 0,2,4,6,8,10,12,14,16,18,20,22, … now"),
        ({"error": "gone"}, "its id: id1 before, not said now; its role: master before, not said now;"),
    ],
)
def test_what_is_not_as_before(changed, differs):
    act = Act(UNTOUCHED, BOTH)
    assert RedisCluster().changes(act, words(), words()) == []
    (found,) = RedisCluster().changes(act, words(), words(a=word(1, *HALVES, **changed)))
    assert found.startswith(f"a does not see the cluster as before: {differs}")
    assert len(found) < 400
    assert len(RedisCluster().changes(act, {"b": words()["b"]}, words())) == 1
    assert RedisCluster().changes(act, words(a=word(1, error="down")), words(a=word(1, error="down"))) == []


@pytest.mark.parametrize(
    ("used", "limit", "text"),
    [(3 << 20, 614 << 20, "3 of 614 MiB"), (3 << 20, 0, "3 MiB"), (1 << 19, 0, "0 MiB"), (5 << 30, 0, "5120 MiB"), (0, 1 << 20, "0 of 1 MiB")],
)
def test_memory_as_people_read_it(used, limit, text):
    member = {"error": None, "state": "ok", "role": "master", "slots": "", "key_count": 0, "used_memory": used, "maxmemory": limit}
    health = RedisCluster().health({"redis_cluster": {"members": [member]}})
    assert (health["Memory"], health["Slots"]) == (text, "-")


def test_that_members_were_upgraded_is_said_by_their_servers():
    both = words(a=word(1, *HALVES, version="8.0.2"), b=word(2, *HALVES, version="7.0.15"))
    redis_cluster = RedisCluster()
    assert redis_cluster.served_version(both["b"].told) == "7.0.15"
    assert redis_cluster.undone("run/cluster_upgrade", ["a"], {}, both) == []
    (found,) = redis_cluster.undone("run/cluster_upgrade", ["a", "b"], {}, both)
    assert found.endswith("a 8.0.2, b 7.0.15")
