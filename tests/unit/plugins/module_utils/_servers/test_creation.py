# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the reconcilers that create servers have in common: what is looked up when, and that a plan is a function of what was observed."""

from __future__ import annotations

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._cloud import observe
from ansible_collections.stackdb.trove.plugins.module_utils._model.errors import InvalidInput, Refused
from ansible_collections.stackdb.trove.plugins.module_utils._model.scaling import Otherwise
from ansible_collections.stackdb.trove.plugins.module_utils._servers import creation, missing, wanted
from ansible_collections.stackdb.trove.plugins.module_utils._servers.cluster import ClusterGrown, ClusterPresent
from ansible_collections.stackdb.trove.plugins.module_utils._servers.instance import InstancePresent
from ansible_collections.stackdb.trove.plugins.module_utils._servers.replica_servers import ReplicasPresent
from ansible_collections.stackdb.trove.tests.unit.builders import (
    INSTANCE,
    MARIADB,
    NAMES,
    cluster,
    empty,
    instance,
    instance_request,
    params,
    replica_request,
    request,
    server_group,
    volume,
)
from ansible_collections.stackdb.trove.tests.unit.runs import absent, end_task, grown, instance_present, instance_task, present, replicas_present

#: the lists of all that belongs to a cluster
LISTS = ["get_volumes", "security_groups", "server_groups", "servers"]
WANTED = wanted.Wanted(request(), MARIADB)


@pytest.fixture
def living(cloud):
    present(cloud)
    end_task(cloud)
    cloud.writes.clear()
    cloud.calls.clear()
    return cloud


class TestRequests:
    """An unchanged run asks for what there is, and for nothing else."""

    def test_of_a_cluster(self, living):
        assert not present(living).changed
        assert sorted(living.calls) == LISTS

    def test_of_a_growth_to_what_is_there(self, living):
        assert not grown(living, 3).changed
        assert sorted(living.calls) == LISTS

    def test_of_an_instance(self, cloud):
        instance_present(cloud)
        cloud.calls.clear()
        assert not instance_present(cloud).changed
        assert sorted(cloud.calls) == LISTS

    def test_names_are_looked_up_once_and_before_the_first_write(self, cloud):
        present(cloud, check_mode=True)
        assert [cloud.calls.count(name) for name in ("flavors", "images", "networks", "keypairs", "subnets", "get_quota")] == [1] * 6


class TestAPlanIsAFunctionOfWhatWasObserved:
    def reconcilers(self, cloud):
        yield ClusterPresent(cloud, WANTED, 60, True)
        yield InstancePresent(cloud, wanted.Wanted(instance_request(name="single"), INSTANCE), 60, True)

    def test_of_what_is_not_there(self, cloud):
        for reconciler in self.reconcilers(cloud):
            observed = reconciler.observe()
            assert reconciler.plan(observed) == reconciler.plan(observed)

    def test_of_what_is_there(self, living):
        living.hypervisors = 9
        reconciler = ClusterGrown(living, "shop", 5, Otherwise(), 60, True)
        observed = reconciler.observe()
        before = dict(vars(reconciler))
        assert reconciler.plan(observed) == reconciler.plan(observed)
        assert vars(reconciler) == before

    def test_of_a_server_of_others(self, cloud):
        cloud.add_plain_server("legacy")
        reconciler = ReplicasPresent(cloud, replica_request(source="legacy", volume_size=5), ("mariadb", INSTANCE.versions[-1]), 60, True)
        observed = reconciler.observe()
        assert reconciler.plan(observed) == reconciler.plan(observed)


class TestSettled:
    def test_servers_that_an_earlier_run_asked_for_are_waited_for(self, cloud):
        present(cloud, wait=False)
        seen = creation.Creation(cloud, 60, True).settled(lambda: observe.cluster(cloud, "shop"), lambda found: found)
        assert {i.status for i in seen.instances} == {"ACTIVE"}

    def test_who_does_not_wait_looks_once(self, cloud):
        present(cloud, wait=False)
        for server in cloud.servers.values():
            server.status, server.becomes = "BUILD", "BUILD"
        cloud.calls.clear()
        seen = creation.Creation(cloud, 60, False).settled(lambda: observe.cluster(cloud, "shop"), lambda found: found)
        assert {i.status for i in seen.instances} == {"BUILD"}
        assert sorted(cloud.calls) == LISTS

    def test_what_is_not_there_is_settled(self, cloud):
        assert creation.Creation(cloud, 60, True).settled(lambda: None, lambda found: found) is None

    def test_one_that_nova_deletes_is_created_again(self, cloud):
        present(cloud)
        gone = next(server for server in cloud.servers.values() if server.name == "shop-2")
        gone.task_state, gone.becomes = "deleting", "GONE"
        present(cloud)
        assert cloud.names()["server"] == list(NAMES)


class TestQuotas:
    def test_a_quota_that_is_too_small_is_found_before_the_first_write(self, cloud, monkeypatch):
        monkeypatch.setattr(creation.quotas, "read", lambda cloud: {"instances": (10, 8), "gigabytes": (1000, 0)})
        with pytest.raises(Refused, match="instances: 3 needed, 2 free"):
            present(cloud)
        assert cloud.writes == []

    def test_a_taken_name_is_named(self, living):
        living.hypervisors = 9
        living.add_plain_server("shop-4")
        with pytest.raises(InvalidInput, match="these servers exist: shop-4"):
            grown(living, 4)
        assert living.writes == []


class TestCheckMode:
    def test_a_growth_shows_its_task(self, living):
        living.hypervisors = 9
        shown = grown(living, 4, check_mode=True).after
        assert shown["task"]["name"] == "GROWING_CLUSTER"
        assert [i["name"] for i in shown["instances"]] == [*NAMES, "shop-4"]
        assert living.writes == []
        assert grown(living, 4).after["task"] == shown["task"]

    def test_a_new_cluster_has_no_id_yet(self, cloud):
        shown = present(cloud, check_mode=True).after
        assert shown["id"] is None
        assert shown["task"]["name"] == "BUILDING"
        assert {(i["id"], i["host_id"], i["status"], i["volume"]["size"], i["flavor"]["name"]) for i in shown["instances"]} == {
            (None, None, "BUILD", 5, "db.small")
        }
        assert shown["locality"] == "anti-affinity"
        assert shown["datastore"] == {"type": "mariadb", "version": "10.11"}

    def test_a_deletion_shows_nothing(self, living):
        assert absent(living, check_mode=True).after is None

    def test_a_new_instance_has_the_contract_that_it_will_have(self, cloud):
        instance_present(cloud)
        instance_task(cloud, "orders")
        shown = replicas_present(cloud, check_mode=True, count=1).after["instances"]
        assert shown[1]["metadata"] == {"replication_contract": {"replicates_from": [shown[0]["id"]], "writable": False}}


class TestWanted:
    def test_the_id_of_what_is_there_stays(self):
        assert wanted.begun(request(), cluster(), "new").id == "c1"

    @pytest.mark.parametrize("observed", [None, empty(id="", group=server_group(member_ids=()))], ids=["nothing", "only the server group"])
    def test_what_is_new_gets_one(self, observed):
        begun = wanted.begun(request(), observed, "new")
        assert (begun.id, begun.name, begun.datastore, begun.version) == ("new", "shop", "mariadb", "10.11")
        assert begun.group == (observed and observed.group)

    def test_from_options(self):
        options = {"datastore": "mariadb", "allow_few_masters": False}
        asked = wanted.of_cluster({**params(), **options})
        assert (asked.driver, asked.request) == (MARIADB, request())
        single = wanted.of_instance({**params(name="orders"), **options})
        assert (single.driver, single.request) == (INSTANCE, instance_request())

    def test_an_engine_that_forms_no_cluster_is_refused(self):
        with pytest.raises(InvalidInput, match="datastore: 'oracle' was given"):
            wanted.of_cluster({"datastore": "oracle"})


class TestMissing:
    def test_nothing_is_false(self):
        assert not missing.Missing()
        assert missing.Missing(rules=True)

    def test_a_new_cluster_lacks_all(self):
        lacking = missing.compare(WANTED, empty())
        assert [w.name for w in lacking.servers] == [w.name for w in lacking.volumes] == [w.name for w in lacking.attachments] == list(NAMES)
        assert (lacking.security_group, lacking.server_group, lacking.rules) == (True, True, True)

    def test_rules_alone_are_enough(self):
        lacking = missing.compare(wanted.Wanted(request(management_cidrs=["192.0.2.0/24"]), MARIADB), cluster())
        assert lacking == missing.Missing(rules=True)

    @pytest.mark.parametrize(("used", "deleted"), [(True, []), (False, ["vol-shop-2"])])
    def test_of_volumes_in_error_those_that_were_never_attached_are_deleted(self, used, deleted):
        lost = volume("shop-2", status="error", server_id=None, used=used)
        observed = cluster(instance("shop-1"), instance("shop-3"), volumes=(volume("shop-1"), lost, volume("shop-3")))
        lacking = missing.compare(WANTED, observed)
        assert [one.id for one in lacking.broken] == deleted
        assert [one.name for one in lacking.volumes] == ["shop-2"] * len(deleted)


class TestMemory:
    """A flavor with less memory than the datastore needs is refused by whatever creates a server."""

    @pytest.fixture(autouse=True)
    def _needs(self, monkeypatch):
        self.need = lambda driver: monkeypatch.setattr(type(driver), "min_memory_mb", 5000)

    def refused(self, cloud, create, **changes):
        cloud.writes.clear()
        with pytest.raises(InvalidInput, match="'db.small' was given; allowed: one with 5000 MiB of memory or more, as [a-z]+ needs; this one has 1024"):
            create(cloud, **changes)
        assert cloud.writes == []

    @pytest.mark.parametrize(("create", "driver"), [(present, MARIADB), (instance_present, INSTANCE)])
    def test_of_a_first_server(self, cloud, create, driver):
        self.need(driver)
        self.refused(cloud, create)

    def test_of_one_that_is_added(self, living):
        self.need(MARIADB)
        self.refused(living, grown, total=5)
        assert not present(living).changed

    def test_of_a_replica(self, cloud):
        instance_present(cloud)
        instance_task(cloud, "orders")
        self.need(INSTANCE)
        self.refused(cloud, replicas_present)
