# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is read of OpenStack: which servers, volumes and groups are of one cluster, and what becomes of their fields."""

from __future__ import annotations

from types import SimpleNamespace as Thing

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._cloud import observe, volumes
from ansible_collections.stackdb.trove.plugins.module_utils._model.cluster import Rule
from ansible_collections.stackdb.trove.plugins.module_utils._model.errors import Refused
from ansible_collections.stackdb.trove.tests.unit.runs import end_task, family_of_three, present


def server(**changes):
    """As openstacksdk shows one that we have created."""
    metadata = {
        "trove_cluster_id": "c1",
        "trove_cluster_name": "shop",
        "trove_flavor": "f1/db.small",
        "trove_image": "i1/debian-12",
        "trove_network_ids": "n1,n2",
        "trove_task": "BUILDING",
        "trove_last_number": "4",
        "trove_restart_required": "true",
    }
    good = {
        "id": "s1",
        "name": "shop-1",
        "status": "ACTIVE",
        "task_state": None,
        "host_id": "h1",
        "metadata": {**metadata, **changes.pop("metadata", {})},
        "flavor": Thing(original_name="db.small", name="db.small", vcpus=1, ram=1024, disk=10),
        "image": Thing(id="i1"),
        "key_name": "ops",
        "availability_zone": "nova",
        "addresses": {"db-net": [{"addr": "10.0.0.2", "OS-EXT-IPS:type": "fixed"}, {"addr": "192.0.2.7", "OS-EXT-IPS:type": "floating"}]},
        "security_groups": [{"name": "trove-shop"}],
        "created_at": "2026-03-14T20:19:23Z",
        "updated_at": "2026-03-14T20:20:23Z",
        "launched_at": None,
        "fault": None,
        "is_locked": None,
    }
    return Thing(**{**good, **changes})


class TestInstance:
    def test_as_we_have_created_it(self):
        seen = observe.instance(server(), None)
        assert (seen.flavor_id, seen.image_name, seen.network_ids) == ("f1", "debian-12", ("n1", "n2"))
        assert (seen.address(), seen.address("floating")) == ("10.0.0.2", "192.0.2.7")
        assert (seen.task, seen.last_number, seen.restart_required, seen.adopted, seen.locked) == ("BUILDING", 4, True, False, False)
        assert (seen.type, seen.contract, seen.fault) == ("member", None, None)

    def test_of_others(self):
        plain = observe.instance(server(metadata={"trove_image": ""}, image=None, addresses=None, security_groups=None, fault={"message": "No space."}), None)
        assert (plain.image_id, plain.addresses, plain.security_groups, plain.fault) == (None, {}, (), "No space.")
        bare = server()
        bare.metadata = {}
        seen = observe.instance(bare, None)
        assert (seen.adopted, seen.task, seen.last_number, seen.restart_required) == (True, "NONE", None, False)
        assert (seen.network_ids, seen.image_name, seen.flavor_id) == ((), None, None)

    def test_after_a_resize_the_noted_id_is_another_flavors(self):
        assert observe.instance(server(flavor=Thing(original_name="db.large", name="db.large", vcpus=2, ram=4096, disk=20)), None).flavor_id is None

    def test_one_that_nova_deletes_is_neither_there_nor_gone(self):
        assert observe.instance(server(task_state="deleting"), None).status == "DELETING"

    def test_an_instance_has_a_contract(self):
        seen = observe.instance(server(metadata={"trove_type": "instance", "trove_replicates_from": "s0", "trove_writable": "false"}), None)
        assert (seen.contract.replicates_from, seen.contract.writable) == (("s0",), False)

    def test_a_lock_is_seen(self):
        assert observe.instance(server(is_locked=True), None).locked


class TestCluster:
    def test_all_of_it(self, cloud):
        present(cloud)
        seen = observe.cluster(cloud, "shop")
        assert [i.name for i in seen.instances] == [v.instance for v in sorted(seen.volumes, key=lambda v: v.name)] == ["shop-1", "shop-2", "shop-3"]
        assert {i.volume.name: i.name for i in seen.instances} == {name: name for name in ("shop-1", "shop-2", "shop-3")}
        assert (seen.group.name, seen.security_group.name) == ("trove-shop", "trove-shop")
        assert (seen.datastore, seen.version) == ("mariadb", "10.11")

    def test_members_stand_in_the_order_of_their_numbers(self, cloud):
        present(cloud, instances=11, locality=None)
        assert [i.name for i in observe.cluster(cloud, "shop").instances] == [f"shop-{n}" for n in range(1, 12)]

    def test_nothing(self, cloud):
        assert observe.cluster(cloud, "shop") is None
        assert observe.cluster(cloud, "shop", "c1") is None

    def test_a_server_group_alone_has_no_id(self, cloud):
        cloud.compute.create_server_group(name="trove-shop", policy="affinity")
        assert observe.cluster(cloud, "shop").id == ""
        assert observe.cluster(cloud, "shop", "c1") is None

    def test_a_tag_in_another_case_is_another_name(self, cloud):
        present(cloud)
        for one in cloud.servers.values():
            one.metadata["trove_cluster_name"] = "SHOP"
        cloud.volumes.clear()
        cloud.security_groups.clear()
        cloud.groups.clear()
        assert observe.cluster(cloud, "shop") is None

    def test_two_of_one_name_need_an_id(self, cloud):
        present(cloud)
        one = next(iter(cloud.servers.values()))
        first, one.metadata["trove_cluster_id"] = one.metadata["trove_cluster_id"], "c2"
        with pytest.raises(Refused, match="There are 2 clusters of the name 'shop'") as error:
            observe.cluster(cloud, "shop")
        assert error.value.details["ids"] == sorted([first, "c2"])
        assert [i.id for i in observe.cluster(cloud, "shop", "c2").instances] == [one.id]
        assert len(observe.cluster(cloud, "shop", first).instances) == 2


class TestClusters:
    def test_clusters_and_families_are_told_apart(self, cloud):
        cloud.hypervisors = 9
        present(cloud)
        end_task(cloud)
        family_of_three(cloud)
        assert [c.name for c in observe.clusters(cloud)] == ["shop"]
        assert [c.name for c in observe.clusters(cloud, type_="instance")] == ["orders"]
        both = observe.clusters(cloud, type_=None)
        assert sorted(c.name for c in both) == ["orders", "shop"]
        assert [c.id for c in both] == sorted(c.id for c in both)

    def test_by_name_or_id(self, cloud):
        present(cloud)
        present(cloud, name="other", locality=None)
        (one,) = observe.clusters(cloud, name="other")
        assert [i.name for i in one.instances] == ["other-1", "other-2", "other-3"]
        assert [v.instance for v in one.volumes] == ["other-1", "other-2", "other-3"]
        assert observe.clusters(cloud, cluster_id=one.id) == [one]
        assert observe.clusters(cloud, cluster_id="none") == []


class TestVolumes:
    def test_pages_are_followed_and_a_cloud_that_does_not_filter_does_no_harm(self):
        def volume(name, cluster_id):
            body = {"id": name, "name": name, "size": 1, "volume_type": "fast", "status": "in-use", "attachments": [{"server_id": "s1"}, {"server_id": "s2"}]}
            return {**body, "metadata": {"trove_cluster_id": cluster_id, "trove_instance": name}}

        pages = {
            "/volumes/detail": {"volumes": [volume("a", "c1")], "volumes_links": [{"rel": "self", "href": "x"}, {"rel": "next", "href": "/2"}]},
            "/2": {"volumes": [volume("b", "c2"), volume("c", "c1")]},
        }
        asked = []
        fake = Thing(get_volumes=lambda url, query: asked.append((url, query)) or pages[url])
        found = volumes.of_cluster(fake, "c1")
        assert [v.instance for v in found] == ["a", "c"]
        assert asked == [("/volumes/detail", {"metadata": "{'trove_cluster_id': 'c1'}"}), ("/2", None)]
        assert (found[0].server_id, found[0].server_ids) == ("s1", ("s1", "s2"))

    def test_metadata_of_a_volume(self):
        assert volumes.metadata_for("c1", "shop", "shop-1", None) == {
            "trove": "member",
            "trove_cluster_id": "c1",
            "trove_cluster_name": "shop",
            "trove_instance": "shop-1",
        }
        assert volumes.metadata_for("c1", "shop", "shop-1", "t1")["trove_volume_type_id"] == "t1"


def rule(**changes):
    good = {"id": "r1", "direction": "ingress", "protocol": "tcp", "port_range_min": 22, "port_range_max": 22, "ethertype": "IPv4"}
    return {**good, "remote_group_id": None, "remote_ip_prefix": None, **changes}


@pytest.mark.parametrize(
    ("changes", "remote"),
    [
        ({}, "anywhere"),
        ({"remote_ip_prefix": "10.0.0.0/24"}, "10.0.0.0/24"),
        ({"remote_group_id": "g1"}, Rule.SELF),
        ({"remote_group_id": "g1", "ethertype": "IPv6"}, Rule.SELF6),
        ({"remote_group_id": "g2"}, "g2"),
    ],
)
def test_who_a_rule_lets_in(changes, remote):
    group = Thing(id="g1", name="trove-shop", description="", security_group_rules=[rule(**changes)], revision_number=1, created_at=None)
    assert observe.security_group(group).rules == {Rule("tcp", 22, 22, remote): "r1"}
    assert observe.security_group(group).created == ""


@pytest.mark.parametrize("changes", [{"direction": "egress"}, {"port_range_min": None}])
def test_a_rule_without_ports_and_one_for_the_way_out_are_not_compared(changes):
    group = Thing(id="g1", name="trove-shop", description="", security_group_rules=[rule(**changes)], revision_number=1, created_at="t")
    assert observe.security_group(group).rules == {}


@pytest.mark.parametrize(("policy", "policies"), [("affinity", None), (None, ["affinity"])], ids=["since 2.64", "before"])
def test_the_policy_of_a_server_group(policy, policies):
    seen = observe.server_group(Thing(id="g", name="n", policy=policy, policies=policies, rules=None, member_ids=None))
    assert (seen.policy, seen.rules, seen.member_ids) == ("affinity", {}, ())
