# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A cluster as it was observed: Trove's show form, its task, its placement, and what an inventory says of its members."""

from __future__ import annotations

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._model import cluster as model
from ansible_collections.stackdb.trove.plugins.module_utils._view import table
from ansible_collections.stackdb.trove.tests.unit.builders import NAMES, cluster, empty, instance, server_group, volume


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


class TestHostvars:
    def test_of_a_member(self):
        observed = cluster(instance("shop-1", volume=volume("shop-1", id="965ef811-7c1d-47fc-89f2-a89dfdd23ef2")))
        said = model.hostvars(observed, observed.instances[0], "10.0.0.1")
        assert said["ansible_host"] == "10.0.0.1"
        assert said["trove_instance"] == {
            "id": "id-shop-1",
            "name": "shop-1",
            "type": "member",
            "status": "ACTIVE",
            "ip": "10.0.0.1",
            "host_id": "host-of-shop-1",
            "flavor": {"id": "f1", "name": "db.small"},
            # KVM shows the first 20 characters of a volume's id as the disk's serial number
            "volume": {"id": "965ef811-7c1d-47fc-89f2-a89dfdd23ef2", "size": 5, "device": "/dev/disk/by-id/virtio-965ef811-7c1d-47fc-8"},
            "datastore": {"type": "mariadb", "version": "10.11"},
            "cluster": {"id": "c1", "name": "shop"},
        }

    def test_without_volume_and_address(self):
        observed = cluster(instance("shop-1", volume=None))
        said = model.hostvars(observed, observed.instances[0])
        assert "ansible_host" not in said
        assert said["trove_instance"]["volume"] is None

    def test_group_names_are_what_ansible_allows(self):
        observed = cluster(name="my-shop")
        assert model.groups(observed, observed.instances[0]) == ["trove_cluster_my_shop", "trove_datastore_mariadb", "trove_role_member"]

    def test_a_playbook_gets_every_member(self):
        hosts = model.inventory_hosts(cluster())
        assert [(h["name"], h["ansible_host"], h["trove_instance"]["id"]) for h in hosts] == [
            (name, f"10.0.0.{name[-1]}", f"id-{name}") for name in NAMES
        ]
        assert {tuple(h["groups"]) for h in hosts} == {("trove_cluster_shop", "trove_datastore_mariadb", "trove_role_member")}


class TestTable:
    def test_a_grid_is_as_wide_as_its_widest_cell(self):
        assert table.grid(("A", "Long"), [("longer", None), (1, "x")]).splitlines() == [
            "+--------+------+",
            "| A      | Long |",
            "+--------+------+",
            "| longer | -    |",
            "| 1      | x    |",
            "+--------+------+",
        ]

    def test_one_cluster(self):
        text = table.one(cluster(instance("shop-1"), instance("shop-2", volume=None, addresses={})).view())
        assert "| task_name         | NONE " in text
        assert "| locality          | anti-affinity " in text
        rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if "| shop-" in line]
        assert rows == [
            ["shop-1", "ACTIVE", "10.0.0.1", "host-of-", "db.small", "5 GiB"],
            ["shop-2", "ACTIVE", "-", "host-of-", "db.small", "-"],
        ]

    def test_what_members_say_of_themselves_gets_columns(self):
        first, second = cluster().view()["instances"][:2]
        asked = dict(first, health={"State": "Synced", "Size": 3}, volume=dict(first["volume"], used=1.5))
        head, _rule, *rows = [line.split("|") for line in table.instances([asked, second]).splitlines()[1:]]
        assert [cell.strip() for cell in head[-3:-1]] == ["State", "Size"]
        assert [cell.strip() for cell in rows[0][-4:-1]] == ["1.5 of 5 GiB", "Synced", "3"]
        assert [cell.strip() for cell in rows[1][-4:-1]] == ["5 GiB", "-", "-"]

    def test_many_clusters_and_none(self):
        assert "| c1 | shop | mariadb   | 10.11   | 10.0.0.1, 10.0.0.2, 10.0.0.3 | NONE      |" in table.many([cluster().view()])
        assert len(table.many([]).splitlines()) == 4
