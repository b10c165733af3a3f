# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An instance in its family: Trove's show form, who is connected, who has to serve."""

from __future__ import annotations

from ansible_collections.stackdb.trove.plugins.module_utils._model import instance as instances
from ansible_collections.stackdb.trove.plugins.module_utils._model.contract import Contract
from ansible_collections.stackdb.trove.tests.unit.builders import cluster, instance, server_group

SOURCE = instance("shop-1", type="instance", contract=Contract(replicates_to=("id-shop-2",)))
REPLICA = instance("shop-2", type="instance", contract=Contract(replicates_from=("id-shop-1",), writable=False))
DEAD = instance("shop-3", type="instance", contract=Contract(writable=False))
FAMILY = cluster(SOURCE, REPLICA, DEAD)


def named(found):
    return [i.name for i in found]


def test_an_instance_is_one_node():
    shown = instances.show(FAMILY, REPLICA)
    assert (shown["ip"], shown["locality"], shown["datastore"]) == (["10.0.0.2"], "anti-affinity", {"type": "mariadb", "version": "10.11"})
    assert shown["metadata"] == {"replication_contract": {"replicates_from": ["id-shop-1"], "writable": False}}
    (node,) = shown["nodes"]
    assert (node["id"], node["hostname"], node["volume"]["size"]) == ("id-shop-2", "shop-2", 5)


def test_what_there_is_none_of_is_not_shown():
    alone = cluster(instance("shop-1", type="instance", contract=None, addresses={}), group=None)
    shown = instances.show(alone, alone.instances[0])
    assert "locality" not in shown
    assert (shown["ip"], shown["metadata"]) == ([], {"replication_contract": {"writable": True}})


def test_only_an_ejection_leaves_one_without_neighbours_and_writes():
    assert instances.is_left_out(DEAD)
    others = (SOURCE, REPLICA, instance("a-1", contract=Contract()), instance("a-1", contract=None), instance("a-1", contract=Contract(("x",), (), False)))
    assert not any(instances.is_left_out(one) for one in others)


def test_who_is_connected_and_who_has_to_serve():
    assert named(instances.connected(FAMILY, SOURCE).instances) == ["shop-1", "shop-2"]
    assert named(instances.concerned(FAMILY, REPLICA)) == ["shop-1", "shop-2"]
    # one that is dead cannot serve: it is the others
    assert named(instances.concerned(FAMILY, DEAD)) == ["shop-1", "shop-2"]


def test_as_if_one_were_there_alone():
    alone = instances.alone(cluster(SOURCE, REPLICA, group=server_group(member_ids=("id-shop-1", "id-shop-2", "of-others"))), "shop-2")
    assert (named(alone.instances), named(alone.volumes), alone.group.member_ids) == (["shop-2"], ["shop-2"], ("id-shop-2", "of-others"))
    assert instances.alone(cluster(SOURCE, group=None), "shop-1").group is None


def test_in_a_list_it_has_its_topology_and_drift():
    shown = instances.Listed(REPLICA.id, FAMILY, REPLICA).view()
    assert [member["name"] for member in shown["topology"]["members"]] == ["shop-1", "shop-2"]
    assert shown["drift"] == []
    assert instances.drift(cluster(REPLICA)) == ["shop-2 replicates from id-shop-1, which is gone"]
