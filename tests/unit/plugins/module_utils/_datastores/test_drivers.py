# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The datastores: sizes, names, ports and health, as the cloud plane asks for them."""

from __future__ import annotations

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._datastores import registry
from ansible_collections.stackdb.trove.plugins.module_utils._model.errors import InvalidInput

MARIADB = registry.of_cluster("mariadb")


def test_a_datastore_that_no_driver_knows_is_refused_with_those_that_there_are():
    with pytest.raises(InvalidInput, match="datastore: 'oracle' was given; allowed: one of .*mariadb"):
        registry.of_cluster("oracle")


@pytest.mark.parametrize("type_", registry.engines("member"))
def test_every_driver_is_known_by_its_own_type_and_keeps_its_own_rules(type_):
    driver = registry.of_cluster(type_)
    assert driver.type == type_
    driver.check_version(driver.versions[-1])
    driver.check_size(driver.min_instances)
    with pytest.raises(InvalidInput, match="datastore_version: '0.1' was given"):
        driver.check_version("0.1")
    with pytest.raises(InvalidInput, match=f"instances: {driver.min_instances - 1} was given; allowed: {driver.min_instances} or more"):
        driver.check_size(driver.min_instances - 1)


@pytest.mark.parametrize("type_", registry.engines("member"))
@pytest.mark.parametrize("number", [1, 9, 10, 123])
def test_a_members_number_is_read_back_from_its_name(type_, number):
    driver = registry.of_cluster(type_)
    assert driver.member_number("shop", driver.member_name("shop", number)) == number


@pytest.mark.parametrize(
    ("name", "number"),
    [("shop-1", 1), ("shop-12", 12), ("shop-", None), ("other", None), ("shop-2-1", None), ("myshop-1", None), ("shop-1x", None)],
)
def test_a_name_given_by_hand_has_no_number(name, number):
    assert MARIADB.member_number("shop", name) == number


def test_galera_is_named_and_sized_as_trove_says():
    assert MARIADB.member_name("products", 3) == "products-3"
    assert MARIADB.min_instances == 3


def test_galera_opens_the_ports_of_its_manual():
    ports = {(protocol, port) for protocol, first, last in (*MARIADB.client_ports, *MARIADB.member_ports) for port in range(first, last + 1)}
    assert ports == {("tcp", 3306), ("tcp", 4444), ("tcp", 4567), ("udp", 4567), ("tcp", 4568)}


REDIS = registry.of_cluster("redis")


def test_redis_is_named_and_sized_as_trove_says():
    assert REDIS.member_name("sessions", 3) == "sessions-member-3"
    assert REDIS.member_number("sessions", "sessions-3") is None


def test_few_masters_have_to_be_asked_for_by_name_and_galera_never_takes_few():
    with pytest.raises(InvalidInput, match="or fewer with allow_few_masters"):
        REDIS.check_size(2)
    REDIS.check_size(1, allow_few=True)
    with pytest.raises(InvalidInput, match="1 or more"):
        REDIS.check_size(0, allow_few=True)
    with pytest.raises(InvalidInput, match="3 or more"):
        MARIADB.check_size(2, allow_few=True)


def test_the_health_of_a_redis_member_is_what_it_says_of_itself():
    member = {"error": None, "state": "ok", "role": "master", "slots": "0-5461", "key_count": 12, "used_memory": 3 << 20, "maxmemory": 614 << 20}
    health = REDIS.health({"redis_cluster": {"members": [member]}})
    assert health == {"State": "ok", "Role": "master", "Slots": "0-5461", "Keys": 12, "Memory": "3 of 614 MiB"}
    assert REDIS.health({"redis_cluster": {"members": [dict(member, error="refused")]}}) == {"State": "down"}
    assert REDIS.health(None) == {"State": "unreachable"}
    assert REDIS.health({"redis_cluster": {"members": [dict(member, maxmemory=0, slots="")]}})["Memory"] == "3 MiB"
