# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a server can do, by its program and version."""

from __future__ import annotations

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.redis_cluster.rules.software import Software
from ansible_collections.stackdb.trove.tests.unit.redis_builders import Node, valkey


@pytest.mark.parametrize(
    ("info", "name", "version"),
    [
        ({"redis_version": "7.0.15"}, "redis", "7.0.15"),
        (valkey("8.1.1"), "valkey", "8.1.1"),
        ({"server_name": "valkey", "redis_version": "7.2.4"}, "valkey", "7.2.4"),
    ],
)
def test_a_server_is_known_by_its_own_version(info: dict, name: str, version: str) -> None:
    software = Node("m1", info=info).member().software
    assert (software.name, software.version) == (name, version)


@pytest.mark.parametrize(
    ("info", "moves_slots", "adds_ranges", "assigns_at_once"),
    [
        ({}, False, False, True),
        ({"redis_version": "6.2.14"}, False, False, True),
        ({"redis_version": "7.0.15"}, False, True, True),
        ({"redis_version": "8.2.9"}, False, True, True),
        ({"redis_version": "8.4.0"}, True, True, True),
        ({"redis_version": "10.0.0"}, True, True, True),
        (valkey("8.1.1"), False, True, False),
        # later than Redis 8.4 by its number, and without CLUSTER MIGRATION
        (valkey("9.1.2"), False, True, False),
    ],
)
def test_what_a_server_can_do(info: dict, moves_slots: bool, adds_ranges: bool, assigns_at_once: bool) -> None:
    software = Software.of(info)
    assert (software.moves_slots, software.adds_ranges, software.assigns_at_once) == (moves_slots, adds_ranges, assigns_at_once)
