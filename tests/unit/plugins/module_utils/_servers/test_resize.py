# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a resize would do is known, and refused where it has to be, before anything is touched."""

from __future__ import annotations

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._model.errors import InvalidInput, Refused
from ansible_collections.stackdb.trove.plugins.module_utils._servers.resize import Asked, ResizePlanned
from ansible_collections.stackdb.trove.plugins.module_utils._servers.resize_steps import RevertResize
from ansible_collections.stackdb.trove.tests.unit.resizes import asked, extended, family, living, planned, resized, server, stopped, through


@pytest.fixture
def shop(cloud):
    living(cloud)
    cloud.writes.clear()
    return cloud


@pytest.fixture
def orders(cloud):
    family(cloud)
    cloud.writes.clear()
    return cloud


def lines(outcome):
    return [(step.action, step.kind, step.name) for step in outcome.plan.steps]


def due(cloud, **what):
    reconciler = ResizePlanned(cloud, asked(**what), 60)
    return [(one["name"], one["flavor"], one["volume"]) for one in reconciler.due(reconciler.observe())["members"]]


class TestPlan:
    def test_one_member_after_the_other_the_volumes_first(self, shop):
        shown = planned(shop, size=8)
        volumes = [("extend", "volume", f"shop-{number}") for number in (1, 2, 3)]
        servers = [(action, kind, f"shop-{number}") for number in (1, 2, 3) for action, kind in (("resize", "server"), ("confirm", "resize"))]
        assert lines(shown) == [*volumes, *servers]
        # a stage each, so that nothing of it is done at the same time
        assert all(len(stage) == 1 for stage in shown.plan.stages[len(shown.plan.stages) - 6 :])
        assert shop.writes == []
        text = shown.diff()["prepared"]
        assert "from 5 to 8 GiB, while it is in use" in text
        assert "from db.small to db.large: 1 to 2 CPUs, 1024 to 4096 MiB of memory, 10 to 20 GiB of root disk" in text
        assert "[its database is down until the server runs with the new flavor]" in text
        assert [(i["flavor"]["name"], i["volume"]["size"]) for i in shown.after["instances"]] == [("db.large", 8)] * 3

    def test_nothing_where_all_is_as_it_shall_be(self, shop):
        shown = planned(shop, flavor="db.small", size=5)
        assert not shown.changed
        assert due(shop, flavor="db.small", size=5) == [(f"shop-{number}", "done", "done") for number in (1, 2, 3)]

    def test_what_is_left_after_a_kill(self, shop):
        through(shop, "shop-1")
        resized(shop, "shop-2", stopped(shop, "shop-2"))
        assert due(shop) == [("shop-1", "done", "done"), ("shop-2", "verify", "done"), ("shop-3", "todo", "done")]
        assert lines(planned(shop)) == [("confirm", "resize", "shop-2"), ("resize", "server", "shop-3"), ("confirm", "resize", "shop-3")]

    def test_named_members(self, shop):
        assert due(shop, members=["shop-3"]) == [("shop-3", "todo", "done")]

    def test_of_a_source_the_replicas_come_first(self, orders):
        names = ["orders-replica-1", "orders-replica-2", "orders"]
        assert [name for name, *_rest in due(orders, of="instance", name="orders")] == names
        assert [name for _action, _kind, name in lines(planned(orders, of="instance", name="orders", flavor=None, size=8))] == names

    def test_a_replica_is_resized_alone(self, orders):
        assert due(orders, of="instance", name="orders-replica-2") == [("orders-replica-2", "todo", "done")]

    def test_a_server_that_nova_works_on_is_waited_for(self, shop):
        shop.compute.resize_server(server(shop, "shop-2").id, "f2")
        assert due(shop, members=["shop-2"]) == [("shop-2", "verify", "done")]


class TestRefused:
    @pytest.mark.parametrize(
        ("what", "says"),
        [
            ({"flavor": None}, "flavor: None was given; allowed: flavor, volume_size, or both"),
            ({"flavor": None, "size": 0}, "volume_size: 0 was given; allowed: a number of GiB from 1"),
            ({"flavor": "db.huge"}, "flavor: 'db.huge' was given; allowed: one of db.diskless, db.large, db.small, db.tiny"),
            ({"flavor": "db.tiny"}, "Nova does not shrink a root disk.*10 GiB or more, as shop-1 has with db.small; this one has 5"),
            ({"flavor": "db.diskless"}, "this one has 0"),
            ({"flavor": None, "size": 4}, "A volume is never shrunk.*volume_size: 4 was given; allowed: 5 or more, as shop-1 has"),
            ({"members": ["shop-7"]}, r"members\[0\]: 'shop-7' was given; allowed: one of shop-1, shop-2, shop-3"),
            ({"name": "other"}, "name: 'other' was given"),
            ({"name": "other", "of": "instance"}, "name: 'other' was given; allowed: the name or id of an instance"),
        ],
    )
    def test_before_anything_is_touched(self, shop, what, says):
        with pytest.raises(InvalidInput, match=says):
            planned(shop, **what)
        assert shop.writes == []

    def test_a_flavor_with_too_little_memory(self, shop, monkeypatch):
        driver = type(ResizePlanned(shop, asked(), 60).driver(ResizePlanned(shop, asked(), 60).observe()[0]))
        monkeypatch.setattr(driver, "min_memory_mb", 5000)
        with pytest.raises(InvalidInput, match="one with 5000 MiB of memory or more, as mariadb needs; this one has 4096"):
            planned(shop)

    def test_a_member_of_a_cluster_is_no_instance(self, shop):
        with pytest.raises(Refused, match="part of a cluster"):
            planned(shop, of="instance", name="shop-1")

    @pytest.mark.parametrize(
        ("name", "limit", "used", "says"),
        [
            ("total_cores", 5, 3, "cores: 3 needed, 2 free"),
            ("total_ram", 12000, 3072, "ram: 9216 needed, 8928 free"),
            ("max_total_volume_gigabytes", 20, 15, "gigabytes: 9 needed, 5 free"),
        ],
    )
    def test_a_quota_that_would_not_hold_it(self, shop, monkeypatch, name, limit, used, says):
        names = {"total_cores": "total_cores_used", "total_ram": "total_ram_used", "max_total_volume_gigabytes": "total_gigabytes_used"}
        for key, value in ((name, limit), (names[name], used)):
            monkeypatch.setattr(shop.unlimited, key, value, raising=False)
        with pytest.raises(Refused, match=says):
            planned(shop, size=8)
        # nothing more is needed where nothing is to be done
        assert not planned(shop, flavor="db.small", size=5).changed


def test_nobody_asks_for_nothing():
    with pytest.raises(InvalidInput, match="flavor, volume_size, or both"):
        Asked("cluster", "shop")


def test_a_volume_is_extended_online_and_again_nothing_is_asked(shop):
    assert not extended(shop, "shop-2", 5).changed
    for _run in range(2):
        done = extended(shop, "shop-2")
        assert {i["name"]: i["volume"]["size"] for i in done.after["instances"]} == {"shop-1": 5, "shop-2": 8, "shop-3": 5}
    assert shop.writes == [("extend", "volume", "shop-2")]


def test_a_killed_resize_of_both_goes_on_where_nova_waits_for_a_confirmation(shop):
    """The run was killed between the resize of the server and its confirmation: the next one begins with the volumes again."""
    extended(shop, "shop-2", flavor="db.large")
    resized(shop, "shop-2", stopped(shop, "shop-2"), size=8)
    again = extended(shop, "shop-2", flavor="db.large")
    assert not again.changed
    with pytest.raises(Refused, match="Run it with this flavor"):
        extended(shop, "shop-2")


def test_what_a_reversion_loses_is_said():
    assert RevertResize("shop-1", "it does not serve", "s1", "what was written").line() == "~ revert resize shop-1: it does not serve [what was written]"
    assert RevertResize("shop-1", "it does not serve", "s1", None).risk is None
