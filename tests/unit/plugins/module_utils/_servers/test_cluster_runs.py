# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whole runs of trove_cluster against a cloud in memory: what is written, in which order, and what is left when the cloud refuses."""

from __future__ import annotations

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._cloud import waiter
from ansible_collections.stackdb.trove.plugins.module_utils._model import user_metadata
from ansible_collections.stackdb.trove.plugins.module_utils._model.errors import CloudError, InvalidInput, Refused, Unanswered
from ansible_collections.stackdb.trove.plugins.module_utils._servers.proof import Proof
from ansible_collections.stackdb.trove.tests.unit.builders import NAMES
from ansible_collections.stackdb.trove.tests.unit.fake_openstack import Killed, http_error
from ansible_collections.stackdb.trove.tests.unit.runs import COMPLETE, NOTHING, absent, cluster_task, end_task, grown, present, shrunk
from openstack.exceptions import ForbiddenException, HttpException


class TestCreate:
    def test_all_of_it_is_made_and_a_second_run_writes_nothing(self, cloud):
        outcome = present(cloud)
        assert outcome.changed
        assert cloud.names() == COMPLETE
        seen = [(i["name"], i["status"], i["server_status"], i["volume"]["size"]) for i in outcome.after["instances"]]
        assert seen == [(name, "BUILD", "ACTIVE", 5) for name in NAMES]
        assert outcome.observed.placement().kept
        assert outcome.observed.placement().policy == "anti-affinity"
        cloud.writes.clear()
        again = present(cloud)
        assert not again.changed
        assert again.before == again.after == outcome.after
        assert cloud.writes == []

    def test_each_server_has_its_own_volume(self, cloud):
        present(cloud)
        servers = {server.id: server.name for server in cloud.servers.values()}
        assert {volume.name: servers[volume.server_id] for volume in cloud.volumes.values()} == {name: name for name in NAMES}

    def test_check_mode_shows_the_plan_of_the_run_and_writes_nothing(self, cloud):
        shown = present(cloud, check_mode=True)
        assert cloud.writes == []
        assert [i["name"] for i in shown.after["instances"]] == list(NAMES)
        done = present(cloud)
        assert [(s.action, s.kind, s.name) for s in shown.plan.steps] == [(s.action, s.kind, s.name) for s in done.plan.steps]
        assert shown.diff()["before"] == {}
        assert shown.diff()["prepared"].count("\n") == len(shown.plan.steps)

    def test_the_groups_come_before_the_servers_that_are_in_them(self, cloud):
        present(cloud)
        order = [kind for _verb, kind, _name in cloud.writes]
        assert max(order.index("server_group"), order.index("security_group")) < order.index("server")
        assert {server.group for server in cloud.servers.values()} == set(cloud.groups)
        assert [server.security_groups for server in cloud.servers.values()] == [[{"name": "trove-shop"}]] * 3

    @pytest.mark.parametrize("locality", ["affinity", "soft-affinity", "soft-anti-affinity", None])
    def test_every_locality(self, cloud, locality):
        outcome = present(cloud, locality=locality)
        assert len(cloud.servers) == 3
        assert outcome.after.get("locality") == locality
        assert not present(cloud, locality=locality).changed

    def test_a_server_of_somebody_else_keeps_its_name(self, cloud):
        present(cloud, name="shop", instances=[{"name": "shop-x-1"}, {}, {}])
        cloud.writes.clear()
        with pytest.raises(InvalidInput, match="these servers exist: shop-x-1"):
            present(cloud, name="shop-x")
        assert cloud.writes == []


class TestUnanswered:
    """A write of which nobody says whether it was carried out is done once, whichever it is."""

    WRITES = tuple(
        [("create", "security_group", "trove-shop"), ("create", "server_group", "trove-shop"), ("create", "security_group_rules", "trove-shop")]
        + [("create", "server", "shop")]
        + [(verb, "volume", name) for verb in ("create", "attach") for name in NAMES]
        + [("update", "metadata", "shop-1"), ("lease", "security_group", "trove-shop")]
    )

    @pytest.mark.parametrize("carried_out", [True, False])
    @pytest.mark.parametrize("write", WRITES, ids=str)
    def test_a_creation(self, cloud, write, carried_out):
        cloud.unanswered = {write: carried_out}
        present(cloud)
        assert cloud.names() == COMPLETE
        assert len([w for w in cloud.writes if w == write]) <= 1
        assert sorted(volume.server_id for volume in cloud.volumes.values()) == sorted(cloud.servers)
        assert not present(cloud).changed

    def test_all_of_them_in_one_run(self, cloud):
        cloud.unanswered = dict.fromkeys(self.WRITES, True)
        present(cloud)
        assert cloud.names() == COMPLETE
        assert len(set(cloud.writes)) == len(cloud.writes)

    @pytest.mark.parametrize("carried_out", [True, False])
    @pytest.mark.parametrize("kind", ["server", "volume", "server_group", "security_group"])
    def test_a_deletion(self, cloud, kind, carried_out):
        present(cloud)
        end_task(cloud)
        name = "trove-shop" if "group" in kind else "shop-2"
        cloud.unanswered = {("delete", kind, name): carried_out}
        absent(cloud)
        assert cloud.names() == NOTHING

    def test_a_cloud_that_stays_silent_keeps_what_there_is(self, cloud):
        cloud.refusals = {("attach", "volume", "shop-2"): http_error(HttpException, "Bad Gateway", 502)}
        with pytest.raises(Unanswered, match=r"Bad Gateway. Nothing was rolled back, since the result is not known. Run the playbook again to continue\."):
            present(cloud)
        assert cloud.names() == COMPLETE
        cloud.refusals.clear()
        present(cloud)
        assert {volume.server_id for volume in cloud.volumes.values()} == set(cloud.servers)

    def test_a_poll_that_fails_for_longer_than_a_request_is_patient(self, cloud):
        list_, answers = cloud.compute.servers, iter([503, 502, None, 504, 429])

        def servers(*args, **query):
            code = next(answers, None) if query.get("status") == "BUILD" else None
            if code:
                raise http_error(HttpException, "Service Unavailable", code)
            return list_(*args, **query)

        cloud.compute.servers = servers
        present(cloud)
        assert cloud.names() == COMPLETE


class TestTakeBack:
    @pytest.mark.parametrize("hypervisors", [0, 2])
    def test_too_few_hypervisors(self, cloud, hypervisors):
        cloud.hypervisors = hypervisors
        with pytest.raises(CloudError, match="No valid host was found") as error:
            present(cloud)
        assert cloud.names() == NOTHING
        assert {"server shop-1", "volume shop-3", "server group trove-shop", "security group trove-shop"} <= set(error.value.details["rolled_back"])
        assert error.value.details["left_behind"] == []

    @pytest.mark.parametrize(
        "write",
        [
            ("create", "security_group", "trove-shop"),
            ("create", "server_group", "trove-shop"),
            ("create", "volume", "shop-2"),
            ("create", "security_group_rules", "trove-shop"),
        ],
    )
    def test_a_refusal_of_the_cloud(self, cloud, write):
        cloud.refusals[write] = http_error(ForbiddenException, "Quota exceeded", 403)
        with pytest.raises(CloudError, match="Quota exceeded"):
            present(cloud)
        assert cloud.names() == NOTHING

    def test_what_cannot_be_rolled_back_is_named(self, cloud):
        cloud.hypervisors = 0
        cloud.refusals["delete", "volume", "shop-2"] = http_error(ForbiddenException, "not today", 403)
        with pytest.raises(CloudError, match="Left behind: volume shop-2: .*not today") as error:
            present(cloud)
        assert len(error.value.details["left_behind"]) == 1
        assert cloud.names() == {**NOTHING, "volume": ["shop-2"]}

    def test_what_an_earlier_run_made_stays(self, cloud):
        cloud.faults["shop-2"] = "No space."
        cloud.lives = 4
        with pytest.raises(Killed):
            present(cloud)
        cloud.lives = None
        before = cloud.names()
        with pytest.raises(CloudError, match="No space"):
            present(cloud)
        assert cloud.names() == before

    def test_a_run_that_timed_out_takes_nothing_back_and_goes_on(self, cloud):
        with pytest.raises(waiter.TimedOut, match="Run the playbook again to continue"):
            present(cloud, timeout=0)
        assert cloud.volumes
        present(cloud)
        assert cloud.names() == COMPLETE


class TestDelete:
    def test_all_of_it_goes_and_a_second_run_writes_nothing(self, cloud):
        present(cloud)
        assert absent(cloud).after is None
        assert cloud.names() == NOTHING
        cloud.writes.clear()
        assert not absent(cloud).changed
        assert cloud.writes == []

    def test_check_mode_names_the_data_and_writes_nothing(self, cloud):
        present(cloud)
        cloud.writes.clear()
        shown = absent(cloud, check_mode=True)
        assert "destroys 5 GiB of data" in shown.plan.text()
        assert cloud.writes == []

    def test_what_is_of_another_cluster_stays(self, cloud):
        present(cloud)
        present(cloud, name="other", locality=None)
        absent(cloud)
        assert cloud.names()["server"] == cloud.names()["volume"] == ["other-1", "other-2", "other-3"]


class TestScaling:
    @pytest.fixture
    def living(self, cloud):
        cloud.hypervisors = 9
        present(cloud)
        end_task(cloud)
        cloud.writes.clear()
        return cloud

    def test_grow_then_shrink_then_grow_uses_no_name_again(self, living):
        assert [i["name"] for i in grown(living, 5).after["instances"]] == [f"shop-{n}" for n in range(1, 6)]
        end_task(living)
        assert [i["name"] for i in shrunk(living, ["shop-5", "shop-4"]).after["instances"]] == list(NAMES)
        end_task(living)
        assert [i["name"] for i in grown(living, 4).after["instances"]] == [*NAMES, "shop-6"]
        assert living.names()["volume"] == living.names()["server"]

    def test_by_id_and_by_number(self, living):
        id_ = present(living).after["id"]
        assert [i["name"] for i in grown(living, 5, name=None, cluster_id=id_).after["instances"]][3:] == ["shop-4", "shop-5"]
        end_task(living)
        plan = shrunk(living, None, proof=Proof(force=True, check_mode=True), name=None, cluster_id=id_, total=3).plan.text()
        assert "shop-5" in plan
        assert "3 are to stay, and the highest numbers go" in plan
        assert [i["name"] for i in shrunk(living, None, name=None, cluster_id=id_, total=3).after["instances"]] == list(NAMES)
        assert living.names() == COMPLETE

    def test_a_member_goes_by_its_id(self, living):
        id_ = next(i["id"] for i in present(living).after["instances"] if i["name"] == "shop-2")
        assert [i["name"] for i in shrunk(living, [id_]).after["instances"]] == ["shop-1", "shop-3"]

    def test_an_id_that_no_cluster_has_is_refused(self, living):
        for run in (lambda: grown(living, 5, name=None, cluster_id="nowhere"), lambda: shrunk(living, None, name=None, cluster_id="nowhere", total=3)):
            with pytest.raises(InvalidInput, match="id: 'nowhere' was given; allowed: the id of a cluster"):
                run()
        assert living.writes == []

    def test_new_ones_by_name_and_the_same_run_again_adds_nothing(self, living):
        new = [{"name": "shop-7", "volume_type": "fast"}, {"name": "extra"}]
        assert {i["name"] for i in grown(living, new).after["instances"]} == {*NAMES, "shop-7", "extra"}
        living.writes.clear()
        assert not grown(living, new).changed
        assert living.writes == []
        end_task(living)
        assert [i["name"] for i in grown(living, 6).after["instances"]][-1] == "shop-8"

    def test_the_users_metadata_are_created_inherited_and_changed_by_a_task(self, cloud):
        cloud.hypervisors = 9
        made = present(cloud, metadata={"team": "web", "tier": 1})
        assert made.after["metadata"] == {"team": "web", "tier": "1"}
        assert not present(cloud, metadata={"tier": "1", "team": "web"}).changed
        assert not present(cloud).changed
        with pytest.raises(InvalidInput, match="cluster_configure.*metadata: {'team': 'db'} was given; allowed: {'team': 'web', 'tier': '1'}"):
            present(cloud, metadata={"team": "db"})
        end_task(cloud)
        grown(cloud, 4)
        cluster_task(cloud, "NONE", metadata={"team": "db"})
        assert [user_metadata.read(server.metadata) for server in cloud.servers.values()] == [{"team": "db"}] * 4
        cloud.writes.clear()
        assert not cluster_task(cloud, "NONE", metadata={"team": "db"}).changed
        assert not cluster_task(cloud, "NONE").changed
        assert cloud.writes == []

    def test_growing_keeps_the_locality_and_another_one_is_refused(self, living):
        with pytest.raises(InvalidInput, match="locality: 'affinity' was given; allowed: 'anti-affinity'"):
            grown(living, 4, locality="affinity")
        assert living.writes == []
        assert grown(living, 4, locality="anti-affinity").changed

    def test_growing_to_what_is_there_writes_nothing(self, living):
        assert not grown(living, 3).changed
        assert living.writes == []

    def test_a_growth_that_failed_leaves_the_cluster_as_it_was(self, living):
        before = present(living).after
        living.hypervisors = 4
        with pytest.raises(CloudError, match="No valid host was found"):
            grown(living, 5)
        assert living.names() == COMPLETE
        assert present(living).after == before

    def test_another_task_is_refused_while_one_runs(self, living):
        grown(living, 4)
        with pytest.raises(Refused, match="'GROWING_CLUSTER'"):
            shrunk(living, ["shop-4"])
        with pytest.raises(Refused, match="'GROWING_CLUSTER'"):
            present(living)
