# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An instance is found by its name or id, with its family; and what cannot be a source, or an instance, is refused."""

from __future__ import annotations

from types import SimpleNamespace as Thing

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._cloud import families
from ansible_collections.stackdb.trove.plugins.module_utils._model.errors import CloudError, InvalidInput, Refused
from ansible_collections.stackdb.trove.tests.unit.fake_proxy import http_error
from ansible_collections.stackdb.trove.tests.unit.runs import end_task, family_of_three, present
from openstack.exceptions import ForbiddenException

SOME_ID = "5c489b9d-96bb-4e15-a79d-412d88a0062e"


@pytest.fixture
def family(cloud):
    cloud.hypervisors = 9
    family_of_three(cloud)
    return cloud


def rename(cloud, name, id_):
    """Give a server an id of Nova's form."""
    old = next(key for key, server in cloud.servers.items() if server.name == name)
    cloud.servers[id_] = cloud.servers.pop(old)
    cloud.servers[id_].id = id_


class TestServer:
    def test_by_name(self, family):
        assert families.server(family, "orders").name == "orders"
        assert families.server(family, "order") is None

    def test_by_id(self, cloud):
        cloud.add_plain_server("web")
        rename(cloud, "web", SOME_ID)
        assert families.server(cloud, SOME_ID).name == "web"
        assert families.server(cloud, "00000000-0000-0000-0000-000000000000") is None

    def test_what_is_no_id_is_not_asked_for(self, cloud):
        assert families.server(cloud, "web") is None
        assert "get_server" not in cloud.calls

    def test_a_refusal_is_no_absence(self, cloud):
        def refuse(server):
            raise http_error(ForbiddenException, "no", 403)

        cloud.compute.get_server = refuse
        with pytest.raises(CloudError, match="Cannot get the server"):
            families.server(cloud, SOME_ID)

    def test_a_name_that_two_have_needs_the_id(self, cloud):
        for _twice in range(2):
            cloud.add_plain_server("web")
        with pytest.raises(Refused, match="There are 2 servers of the name 'web': server-.*Give the id."):
            families.server(cloud, "web")


class TestFind:
    def test_with_its_family(self, family):
        found, instance = families.find(family, "orders-replica-1")
        assert (found.name, instance.name) == ("orders", "orders-replica-1")
        assert [i.name for i in found.instances] == ["orders", "orders-replica-1", "orders-replica-2"]

    def test_nobody_and_a_server_of_others(self, family):
        family.add_plain_server("web")
        assert families.find(family, "web") == (None, None)
        assert families.find(family, "nobody") == (None, None)

    def test_of_a_deleted_one_the_volume_tells_the_family(self, family):
        gone = next(key for key, server in family.servers.items() if server.name == "orders-replica-2")
        del family.servers[gone]
        found, instance = families.find(family, "orders-replica-2")
        assert (found.name, instance) == ("orders", None)

    def test_a_member_of_a_cluster_is_refused(self, cloud):
        present(cloud)
        with pytest.raises(Refused, match="part of a cluster. It is a member of shop."):
            families.find(cloud, "shop-1")

    def test_one_whose_release_was_killed_has_no_tags(self, family):
        one = next(server for server in family.servers.values() if server.name == "orders")
        one.tags.clear()
        found, instance = families.find(family, "orders")
        assert instance.name == "orders"
        assert len(found.instances) == 3

    def test_the_name_of_a_cluster_is_refused(self, cloud):
        present(cloud)
        end_task(cloud)
        with pytest.raises(InvalidInput, match="The name 'shop' is taken by a cluster"):
            families.named(cloud, "shop")


class TestSource:
    def test_an_instance(self, family):
        found, source = families.source(family, "orders")
        assert (found.name, source.name, len(found.instances)) == ("orders", "orders", 3)

    def test_nobody(self, cloud):
        with pytest.raises(InvalidInput, match="source: 'nobody' was given"):
            families.source(cloud, "nobody")

    def test_a_server_of_others_is_the_one_instance_of_a_new_family(self, cloud):
        cloud.add_plain_server("legacy")
        found, source = families.source(cloud, "legacy")
        assert (found.id, found.name, found.datastore, found.instances) == ("", "legacy", None, (source,))
        assert (source.type, source.contract, source.adopted, source.volume) == ("instance", None, True, None)

    def test_its_server_group_comes_along(self, cloud):
        cloud.add_plain_server("legacy")
        group = cloud.compute.create_server_group(name="mine", policy="affinity")
        next(iter(cloud.servers.values())).group = group.id
        assert families.source(cloud, "legacy")[0].group.name == "mine"

    def test_its_one_data_volume_is_what_a_replica_needs(self, cloud):
        cloud.add_plain_server("legacy")
        volumes = {"root": Thing(id="root", name="r", size=9, volume_type="fast", status="in-use", is_bootable=True)}
        volumes["data"] = Thing(id="data", name="d", size=7, volume_type="fast", status="in-use", is_bootable=False)
        cloud.sdk.block_storage.get_volume = volumes.__getitem__
        one = next(iter(cloud.servers.values()))
        one.attached_volumes = [{"id": "root"}, {"id": "data"}]
        volume = families.source(cloud, "legacy")[1].volume
        assert (volume.id, volume.size, volume.type, volume.instance, volume.server_id) == ("data", 7, "fast", "legacy", one.id)
        volumes["more"] = Thing(**{**vars(volumes["data"]), "id": "more"})
        one.attached_volumes.append({"id": "more"})
        assert families.source(cloud, "legacy")[1].volume is None

    def test_a_name_that_no_family_can_have(self, cloud):
        cloud.add_plain_server("legacy_db")
        with pytest.raises(InvalidInput, match="source: 'legacy_db' was given"):
            families.source(cloud, "legacy_db")

    def test_a_name_that_a_cluster_has(self, cloud):
        present(cloud)
        cloud.add_plain_server("shop")
        with pytest.raises(InvalidInput, match="The name 'shop' is taken by shop-1, shop-2, shop-3"):
            families.source(cloud, "shop")
