# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a driver allows by the words of members: evidence that allows, and each way in which it does not."""

from __future__ import annotations

import copy

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.galera.driver import Galera
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.redis_cluster.driver import RedisCluster
from ansible_collections.stackdb.trove.plugins.module_utils._model.evidence import LEAVE, SERVE, UNTOUCHED, Act, Word
from ansible_collections.stackdb.trove.tests.unit import galera_builders

ADDRESSES = {"m-1": "10.0.0.1", "m-2": "10.0.0.2", "m-3": "10.0.0.3"}
STAYING = {name: ADDRESSES[name] for name in ("m-1", "m-2")}
LEAVING = {"m-3": ADDRESSES["m-3"]}
GONE = Word(silent="it is unreachable: no route to host")
ALL_SERVE = Act(SERVE, ADDRESSES)
ONE_LEAVES = Act(LEAVE, STAYING, leaving=LEAVING)


def galera(names=tuple(ADDRESSES), **wsrep):
    """The word of a Galera member that sees those members."""
    sees = [ADDRESSES[name] for name in names]
    live = {"cluster_size": len(sees), "cluster_state_uuid": "u1", "local_state_uuid": "u1", "last_committed": 100, "addresses": sees, "members": len(sees)}
    return Word(said={"galera": galera_builders.serving(wsrep=galera_builders.wsrep(**{**live, **wsrep}), grastate=None)})


def stopped(state="inactive"):
    return Word(said={"galera": galera_builders.stopped(service__state=state)})


def words(make, names=tuple(ADDRESSES), **changed):
    return {**{name: make(names) for name in names}, **changed}


def test_galera_all_serve():
    assert Galera().allows(ALL_SERVE, {}, words(galera)) == []


@pytest.mark.parametrize(
    ("word", "why"),
    [
        (GONE, "m-2 is silent"),
        (stopped(), "its service is inactive"),
        (galera(local_state="Donor/Desynced"), "wsrep_local_state_comment is Donor/Desynced"),
        (galera(cluster_status="non-Primary"), "wsrep_cluster_status is non-Primary"),
        (galera(ready=False), "wsrep_ready is OFF"),
        (galera(connected=False), "wsrep_connected is OFF"),
        (galera(on=False), "outside of any cluster"),
        (galera(cluster_state_uuid="00000000-0000-0000-0000-000000000000"), "null"),
        (galera(cluster_state_uuid="u2", local_state_uuid="u2"), "different clusters"),
        (galera(local_state_uuid="u2"), "wsrep_local_state_uuid is u2"),
        (galera(cluster_size=2), "counts 2 members"),
        (galera(cluster_size=4), "counts 4 members"),
    ],
)
def test_galera_one_does_not_serve(word, why):
    found = Galera().allows(ALL_SERVE, {}, words(galera, **{"m-2": word}))
    assert any(why in sentence for sentence in found), found


def test_galera_nobody_was_asked():
    assert len(Galera().allows(ALL_SERVE, {}, {"x": GONE})) == 3


def left(**changed):
    """The words after m-3 left in order."""
    return {**words(galera, ("m-1", "m-2")), "m-3": stopped(), **changed}


def test_galera_a_member_left_in_order():
    assert Galera().allows(ONE_LEAVES, words(galera), left()) == []


def test_galera_a_dead_member_needs_no_word_of_its_own():
    before = {**words(galera, ("m-1", "m-2")), "m-3": GONE}
    assert Galera().allows(ONE_LEAVES, before, {}) == []
    assert Galera().allows(ONE_LEAVES, before, left(**{"m-3": GONE})) == []


def test_galera_a_member_that_is_only_out_of_sshs_reach_is_still_counted():
    before = {**words(galera), "m-3": GONE}
    assert any("still counts m-3 (10.0.0.3)" in sentence for sentence in Galera().allows(ONE_LEAVES, before, {}))


@pytest.mark.parametrize(
    ("after", "why"),
    [
        (words(galera), "m-1 still counts m-3"),
        (left(**{"m-3": galera()}), "m-3 has not stopped"),
        (left(**{"m-3": stopped("deactivating")}), "m-3 has not stopped"),
        (left(**{"m-2": GONE}), "m-2 is silent"),
        (left(**{"m-2": stopped()}), "m-2 does not serve"),
        (left(**{name: galera(("m-1", "m-2"), cluster_state_uuid="u9", local_state_uuid="u9") for name in ("m-1", "m-2")}), "was in the cluster u1"),
        (left(**{"m-1": galera(("m-1", "m-2"), last_committed=7)}), "stood at 100"),
    ],
)
def test_galera_a_member_has_not_left(after, why):
    found = Galera().allows(ONE_LEAVES, words(galera), after)
    assert any(why in sentence for sentence in found), found


def test_galera_before_it_begins_those_that_stay_serve():
    assert any("m-1 does not serve" in s for s in Galera().allows(ONE_LEAVES, words(galera, **{"m-1": galera(local_state="Joined")}), {}))
    assert any("m-1 is silent" in s for s in Galera().allows(ONE_LEAVES, words(galera, **{"m-1": GONE}), {}))


def test_galera_those_that_join_have_to_answer_and_need_not_serve():
    act = Act(SERVE, ADDRESSES, joining=("m-3",))
    before = {**words(galera, ("m-1", "m-2")), "m-3": stopped()}
    assert Galera().allows(act, before, {}) == []
    assert Galera().allows(act, {**before, "m-3": GONE}, {}) == ["m-3 is silent: it is unreachable: no route to host"]


def test_galera_untouched_is_what_stands_as_before():
    act = Act(UNTOUCHED, ADDRESSES)
    assert Galera().allows(act, words(galera), words(galera, **{"m-1": galera(last_committed=150)})) == []
    assert Galera().allows(act, words(galera), words(galera, **{"m-3": stopped()})) != []
    assert Galera().allows(act, {}, words(galera)) != []


def nodes(names=tuple(ADDRESSES), empty=()):
    """The lines of CLUSTER NODES of a cluster whose slots the nodes share."""
    serving = [name for name in names if name not in empty]
    share = {name: 16384 // len(serving) + (16384 % len(serving) if name == serving[0] else 0) for name in serving}
    return [
        {
            "id": f"id-{name}", "address": ADDRESSES[name], "port": 6379, "failed": False,
            "slots": f"of {name}" if name in share else "", "slot_count": share.get(name, 0),
        }
        for name in names
    ]  # fmt: skip


def redis(name, names=tuple(ADDRESSES), empty=(), **changed):
    member = {"id": f"id-{name}", "error": None, "state": "ok", "role": "master", "master_link": None, "open": [], "nodes": nodes(names, empty), **changed}
    return Word(said={"redis_cluster": {"members": [member]}})


def cluster(names=tuple(ADDRESSES), empty=(), **changed):
    return {**{name: redis(name, names, empty) for name in names}, **changed}


def test_redis_all_serve():
    assert RedisCluster().allows(ALL_SERVE, {}, cluster()) == []


def _differing():
    word = copy.deepcopy(redis("m-2"))
    word.said["redis_cluster"]["members"][0]["nodes"][0]["slots"] = "others"
    return word


@pytest.mark.parametrize(
    ("word", "why"),
    [
        (GONE, "m-2 is silent"),
        (redis("m-2", error="connection refused"), "does not answer: connection refused"),
        (redis("m-2", state="fail"), "cluster_state:fail"),
        (redis("m-2", master_link="down"), "master_link_status"),
        (redis("m-2", open=[5, 6, 7]), "slots are on their way (migrating or importing): 5-7"),
        (redis("m-2", nodes=nodes()[:2]), "of 16384 slots"),
        (redis("m-2", ("m-1", "m-2")), "does not know m-3"),
        (_differing(), "differ in who serves which slots"),
    ],
)
def test_redis_one_does_not_serve(word, why):
    found = RedisCluster().allows(ALL_SERVE, {}, cluster(**{"m-2": word}))
    assert any(why in sentence for sentence in found), found


def test_redis_a_stranger_is_named():
    found = RedisCluster().allows(Act(SERVE, STAYING), {}, {name: redis(name) for name in STAYING})
    assert any("knows 10.0.0.3" in sentence for sentence in found)


def test_redis_a_member_left():
    assert RedisCluster().allows(ONE_LEAVES, cluster(), cluster(("m-1", "m-2"))) == []
    assert RedisCluster().allows(ONE_LEAVES, cluster(empty=("m-3",), **{"m-3": GONE}), {}) == []


@pytest.mark.parametrize(
    ("after", "why"),
    [
        (cluster(), "still knows m-3"),
        (cluster(empty=("m-3",)), "still knows m-3"),
        (cluster(("m-1", "m-2"), **{"m-2": GONE}), "m-2 is silent"),
        ({"m-1": redis("m-1"), "m-2": redis("m-2", ("m-1", "m-2"))}, "slots as served by those that stay"),
    ],
)
def test_redis_a_member_has_not_left(after, why):
    found = RedisCluster().allows(ONE_LEAVES, cluster(), after)
    assert any(why in sentence for sentence in found), found


def test_redis_untouched_is_what_stands_as_before():
    act = Act(UNTOUCHED, ADDRESSES)
    assert RedisCluster().allows(act, cluster(), cluster()) == []
    assert RedisCluster().allows(act, cluster(), cluster(**{"m-1": redis("m-1", open=[5])})) != []
    assert RedisCluster().allows(act, cluster(), cluster(empty=("m-3",))) != []
