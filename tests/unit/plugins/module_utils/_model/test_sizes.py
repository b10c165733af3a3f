# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How far members have come with other sizes, and what is refused before anything is touched."""

from __future__ import annotations

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._model import sizes
from ansible_collections.stackdb.trove.plugins.module_utils._model.errors import InvalidInput, Refused
from ansible_collections.stackdb.trove.plugins.module_utils._model.sizes import DONE, TODO, VERIFY, Flavor, Sizes
from ansible_collections.stackdb.trove.tests.unit.builders import cluster, instance, volume

LARGE = Flavor("f2", "db.large", 2, 4096, 20)
SMALL = (1, 1024, 10)


def small(**changes):
    return instance("shop-1", **{"flavor_sizes": SMALL, **changes})


def large(**changes):
    return instance("shop-1", **{"flavor_name": "db.large", "flavor_sizes": LARGE[2:], **changes})


@pytest.mark.parametrize(
    ("member", "wanted", "flavor", "volume_"),
    [
        (small(), Sizes(LARGE), TODO, DONE),
        (large(), Sizes(LARGE), DONE, DONE),
        (large(status="VERIFY_RESIZE"), Sizes(LARGE), VERIFY, DONE),
        (small(), Sizes(volume_size=8), DONE, TODO),
        (small(), Sizes(volume_size=5), DONE, DONE),
        (small(volume=volume("shop-1", status="extending")), Sizes(LARGE, 8), TODO, TODO),
        # deleted and made again with other amounts
        (large(flavor_sizes=(2, 2048, 20)), Sizes(LARGE), TODO, DONE),
        # a server that is off or failed, and has the size already
        (large(status="SHUTOFF"), Sizes(LARGE), DONE, DONE),
        # a root volume is not the flavor's
        (large(flavor_name="db.huge", flavor_sizes=(4, 8192, 40), root_size=10), Sizes(LARGE), TODO, DONE),
        (large(flavor_name="db.huge", flavor_sizes=(4, 8192, 40), image_id=None), Sizes(LARGE), TODO, DONE),
    ],
)
def test_how_far(member, wanted, flavor, volume_):
    (change,) = sizes.changes([member], wanted)
    assert (change.flavor, change.volume) == (flavor, volume_)
    assert change.is_done == (flavor == volume_ == DONE)


@pytest.mark.parametrize(
    ("member", "says"),
    [
        (small(status="VERIFY_RESIZE", flavor_name="db.other"), "shop-1 .* was resized to db.other, and Nova waits for that to be confirmed or reverted"),
        (small(status="SHUTOFF"), "shop-1 .* is SHUTOFF, and only one that is ACTIVE is resized"),
        (small(status="ERROR"), "is ERROR"),
        (small(status="PAUSED"), "is PAUSED"),
        (small(locked=True), "is locked"),
    ],
)
def test_a_server_in_another_state_is_not_resized(member, says):
    with pytest.raises(Refused, match=f"Nothing was changed: the server .*{says[7:] if says.startswith('shop-1 ') else says}"):
        sizes.changes([member], Sizes(LARGE))


def test_one_that_waits_for_nova_is_not_passed_by_for_its_volume():
    with pytest.raises(Refused, match="Nova waits for that to be confirmed or reverted"):
        sizes.changes([large(status="VERIFY_RESIZE")], Sizes(volume_size=8))


@pytest.mark.parametrize(
    ("member", "wanted", "option", "allowed"),
    [
        (large(flavor_name="db.huge", flavor_sizes=(4, 8192, 40)), Sizes(LARGE), "flavor", "one with a root disk of 40 GiB or more"),
        (small(), Sizes(volume_size=4), "volume_size", "5 or more, as shop-1 has"),
        (small(volume=None), Sizes(volume_size=8), "volume_size", "nothing: the data are on the root disk"),
    ],
)
def test_a_size_that_cannot_be_had(member, wanted, option, allowed):
    with pytest.raises(InvalidInput) as error:
        sizes.changes([member], wanted)
    assert error.value.option == option
    assert error.value.details["allowed"].startswith(allowed)


@pytest.mark.parametrize("status", ["available", "error_extending", "error", "reserved"])
def test_a_volume_that_is_not_in_use_is_not_extended(status):
    with pytest.raises(Refused, match=f"the volume of shop-1 .* is {status}"):
        sizes.changes([small(volume=volume("shop-1", status=status))], Sizes(volume_size=8))


def test_members_are_chosen_by_name():
    assert [i.name for i in sizes.chosen(cluster(), [])] == ["shop-1", "shop-2", "shop-3"]
    # in the order of the cluster
    assert [i.name for i in sizes.chosen(cluster(), ["shop-3", "shop-1"])] == ["shop-1", "shop-3"]
    with pytest.raises(InvalidInput, match=r"members\[1\]: 'shop-9' was given; allowed: one of shop-1, shop-2, shop-3"):
        sizes.chosen(cluster(), ["shop-1", "shop-9"])
    with pytest.raises(InvalidInput, match=r"members\[1\]: 'shop-1' was given; allowed: each name once"):
        sizes.chosen(cluster(), ["shop-1", "shop-1"])


def test_more_room_is_what_each_gets_more():
    """Nova checks each resize by itself, so what one gives back is nothing that another may take before."""
    huge = large(flavor_name="db.huge", flavor_sizes=(4, 8192, 40))
    assert sizes.more_room([small(), small(), huge], LARGE) == (2, 6144)
