# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where a node of a Redis Cluster stands among the others, by real replies."""

from __future__ import annotations

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.redis_cluster.rules import place, topology
from ansible_collections.stackdb.trove.plugins.module_utils._model.standing import Peer
from ansible_collections.stackdb.trove.tests.unit.redis_builders import Node, cluster, met, whole


def of(node, **changes):
    (member,) = topology.view(cluster([node]))["members"]
    return place.standing({**member, **changes}, True)


def test_master_has_slots_and_knows_who_follows_it():
    master, _other = nodes = met(Node("m1", range(100)), Node("m2", master="m1"))
    found = of(master)
    assert (found.role, found.slots, found.follows, found.link, found.version) == ("master", "0-99", None, None, "7.0.15")
    assert found.peers == {"10.0.0.1": Peer("master", None, "0-99"), "10.0.0.2": Peer("replica", "10.0.0.1")}
    replica = of(nodes[1])
    assert (replica.role, replica.follows, replica.link, replica.link_works) == ("replica", "10.0.0.1", "up", True)


def test_link_that_is_down_and_a_node_that_failed():
    nodes = met(Node("m1", range(100), flags="fail"), Node("m2", master="m1", master_link="down"))
    replica = of(nodes[1])
    assert (replica.link, replica.link_works) == ("down", False)
    assert replica.peers["10.0.0.1"].failed


def test_node_that_is_down_stands_nowhere():
    found = of(Node("m1", error="Connection refused"))
    assert (found.role, found.peers, found.same) == (None, None, None)


@pytest.mark.parametrize(("used", "limit", "full"), [(89, 100, False), (90, 100, True), (90, 0, False)])
def test_memory_that_is_nearly_full_is_strain(used, limit, full):
    assert bool(of(whole(3)[0], used_memory=used, maxmemory=limit).strain) == full
