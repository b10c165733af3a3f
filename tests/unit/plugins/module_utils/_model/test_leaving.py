# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who leaves: by name, by id, or by how many stay."""

from __future__ import annotations

import random

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._model import identity, leaving
from ansible_collections.stackdb.trove.plugins.module_utils._model.errors import InvalidInput
from ansible_collections.stackdb.trove.tests.unit.builders import MARIADB, NAMES, cluster, instance, volume

ID = "416b0b16-ba55-4302-bbd3-ff566032e1c1"
GONE = "5c489b9d-96bb-4e15-a79d-412d88a0062e"


def of(*names, **changes):
    return cluster(*map(instance, names), volumes=tuple(map(volume, names)), **changes)


def test_an_id_is_as_good_as_a_name():
    observed = cluster(instance("shop-1"), instance("shop-2", id=ID), instance("shop-3"))
    assert leaving.by_name(observed, [ID, "shop-3", "shop-2"]) == ["shop-2", "shop-3"]


def test_an_id_that_nobody_has_is_refused_in_troves_words_with_the_names_that_are_left():
    observed = cluster(volumes=(*map(volume, NAMES), volume("shop-4")))
    with pytest.raises(InvalidInput, match=f"Instance {GONE} does not exist.*members.0.: '{GONE}' was given; allowed: one of .*shop-1.*shop-4"):
        leaving.by_name(observed, [GONE])


LEFT = {GONE: "shop-3/vol-shop-3"}


@pytest.mark.parametrize(
    ("names", "volumes", "found"),
    [
        # the volume is what a killed run has left
        (("shop-1", "shop-2"), ("shop-1", "shop-2", "shop-3"), ["shop-3"]),
        (("shop-1", "shop-2"), ("shop-1", "shop-2"), ["shop-3"]),
        # another one has come by that name
        (("shop-1", "shop-2", "shop-3"), ("shop-1", "shop-2", "shop-3"), []),
    ],
)
def test_an_id_whose_server_left_is_that_members_and_no_others(names, volumes, found):
    observed = cluster(*(instance(name, left=LEFT if name == "shop-2" else {}) for name in names), volumes=tuple(map(volume, volumes)))
    assert leaving.by_name(observed, [GONE]) == leaving.by_name(observed, [GONE.upper()]) == found


def test_the_volume_of_another_one_of_that_name_is_kept():
    observed = cluster(instance("shop-1", left=LEFT), volumes=(volume("shop-1"), volume("shop-3", id="of another")))
    assert leaving.by_name(observed, [GONE]) == []


def test_who_leaves_is_noted_and_those_that_left_first_are_forgotten_first():
    earlier = {f"id-{number}": f"shop-{number}/vol" for number in range(10, 34)}
    observed = cluster(*(instance(name, left=earlier) for name in NAMES), volumes=(*map(volume, NAMES), volume("shop-40", server_id=None)))
    noted = leaving.to_note(observed, MARIADB, ["shop-3", "shop-40"])
    assert noted == {"id-shop-3": "shop-3/vol-shop-3", "vol-shop-40": "shop-40/vol-shop-40", **{f"id-{n}": f"shop-{n}/vol" for n in range(12, 34)}}
    assert len(noted) == identity.MAX_LEFT


@pytest.mark.parametrize("living", [instance("shop-3", id=GONE), instance("shop-3", id="another one of that name")])
def test_one_that_is_a_member_has_not_left(living):
    """Its server was not deleted after all, or its name was given again."""
    other = {"an id": "shop-4/"}
    assert leaving.gone(cluster(instance("shop-1", left={**LEFT, **other}), living)) == other


def test_what_a_killed_run_has_noted_is_not_noted_again_of_the_volume():
    observed = cluster(instance("shop-1", left=LEFT), volumes=(volume("shop-1"), volume("shop-3", server_id=None)))
    assert leaving.to_note(observed, MARIADB, ["shop-3"]) == LEFT


def test_a_name_of_one_that_has_gone_is_left_for_others_to_judge():
    assert leaving.by_name(cluster(), ["shop-9", "shop-1"]) == ["shop-9", "shop-1"]


@pytest.mark.parametrize(
    ("names", "total", "going"),
    [
        (("shop-1", "shop-2", "shop-3"), 3, []),
        (("shop-1", "shop-2", "shop-3"), "2", ["shop-3"]),
        (("shop-1", "shop-9", "shop-10", "shop-11"), 2, ["shop-10", "shop-11"]),
        # one that was named by hand has no number
        (("shop-1", "shop-2", "zebra"), 2, ["shop-2"]),
        (("aa", "zz"), 1, ["zz"]),
    ],
)
def test_those_with_the_highest_numbers_go(names, total, going):
    assert leaving.by_count(of(*names), MARIADB, total) == going


@pytest.mark.parametrize("seed", range(20))
def test_a_run_that_was_killed_anywhere_is_continued_with_the_same_members(seed):
    """Of those that leave, a killed run has deleted some servers, and the volumes of some of these."""
    chance = random.Random(seed)
    numbers = chance.sample(range(1, 40), chance.randint(2, 9))
    names = [f"shop-{number}" for number in sorted(numbers)]
    total = chance.randint(1, len(names))
    going = leaving.by_count(of(*names), MARIADB, total)
    assert len(going) == len(names) - total
    servers_gone = chance.sample(going, chance.randint(0, len(going)))
    volumes_gone = chance.sample(servers_gone, chance.randint(0, len(servers_gone)))
    left = cluster(*(instance(n) for n in names if n not in servers_gone), volumes=tuple(volume(n) for n in names if n not in volumes_gone))
    assert leaving.by_count(left, MARIADB, total) == [name for name in going if name not in volumes_gone]


def test_the_volume_of_one_that_was_lost_and_stays_is_kept():
    observed = cluster(*map(instance, ("shop-1", "shop-3", "shop-4")), volumes=tuple(map(volume, ("shop-1", "shop-2", "shop-3", "shop-4"))))
    assert leaving.by_count(observed, MARIADB, 2) == ["shop-4"]


@pytest.mark.parametrize("total", [0, -1, 4, "none", 2.0, True, [{"name": "shop-1"}], None])
def test_another_number_is_refused(total):
    with pytest.raises(InvalidInput, match="instances: "):
        leaving.by_count(cluster(), MARIADB, total)
