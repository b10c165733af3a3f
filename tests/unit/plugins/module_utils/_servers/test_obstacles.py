# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What stops a deletion is found before its first write, and which cluster is meant is told by its id, against a cloud in memory."""

from __future__ import annotations

from types import SimpleNamespace as Thing

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._cloud import observe
from ansible_collections.stackdb.trove.plugins.module_utils._model.errors import InvalidInput, Refused
from ansible_collections.stackdb.trove.plugins.module_utils._plan.runner import reconcile
from ansible_collections.stackdb.trove.plugins.module_utils._servers import obstacles
from ansible_collections.stackdb.trove.plugins.module_utils._servers.cluster import ClusterAbsent
from ansible_collections.stackdb.trove.plugins.module_utils._servers.cluster_act import ClusterTask
from ansible_collections.stackdb.trove.tests.unit.runs import FORCE, NOTHING, absent, end_task, family_of_three, instance_absent, present, shrunk


@pytest.fixture
def living(cloud):
    cloud.hypervisors = 9
    present(cloud)
    end_task(cloud)
    cloud.add_plain_server("web")
    return cloud


def named(things, name):
    return next(thing for thing in things.values() if thing.name == name)


def lock(cloud):
    named(cloud.servers, "shop-3").is_locked = True


def use_security_group(cloud):
    group = named(cloud.security_groups, "trove-shop")
    cloud.compute.add_security_group_to_server(named(cloud.servers, "web").id, group.id)


def give_a_port(cloud):
    group = named(cloud.security_groups, "trove-shop")
    cloud.ports.append(Thing(id="p9", device_id="", device_owner="", security_group_ids=[group.id]))


def attach_elsewhere(cloud):
    named(cloud.volumes, "shop-3").server_id = named(cloud.servers, "web").id


def snapshot(cloud):
    cloud.snapshots.append(Thing(id="s1", name="nightly", volume_id=named(cloud.volumes, "shop-3").id))


def join_group(cloud):
    named(cloud.servers, "web").group = named(cloud.groups, "trove-shop").id


OF_MEMBERS = [
    (lock, "the server shop-3 is locked"),
    (attach_elsewhere, r"the volume shop-3 is attached to the server web \(server-"),
    (snapshot, "the volume shop-3 has the snapshot nightly"),
]
OF_THE_CLUSTER = [
    (use_security_group, r"the port port-server-\d+ of web \(server-\d+\) uses the security group trove-shop"),
    (give_a_port, "the port p9 of nobody uses the security group trove-shop"),
    (join_group, r"The server group trove-shop holds servers that are not of the cluster: web \(server-"),
]


@pytest.mark.parametrize(("obstruct", "says"), [*OF_MEMBERS, *OF_THE_CLUSTER])
def test_a_cluster_is_not_half_deleted(living, obstruct, says):
    obstruct(living)
    living.writes.clear()
    with pytest.raises(Refused, match=says):
        absent(living)
    assert living.writes == []


@pytest.mark.parametrize(("obstruct", "says"), OF_MEMBERS)
def test_nor_is_a_member(living, obstruct, says):
    obstruct(living)
    living.writes.clear()
    with pytest.raises(Refused, match=says):
        shrunk(living, ["shop-3"])
    assert living.writes == []
    shrunk(living, ["shop-2"])


def test_nor_is_an_instance(cloud):
    family_of_three(cloud)
    cloud.snapshots.append(Thing(id="s1", name=None, volume_id=named(cloud.volumes, "orders-replica-2").id))
    cloud.writes.clear()
    with pytest.raises(Refused, match="the volume orders-replica-2 has the snapshot s1"):
        instance_absent(cloud, "orders-replica-2")
    assert cloud.writes == []
    instance_absent(cloud, "orders-replica-1")


def test_all_obstacles_are_named_at_once(living):
    lock(living)
    snapshot(living)
    give_a_port(living)
    seen = observe.cluster(living, "shop")
    with pytest.raises(Refused, match="Nothing was deleted, since the deletion of the cluster shop would stop half-way") as error:
        obstacles.check_deletion(living, "the cluster shop", seen.instances, seen.volumes, seen.security_group)
    locked = next(i.id for i in seen.instances if i.locked)
    assert error.value.details["obstacles"] == [
        f"the server shop-3 is locked (openstack server unlock {locked})",
        "the volume shop-3 has the snapshot nightly",
        "the port p9 of nobody uses the security group trove-shop",
    ]


def test_only_what_goes_is_looked_at(living):
    living.calls.clear()
    obstacles.check_deletion(living, "nothing", [], [])
    assert living.calls == []
    seen = observe.cluster(living, "shop")
    living.calls.clear()
    obstacles.check_deletion(living, "all of it", seen.instances, seen.volumes)
    # the servers that have the volumes go, too
    assert living.calls == ["snapshots"]
    with pytest.raises(Refused, match=r"the volume shop-1 is attached to the server shop-1 \(server-"):
        obstacles.check_deletion(living, "a volume", [], seen.volumes[:1])


def test_a_cluster_without_a_server_group_has_no_strangers(cloud):
    present(cloud, locality=None)
    assert obstacles.check_group(cloud, observe.cluster(cloud, "shop")) == []


def test_check_mode_finds_it_too(living):
    lock(living)
    with pytest.raises(Refused, match="locked"):
        absent(living, check_mode=True)


def test_a_server_that_is_gone_is_no_obstacle(living):
    """Nova's list of a group's members, and Cinder's of attachments, may lag behind."""
    group = named(living.security_groups, "trove-shop")
    living.ports.append(Thing(id="p9", device_id="gone", device_owner="compute:nova", security_group_ids=[group.id]))
    named(living.volumes, "shop-3").server_id = "gone"
    with_members = living.compute._with_members
    living.compute._with_members = lambda group: Thing(**{**vars(with_members(group)), "member_ids": [*with_members(group).member_ids, "gone"]})
    assert not present(living).changed
    wanted = ClusterAbsent(living, "shop", timeout=60)
    assert reconcile(wanted, check_mode=True).plan.warnings == ("Nova's server group trove-shop still lists servers that are gone: gone. They are skipped.",)


def test_a_server_without_a_volume_loses_its_data(cloud):
    present(cloud, volume_size=None)
    assert {step.risk for step in absent(cloud).plan.steps if step.kind == "server"} == {"destroys the data on its root disk"}


@pytest.fixture
def two(cloud):
    """Two clusters of one name, as two runs at once left them before there was a lease: their ids."""
    kinds, first = ("servers", "volumes", "groups", "security_groups"), {}
    present(cloud)
    end_task(cloud)
    for kind in kinds:
        first[kind] = dict(getattr(cloud, kind))
        getattr(cloud, kind).clear()
    present(cloud)
    end_task(cloud)
    for kind in kinds:
        getattr(cloud, kind).update(first[kind])
    return sorted({server.metadata["trove_cluster_id"] for server in cloud.servers.values()})


def test_two_clusters_of_one_name_are_told_apart_by_their_ids(cloud, two):
    with pytest.raises(Refused, match=f"There are 2 clusters of the name 'shop': {two[0]}, {two[1]}"):
        absent(cloud)
    with pytest.raises(InvalidInput, match="id: None was given; allowed: one of "):
        reconcile(ClusterTask(cloud, "shop", "RESTARTING_CLUSTER", FORCE), check_mode=False)
    began = reconcile(ClusterTask(cloud, None, "RESTARTING_CLUSTER", FORCE, cluster_id=two[0]), check_mode=False)
    assert began.after["id"] == two[0]
    assert {c.id: c.task for c in observe.clusters(cloud)} == {two[0]: "RESTARTING_CLUSTER", two[1]: "NONE"}
    with pytest.raises(InvalidInput, match="id: 'nothing' was given"):
        reconcile(ClusterTask(cloud, None, "NONE", FORCE, cluster_id="nothing"), check_mode=False)
    reconcile(ClusterAbsent(cloud, None, 60, two[0]), check_mode=False)
    assert [c.id for c in observe.clusters(cloud)] == [two[1]]
    assert len(cloud.servers) == len(cloud.volumes) == 3
    assert not reconcile(ClusterAbsent(cloud, None, 60, two[0]), check_mode=False).changed
    reconcile(ClusterAbsent(cloud, None, 60, two[1]), check_mode=False)
    assert not cloud.servers
    assert not cloud.volumes
    assert not cloud.security_groups


def test_the_id_finds_what_a_killed_deletion_left(cloud):
    present(cloud)
    cluster_id = observe.clusters(cloud)[0].id
    for server in list(cloud.servers):
        cloud.compute.delete_server(server, ignore_missing=True)
    reconcile(ClusterAbsent(cloud, None, 60, cluster_id), check_mode=False)
    assert cloud.names() == NOTHING
