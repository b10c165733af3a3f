# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a role takes from its datastore's driver and from the host."""

from __future__ import annotations

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._datastores import registry
from ansible_collections.stackdb.trove.plugins.plugin_utils import role_host

FACTS = {"memtotal_mb": 4096, "processor_vcpus": 4, "default_ipv4": {"address": "10.0.0.5"}}


@pytest.mark.parametrize(
    ("role", "options", "key"),
    [
        ("galera", {}, ("mariadb", "galera")),
        ("mysql_replication", {"datastore": "mysql"}, ("mysql", "mysql_replication")),
        ("mysql_replication", {"datastore": "mariadb"}, ("mariadb", "mysql_replication")),
        ("redis_cluster", {"server": "redis"}, ("redis", "redis_cluster")),
        # a server without a driver of its own goes by its role's
        ("redis_cluster", {"server": "keydb"}, ("redis", "redis_cluster")),
    ],
)
def test_driver_is_found_by_role_and_engine(role: str, options: dict, key: tuple) -> None:
    assert role_host.driver_of(role, options) is registry.DRIVERS[key]


def test_a_role_of_somebody_else_has_no_driver_ports_or_sizes() -> None:
    assert role_host.driver_of("db", {"datastore": "mariadb"}) is None
    assert role_host.ports(None) == {"client": [], "member": []}
    assert role_host.sizes(None, {}, FACTS) == {}


def test_ports_are_the_drivers_a_range_where_there_is_one() -> None:
    assert role_host.ports(role_host.driver_of("galera", {})) == {
        "client": [{"protocol": "tcp", "ports": "3306"}],
        "member": [{"protocol": "tcp", "ports": "4567-4568"}, {"protocol": "udp", "ports": "4567"}, {"protocol": "tcp", "ports": "4444"}],
    }


def test_sizes_go_by_the_memory_that_is_asked_for_and_else_by_the_hosts() -> None:
    driver = role_host.driver_of("galera", {})
    assert role_host.sizes(driver, {"memory_mb": 0}, FACTS) == driver.sizes(4096, 4, {})
    assert role_host.sizes(driver, {"memory_mb": 1000}, FACTS) == driver.sizes(1000, 4, {"memory_mb": 1000})
    assert role_host.sizes(driver, {}, {"memtotal_mb": 2000}) == driver.sizes(2000, 1, {})
    # a host that has not told
    assert role_host.sizes(driver, {}, {}) == {}


@pytest.mark.parametrize(
    ("options", "facts", "known"),
    [
        ({"address": "192.0.2.1", "port": 7000, "hypervisor": "c1"}, FACTS, {"name": "m1", "address": "192.0.2.1", "port": 7000, "host": "c1"}),
        ({"address": "", "hypervisor": ""}, FACTS, {"name": "m1", "address": "10.0.0.5", "port": None, "host": None}),
        ({}, {"default_ipv4": {}}, {"name": "m1", "address": "", "port": None, "host": None}),
        ({}, {**FACTS, "default_ipv6": {"address": "2001:db8::5"}}, {"name": "m1", "address": "10.0.0.5", "port": None, "host": None}),
        ({}, {"default_ipv4": {}, "default_ipv6": {"address": "2001:db8::5"}}, {"name": "m1", "address": "2001:db8::5", "port": None, "host": None}),
        ({}, {}, {"name": "m1", "address": "", "port": None, "host": None}),
    ],
)
def test_what_other_members_know_of_a_host(options: dict, facts: dict, known: dict) -> None:
    assert role_host.member("m1", options, facts) == known


@pytest.mark.parametrize(
    ("address", "number"),
    [
        ("10.0.0.5", 0x0A000005),
        ("255.255.255.255", 0xFFFFFFFF),
        ("2001:db8::15", 0xFDE5CEEC),
        ("2001:0DB8:0:0:0:0:0:15", 0xFDE5CEEC),
        ("db1.example.com", 0xFB7C54DF),
        ("", 0xE3B0C442),
    ],
)
def test_an_address_is_a_number(address: str, number: int) -> None:
    """It is a server's id for life, so these stand."""
    assert role_host.number(address) == number


def test_addresses_of_a_network_are_different_numbers() -> None:
    numbers = [role_host.number(f"{prefix}{last:x}") for prefix in ("2001:db8::", "fd00:1:2:3:f816:3eff:fe00:") for last in range(2000)]
    assert len({*numbers}) == len(numbers)
    assert all(0 < number < 1 << 32 for number in numbers)


@pytest.mark.parametrize(
    ("kept", "holder"),
    [
        ({"m1": {"passwords": False}, "m2": {"passwords": True}, "m3": {"passwords": True}}, "m2"),
        ({"m3": {"passwords": True}, "m2": {"passwords": True}}, "m2"),
        ({"m1": {"passwords": False}, "m2": {}}, None),
        ({}, None),
    ],
)
def test_the_first_member_with_all_passwords_has_the_clusters(kept: dict, holder: str | None) -> None:
    assert role_host.holder(["m1", "m2", "m3"], kept) == holder
