# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A cluster as it was observed: Trove's show form, its task, its placement, and what an inventory says of its members."""

from __future__ import annotations

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._model import cluster as model
from ansible_collections.stackdb.trove.tests.unit.builders import NAMES, cluster, empty, instance, security_group, server_group, volume


class TestView:
    def test_it_is_troves_show_form(self):
        shown = cluster().view()
        instances = shown.pop("instances")
        assert shown == {
            "id": "c1",
            "name": "shop",
            "task": {"id": 1, "name": "NONE", "description": "No tasks for the cluster."},
            "created": "2026-03-14T20:19:21Z",
            "updated": "2026-03-14T20:20:23Z",
            "datastore": {"type": "mariadb", "version": "10.11"},
            "ip": ["10.0.0.1", "10.0.0.2", "10.0.0.3"],
            "metadata": {},
            "locality": "anti-affinity",
        }
        assert instances[1] == {
            "id": "id-shop-2",
            "name": "shop-2",
            "type": "member",
            "status": "ACTIVE",
            "server_status": "ACTIVE",
            "hostname": "shop-2",
            "created": "2026-03-14T20:19:22Z",
            "updated": "2026-03-14T20:20:22Z",
            "ip": "10.0.0.2",
            "flavor": {"id": "f1", "name": "db.small"},
            "volume": {"id": "vol-shop-2", "size": 5, "type": "fast", "used": None},
            "host_id": "host-of-shop-2",
        }

    def test_what_there_is_none_of_is_not_shown(self):
        shown = cluster(instance("shop-1", addresses={}, volume=None), group=None).view()
        assert "locality" not in shown
        assert shown["ip"] == []
        assert (shown["instances"][0]["ip"], shown["instances"][0]["volume"]) == (None, None)

    def test_volume_of_a_member_without_a_server_is_shown(self):
        shown = cluster(*map(instance, NAMES[:2]), volumes=tuple(map(volume, NAMES))).view()
        assert shown["volumes_without_server"] == [{"id": "vol-shop-3", "instance": "shop-3", "size": 5}]

    def test_a_cluster_without_members_can_be_shown(self):
        shown = empty().view()
        assert (shown["instances"], shown["created"], shown["task"]["name"]) == ([], None, "BUILDING")


@pytest.mark.parametrize(
    ("tasks", "running"),
    [
        (("NONE", "NONE"), "NONE"),
        (("BUILDING", "BUILDING"), "BUILDING"),
        # a run was killed while it noted the task: the one that is noted anywhere counts
        (("NONE", "GROWING_CLUSTER"), "GROWING_CLUSTER"),
        (("BUILDING", "NONE"), "BUILDING"),
    ],
)
def test_the_running_task(tasks, running):
    assert cluster(*(instance(f"shop-{n}", task=task) for n, task in enumerate(tasks, 1))).task == running


def test_the_first_address_of_a_kind():
    member = instance("shop-1", addresses={"db-net": [("10.0.0.1", "fixed"), ("192.0.2.7", "floating")], "backup": [("10.9.0.1", "fixed")]})
    assert (member.address(), member.address("fixed"), member.address("floating")) == ("10.0.0.1", "10.0.0.1", "192.0.2.7")
    assert instance("shop-1").address("floating") is None


def test_placement_knows_the_groups_rule():
    together = [instance(name, host_id="one") for name in NAMES[:2]]
    assert not cluster(*together).placement().kept
    assert cluster(*together, group=server_group(rules={"max_server_per_host": 2})).placement().kept
    assert cluster(*together, group=None).placement().kept


def test_members_sort_by_their_numbers():
    assert sorted(["shop-10", "shop-9", "other", "shop-1"], key=model.natural) == ["other", "shop-1", "shop-9", "shop-10"]


def test_a_member_waits_for_a_restart_where_it_runs_and_was_told_so():
    assert [instance("shop-1").shown_status, instance("shop-1", restart_required=True).shown_status] == ["ACTIVE", "RESTART_REQUIRED"]


@pytest.mark.parametrize(
    ("status", "task", "shown"),
    [
        ("ACTIVE", "BUILDING", "BUILD"), ("BUILD", "BUILDING", "BUILD"), ("ERROR", "BUILDING", "ERROR"), ("ACTIVE", "GROWING_CLUSTER", "RESTART_REQUIRED"),
        ("SHUTOFF", "NONE", "SHUTDOWN"), ("RESIZE", "NONE", "RESIZE"),
    ],
)  # fmt: skip
def test_no_database_serves_before_its_task_has_ended_or_on_a_server_that_is_off(status, task, shown):
    member = instance("shop-1", restart_required=True, status=status, task=task)
    assert (member.view()["status"], member.view()["server_status"]) == (shown, status)


def test_what_stands_on_a_server_in_error_counts_only_where_all_are():
    failed = instance("shop-1", status="ERROR", task="BUILDING")
    assert cluster(failed, instance("shop-2")).task == "NONE"
    assert cluster(failed, instance("shop-2", task="GROWING_CLUSTER")).task == "GROWING_CLUSTER"
    assert cluster(failed).task == "BUILDING"


@pytest.mark.parametrize("status", ["BUILD", "ERROR", "RESCUE", "RESIZE", "REVERT_RESIZE", "SHELVED", "SHELVED_OFFLOADED", "SOFT_DELETED", "VERIFY_RESIZE"])
def test_nova_takes_no_metadata_of_a_server_that_is_neither_active_nor_paused_suspended_or_stopped(status):
    assert not instance("shop-1", status=status).takes_notes
    assert all(instance("shop-1", status=other).takes_notes for other in ("ACTIVE", "PAUSED", "SUSPENDED", "SHUTOFF", "REBOOT"))


def test_the_security_group_knows_of_a_deletion():
    assert cluster(security_group=security_group(deleting=True)).task == "DELETING"
    assert cluster(security_group=None).task == "NONE"


def test_instances_and_volumes_are_found_by_the_members_name():
    found = cluster()
    assert (found.instance("shop-2").id, found.volume("shop-2").id) == ("id-shop-2", "vol-shop-2")
    assert (found.instance("shop-9"), found.volume("shop-9")) == (None, None)


@pytest.mark.parametrize(("ports", "text"), [((22, 22), "tcp 22 from 10.0.0.0/8"), ((4567, 4568), "tcp 4567-4568 from 10.0.0.0/8")])
def test_a_rule_in_words(ports, text):
    assert str(model.Rule("tcp", *ports, "10.0.0.0/8")) == text


def test_the_datastore_of_a_source_of_others_is_not_known():
    assert model.datastore_of(cluster()) == ("mariadb", "10.11")
    for changes in ({"datastore": None}, {"version": None}):
        with pytest.raises(ValueError, match="the datastore of shop"):
            model.datastore_of(cluster(**changes))


def test_parts_of_a_cluster_are_values():
    """They are compared and kept in sets, so nobody changes them."""
    parts = (volume("a-1"), model.Rule("tcp", 1, 1, "x"), model.ServerGroup("g", "n", "affinity", {}, ()))
    for part in parts:
        with pytest.raises(AttributeError):
            part.name = "other"
