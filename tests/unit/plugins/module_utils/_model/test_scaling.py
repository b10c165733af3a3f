# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Growing and shrinking: names that come and go, what new members inherit, and what is refused."""

from __future__ import annotations

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._model import scaling
from ansible_collections.stackdb.trove.plugins.module_utils._model.errors import InvalidInput, Refused
from ansible_collections.stackdb.trove.tests.unit.builders import MARIADB, NAMES, cluster, instance, volume


class TestNames:
    @pytest.mark.parametrize(
        ("observed", "number"),
        [
            (cluster(), 3),
            (cluster(instance("shop-1"), instance("shop-12")), 12),
            # a member that has gone is remembered by those that stayed
            (cluster(instance("shop-1", last_number=7), instance("shop-2")), 7),
            # what a killed run made is a volume only
            (cluster(volumes=(volume("shop-4"),)), 4),
            (cluster(instance("other"), instance("shop-")), 0),
        ],
    )
    def test_the_highest_number_ever_used(self, observed, number):
        assert scaling.last_number(observed, MARIADB) == number

    @pytest.mark.parametrize(
        ("observed", "total", "names"),
        [
            (cluster(), 5, ["shop-4", "shop-5"]),
            (cluster(), 3, []),
            (cluster(*(instance(name, last_number=5) for name in NAMES)), 5, ["shop-6", "shop-7"]),
            (cluster(volumes=(*map(volume, NAMES), volume("shop-5"), volume("shop-4"))), 6, ["shop-4", "shop-5", "shop-6"]),
            (cluster(volumes=(*map(volume, NAMES), volume("shop-4"))), 4, ["shop-4"]),
        ],
        ids=["counts on", "enough", "never again", "begun ones first", "goes on"],
    )
    def test_of_members_that_come(self, observed, total, names):
        assert scaling.new_names(observed, MARIADB, total) == names


class TestTotal:
    @pytest.mark.parametrize("given", [5, "5"])
    def test_a_number_or_its_text(self, given):
        assert scaling.check_total(cluster(), given) == 5

    @pytest.mark.parametrize("given", [2, "0", -1, "many", None, True, 4.0, [{}], "²"])
    def test_another_is_refused(self, given):
        with pytest.raises(InvalidInput) as error:
            scaling.check_total(cluster(), given)
        assert error.value.option == "instances"


class TestGrown:
    def test_new_members_are_like_the_living(self):
        wanted = scaling.grown(cluster(), MARIADB, 4)
        assert [i.name for i in wanted.instances] == [*NAMES, "shop-4"]
        new = wanted.instances[-1]
        assert (new.flavor, new.volume_size, new.volume_type, new.networks) == ("f1", 5, "t1", ("n1",))
        assert (wanted.image, wanted.key_name, wanted.locality, wanted.task) == ("i1", "ops", "anti-affinity", "GROWING_CLUSTER")
        assert (wanted.datastore, wanted.version) == ("mariadb", "10.11")

    def test_the_clusters_own_security_group_is_not_the_users(self):
        members = [instance(name, security_groups=("trove-shop", "ops")) for name in NAMES]
        assert scaling.grown(cluster(*members), MARIADB, 4).security_groups == ("ops",)

    def test_without_volumes(self):
        members = [instance(name, volume=None) for name in NAMES]
        assert scaling.grown(cluster(*members), MARIADB, 4).instances[-1].volume_size is None

    @pytest.mark.parametrize(
        ("others", "flavor", "size"),
        [
            ((instance("shop-2"), instance("shop-3", flavor_name="db.large", flavor_id=None)), "f1", 5),
            ((instance("shop-2", flavor_name="db.large", flavor_id="f2"), instance("shop-3", flavor_name="db.large", flavor_id=None)), "f2", 5),
            ((instance("shop-2", flavor_name="db.large", flavor_id=None), instance("shop-3", flavor_name="db.large", flavor_id=None)), "db.large", 5),
            ((instance("shop-2", flavor_name="db.large", flavor_id=None),), "f1", 5),
            ((instance("shop-2", volume=volume("shop-2", size=9)), instance("shop-3", volume=volume("shop-3", size=7))), "f1", 9),
        ],
        ids=["one that differs", "the one that differs is the first", "resized by hand", "as many have another", "volumes"],
    )
    def test_sizes_that_users_changed_block_nothing(self, others, flavor, size):
        observed = cluster(instance("shop-1"), *others)
        new = scaling.grown(observed, MARIADB, 4).instances[-1]
        assert (new.flavor, new.volume_size) == (flavor, size)

    def test_volumes_on_some_members_only_are_no_model(self):
        with pytest.raises(Refused, match="Some members have a data volume, and shop-2 has none"):
            scaling.grown(cluster(instance("shop-1"), instance("shop-2", volume=None)), MARIADB, 4)

    def test_differences_are_said(self):
        observed = cluster(instance("shop-1"), instance("shop-2", flavor_name="db.large", volume=volume("shop-2", size=9)))
        flavors, volumes = scaling.differences(observed)
        assert "differ in their flavor: shop-1 has db.small, shop-2 has db.large" in flavors
        assert "differ in their data volume: shop-1 has 5 GiB, shop-2 has 9 GiB" in volumes
        assert scaling.differences(cluster()) == []

    def test_one_in_error_is_no_model(self):
        failed = instance("shop-1", status="ERROR", flavor_name="db.huge")
        assert scaling.grown(cluster(failed, instance("shop-2")), MARIADB, 3).flavor == "f1"
        with pytest.raises(Refused, match="no instance on which a new one could be modeled"):
            scaling.grown(cluster(failed), MARIADB, 3)


class TestLeaving:
    @pytest.mark.parametrize("members", [["shop-3"], ["shop-2", "shop-3"], []])
    def test_those_that_may_go(self, members):
        scaling.check_leaving(cluster(), MARIADB, members)

    def test_one_that_has_gone_already_is_no_error_so_that_a_killed_run_goes_on(self):
        scaling.check_leaving(cluster(*(instance(name, last_number=5) for name in NAMES)), MARIADB, ["shop-5"])

    def test_nor_is_one_whose_name_was_given_by_hand_and_that_left_or_of_which_the_volume_is_left(self):
        members = (instance("shop-1", left={"x": "north/vol"}), instance("shop-2"))
        scaling.check_leaving(cluster(*members), MARIADB, ["north"])
        scaling.check_leaving(cluster(volumes=(volume("south"),)), MARIADB, ["south"])

    @pytest.mark.parametrize("stranger", ["shop-03", "shop-4", "other", "shop-0", "SHOP-1"])
    def test_a_stranger_is_refused_with_the_members_there_are(self, stranger):
        with pytest.raises(InvalidInput) as error:
            scaling.check_leaving(cluster(), MARIADB, ["shop-1", stranger])
        assert error.value.option == "members[1]"
        assert error.value.details["allowed"] == "one of shop-1, shop-2, shop-3"

    def test_somebody_must_stay(self):
        with pytest.raises(InvalidInput, match="1 or more of the 3 instances stay") as error:
            scaling.check_leaving(cluster(), MARIADB, list(NAMES))
        assert error.value.option == "members"
