# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is asked for: every rule that needs no cloud, in Trove's words, naming the option."""

from __future__ import annotations

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._model import request as requests
from ansible_collections.stackdb.trove.plugins.module_utils._model.errors import InvalidInput
from ansible_collections.stackdb.trove.tests.unit.builders import MARIADB, params, request


def refusal(**changes):
    with pytest.raises(InvalidInput) as error:
        requests.build(params(**changes), MARIADB)
    return error.value


def with_item(item):
    """Three instances, the second of which says something for itself."""
    return {"instances": [{}, item, {}]}


def test_a_count_names_the_members_and_gives_all_the_same():
    built = request(instances=4, volume_type="fast", availability_zone="az1", security_groups=["ops"])
    assert [i.name for i in built.instances] == ["shop-1", "shop-2", "shop-3", "shop-4"]
    assert {(i.flavor, i.volume_size, i.volume_type, i.networks, i.availability_zone) for i in built.instances} == {
        ("db.small", 5, "fast", ("db-net",), "az1")
    }
    assert (built.name, built.datastore, built.version, built.security_groups) == ("shop", "mariadb", "10.11", ("ops",))


@pytest.mark.parametrize("given", [3, "3"])
def test_a_count_may_be_a_text_as_from_the_command_line(given):
    assert len(request(instances=given).instances) == 3


def test_an_item_says_what_differs():
    built = request(instances=[{"availability_zone": "az1"}, {"name": "other", "networks": ["db-net", "backup"]}, {"volume_size": "5"}])
    assert [i.name for i in built.instances] == ["shop-1", "other", "shop-3"]
    assert [i.availability_zone for i in built.instances] == ["az1", None, None]
    assert [i.networks for i in built.instances] == [("db-net",), ("db-net", "backup"), ("db-net",)]
    assert [i.volume_size for i in built.instances] == [5, 5, 5]


@pytest.mark.parametrize(("given", "read"), [("db-net", ("db-net",)), ("db-net, backup", ("db-net", "backup"))])
def test_networks_of_an_item_may_be_a_text_as_in_any_list_option(given, read):
    assert request(**with_item({"networks": given})).instances[1].networks == read


def test_items_may_carry_what_the_options_leave_out():
    item = {"flavor": "db.small", "networks": ["db-net"], "volume_size": 5}
    assert request(flavor=None, networks=None, volume_size=None, instances=[item] * 3).flavor == "db.small"


def test_unique_values_in_order_and_without_none():
    built = request(instances=[{"volume_type": "fast"}, {}, {"volume_type": "slow"}, {"volume_type": "fast"}])
    assert built.unique("volume_type") == ["fast", "slow"]


@pytest.mark.parametrize(
    ("given", "read"),
    [
        (["10.0.0.0/24"], ("10.0.0.0/24",)),
        (["10.0.0.5"], ("10.0.0.5/32",)),
        (["2001:DB8:0:0::/64"], ("2001:db8::/64",)),
        ([], ()),
        (None, None),
    ],
)
def test_cidrs_are_written_as_neutron_writes_them(given, read):
    assert request(allowed_cidrs=given).allowed_cidrs == read


@pytest.mark.parametrize(
    ("item", "option", "rule"),
    [
        ({"flavor": "db.large"}, "instances[1].flavor", "The flavor for each instance in a cluster must be the same."),
        ({"volume_size": 6}, "instances[1].volume_size", "The volume size for each instance in a cluster must be the same."),
        ({"networks": ["other"]}, "instances[1].networks", "The network for each instance in a cluster must be the same."),
    ],
)
def test_what_must_be_the_same_is_refused_in_troves_words(item, option, rule):
    error = refusal(**with_item(item))
    assert error.option == option
    assert error.message.startswith(rule)


def test_a_volume_for_some_is_refused_in_troves_words():
    error = refusal(volume_size=None, **with_item({"volume_size": 5}))
    assert error.message.startswith("A volume size is required for each instance in the cluster.")
    assert error.option == "instances[0].volume_size"


@pytest.mark.parametrize("given", [0, 1, 2, "2", -1, [{}, {}]])
def test_too_few_instances(given):
    error = refusal(instances=given)
    assert error.option == "instances"
    assert "3" in str(error)


@pytest.mark.parametrize(
    ("changes", "option", "given", "allowed"),
    [
        # names
        ({"name": ""}, "name", "", "a letter"),
        ({"name": "1shop"}, "name", "1shop", "a letter"),
        ({"name": "shop-"}, "name", "shop-", "not ending in a hyphen"),
        ({"name": "my_shop"}, "name", "my_shop", "letters, digits and hyphens"),
        ({"name": "shop\n"}, "name", "shop\n", "letters, digits and hyphens"),
        ({"name": "s" * 50}, "name", "s" * 50, "at most 49"),
        (with_item({"name": "not_allowed"}), "instances[1].name", "not_allowed", "letters, digits and hyphens"),
        (with_item({"name": ""}), "instances[1].name", "", "a letter"),
        (with_item({"name": "shop-1"}), "instances[1].name", "shop-1", "no other instance"),
        # the list of instances
        ({"instances": "many"}, "instances", "many", "a number"),
        ({"instances": "²"}, "instances", "²", "a number"),
        ({"instances": True}, "instances", True, "a number"),
        ({"instances": 3.0}, "instances", 3.0, "a number"),
        ({"instances": ["shop-1", {}, {}]}, "instances[0]", "shop-1", "availability_zone"),
        (with_item({"size": 3}), "instances[1]", "size", "volume_size"),
        (with_item({"volume_size": "big"}), "instances[1].volume_size", "big", "whole number"),
        (with_item({"volume_size": True}), "instances[1].volume_size", True, "whole number"),
        (with_item({"volume_size": 2.7}), "instances[1].volume_size", 2.7, "whole number"),
        (with_item({"volume_size": 0}), "instances[1].volume_size", 0, "from 1"),
        (with_item({"networks": []}), "instances[1].networks", [], "one network or more"),
        (with_item({"networks": 5}), "instances[1].networks", 5, "a list"),
        (with_item({"flavor": ["db.small"]}), "instances[1].flavor", ["db.small"], "a text"),
        # what each instance needs
        ({"flavor": None}, "flavor", None, "name or id"),
        ({"networks": None}, "networks", None, "one network or more"),
        ({"networks": []}, "networks", [], "one network or more"),
        ({"image": ""}, "image", "", "a name or an id"),
        ({"volume_size": 0}, "volume_size", 0, "from 1"),
        ({"volume_size": -1}, "volume_size", -1, "from 1"),
        ({"volume_size": None, "volume_type": "fast"}, "volume_type", "fast", "volume_size"),
        # the datastore
        ({"datastore_version": "5.5"}, "datastore_version", "5.5", "10.11"),
        ({"datastore_version": None}, "datastore_version", None, "10.11"),
        # locality
        ({"locality": "near"}, "locality", "near", "soft-anti-affinity"),
        ({"max_server_per_host": 0}, "max_server_per_host", 0, "from 1"),
        ({"locality": None, "max_server_per_host": 2}, "max_server_per_host", 2, "anti-affinity"),
        ({"locality": "soft-anti-affinity", "max_server_per_host": 2}, "max_server_per_host", 2, "anti-affinity"),
        # networks that may reach the cluster
        ({"allowed_cidrs": ["everybody"]}, "allowed_cidrs", "everybody", "CIDR"),
        ({"allowed_cidrs": ["10.0.0.1/24"]}, "allowed_cidrs", "10.0.0.1/24", "host bits"),
        ({"management_cidrs": ["10.0.0.0/33"]}, "management_cidrs", "10.0.0.0/33", "CIDR"),
    ],
)
def test_a_refusal_names_the_option_what_was_given_and_what_is_allowed(changes, option, given, allowed):
    error = refusal(**changes)
    assert error.option == option
    assert f"{option}: {given!r} was given" in error.message
    assert allowed in error.details["allowed"]
