# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a cluster that is there refuses: every difference that creating again would not change, naming the option."""

from __future__ import annotations

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._model.errors import InvalidInput, Refused
from ansible_collections.stackdb.trove.plugins.module_utils._servers import cluster_check
from ansible_collections.stackdb.trove.tests.unit.builders import NAMES, cluster, empty, instance, request, security_group, server_group, volume

BUILDING = tuple(instance(name, task="BUILDING") for name in NAMES)


def check(observed, **changes):
    cluster_check.check_same(request(**changes), observed)


@pytest.mark.parametrize(
    ("changes", "option", "has"),
    [
        ({"datastore_version": "11.4"}, "datastore_version", "'10.11'"),
        ({"flavor": "db.large"}, "flavor", "'db.small' or 'f1'"),
        ({"image": "debian-13"}, "image", "'i1' or 'debian-12'"),
        ({"volume_size": 6}, "volume_size", "5"),
        ({"volume_size": None}, "volume_size", "5"),
        ({"volume_type": "slow"}, "volume_type", "'fast' or 't1'"),
        ({"networks": ["other"]}, "networks", "'n1' or 'db-net'"),
        ({"networks": ["db-net", "other"]}, "networks", "'n1' or 'db-net'"),
        ({"key_name": "mine"}, "key_name", "'ops'"),
        ({"availability_zone": "az2"}, "availability_zone", "'nova'"),
        ({"locality": "affinity"}, "locality", "'anti-affinity'"),
        ({"max_server_per_host": 2}, "max_server_per_host", "None"),
        ({"instances": [{}, {}, {"name": "other"}]}, "instances", "shop-1, shop-2, shop-3"),
    ],
)
@pytest.mark.parametrize("observed", [cluster(), cluster(*BUILDING)], ids=["living", "building"])
def test_a_difference_is_refused(observed, changes, option, has):
    with pytest.raises(InvalidInput) as error:
        check(observed, **changes)
    assert error.value.option == option
    assert has in error.value.details["allowed"]


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"flavor": "f1", "image": "i1", "networks": ["n1"]},
        {"key_name": None, "locality": None},
        {"volume_type": "fast", "availability_zone": "nova"},
        {"volume_type": "t1"},
    ],
    ids=["the same", "by ids", "options left out", "the same with more options", "a type by its id"],
)
@pytest.mark.parametrize("observed", [cluster(), cluster(*BUILDING), cluster(BUILDING[0]), empty()], ids=["living", "building", "begun", "nothing"])
def test_the_same_is_let_through(observed, changes):
    check(observed, **changes)


def test_a_name_that_another_datastore_has_is_taken():
    with pytest.raises(InvalidInput, match=r"The name 'shop' is taken.*datastore: 'mariadb' was given; allowed: 'redis'"):
        check(cluster(datastore="redis"))


def test_a_living_cluster_is_not_grown():
    with pytest.raises(InvalidInput, match="instances: 4 was given; allowed: the 3 that the cluster has"):
        check(cluster(), instances=4)


def test_a_larger_cluster_is_not_shrunk():
    larger = cluster(*(instance(f"shop-{n}") for n in range(1, 6)))
    with pytest.raises(InvalidInput, match="not grown, shrunk or repaired by creating it again") as error:
        check(larger)
    assert error.value.option == "instances"


def test_a_living_cluster_that_lost_a_member_is_not_mended():
    with pytest.raises(InvalidInput, match="repaired"):
        check(cluster(instance("shop-1"), instance("shop-2")))


@pytest.mark.parametrize("task", ["DELETING", "GROWING_CLUSTER", "RESTARTING_CLUSTER"])
def test_another_task_that_runs_is_refused(task):
    with pytest.raises(Refused, match=f"while the current cluster task is '{task}'"):
        check(cluster(*(instance(name, task=task) for name in NAMES)))


@pytest.mark.parametrize("living", [True, False])
def test_a_locality_is_not_added_to_a_cluster_without(living):
    if living:
        with pytest.raises(InvalidInput, match="locality: 'anti-affinity' was given; allowed: none"):
            check(cluster(group=None))
    else:
        check(empty(group=None))


def test_the_policy_of_a_group_that_a_killed_run_left_must_be_the_same():
    with pytest.raises(InvalidInput, match="Nova cannot change the policy of a server group.*'soft-affinity'"):
        check(empty(group=server_group("soft-affinity", member_ids=())))


def test_a_group_that_a_killed_run_left_is_not_forgotten():
    with pytest.raises(InvalidInput, match="locality: None was given; allowed: 'anti-affinity'"):
        check(empty(group=server_group(member_ids=())), locality=None)


def test_what_a_killed_deletion_left_is_not_made_into_a_cluster():
    with pytest.raises(Refused, match="current cluster task is 'DELETING'"):
        check(empty(volumes=(volume("shop-1"),), security_group=security_group(deleting=True)))


@pytest.mark.parametrize("observed", [None, empty()])
def test_growing_and_shrinking_need_a_cluster(observed):
    with pytest.raises(InvalidInput, match="name: 'shop' was given"):
        cluster_check.existing("shop", observed)


class TestVolumesThatAKilledRunLeft:
    @pytest.mark.parametrize(
        ("left", "changes", "option"),
        [
            ({"size": 1}, {}, "volume_size"),
            ({}, {"volume_size": None}, "volume_size"),
            ({}, {"volume_type": "slow"}, "volume_type"),
        ],
    )
    def test_another_volume_than_asked_for_is_not_used(self, left, changes, option):
        with pytest.raises(InvalidInput) as error:
            check(empty(volumes=(volume("shop-2", **left),)), **changes)
        assert error.value.option == option

    def test_one_of_a_member_that_is_not_asked_for_is_not_left_over(self):
        with pytest.raises(InvalidInput, match=r"instances: 3 was given.*shop-4"):
            check(empty(volumes=(volume("shop-4"),)))

    def test_the_same_are_used(self):
        check(empty(volumes=(volume("shop-1"), volume("shop-3"))))
