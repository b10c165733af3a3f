# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs of trove_instance, trove_replica and trove_instance_task against a cloud in memory (FakeOpenStack)."""

from __future__ import annotations

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._cloud import observe
from ansible_collections.stackdb.trove.plugins.module_utils._model.errors import CloudError, InvalidInput, Refused
from ansible_collections.stackdb.trove.plugins.module_utils._model.instance import drift
from ansible_collections.stackdb.trove.plugins.module_utils._plan.runner import reconcile
from ansible_collections.stackdb.trove.plugins.module_utils._servers.cluster import ClusterAbsent
from ansible_collections.stackdb.trove.tests.unit.runs import (
    NOTHING,
    contract_changed,
    end_task,
    family_of_three,
    instance_absent,
    instance_present,
    instance_task,
    present,
    replicas_present,
)


def family(cloud):
    (found,) = observe.clusters(cloud, type_="instance")
    return found


def contracts(cloud):
    """Who replicates from whom, by name."""
    found = family(cloud)
    names = {i.id: i.name for i in found.instances}
    assert drift(found) == []
    return {i.name: [names[id_] for id_ in i.contract.replicates_from] for i in found.instances}


def test_an_instance_is_made_alone_and_again_changes_nothing(cloud):
    made = instance_present(cloud)
    assert cloud.names() == {"server": ["orders"], "volume": ["orders"], "server_group": ["trove-orders"], "security_group": ["trove-orders"]}
    assert made.after["metadata"] == {"replication_contract": {"writable": True}}
    assert not instance_present(cloud).changed


def test_an_instance_with_another_task_is_left_alone(cloud):
    instance_present(cloud)
    instance_task(cloud, "orders")
    instance_task(cloud, "orders", "PROMOTING")
    with pytest.raises(Refused, match="on the instance while the current instance task is 'PROMOTING'") as refused:
        instance_present(cloud)
    assert refused.value.details["task"]["name"] == "PROMOTING"


def test_replicas_inherit_and_both_sides_have_the_contract(cloud):
    instance_present(cloud, volume_size=7)
    instance_task(cloud, "orders")
    made = replicas_present(cloud, count=2)
    assert [i["name"] for i in made.after["instances"]] == ["orders", "orders-replica-1", "orders-replica-2"]
    assert {node["volume"]["size"] for i in made.after["instances"] for node in i["nodes"]} == {7}
    assert len({server.host_id for server in cloud.servers.values()}) == 3
    assert contracts(cloud) == {"orders": [], "orders-replica-1": ["orders"], "orders-replica-2": ["orders"]}
    assert not replicas_present(cloud, count=2).changed
    instance_task(cloud, "orders")
    assert not instance_present(cloud, volume_size=7).changed
    assert not replicas_present(cloud, count=2).changed


def test_check_mode_shows_what_a_run_does_and_writes_nothing(cloud):
    instance_present(cloud)
    instance_task(cloud, "orders")
    cloud.writes.clear()
    shown = replicas_present(cloud, check_mode=True, count=2)
    assert cloud.writes == []
    assert [i["name"] for i in shown.after["instances"]] == ["orders", "orders-replica-1", "orders-replica-2"]
    assert replicas_present(cloud, count=2).plan.view() == shown.plan.view()


def test_one_replica_has_the_plain_name_and_later_ones_numbers(cloud):
    instance_present(cloud, locality=None)
    instance_task(cloud, "orders")
    replicas_present(cloud, name="copy")
    assert [i.name for i in family(cloud).instances] == ["copy", "orders"]
    instance_task(cloud, "orders")
    replicas_present(cloud, name="copy", count=3)
    assert [i.name for i in family(cloud).instances] == ["copy", "copy-1", "copy-2", "orders"]


def test_numbers_are_not_used_again(cloud):
    cloud.hypervisors = 9
    family_of_three(cloud)
    deleted = instance_absent(cloud, "orders-replica-2", replica=True)
    assert [i["name"] for i in deleted.after["instances"]] == ["orders", "orders-replica-1"]
    replicas_present(cloud, count=2)
    assert sorted(contracts(cloud)) == ["orders", "orders-replica-1", "orders-replica-3"]


@pytest.mark.parametrize(
    ("changes", "option", "words"),
    [
        ({"count": 0}, "count", "from 1"),
        ({"count": -1}, "count", "from 1"),
        ({"locality": "affinity"}, "locality", "Cannot specify locality when creating replicas."),
        ({"datastore": "mysql"}, "datastore", "a replica has what its source has"),
        ({"users": [{"name": "joe"}]}, "users", "Cannot create a replica with users or databases."),
        ({"databases": ["shop"]}, "databases", "Cannot create a replica with users or databases."),
        ({"volume_size": 0}, "volume_size", "from 1"),
        ({"volume_size": 4}, "volume_size", "5 GiB or more"),
        ({"name": "no_name"}, "name", "a letter"),
        ({"name": "orders"}, "name", "other than the source's"),
        ({"source": "nobody"}, "source", "the name or id"),
        ({"adopt": ("mysql", "8.4")}, "adopt", "only for a server that others have created"),
        ({"flavor": "db.huge"}, "flavor", "db.small"),
    ],
)
def test_wrong_input_is_refused_before_anything_is_touched(cloud, changes, option, words):
    instance_present(cloud)
    instance_task(cloud, "orders")
    cloud.writes.clear()
    with pytest.raises(InvalidInput) as error:
        replicas_present(cloud, **changes)
    assert error.value.option == option
    assert words in error.value.message
    assert cloud.writes == []


def test_fewer_than_there_are_is_refused(cloud):
    family_of_three(cloud)
    with pytest.raises(InvalidInput, match="2 or more, since that many there are"):
        replicas_present(cloud, count=1)


def test_a_flavor_with_a_smaller_root_disk_is_refused_where_the_data_are_on_it(cloud):
    instance_present(cloud, volume_size=None)
    instance_task(cloud, "orders")
    with pytest.raises(InvalidInput, match="root disk of 10 GiB or more"):
        replicas_present(cloud, flavor="db.tiny")


def test_a_replica_of_a_replica_is_refused_in_troves_words(cloud):
    family_of_three(cloud)
    with pytest.raises(Refused, match="Cannot create a replica of a replica"):
        replicas_present(cloud, source="orders-replica-1", name="third")


def test_a_member_of_a_cluster_is_no_source(cloud):
    present(cloud)
    end_task(cloud)
    with pytest.raises(Refused, match="Operation not supported for instances that are part of a cluster"):
        replicas_present(cloud, source="shop-1")


def test_a_source_that_does_not_run_is_refused(cloud):
    instance_present(cloud)
    instance_task(cloud, "orders")
    server = next(iter(cloud.servers.values()))
    server.status = server.becomes = "SHUTOFF"
    with pytest.raises(Refused, match="orders is SHUTOFF"):
        replicas_present(cloud)


def test_a_source_with_replicas_is_not_deleted(cloud):
    family_of_three(cloud)
    cloud.writes.clear()
    with pytest.raises(Refused, match="cannot be deleted without detaching the replicas"):
        instance_absent(cloud, "orders")
    assert cloud.writes == []


def test_a_cluster_and_an_instance_keep_their_modules_apart(cloud):
    instance_present(cloud)
    with pytest.raises(InvalidInput, match="see stackdb.trove.trove_instance"):
        reconcile(ClusterAbsent(cloud, "orders", timeout=60), check_mode=False)
    present(cloud)
    with pytest.raises(InvalidInput, match="taken by a cluster"):
        instance_present(cloud, name="shop")
    assert [c.name for c in observe.clusters(cloud)] == ["shop"]


def test_all_goes_with_the_last_one(cloud):
    family_of_three(cloud)
    for name in ("orders-replica-1", "orders-replica-2"):
        instance_absent(cloud, name, replica=True)
        assert "trove-orders" in cloud.names()["security_group"]
    assert contracts(cloud) == {"orders": []}
    gone = instance_absent(cloud, "orders")
    assert cloud.names() == NOTHING
    assert [step.risk for step in gone.plan.steps if step.kind == "volume"] == ["destroys 5 GiB of data"]
    assert not instance_absent(cloud, "orders").changed


def test_a_detached_one_is_no_replica_any_more(cloud):
    family_of_three(cloud)
    contract_changed(cloud, "orders-replica-2", "detached")
    assert contracts(cloud) == {"orders": [], "orders-replica-1": ["orders"], "orders-replica-2": []}
    assert not contract_changed(cloud, "orders-replica-2", "detached").changed
    with pytest.raises(InvalidInput, match="replicates from no source"):
        instance_absent(cloud, "orders-replica-2", replica=True)


def test_promoting_and_ejecting(cloud):
    family_of_three(cloud)
    shown = contract_changed(cloud, "orders-replica-1", "promoted", check_mode=True)
    done = contract_changed(cloud, "orders-replica-1", "promoted")
    assert shown.after == done.after
    assert contracts(cloud) == {"orders": ["orders-replica-1"], "orders-replica-1": [], "orders-replica-2": ["orders-replica-1"]}
    assert not contract_changed(cloud, "orders-replica-1", "promoted").changed
    contract_changed(cloud, "orders-replica-2", "ejected")
    assert contracts(cloud) == {"orders": ["orders-replica-2"], "orders-replica-1": [], "orders-replica-2": []}
    writable = {i.name: i.contract.writable for i in family(cloud).instances}
    assert writable == {"orders": False, "orders-replica-1": False, "orders-replica-2": True}


def test_tasks_exclude_each_other_and_resume(cloud):
    family_of_three(cloud)
    instance_task(cloud, "orders", "PROMOTING")
    instance_task(cloud, "orders-replica-1", "PROMOTING")
    with pytest.raises(Refused, match="while the current instance task is 'PROMOTING'"):
        instance_task(cloud, "orders", "EJECTING")
    with pytest.raises(Refused, match="while the current instance task is 'PROMOTING'"):
        replicas_present(cloud, count=3)


def test_a_server_of_others_is_adopted_and_never_deleted(cloud):
    cloud.add_plain_server("legacy")
    with pytest.raises(InvalidInput, match="adopt"):
        replicas_present(cloud, source="legacy")
    replicas_present(cloud, source="legacy", adopt=("mysql", "8.4"))
    assert contracts(cloud) == {"legacy": [], "legacy-replica": ["legacy"]}
    assert family(cloud).datastore == "mysql"
    instance_task(cloud, "legacy")
    assert not replicas_present(cloud, source="legacy", adopt=("mysql", "8.4")).changed
    instance_absent(cloud, "legacy-replica", replica=True)
    instance_absent(cloud, "legacy")
    (server,) = cloud.servers.values()
    assert (server.name, server.metadata, server.tags, server.security_groups) == ("legacy", {"owner": "ops"}, [], [{"name": "default"}])
    assert cloud.names()["security_group"] == ["default"]


def test_what_nova_cannot_create_is_rolled_back_and_the_source_keeps_its_contract(cloud):
    cloud.hypervisors = 2
    instance_present(cloud)
    instance_task(cloud, "orders")
    with pytest.raises(CloudError, match="No valid host"):
        replicas_present(cloud, count=2)
    assert cloud.names()["server"] == ["orders"]
    assert contracts(cloud) == {"orders": []}


def test_the_task_of_an_instance_that_is_not_there_is_refused(cloud):
    family_of_three(cloud)
    with pytest.raises(InvalidInput, match="'nobody' was given; allowed: the name or id of an instance"):
        instance_task(cloud, "nobody")


def test_a_source_with_replicas_names_them_and_nobody_else(cloud):
    family_of_three(cloud)
    with pytest.raises(Refused, match=r"They are orders-replica-1, orders-replica-2\.$"):
        instance_absent(cloud, "orders")
