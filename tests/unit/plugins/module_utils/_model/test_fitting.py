# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Flavor, image and networks that Nova would refuse when servers are being built are refused before anything is."""

from __future__ import annotations

from types import SimpleNamespace as Thing

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._datastores import registry
from ansible_collections.stackdb.trove.plugins.module_utils._model import fitting
from ansible_collections.stackdb.trove.plugins.module_utils._model import request as requests
from ansible_collections.stackdb.trove.plugins.module_utils._model.errors import InvalidInput
from ansible_collections.stackdb.trove.tests.unit.builders import INSTANCE, MARIADB, instance_request, params, request
from ansible_collections.stackdb.trove.tests.unit.fake_openstack import image

GIB = 2**30


def flavor(disk=10, ram=1024):
    return Thing(name="db.small", disk=disk, ram=ram)


@pytest.mark.parametrize(
    ("disk", "root", "shape"),
    [
        (10, None, {}),
        (10, None, {"min_disk": 10}),
        (10, None, {"size": 10 * GIB}),
        (10, None, {"min_disk": None, "min_ram": None, "size": None}),
        (0, 1, {}),
        (0, 20, {"min_disk": 20, "virtual_size": 20 * GIB}),
        # the volume counts, not the flavor's disk
        (1, 20, {"min_disk": 20}),
        (10, None, {"min_ram": 1024}),
    ],
)
def test_what_fits(disk, root, shape):
    fitting.check_root(request(root_volume_size=root), flavor(disk), image("i1", "debian-12", **shape))


@pytest.mark.parametrize(
    ("disk", "root", "shape", "option", "says"),
    [
        (0, None, {}, "flavor", "root_volume_size=1 or more to boot from a volume; this one has no root disk"),
        (0, None, {}, "flavor", "Local storage not specified in flavor db.small."),
        (0, None, {"min_disk": 7}, "flavor", "root_volume_size=7 or more"),
        (10, None, {"min_disk": 11}, "flavor", "a root disk of 11 GiB or more, as the image debian-12 needs, or root_volume_size; this one has 10 GiB"),
        (10, None, {"size": 10 * GIB + 1}, "flavor", "11 GiB or more"),
        (10, None, {"virtual_size": 12 * GIB}, "flavor", "12 GiB or more"),
        (10, 4, {"min_disk": 5}, "root_volume_size", "5 GiB or more, as the image debian-12 needs"),
        (10, None, {"min_ram": 2048}, "flavor", "one with 2048 MiB of memory or more, as the image debian-12 needs; this one has 1024"),
        (10, 20, {"min_ram": 1025}, "flavor", "1025 MiB"),
    ],
)
def test_what_does_not_fit(disk, root, shape, option, says):
    with pytest.raises(InvalidInput) as error:
        fitting.check_root(request(root_volume_size=root), flavor(disk), image("i1", "debian-12", **shape))
    assert error.value.option == option
    assert says in error.value.message


@pytest.mark.parametrize(
    ("version", "cidrs"), [(None, ["10.0.0.0/24"]), (4, ["10.0.0.0/24", "fd00::/64"]), (6, ["10.0.0.0/24", "fd00::/64"]), (None, ["fd00::/64"])]
)
def test_a_network_with_addresses(version, cidrs):
    fitting.check_addresses(request(ip_version=version), cidrs)


@pytest.mark.parametrize(
    ("version", "cidrs", "option"), [(None, [], "networks"), (4, [], "networks"), (6, ["10.0.0.0/24"], "ip_version"), (4, ["fd00::/64"], "ip_version")]
)
def test_a_network_without(version, cidrs, option):
    with pytest.raises(InvalidInput) as error:
        fitting.check_addresses(request(ip_version=version), cidrs)
    assert error.value.option == option


class TestDatastore:
    """A role works with the versions of IP with which it was seen to."""

    MYSQL = registry.of_instance("mysql")

    @pytest.mark.parametrize(
        ("driver", "cidrs"), [(MYSQL, ["10.0.0.0/24"]), (MYSQL, ["fd00::/64", "10.0.0.0/24"]), (INSTANCE, ["fd00::/64"]), (MARIADB, ["fd00::/64"])]
    )
    def test_of_one_that_it_can(self, driver, cidrs):
        fitting.check_datastore(request(), driver, cidrs)

    def test_of_one_that_it_cannot(self):
        with pytest.raises(InvalidInput, match="a first network with a subnet of version 4") as error:
            fitting.check_datastore(request(), self.MYSQL, ["fd00::/64"])
        assert error.value.option == "networks"

    def test_one_that_is_asked_for(self):
        assert request(ip_version=6).ip_version == instance_request(ip_version=6).ip_version == 6
        with pytest.raises(InvalidInput, match="ip_version: 6 was given; allowed: one of 4"):
            requests.build(params(name="orders", instances=1, datastore_version="8.4", ip_version=6), self.MYSQL)


class TestPortSecurity:
    def networks(self, *flags):
        return {f"net-{number}": Thing(is_port_security_enabled=flag) for number, flag in enumerate(flags)}

    @pytest.mark.parametrize(("flags", "guarded"), [([True], True), ([None], True), ([True, None], True), ([False], False), ([False, False], False)])
    def test_of_one_kind(self, flags, guarded):
        assert fitting.are_guarded(request(), self.networks(*flags)) is guarded

    def test_of_both_kinds(self):
        with pytest.raises(InvalidInput, match="net-0 has it, and Nova refuses security groups on net-1"):
            fitting.are_guarded(request(), self.networks(True, False))

    @pytest.mark.parametrize("option", ["allowed_cidrs", "management_cidrs", "security_groups"])
    def test_what_only_a_security_group_can_do_is_refused(self, option):
        with pytest.raises(InvalidInput, match="No security group can be on the network net-0") as error:
            fitting.are_guarded(request(**{option: ["10.0.0.0/24"]}), self.networks(False))
        assert error.value.option == option
