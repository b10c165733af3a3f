# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A cluster as it was observed: Trove's show form, its task, its placement, and what an inventory says of its members."""

from __future__ import annotations

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._model import cluster as model
from ansible_collections.stackdb.trove.tests.unit.builders import NAMES, cluster, empty, instance, server_group


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
            "locality": "anti-affinity",
        }
        assert instances[1] == {
            "id": "id-shop-2",
            "name": "shop-2",
            "type": "member",
            "status": "ACTIVE",
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
