# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._datastores import registry
from ansible_collections.stackdb.trove.plugins.module_utils._model import evidence
from ansible_collections.stackdb.trove.plugins.module_utils._model import instance as instances
from ansible_collections.stackdb.trove.plugins.module_utils._model.contract import Contract
from ansible_collections.stackdb.trove.plugins.module_utils._model.errors import InvalidInput, Refused
from ansible_collections.stackdb.trove.plugins.module_utils._model.instance import show
from ansible_collections.stackdb.trove.plugins.module_utils._servers import hosts
from ansible_collections.stackdb.trove.plugins.module_utils._view import verb as shows
from ansible_collections.stackdb.trove.plugins.plugin_utils import judging, topology
from ansible_collections.stackdb.trove.plugins.plugin_utils import plan as plans
from ansible_collections.stackdb.trove.plugins.plugin_utils.verbs import THEN, VERBS, of
from ansible_collections.stackdb.trove.tests.unit.builders import cluster, instance


def of_cluster(found, before=None, **more):
    """What trove_cluster returned."""
    return {"cluster": found.view(), "hosts": hosts.of_cluster(found), "placement": {}, "plan": [], "diff": {"prepared": "", "before": before or {}}, **more}


def created(name):
    return {"stage": 1, "action": "create", "kind": "server", "name": name, "why": "", "risk": None}


def plan(verb, result, **options):
    return plans.make(verb, VERBS[verb], options, result)


def family():
    """A source with two replicas, as trove_instance_info shows them."""
    contracts = {
        "orders": Contract(replicates_to=("id-orders-replica-1", "id-orders-replica-2")),
        "orders-replica-1": Contract(replicates_from=("id-orders",), writable=False),
        "orders-replica-2": Contract(replicates_from=("id-orders",), writable=False),
    }
    own = [instance(name, type="instance", contract=contract, addresses={"db-net": [(f"10.0.0.{number}", "fixed")]})
           for number, (name, contract) in enumerate(contracts.items(), 1)]  # fmt: skip
    found = cluster(instances=tuple(own))
    return {"instances": [show(found, one) for one in own], "hosts": hosts.of_cluster(found), "placement": {}, "diff": {"prepared": ""}}


def test_each_run_has_an_id_of_its_own_and_a_plan_is_plain_data():
    result = of_cluster(cluster())
    first, second = (plan("cluster_create", result, name="shop") for _run in range(2))
    assert first["run"] != second["run"]
    assert json.loads(json.dumps(first)) == first


def test_who_is_created_and_who_is_there_may_be_down_when_a_cluster_is_created():
    made = plan("cluster_create", of_cluster(cluster(), before={"task": {"name": "NONE"}}), name="shop")
    assert made["joining"] == made["names"] == ["shop-1", "shop-2", "shop-3"]
    assert [(batch["entry_point"], batch["names"]) for batch in made["batches"]] == [("main", made["names"])]
    assert made["role"] == "stackdb.trove.galera"


def test_only_those_that_were_added_join_a_cluster_that_grows():
    made = plan("cluster_grow", of_cluster(cluster(), before={"task": {"name": "NONE"}}, plan=[created("shop-3")]), name="shop", instances=3)
    assert made["joining"] == ["shop-3"]


@pytest.mark.parametrize("datastore", ["redis", "mariadb"])
def test_those_that_an_earlier_run_has_stopped_need_not_serve(datastore):
    """Redis' members stop at the same time, so of a run that was killed some are down, and of one that was not all are."""
    begun, first = (cluster(*(instance(f"shop-{n}", task=task) for n in (1, 2, 3)), datastore=datastore) for task in ("STOPPED", "NONE"))
    assert plan("cluster_stop", info(begun), name="shop")["joining"] == ["shop-1", "shop-2", "shop-3"]
    assert plan("cluster_stop", info(first), name="shop")["joining"] == []


@pytest.mark.parametrize("task", ["BUILDING", "GROWING_CLUSTER"])
def test_a_run_that_continues_another_cannot_tell_who_had_joined(task):
    made = plan("cluster_grow", of_cluster(cluster(), before={"task": {"name": task}}), name="shop", instances=3)
    assert made["joining"] == made["names"]


def test_those_that_leave_are_what_the_module_understood_and_act_first():
    made = plan("cluster_shrink", of_cluster(cluster(), leaving=["shop-2"], diff={"prepared": "- delete server shop-2"}), name="shop", members="shop-2")
    assert [(batch["number"], batch["entry_point"], batch["names"]) for batch in made["batches"]] == [
        (1, "leave", ["shop-2"]),
        (2, "main", ["shop-1", "shop-3"]),
    ]
    act = judging.act(made)
    assert (act.kind, set(act.members), set(act.leaving)) == (evidence.LEAVE, {"shop-1", "shop-3"}, {"shop-2"})


@pytest.mark.parametrize("datastore", ["mariadb", "redis"])
def test_where_the_servers_that_leave_have_gone_nobody_is_asked_to_leave(datastore):
    names = ("shop-1", "shop-3") if datastore == "mariadb" else ("shop-member-1", "shop-member-3")
    found = cluster(datastore=datastore, instances=tuple(instance(name, task="SHRINKING_CLUSTER") for name in names))
    made = plan("cluster_shrink", of_cluster(found, leaving=[]), name="shop", members=["shop-2"])
    assert [(batch["number"], batch["entry_point"]) for batch in made["batches"]] == [(1, "main")]


def test_a_configuration_that_was_stopped_is_never_taken_for_one_that_serves():
    found = cluster(instances=tuple(instance(f"shop-{n}", task="UPDATING_CLUSTER") for n in (1, 2, 3)))
    assert plan("cluster_configure", info(found), name="shop")["joining"] == []


def test_a_source_that_is_to_be_adopted_is_no_instance_yet_in_check_mode():
    result = family()
    result["hosts"][0]["trove_instance"]["datastore"] = {"type": None, "version": None}
    assert plan("replica_create", result, source="legacy")["names"] == []


def test_instances_are_configured_one_after_another_and_the_source_last():
    (batch,) = plan("instance_configure", family(), name="orders-replica-1")["batches"]
    assert batch["names"] == ["orders-replica-1", "orders-replica-2", "orders"]


def test_nobody_acts_where_an_earlier_run_has_removed_the_members():
    assert plan("cluster_shrink", of_cluster(cluster(), leaving=[]), name="shop", members=["shop-9"])["names"] == []


def test_who_was_removed_before_the_task_ended_is_still_to_be_proven():
    result = of_cluster(cluster(instances=tuple(instance(f"shop-{n}", task="SHRINKING_CLUSTER") for n in (1, 3))), leaving=[])
    assert plan("cluster_shrink", result, name="shop", members=["shop-2"])["names"] == ["shop-1", "shop-3"]


def info(found):
    return {"clusters": [found.view()], "hosts": hosts.of_cluster(found), "placement": {found.name: {}}, "next_marker": None}


def test_a_verb_that_the_datastore_does_not_have_is_refused_with_those_that_it_has():
    with pytest.raises(InvalidInput, match=r"mariadb cannot do this.*cluster_shrink"):
        plan("cluster_rebalance", info(cluster()), name="shop")


def test_a_name_that_no_cluster_has_is_refused():
    with pytest.raises(InvalidInput, match="trove_name: 'shop' was given"):
        plan("cluster_show", {"clusters": [], "hosts": [], "placement": {}, "next_marker": None}, name="shop")
    with pytest.raises(InvalidInput, match="trove_name: 'orders' was given"):
        plan("replica_show", {"instances": [], "hosts": [], "placement": {}, "next_marker": None}, name="orders")


@pytest.mark.parametrize("result", [{"instances": []}, {"instances": [], "plan": [], "diff": {"prepared": "- delete server orders"}}])
def test_of_an_instance_that_was_deleted_nothing_is_left(result):
    assert plan("instance_delete", result, name="orders")["names"] == []


def test_nobody_is_asked_when_it_is_not_to_be_live():
    assert plan("cluster_show", info(cluster()), name="shop", live=False)["names"] == []


def test_slots_are_moved_to_new_masters_when_asked_for():
    found = cluster(datastore="redis", instances=tuple(instance(f"shop-member-{n}") for n in (1, 2, 3)))
    entries = [batch["entry_point"] for batch in plan("cluster_grow", of_cluster(found), name="shop", instances=3, rebalance=True)["batches"]]
    assert entries == ["main", "rebalance"]


def test_the_instance_that_was_named_by_its_id_is_known_by_its_name():
    made = plan("replica_promote", family(), name="id-orders-replica-2", window=5.0)
    assert (made["subject"], made["source"]) == ("orders-replica-2", "orders")


def test_only_the_source_has_to_serve_before_it_gets_replicas():
    assert plan("replica_create", family(), source="orders")["joining"] == ["orders-replica-1", "orders-replica-2"]


def test_only_replicas_that_are_created_fail_each_for_itself():
    assert [verb for verb, cloud_verb in VERBS.items() if cloud_verb.apart] == ["replica_create"]
    assert plan("replica_create", family(), source="orders")["apart"] is True


def test_a_dead_source_is_excused_and_nobody_has_to_follow_it_healthily():
    made = plan("replica_eject", family(), name="orders")
    assert made["excused"] == ["orders"]
    assert set(judging.act(made).members) == {"orders-replica-1", "orders-replica-2"}
    assert set(made["joining"]) == set(made["names"])


@pytest.mark.parametrize("verb", sorted(VERBS))
def test_each_verb_of_the_cloud_is_a_verb_of_a_datastore_or_needs_no_member(verb):
    drivers = list(registry.DRIVERS.values())
    alone = {"cluster_list", "cluster_delete", "instance_delete"}
    assert (verb in alone) != any(verb in driver.verbs for driver in drivers)


def test_a_task_is_settled_by_the_module_that_began_it():
    for verb in VERBS.values():
        # a cluster that was stopped stays so
        end = (verb.settle or (verb.then.settle if verb.then else ())) if verb.task else ()
        assert not verb.task or end[-1].fixed == {"task": "STOPPED" if verb.task == "STOPPED" else "NONE"}


def test_what_was_set_aside_is_deleted_in_a_part_of_its_own_by_all_and_only_in_the_task():
    found = cluster(*(instance(name, task="INITIALIZING_MEMBERS") for name in ("shop-1", "shop-2", "shop-3")))
    first = plan("cluster_initialize", info(found), name="shop", keep="shop-1")
    assert (first["rolled"], first["begin"], len(first["batches"])) == (["shop-2", "shop-3"], "INITIALIZING_MEMBERS", 2)
    assert {batch["entry_point"] for batch in first["batches"]} == {"initialize"}
    then = plans.make("cluster_initialize", of("cluster_initialize", THEN), {"name": "shop", "keep": "shop-1"}, info(found), THEN)
    assert [(batch["entry_point"], batch["names"]) for batch in then["batches"]] == [("discard", ["shop-1", "shop-2", "shop-3"])]
    assert (then["turn"], then["begin"], then["joining"]) == (None, None, [])
    check = plans.make("cluster_initialize", of("cluster_initialize", THEN), {"name": "shop", "keep": "shop-1"}, info(cluster()), THEN)
    assert (check["names"], check["batches"]) == ([], [])


def test_the_end_shows_what_the_members_said():
    words = {"shop-1": {"silent": "it is unreachable: no route"}}
    text = shows.text(plan("cluster_show", info(cluster()), name="shop"), {}, words)
    assert "shop-1: it is unreachable: no route" in text
    assert '"placement"' in text


def test_the_end_shows_instances_below_their_source():
    text = shows.text(plan("replica_show", family(), name="orders"), {}, {})
    assert "└─ orders-replica-1" in text


def test_a_list_is_shown_and_asks_nobody():
    made = plan("cluster_list", info(cluster()), limit=1)
    assert (made["names"], made["hosts"], made["batches"], made["next_marker"]) == ([], [], [], None)
    assert [one["name"] for one in made["clusters"]] == ["shop"]


def of_one(observed, **more):
    """What trove_instance_info returns of one instance, with all that are connected as hosts."""
    shown = [instances.Listed(i.id, observed, i).view() for i in observed.instances[:1]]
    return {"instances": shown, "hosts": hosts.of_cluster(observed), "placement": {}, "next_marker": None, **more}


def test_who_shows_one_asks_that_one_alone():
    made = plan("instance_show", of_one(cluster()), name="shop-1")
    assert (made["names"], made["batches"], made["role"]) == (["shop-1"], [], "stackdb.trove.galera")


@pytest.mark.parametrize("verb", ["instance_configure", "replica_show", "replica_promote"])
def test_a_verb_of_instances_refuses_a_clusters_member_in_troves_words(verb):
    with pytest.raises(Refused, match="Operation not supported for instances that are part of a cluster. shop-1 is a member of the cluster shop"):
        plan(verb, of_one(cluster()), name="shop-1", live=False)


def test_a_part_of_a_list_says_where_the_next_begins():
    assert plan("replica_show", of_one(cluster(), hosts=[], next_marker="id-shop-1"))["next_marker"] == "id-shop-1"


def replacing(*members, task="REPLACING_MEMBERS"):
    """The second part of a replacement, of what the info module returned."""
    found = cluster(*(instance(name, task=task) for name in ("shop-1", "shop-2", "shop-3")))
    result = {"clusters": [found.view()], "next_marker": None, "hosts": hosts.of_cluster(found), "placement": {"shop": {}}}
    return plans.make("cluster_replace", of("cluster_replace", THEN), {"name": "shop", "members": list(members)}, result, THEN)


def test_the_first_part_of_a_replacement_asks_all_and_has_no_role_act():
    made = plan("cluster_replace", of_cluster(cluster()), name="shop", members=["shop-2"])
    assert (made["names"], made["batches"], made["part"], made["begin"]) == (["shop-1", "shop-2", "shop-3"], [], None, None)


def test_in_the_second_part_the_new_ones_join_and_the_others_have_to_serve():
    made = replacing("shop-2")
    assert (made["part"], made["joining"], made["begin"]) == (THEN, ["shop-2"], None)
    assert [(batch["entry_point"], batch["names"]) for batch in made["batches"]] == [("main", ["shop-1", "shop-2", "shop-3"])]


def test_there_is_no_second_part_where_nothing_was_replaced_or_in_check_mode_not_yet():
    for made in (replacing("shop-2", task="NONE"), replacing("shop-2", "shop-4")):
        assert (made["names"], made["batches"], made["cluster"]) == ([], [], None)
        assert shows.text(made, {}, {}) == ""


def test_of_a_redis_cluster_those_that_stay_forget_the_lost_ones_first():
    found = cluster(*(instance(name, task="REPLACING_MEMBERS") for name in ("shop-1", "shop-2", "shop-3")), datastore="redis", version="7.0")
    result = {"clusters": [found.view()], "next_marker": None, "hosts": hosts.of_cluster(found), "placement": {"shop": {}}}
    options = {"name": "shop", "members": ["shop-1"]}
    made = plans.make("cluster_replace", of("cluster_replace", THEN), options, result, THEN)
    assert [(batch["entry_point"], batch["names"]) for batch in made["batches"]] == [("replace", ["shop-2", "shop-3"]), ("main", made["names"])]
    accepted = plans.make("cluster_replace", of("cluster_replace", THEN), {**options, "accept_lost_slots": True}, result, THEN)
    # with slots that no member serves no member serves
    assert accepted["joining"] == accepted["names"]


def test_a_verb_has_the_parts_that_it_has():
    assert of("cluster_grow") is VERBS["cluster_grow"]
    with pytest.raises(KeyError):
        of("cluster_grow", THEN)


@pytest.mark.parametrize("verb", ["cluster_rebalance", "cluster_upgrade_nothing"])
def test_what_galera_cannot_do_is_refused_with_what_it_can(verb):
    of = {"clusters": [cluster().view()], "hosts": hosts.of_cluster(cluster()), "placement": {"shop": {}}, "next_marker": None}
    with pytest.raises(InvalidInput, match=f"mariadb cannot do this.*'{verb}' was given; allowed: one of .*cluster_grow"):
        plans.make(verb, VERBS["cluster_rebalance"], {"name": "shop"}, of)


def test_metadata_that_nova_does_not_take_are_refused_before_a_member_is_touched():
    of = {"clusters": [cluster().view()], "hosts": hosts.of_cluster(cluster()), "placement": {"shop": {}}, "next_marker": None}
    with pytest.raises(InvalidInput, match="trove_metadata.team: .*a text"):
        plan("cluster_configure", of, name="shop", metadata={"team": ["web"]})


ORDERS = ["orders", "orders-replica-1", "orders-replica-2"]
CHANGES = [
    {"verb": "promote", "names": ["orders-replica-1"], "source": None, "members": ORDERS, "chain": False, "ring": []},
    {"verb": "detach", "names": ["orders-replica-2"], "source": None, "members": ORDERS, "chain": False, "ring": []},
    {"verb": "attach", "names": ["orders"], "source": "orders-replica-1", "members": ORDERS[:2], "chain": False, "ring": []},
]


def test_each_change_of_a_topology_is_a_batch_whose_role_is_told_who_it_is_about():
    made = plan("replica_topology", {**family(), "changes": CHANGES}, name="orders", contract={})
    told = [(batch["number"], batch["entry_point"], batch["subjects"], batch["source"], batch["members"]) for batch in made["batches"]]
    assert told == [(number, one["verb"], one["names"], one["source"], one["members"]) for number, one in enumerate(CHANGES, 1)]
    assert made["joining"] == ["orders"]
    assert made["text"].splitlines() == [
        "~ promote orders-replica-1: by the contract (risk: no client can write for a moment, and clients of the old source are disconnected)",
        "~ detach orders-replica-2: by the contract (risk: takes writes of its own from then on, with which it cannot be attached again)",
        "~ attach orders: to orders-replica-1; nothing changes where they replicate from it",
    ]
    (last,) = topology.batches([{**CHANGES[2], "chain": True}])
    assert last["chain"] is True
    assert "(risk: who follows a replica receives nothing while that one is down" in topology.text([{**CHANGES[2], "chain": True}])
    assert [topology.joining(CHANGES), topology.batches([]), topology.text([])] == [["orders"], [], ""]


def test_a_ring_is_a_batch_of_which_nobody_need_serve_before():
    close = {"verb": "ring", "names": ORDERS, "source": None, "members": ORDERS, "chain": False, "ring": ORDERS}
    leave = {**close, "verb": "one_writer", "names": ["orders"]}
    assert [(batch["entry_point"], batch["ring"]) for batch in topology.batches([close, leave])] == [("ring", ORDERS), ("one_writer", ORDERS)]
    assert topology.joining([leave]) == topology.joining([close]) == ORDERS
    assert topology.text([close]).startswith("~ ring orders -> orders-replica-1 -> orders-replica-2 -> orders: each takes writes; nothing changes where")
    assert "risk: two members may write the same row" in topology.text([close])
    assert topology.text([leave]).startswith("~ one_writer orders: by the contract (risk: the others take no writes")


def test_only_a_source_is_ejected():
    """A replica in the middle of a chain has replicas, too."""
    chain = family()
    for host in chain["hosts"]:
        if host["name"] == "orders-replica-1":
            host["trove_instance"]["replication_contract"] = {"replicates_from": ["id-orders"], "replicates_to": ["id-orders-replica-2"], "writable": False}
    with pytest.raises(Refused, match="orders-replica-1 is a replica, and only a source is ejected"):
        plan("replica_eject", chain, name="orders-replica-1")
    assert plan("replica_eject", chain, name="orders")["subject"] == "orders"


def test_a_member_of_a_ring_is_not_ejected():
    around = family()
    for host in around["hosts"]:
        host["trove_instance"]["replication_contract"] = {"replicates_from": ["id-one"], "replicates_to": ["id-other"], "writable": True}
    with pytest.raises(Refused, match="orders-replica-1 is part of a ring, in which each takes writes and none has to take over"):
        plan("replica_eject", around, name="orders-replica-1")


def test_the_one_that_returns_need_not_serve_before_and_its_source_is_the_one_that_was_named():
    made = plan("replica_attach", family(), name="id-orders-replica-2", source="id-orders")
    assert (made["joining"], made["subject"], made["source"]) == (["orders-replica-2"], "orders-replica-2", "orders")
    apart = family()
    for host in apart["hosts"]:
        host["trove_instance"]["replication_contract"] = {"writable": True}
    assert plan("replica_attach", apart, name="orders", source="orders-replica-2")["source"] == "orders-replica-2"


def test_a_recovery_follows_a_stop_asks_all_and_excuses_who_is_named_lost():
    stopped = cluster(*(instance(name, task="STOPPED") for name in ("shop-1", "shop-2", "shop-3")))
    made = plan("cluster_recover", info(stopped), name="shop", lost=["shop-3"])
    assert (made["joining"], made["excused"], made["begin"]) == (made["names"], ["shop-3"], "RECOVERING_CLUSTER")
    assert (made["batches"][0]["entry_point"], made["patience"]["after"]) == ("recover", 60)
    assert set(judging.act(made).members) == {"shop-1", "shop-2"}


@pytest.mark.parametrize(
    ("task", "text"),
    [("PROMOTING", "replica_promote"), ("EJECTING", "replica_eject"), ("REARRANGING", "replica_topology"), ("DETACHING", "replica_detach")],
)
def test_a_recovery_does_not_follow_what_lets_another_one_write_unless_that_is_given_up(task, text):
    """By the contracts, which that has not written yet, the new source would be fenced and the old one opened, and one that was let go fenced."""
    found = family()
    for number in range(3):
        names = ["NONE"] * number + [task] + ["NONE"] * (2 - number)
        result = {**found, "instances": [{**one, "task": {**one["task"], "name": name}} for one, name in zip(found["instances"], names, strict=True)]}
        with pytest.raises(Refused, match=f"'{task}'.*Run the verb that began it again.*{text}.*trove_clear_task=true"):
            plan("replica_recover", result, name="orders")
        made = plan("replica_recover", result, name="orders", clear_task=True)
        assert (made["begin"], made["contracts"]["orders"]) == ("RECOVERING", {"source": None, "writable": True})


@pytest.mark.parametrize("task", ["NONE", "RECOVERING", "REBOOTING", "UPDATING", "RESIZING", "ATTACHING", "BUILDING"])
def test_a_recovery_of_replicas_follows_any_other_task(task):
    found = family()
    result = {**found, "instances": [{**one, "task": {**one["task"], "name": task}} for one in found["instances"]]}
    assert plan("replica_recover", result, name="orders")["begin"] == "RECOVERING"


def test_of_redis_nobody_begins_with_the_data_of_all():
    found = cluster(*(instance(name) for name in ("shop-1", "shop-2", "shop-3")), datastore="redis", version="7.0")
    with pytest.raises(InvalidInput, match="Of redis no member begins with the data of all: each master has its own"):
        plan("cluster_recover", info(found), name="shop", begin_with="shop-1")
    assert plan("cluster_recover", info(found), name="shop", lost=["shop-3"])["batches"][0]["entry_point"] == "recover"


def test_servers_that_a_stop_has_switched_off_are_started_before_a_recovery_begins():
    """Once its task is noted, cluster_start would refuse to."""

    def shop(task):
        off = {"shop-3": {"status": "SHUTOFF"}}
        return info(cluster(*(instance(name, task=task, **off.get(name, {})) for name in ("shop-1", "shop-2", "shop-3"))))

    with pytest.raises(Refused, match="the servers of shop-3 are off. Start them with stackdb.trove.cluster_start first"):
        plan("cluster_recover", shop("STOPPED"), name="shop")
    assert plan("cluster_recover", shop("STOPPED"), name="shop", lost=["shop-3"])["excused"] == ["shop-3"]
    assert plan("cluster_recover", shop("NONE"), name="shop")["begin"] == "RECOVERING_CLUSTER"


@pytest.mark.parametrize(("lost", "option"), [(["shop-7"], r"lost\[0\]"), (["shop-1", "shop-2", "shop-3"], "lost")])
def test_who_is_named_lost_is_a_member_and_one_is_left(lost, option):
    with pytest.raises(InvalidInput, match=option):
        plan("cluster_recover", info(cluster()), name="shop", lost=lost)
