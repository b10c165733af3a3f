# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A resize as batches: volumes online, flavors one member at a time, those on which Nova waits first; too small a flavor is refused by the words."""

from __future__ import annotations

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._datastores import registry
from ansible_collections.stackdb.trove.plugins.module_utils._model.evidence import Word
from ansible_collections.stackdb.trove.plugins.module_utils._model.rolling import Going
from ansible_collections.stackdb.trove.plugins.plugin_utils import judging, resizing
from ansible_collections.stackdb.trove.plugins.plugin_utils import plan as plans
from ansible_collections.stackdb.trove.plugins.plugin_utils.verbs import VERBS
from ansible_collections.stackdb.trove.tests.unit import galera_builders
from ansible_collections.stackdb.trove.tests.unit.builders import NAMES, cluster
from ansible_collections.stackdb.trove.tests.unit.plugins.plugin_utils.test_plan import family, of_cluster

LARGE = {"id": "f2", "name": "db.large", "vcpus": 2, "ram": 4096, "disk": 20}
ADDRESSES = [f"10.0.0.{number}" for number in (1, 2, 3)]


def due(*states, names=NAMES, **asked):
    members = [{"name": name, "flavor": state, "volume": "done"} for name, state in zip(names, states, strict=True)]
    return {"flavor": asked.get("flavor", LARGE), "volume_size": asked.get("size"), "members": members}


def plan(resize, **options):
    return plans.make("cluster_resize", VERBS["cluster_resize"], {"name": "shop", **options}, of_cluster(cluster(), resize=resize))


def batches(made):
    return [(batch["number"], batch["entry_point"], batch["names"], batch["online"]) for batch in made["batches"]]


def words(*down):
    """Of three members, all of which serve but those."""
    serving = galera_builders.serving(wsrep=galera_builders.wsrep(addresses=ADDRESSES, cluster_size=3, members=3))
    said = {name: {"asked": "r/cluster_resize/1/before", "galera": galera_builders.stopped() if name in down else serving} for name in NAMES}
    return {name: Word(said=word) for name, word in said.items()}


def test_one_batch_for_each_member_that_has_something_to_do():
    made = plan(due("todo", "done", "todo"))
    assert batches(made) == [(1, "down", ["shop-1", "shop-3"], False), (2, "down", ["shop-1", "shop-3"], False)]
    assert made["turn"] == f"{made['run']}/cluster_resize"
    assert made["role"] == "stackdb.trove.galera"


def test_volumes_come_first_each_by_itself_and_also_where_cinder_is_done():
    """A run that was killed may have left the file system as it was."""
    made = plan(due("done", "todo", "done", size=8))
    assert batches(made) == [(1, "volume", ["shop-1"], True), (2, "volume", ["shop-2"], True), (3, "volume", ["shop-3"], True), (4, "down", ["shop-2"], False)]


def test_nothing_to_do_is_no_batch():
    assert batches(plan(due("done", "done", "done"))) == []


def test_no_member_has_to_prove_a_turn_since_the_cloud_says_who_had_one():
    assert judging.proof_of_turn(plan(due("todo", "todo", "todo"))) == {}


def test_one_on_which_nova_waits_comes_first_and_is_not_taken_down():
    made = plan(due("todo", "verify", "done"))
    assert made["rolled"] == ["shop-2", "shop-1"]
    assert made["waiting"] == ["shop-2"]
    # it may say nothing, and others may not serve: it has to be decided all the same
    said = {**words("shop-3"), "shop-2": Word(silent="it is unreachable")}
    assert judging.take_turn(made, made["batches"][0], said, {}, []) == ("shop-2", Going())
    turn, going = judging.take_turn(made, made["batches"][1], words("shop-3"), {}, ["shop-2"])
    assert turn == "shop-1"
    assert "shop-3 does not serve" in going.refusals[0]


def test_of_a_source_the_order_is_the_plans():
    names = ["orders-replica-2", "orders-replica-1", "orders"]
    resize = due("todo", "todo", "todo", names=names)
    made = plans.make("instance_resize", VERBS["instance_resize"], {"name": "orders"}, {**family(), "resize": resize})
    assert [batch["names"] for batch in made["batches"]] == [[name] for name in names]


@pytest.mark.parametrize(
    ("used", "says"),
    [
        (400, []),
        (700, ["db.tiny is too small for sessions-member-2: it holds 700 MiB (used_memory), and would have 307 MiB for that (maxmemory)"]),
    ],
)
def test_a_flavor_is_too_small_for_what_a_member_holds(used, says):
    driver = registry.of_cluster("redis")
    ok = {"error": None, "state": "ok", "role": "master", "master_link": None, "open": [], "nodes": [{"slot_count": 16384}], "used_memory": 2**20}
    said = {f"sessions-member-{number}": Word(said={"redis_cluster": {"members": [dict(ok)]}}) for number in (1, 2)}
    said["sessions-member-2"].said["redis_cluster"]["members"][0]["used_memory"] = used * 2**20
    made = {"resize": {"flavor": {**LARGE, "name": "db.tiny", "ram": 512 if says else 1024}}, "rolled": list(said), "waiting": []}
    assert resizing.too_small(made, driver, said, []) == says
    # one that has it already is not asked
    assert resizing.too_small(made, driver, said, ["sessions-member-2"]) == []
    assert resizing.too_small({**made, "waiting": ["sessions-member-2"]}, driver, said, []) == []
    assert resizing.too_small({"resize": {"flavor": None}}, driver, said, []) == []


def test_too_small_is_refused_before_the_first_is_taken_down(monkeypatch):
    driver = type(registry.of_cluster("mariadb"))
    monkeypatch.setattr(driver, "too_small", lambda self, info, memory_mb: [f"{memory_mb} MiB"])
    made = plan(due("todo", "todo", "todo"))
    _turn, going = judging.take_turn(made, made["batches"][0], words(), {}, [])
    assert going.refusals == tuple(f"db.large is too small for {name}: 4096 MiB" for name in NAMES)
