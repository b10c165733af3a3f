# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whole runs on clouds that are not as devcloud: several zones, no quota details, images in no list, two versions of IP, names in another case."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace as Thing

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._cloud import observe, quotas
from ansible_collections.stackdb.trove.plugins.module_utils._model.errors import InvalidInput, Refused, Unanswered
from ansible_collections.stackdb.trove.tests.unit.builders import instance
from ansible_collections.stackdb.trove.tests.unit.fake_openstack import http_error, image
from ansible_collections.stackdb.trove.tests.unit.fake_proxy import http_error as refusal
from ansible_collections.stackdb.trove.tests.unit.runs import COMPLETE, absent, end_task, family_of_three, grown, present, replicas_present
from openstack.exceptions import ForbiddenException, HttpException, NotFoundException

ZONES = ["nova", "az1", "az2", "az3"]


@pytest.fixture(autouse=True)
def _room(cloud):
    cloud.hypervisors = 9


@pytest.fixture
def zoned(cloud):
    cloud.zones = cloud.volume_zones = ZONES
    return cloud


def where(cloud):
    """``{name: (zone of the server, zone of its volume)}``"""
    volumes = {volume.name: volume.zone for volume in cloud.volumes.values()}
    return {server.name: (server.availability_zone, volumes.get(server.name)) for server in cloud.servers.values()}


class TestZones:
    def test_a_volume_is_in_its_servers_zone(self, zoned):
        present(zoned, availability_zone="az2")
        assert set(where(zoned).values()) == {("az2", "az2")}

    def test_where_cinder_has_no_such_zone_it_is_in_the_default_one(self, zoned):
        zoned.volume_zones = ["nova"]
        present(zoned, availability_zone="az2")
        assert set(where(zoned).values()) == {("az2", "nova")}

    def test_one_that_is_asked_for(self, zoned):
        present(zoned, availability_zone="az2", volume_availability_zone="az3")
        assert set(where(zoned).values()) == {("az2", "az3")}

    @pytest.mark.parametrize("asked", [None, "az2"])
    def test_new_members_are_where_the_living_ones_are(self, zoned, asked):
        present(zoned, availability_zone=asked)
        end_task(zoned)
        grown(zoned, 5)
        assert len(set(where(zoned).values())) == 1

    def test_of_several_zones_the_emptiest_is_next(self, zoned):
        present(zoned, instances=[{"availability_zone": zone} for zone in ("az1", "az2", "az3")])
        end_task(zoned)
        grown(zoned, 5)
        assert sorted(where(zoned).values()) == [("az1", "az1"), ("az1", "az1"), ("az2", "az2"), ("az2", "az2"), ("az3", "az3")]

    def test_volumes_that_are_in_another_zone_stay_together(self, zoned):
        present(zoned, availability_zone="az2", volume_availability_zone="az3")
        end_task(zoned)
        grown(zoned, 4)
        assert where(zoned)["shop-4"] == ("az2", "az3")

    def test_another_zone_for_new_members(self, zoned):
        present(zoned, availability_zone="az1")
        end_task(zoned)
        grown(zoned, 4, availability_zone="az3")
        assert where(zoned)["shop-4"] == ("az3", "az3")

    def test_without_volumes_their_zone_is_refused(self, zoned):
        present(zoned, volume_size=None)
        end_task(zoned)
        with pytest.raises(InvalidInput, match="have no data volumes"):
            grown(zoned, 4, volume_availability_zone="az1")


class TestImage:
    @pytest.fixture
    def living(self, cloud):
        present(cloud)
        end_task(cloud)
        cloud.images.append(image("i2", "debian-13"))
        return cloud

    def test_one_that_is_in_no_list(self, living):
        living.images[0].visible = False
        grown(living, 4)
        assert next(server for server in living.servers.values() if server.name == "shop-4").image.id == "i1"

    @pytest.mark.parametrize("state", ["gone", "deactivated"])
    def test_one_that_cannot_be_booted_from(self, living, state):
        living.images[0].status = state
        if state == "gone":
            del living.images[0]
        living.writes.clear()
        with pytest.raises(InvalidInput, match="give image=, the name or id of an image with the same system") as error:
            grown(living, 4)
        assert (error.value.option, living.writes) == ("image", [])
        grown(living, 4, image="debian-13")
        assert next(server for server in living.servers.values() if server.name == "shop-4").image.id == "i2"

    def test_a_key_of_another_user(self, living):
        living.compute.keypairs = lambda: [Thing(id="mine", name="mine")]
        with pytest.raises(InvalidInput, match="is none of yours: give key_name") as error:
            grown(living, 4)
        assert error.value.option == "key_name"
        grown(living, 4, key_name="mine")

    def test_a_replica_of_another_image(self, cloud):
        family_of_three(cloud)
        cloud.images[:] = [image("i2", "debian-13")]
        with pytest.raises(InvalidInput, match="image: 'i1' was given"):
            replicas_present(cloud, count=3)
        replicas_present(cloud, count=3, image="debian-13")


class TestBootFromVolume:
    def test_a_flavor_without_a_disk(self, cloud):
        with pytest.raises(InvalidInput, match="root_volume_size"):
            present(cloud, flavor="db.diskless")
        assert cloud.writes == []

    def test_it_is_inherited(self, cloud):
        present(cloud, flavor="db.diskless", root_volume_size=8)
        assert not present(cloud, flavor="db.diskless", root_volume_size=8).changed
        end_task(cloud)
        grown(cloud, 4)
        roots = [server.root for server in cloud.servers.values()]
        expected = {"source_type": "image", "uuid": "i1", "destination_type": "volume", "boot_index": 0, "volume_size": 8, "delete_on_termination": True}
        assert roots == [[expected]] * 4


class TestCourtesies:
    def refuse(self, error):
        def call(*_args, **_more):
            raise error

        return call

    @pytest.mark.parametrize("error", [refusal(ForbiddenException, "no", 403), refusal(NotFoundException, "no details", 404), refusal(HttpException, "?", 500)])
    def test_quotas_that_are_not_told(self, cloud, error):
        cloud.compute.get_limits = cloud.sdk.network.get_quota = cloud.sdk.block_storage.get_limits = self.refuse(error)
        present(cloud)
        assert cloud.names() == COMPLETE
        assert len([text for text in cloud.warnings if "Whether the quota holds" in text]) == 3

    @pytest.mark.parametrize("value", [None, "", {}])
    def test_limits_that_are_none(self, cloud, value):
        nothing = Thing(**dict.fromkeys(["instances", "instances_used", "total_cores", "total_cores_used", "total_ram", "total_ram_used"], value))
        for name in ["server_groups", "server_groups_used", "server_group_members", "ports", "security_groups", "security_group_rules"]:
            setattr(nothing, name, value)
        for name in ["max_total_volumes", "total_volumes_used", "max_total_volume_gigabytes", "total_gigabytes_used"]:
            setattr(nothing, name, value)
        cloud.unlimited = nothing
        assert quotas.read(cloud) == {}
        present(cloud)

    def test_quotas_without_details(self, cloud):
        cloud.sdk.network.get_quota = lambda _project, details: Thing(ports=500, security_groups=100, security_group_rules=None)
        assert not {"ports", "security_groups"} & set(quotas.read(cloud))

    def test_no_server_groups(self, cloud):
        cloud.compute.server_groups = self.refuse(refusal(ForbiddenException, "policy", 403))
        present(cloud, locality=None)
        assert any("localities are neither known nor kept" in text for text in cloud.warnings)

    def test_server_groups_of_which_nobody_knows_are_not_taken_for_none(self, cloud):
        present(cloud)
        cloud.compute.server_groups = self.refuse(http_error(HttpException, "away", 503))
        with pytest.raises(Unanswered):
            observe.cluster(cloud, "shop")

    def test_no_list_of_zones(self, cloud):
        cloud.compute.availability_zones = cloud.sdk.block_storage.availability_zones = self.refuse(refusal(ForbiddenException, "policy", 403))
        present(cloud, availability_zone="nova", volume_availability_zone="nova")
        assert len(cloud.warnings) == 2

    def test_no_cinder(self, cloud):
        cloud.sdk.has_service = lambda name: False
        with pytest.raises(InvalidInput, match="volume_size: 5 was given; allowed: nothing: this cloud has no block storage"):
            present(cloud)
        present(cloud, volume_size=None)


class TestNames:
    def test_a_database_that_compares_without_case(self, cloud):
        servers, groups = cloud.compute.servers, cloud.sdk.network.security_groups
        cloud.compute.servers = lambda *args, tags=None, **query: [s for s in servers(*args, **query) if tags is None or tags.lower() in map(str.lower, s.tags)]
        cloud.sdk.network.security_groups = lambda name=None: [g for g in groups() if name is None or g.name.lower() == name.lower()]
        present(cloud, name="SHOP", locality=None)
        present(cloud, locality=None)
        assert {i.name for i in observe.cluster(cloud, "shop").instances} == {"shop-1", "shop-2", "shop-3"}
        assert [c.name for c in observe.clusters(cloud, name="shop")] == ["shop"]
        absent(cloud)
        assert [c.name for c in observe.clusters(cloud)] == ["SHOP"]
        assert cloud.names()["security_group"] == ["trove-SHOP"]

    def test_of_two_server_groups_the_one_with_the_members(self, cloud):
        present(cloud)
        own = next(iter(cloud.groups))
        for _twice in range(2):
            cloud.compute.create_server_group(name="trove-shop", policy="affinity")
        assert observe.cluster(cloud, "shop").group.id == own
        next(iter(cloud.servers.values())).group = list(cloud.groups)[-1]
        with pytest.raises(Refused, match="There are 2 server groups trove-shop"):
            present(cloud)
        next(iter(cloud.servers.values())).group = own
        absent(cloud)
        assert own not in cloud.groups
        assert len(cloud.groups) == 2
        present(cloud)
        assert len({server.group for server in cloud.servers.values()} - set(list(cloud.groups)[:2])) == 1


class TestAddress:
    ADDRESSES = {
        "other": [("10.9.0.1", "fixed")],
        "db-net": [("fd00::5", "fixed"), ("10.0.0.5", "fixed"), ("192.0.2.5", "floating")],
    }

    @pytest.mark.parametrize(
        ("network", "version", "address"),
        [
            ("db-net", None, "10.0.0.5"),
            ("db-net", 4, "10.0.0.5"),
            ("db-net", 6, "fd00::5"),
            ("other", None, "10.9.0.1"),
            ("other", 6, None),
            (None, None, "10.9.0.1"),
        ],
    )
    def test_of_the_first_network_and_the_version_that_were_asked_for(self, network, version, address):
        one = replace(instance("shop-1"), addresses=self.ADDRESSES, network=network, ip_version=version)
        assert one.address() == address
        assert one.address("floating") == "192.0.2.5"

    def test_where_there_is_only_version_6(self):
        assert replace(instance("shop-1"), addresses={"db-net": [("fd00::5", "fixed")]}, network="db-net").address() == "fd00::5"

    def test_ssh_over_both(self, cloud):
        cloud.subnets.insert(0, Thing(cidr="fd00::/64", network_id="n1"))
        present(cloud)
        (group,) = cloud.security_groups.values()
        ssh = {(rule["ethertype"], rule["remote_ip_prefix"]) for rule in group.security_group_rules if rule["port_range_min"] == 22}
        assert ssh == {("IPv4", "0.0.0.0/0"), ("IPv6", "::/0")}
        assert not present(cloud).changed


class TestDeletion:
    @pytest.mark.parametrize("status", ["backing-up", "awaiting-transfer", "maintenance", "uploading", "retyping"])
    def test_a_volume_that_cinder_would_not_delete_is_seen_before(self, cloud, status):
        present(cloud)
        volume = next(volume for volume in cloud.volumes.values() if volume.name == "shop-2")
        volume.status = volume.becomes = status
        cloud.writes.clear()
        with pytest.raises(Refused, match=f"Nothing was deleted, .*the volume shop-2 is {status}"):
            absent(cloud)
        assert cloud.writes == []
        volume.status = volume.becomes = "in-use"
        absent(cloud)

    def test_snapshots_that_nobody_may_list(self, cloud):
        present(cloud)
        cloud.sdk.block_storage.snapshots = TestCourtesies().refuse(refusal(ForbiddenException, "policy", 403))
        absent(cloud)
        assert any("Whether volumes have snapshots is not known." in text for text in cloud.warnings)
