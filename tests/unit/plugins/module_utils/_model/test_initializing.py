# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.galera.driver import Galera
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.redis_cluster.driver import RedisCluster
from ansible_collections.stackdb.trove.plugins.module_utils._model import initializing
from ansible_collections.stackdb.trove.plugins.module_utils._model.errors import InvalidInput
from ansible_collections.stackdb.trove.plugins.module_utils._model.evidence import Word
from ansible_collections.stackdb.trove.tests.unit import galera_builders

NAMES = ["m1", "m2", "m3"]


@pytest.mark.parametrize(
    ("options", "expected"),
    [({"members": ["m2"]}, ["m2"]), ({"keep": "m1"}, ["m2", "m3"]), ({"members": ["m3", "m1", "m2"]}, ["m3", "m1", "m2"])],
)
def test_who_is_initialized(options, expected):
    assert initializing.asked(NAMES, options) == expected


@pytest.mark.parametrize(
    ("names", "options"),
    [
        (NAMES, {}),
        (NAMES, {"members": []}),
        (NAMES, {"members": ["m2"], "keep": "m1"}),
        (NAMES, {"members": ["m9"]}),
        (NAMES, {"members": ["m2", "m2"]}),
        (NAMES, {"keep": "m9"}),
        # the only one that has the data
        (["m1"], {"members": ["m1"]}),
        (["m1"], {"keep": "m1"}),
    ],
)
def test_it_is_refused(names, options):
    with pytest.raises(InvalidInput):
        initializing.asked(names, options)


@pytest.mark.parametrize(
    ("size", "used", "of_others", "fits"),
    [(20, 5, 5, True), (20, 5, 15, False), (10, 4.7, 4.7, True), (10, 4.8, 4.8, False), (20, 1, 18, False)],
)
def test_there_has_to_be_room_for_what_comes_beside_what_is_set_aside(size, used, of_others, fits):
    found = initializing.too_little_room(["m2"], {"m1": {"size": 20, "used": of_others}, "m2": {"size": size, "used": used}}, from_others=True)
    assert bool(found) != fits
    if found:
        assert f"m2 has {round(size - used, 2)} GiB free of {size}" in found[0]


@pytest.mark.parametrize("systems", [{}, {"m2": None, "m1": None}, {"m2": {"size": 5, "used": 1}}])
def test_what_is_not_known_is_not_taken_for_enough(systems):
    assert initializing.too_little_room(["m2"], systems, from_others=True) == ["how much room there is for a second copy of the data on m2 is not known"]


def galera(used):
    wsrep = galera_builders.wsrep(cluster_state_uuid="u1", local_state_uuid="u1")
    return Word(said={"galera": galera_builders.serving(wsrep=wsrep, grastate=None, volume={"size": 10, "used": used})})


def test_a_galera_member_gets_as_much_as_a_donor_has():
    words = {"m1": galera(2), "m2": galera(1), "m3": galera(9)}
    assert "9.9 GiB are needed" in Galera().against("cluster_initialize", ["m2"], words, True)[0]
    assert Galera().against("cluster_restart", ["m2"], words, True) == []
    words["m3"] = galera(2)
    assert Galera().against("cluster_initialize", ["m2"], words, True) == []


def redis(name, role, slots):
    nodes = [{"id": "id-m1", "address": "10.0.0.1", "slot_count": 16384, "failed": False}]
    member = {"id": f"id-{name}", "role": role, "slot_count": slots, "error": None, "state": "ok", "nodes": nodes, "open": [], "master_link": None}
    return Word(said={"redis_cluster": {"members": [member]}, "volume": {"size": 10, "used": 1}})


def test_of_a_redis_cluster_only_who_serves_no_slots():
    words = {"m1": redis("m1", "master", 16384), "m2": redis("m2", "replica", 0), "m3": redis("m3", "master", 0)}
    assert RedisCluster().against("cluster_initialize", ["m2", "m3"], words, True) == []
    (why,) = RedisCluster().against("cluster_initialize", ["m1"], words, True)
    assert why.startswith("m1 is a master that serves 16384 slots")


def test_there_is_no_snapshot_of_a_member_without_a_data_volume():
    members = [{"name": "a", "volume": None}, {"name": "b", "volume": {"size": 1}}, {"name": "c", "volume": None}]
    initializing.check_volumes(["b"], members)
    with pytest.raises(InvalidInput, match="snapshot: True was given; allowed: false, since a has no data volume"):
        initializing.check_volumes(["a", "b"], members)
