# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""New members as a list: what they may have of their own, and what is refused."""

from __future__ import annotations

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._model import growth, scaling
from ansible_collections.stackdb.trove.plugins.module_utils._model.errors import InvalidInput
from ansible_collections.stackdb.trove.tests.unit.builders import MARIADB, NAMES, cluster, instance, volume

NewMember = growth.NewMember


def read(given, observed=None, last=3):
    observed = observed or cluster()
    return growth.read(observed, MARIADB, given, observed.instances[0], last)


@pytest.mark.parametrize(
    ("item", "member"),
    [
        ({"name": "shop-4"}, NewMember("shop-4")),
        ({"name": "shop-4", "availability_zone": "az2"}, NewMember("shop-4", "az2")),
        ({"name": "other", "volume_type": "fast", "volume_availability_zone": "z"}, NewMember("other", None, "fast", "z")),
        # equal ones are not refused: by name or by id
        ({"name": "shop-9", "flavor": "db.small", "volume_size": "5", "networks": "db-net"}, NewMember("shop-9")),
        ({"name": "shop-9", "flavor": "f1", "volume_size": 5, "networks": ["n1", "more"]}, NewMember("shop-9")),
    ],
)
def test_where_a_member_and_its_volume_are_may_differ(item, member):
    assert read([item]) == [member]


def test_who_is_there_already_is_not_created_again():
    assert read([{"name": "shop-2"}, {"name": "shop-4"}]) == [NewMember("shop-4")]


def test_what_a_killed_run_has_begun_is_continued():
    begun = cluster(volumes=(*map(volume, NAMES), volume("shop-4")))
    assert read([{"name": "shop-4"}], begun, last=4) == [NewMember("shop-4")]


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ([{"availability_zone": "az2"}], "instances\\[0\\].name: None was given; allowed: a name, by which the same run started again adds nothing twice"),
        ([{"name": "shop-4"}, {"name": "shop-4"}], "instances\\[1\\].name: 'shop-4' was given; allowed: a name that no other instance has"),
        ([{"name": "shop-2"}, {"name": "shop-2"}], "instances\\[1\\].name: 'shop-2' was given"),
        ([{"name": "4shop"}], "instances\\[0\\].name: '4shop' was given; allowed: a letter"),
        ([{"name": "shop-4", "flavor": "db.large"}], "flavor for each instance .* must be the same.*'db.large' was given; allowed: 'db.small' or 'f1'"),
        ([{"name": "shop-4", "volume_size": 6}], "volume size for each instance in a cluster must be the same.*6 was given; allowed: 5"),
        ([{"name": "shop-4", "networks": ["other"]}], "network for each instance in a cluster must be the same"),
        ([{"name": "shop-4", "zone": "az2"}], "instances\\[0\\]: 'zone' was given; allowed: one of availability_zone, flavor, name, networks"),
        ([{"name": "shop-4", "volume_size": "big"}], "instances\\[0\\].volume_size: 'big' was given; allowed: a whole number"),
        (["shop-4"], "instances\\[0\\]: 'shop-4' was given; allowed: a dict"),
        ([{"name": "shop-2", "availability_zone": "elsewhere"}], "A living member is not changed by growing.*availability_zone: 'elsewhere'"),
        ([{"name": "shop-2", "volume_type": "slow"}], "A living member is not changed by growing.*volume_type: 'slow' was given; allowed: 'fast'"),
    ],
)
def test_refused_with_the_option_that_is_wrong(given, says):
    with pytest.raises(InvalidInput, match=says):
        read(given)


def test_a_number_that_was_used_is_not_used_again():
    with pytest.raises(InvalidInput, match="not used again.*'shop-5' was given; allowed: 'shop-8' or a higher number"):
        read([{"name": "shop-5"}], last=7)


def test_without_data_volumes_there_is_no_type_of_one():
    bare = cluster(*(instance(name, volume=None) for name in NAMES))
    with pytest.raises(InvalidInput, match="The members have no data volumes.*volume_type: 'fast'"):
        read([{"name": "shop-4", "volume_type": "fast"}], bare)


def test_a_request_has_the_living_and_each_new_one_with_its_own():
    wanted = scaling.grown(cluster(), MARIADB, [{"name": "shop-7", "availability_zone": "az2", "volume_type": "slow"}, {"name": "shop-8"}])
    assert [i.name for i in wanted.instances] == [*NAMES, "shop-7", "shop-8"]
    assert [(i.availability_zone, i.volume_type, i.volume_size, i.flavor) for i in wanted.instances[3:]] == [("az2", "slow", 5, "f1"), (None, "t1", 5, "f1")]
