# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Names are found before anything is created, and what is unknown, ambiguous or not usable is refused with what there is."""

from __future__ import annotations

from types import SimpleNamespace as Thing

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._cloud import lookup
from ansible_collections.stackdb.trove.plugins.module_utils._cloud.lookup import Flavor, Found, Named
from ansible_collections.stackdb.trove.plugins.module_utils._model.errors import InvalidInput
from ansible_collections.stackdb.trove.tests.unit.builders import request


def test_all_that_a_request_names(cloud):
    assert lookup.resolve(cloud, request(volume_type="fast", security_groups=[], availability_zone="nova")) == Found(
        flavor=Flavor("f1", "db.small", 1, 1024, 10),
        image=Named("i1", "debian-12"),
        networks={"db-net": "n1"},
        volume_types={"fast": Named("t1", "fast")},
        security_groups=(),
        subnet_cidrs=("10.0.0.0/24",),
        network="db-net",
        volume_zones=("nova",),
    )


def test_ids_are_as_good_as_names(cloud):
    found = lookup.resolve(cloud, request(flavor="f1", image="i1", networks=["n1"], volume_type="t1", key_name=None))
    assert (found.flavor.name, found.image.name, found.networks, found.volume_types) == ("db.small", "debian-12", {"n1": "n1"}, {"t1": Named("t1", "fast")})


def test_the_users_own_groups_by_name_or_id(cloud):
    mine = cloud.sdk.network.create_security_group(name="mine", description="")
    assert lookup.resolve(cloud, request(security_groups=["mine", mine.id])).security_groups == (mine.id, mine.id)


@pytest.mark.parametrize(
    ("changes", "option", "allowed"),
    [
        ({"flavor": "huge"}, "flavor", "db.small, db.tiny"),
        ({"image": "none"}, "image", "debian-12"),
        ({"networks": ["none"]}, "networks", "db-net"),
        ({"volume_type": "slow"}, "volume_type", "fast"),
        ({"key_name": "mine"}, "key_name", "ops"),
        ({"availability_zone": "moon"}, "availability_zone", "nova"),
        ({"security_groups": ["none"]}, "security_groups", ""),
    ],
)
def test_what_is_unknown_is_refused_with_what_there_is(cloud, changes, option, allowed):
    with pytest.raises(InvalidInput) as error:
        lookup.resolve(cloud, request(**changes))
    assert error.value.option == option
    assert allowed in error.value.message


def test_only_what_was_asked_for_is_looked_up(cloud):
    lookup.resolve(cloud, request(key_name=None))
    assert not {"keypairs", "types", "availability_zones", "security_groups"} & set(cloud.calls)


def test_a_name_that_two_have_needs_the_id(cloud):
    for _twice in range(2):
        cloud.sdk.network.create_security_group(name="mine", description="")
    with pytest.raises(InvalidInput, match="an id, since 2 have that name: security_group-"):
        lookup.resolve(cloud, request(security_groups=["mine"]))


def test_an_id_wins_over_a_name():
    things = [Thing(id="a", name="b"), Thing(id="b", name="c")]
    assert lookup._pick("image", "b", things).id == "b"


@pytest.mark.parametrize("count", [30, 31])
def test_a_long_list_is_cut(count):
    with pytest.raises(InvalidInput) as error:
        lookup._pick("image", "none", [Thing(id=str(n), name=f"image-{n:02}") for n in range(count)] + [Thing(id="x", name=None)])
    assert "image-29" in error.value.message
    assert ("image-30" in error.value.message, "…" in error.value.message) == (False, count > 30)


def test_an_image_that_is_not_active_is_refused(cloud):
    cloud.images[0].status = "queued"
    with pytest.raises(InvalidInput, match="an image that is active; this one is queued"):
        lookup.resolve(cloud, request())


def test_a_zone_that_is_down_is_not_offered(cloud):
    cloud.compute.availability_zones = lambda: [Thing(name="up", state={"available": True}), Thing(name="down", state={"available": False})]
    with pytest.raises(InvalidInput, match="up") as error:
        lookup.resolve(cloud, request(availability_zone="down"))
    assert error.value.option == "availability_zone"


def test_all_servers_and_all_disks(cloud):
    cloud.add_plain_server("web")
    assert [name for _id, name in lookup.servers(cloud)] == ["web"]
    assert lookup.disks(cloud) == {"db.small": 10, "f1": 10, "db.tiny": 5, "f0": 5, "db.diskless": 0, "f9": 0, "db.large": 20, "f2": 20}
