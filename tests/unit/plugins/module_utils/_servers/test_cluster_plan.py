# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The plans that make a cluster: from nothing, from every partial state, and when nothing is to be done."""

from __future__ import annotations

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._model.cluster import Rule
from ansible_collections.stackdb.trove.plugins.module_utils._servers import cluster_plan, missing
from ansible_collections.stackdb.trove.plugins.module_utils._servers.wanted import Wanted
from ansible_collections.stackdb.trove.tests.unit.builders import (
    FOUND,
    MARIADB,
    NAMES,
    cluster,
    empty,
    instance,
    request,
    security_group,
    server_group,
    volume,
)


def stages(plan):
    """What a plan does, by stage: a list of sets of (action, kind, name)."""
    return [{(step.action, step.kind, step.name) for step in stage} for stage in plan.stages]


def present(observed, wait=True, **changes):
    wanted = Wanted(request(**changes), MARIADB)
    return cluster_plan.creation(wanted, observed, missing.compare(wanted, observed, wait), FOUND)


def steps_of(plan, kind, action="create"):
    return [step for step in plan.steps if (step.action, step.kind) == (action, kind)]


def step(plan, kind, name):
    return next(s for s in plan.steps if (s.kind, s.name) == (kind, name))


ANCHOR = {("create", "security_group", "trove-shop")}
GROUP = {("create", "server_group", "trove-shop")}
VOLUMES = {("create", "volume", name) for name in NAMES}
RULES = {("create", "security_group_rules", "trove-shop")}
SERVERS = {("create", "server", name) for name in NAMES}
ATTACHED = {("attach", "volume", name) for name in NAMES}


class TestPresent:
    def test_from_nothing(self):
        assert stages(present(empty())) == [ANCHOR, GROUP | VOLUMES, RULES | SERVERS, ATTACHED]

    def test_without_volumes_and_locality(self):
        plan = present(empty(), volume_size=None, locality=None)
        assert stages(plan) == [ANCHOR, RULES | SERVERS]

    def test_of_a_living_cluster_nothing_is_missing(self):
        assert not missing.compare(Wanted(request(), MARIADB), cluster())
        assert not present(cluster())

    @pytest.mark.parametrize("locality", [None, "affinity", "anti-affinity", "soft-affinity", "soft-anti-affinity"])
    def test_equal_members_of_a_new_cluster_are_asked_for_together(self, locality):
        assert {s.together for s in steps_of(present(empty(), locality=locality), "server")} == {"shop"}

    @pytest.mark.parametrize(
        ("observed", "instances"),
        [
            (empty(), [{"availability_zone": "az1"}, {"availability_zone": "az2"}, {"availability_zone": "az3"}]),
            (empty(), [{}, {"name": "other"}, {}]),
            (cluster(instance("shop-1", task="BUILDING")), 3),
        ],
        ids=["they differ", "other names", "one is there"],
    )
    def test_others_are_not(self, observed, instances):
        assert {s.together for s in steps_of(present(observed, instances=instances), "server")} == {None}

    def test_without_waiting_the_next_run_attaches_the_volumes(self):
        assert not steps_of(present(empty(), wait=False), "volume", "attach")
        detached = [instance(name, task="BUILDING", volume=volume(name, server_id=None)) for name in NAMES]
        assert stages(present(cluster(*detached))) == [ATTACHED]

    def test_the_volume_that_a_living_member_lost_is_for_people_to_look_at(self):
        assert not present(cluster(*(instance(name, volume=volume(name, server_id=None)) for name in NAMES)))

    @pytest.mark.parametrize(
        ("observed", "missing"),
        [
            (empty(group=server_group(member_ids=())), [ANCHOR, VOLUMES, RULES | SERVERS, ATTACHED]),
            (
                empty(security_group=security_group(Rule("tcp", 1, 1, "192.0.2.0/24"))),
                [VOLUMES | {("create", "server_group", "trove-shop")}, RULES | SERVERS, ATTACHED],
            ),
            (empty(volumes=(volume("shop-2"),)), [ANCHOR, GROUP | VOLUMES - {("create", "volume", "shop-2")}, RULES | SERVERS, ATTACHED]),
            (
                empty(volumes=tuple(map(volume, NAMES)), group=server_group(), security_group=security_group()),
                [SERVERS, ATTACHED],
            ),
            (
                cluster(instance("shop-2", task="BUILDING"), volumes=tuple(map(volume, NAMES))),
                [SERVERS - {("create", "server", "shop-2")}, ATTACHED - {("attach", "volume", "shop-2")}],
            ),
            (
                cluster(*(instance(n, task="BUILDING") for n in NAMES), security_group=security_group(Rule("tcp", 22, 22, "0.0.0.0/0"))),
                [RULES],
            ),
        ],
        ids=["only the server group", "a security group without our rules", "one volume", "all but servers", "one server", "all but rules"],
    )
    def test_a_run_that_was_killed_goes_on_with_what_is_missing(self, observed, missing):
        assert stages(present(observed)) == missing

    def test_a_server_that_nova_could_not_make_is_made_anew_on_its_own_volume(self):
        failed = instance("shop-2", status="ERROR", task="BUILDING", fault="No valid host was found.")
        plan = present(cluster(instance("shop-1", task="BUILDING"), failed, instance("shop-3", task="BUILDING")))
        assert stages(plan) == [{("delete", "server", "shop-2")}, {("create", "server", "shop-2")}, {("attach", "volume", "shop-2")}]
        assert "No valid host was found." in plan.text()

    @pytest.mark.parametrize("failed", [{"task": "NONE"}, {"task": "BUILDING", "launched": "2026-03-14T20:19:29Z"}], ids=["living", "it ran once"])
    def test_a_server_in_error_that_may_hold_data_is_left_alone(self, failed):
        others = [instance(name, task=failed["task"]) for name in ("shop-1", "shop-3")]
        assert not present(cluster(*others, instance("shop-2", status="ERROR", **failed)))

    def test_a_volume_that_cinder_could_not_make_is_made_anew(self):
        observed = empty(volumes=(volume("shop-1"), volume("shop-2", status="error", used=False), volume("shop-3")), group=server_group())
        plan = present(observed)
        assert stages(plan)[:2] == [ANCHOR, {("delete", "volume", "shop-2")}]
        assert {s for s in stages(plan)[2] if s[1] == "volume"} == {("create", "volume", "shop-2")}

    def test_the_volume_of_a_living_member_is_never_deleted(self):
        members = [instance(n, task="BUILDING", volume=volume(n, status="error")) for n in NAMES]
        assert not present(cluster(*members))

    def test_a_server_carries_what_a_later_run_must_know(self):
        spec = step(present(empty()), "server", "shop-1").spec
        assert set(spec.tags) == {"trove", "trove-cluster-c1", "trove-name-shop"}
        assert spec.metadata == {
            "trove_cluster_id": "c1",
            "trove_cluster_name": "shop",
            "trove_datastore": "mariadb",
            "trove_datastore_version": "10.11",
            "trove_type": "member",
            "trove_last_number": "3",
            "trove_task": "BUILDING",
            "trove_flavor": "f1/db.small",
            "trove_image": "i1/debian-12",
            "trove_network_ids": "n1",
            "trove_network": "db-net",
        }
        asked = step(present(empty(), availability_zone="az2", ip_version=6, root_volume_size=8), "server", "shop-1").spec
        assert {key: value for key, value in asked.metadata.items() if key not in spec.metadata} == {
            "trove_availability_zone": "az2",
            "trove_ip_version": "6",
            "trove_root_volume_size": "8",
        }

    def test_an_image_given_by_its_id_is_known_by_its_name_later(self):
        spec = step(present(empty(), image="i1"), "server", "shop-1").spec
        assert spec.metadata["trove_image"] == "i1/debian-12"


class TestNeed:
    def need(self, observed, **changes):
        return cluster_plan.need(request(**changes), present(observed, **changes), FOUND)

    def test_of_a_new_cluster(self):
        need = self.need(empty())
        assert (need.instances, need.cores, need.ram, need.ports) == (3, 3, 3072, 3)
        assert (need.server_groups, need.server_group_members, need.security_groups) == (1, 3, 1)
        assert (need.volumes, need.gigabytes) == (3, 15)
        # 4 for members, 1 for clients, 1 for management, and the 2 for egress that Neutron makes
        assert need.security_group_rules == 4 + 1 + 1 + 2

    def test_without_locality_no_server_group_is_needed(self):
        need = self.need(empty(), locality=None)
        assert (need.instances, need.server_groups, need.server_group_members) == (3, 0, 0)

    def test_of_the_rest_of_one(self):
        need = self.need(cluster(instance("shop-1", task="BUILDING")))
        assert (need.instances, need.ports, need.volumes, need.server_groups, need.security_groups) == (2, 2, 2, 0, 0)
        assert need.server_group_members == 3

    def test_who_takes_a_failed_ones_place_needs_no_room_of_its_own(self):
        failed = [instance(n, task="BUILDING", status="ERROR") for n in NAMES]
        need = self.need(cluster(*failed))
        assert (need.instances, need.cores, need.ram, need.volumes) == (0, 0, 0, 0)
