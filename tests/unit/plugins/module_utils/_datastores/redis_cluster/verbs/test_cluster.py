# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How the nodes that were named are looked at, and waited for."""

from __future__ import annotations

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.redis_cluster.rules.topology import faults
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.redis_cluster.verbs.cluster import Nodes
from ansible_collections.stackdb.trove.plugins.module_utils._guest.command import GuestError
from ansible_collections.stackdb.trove.tests.unit.fake_redis import FakeServers
from ansible_collections.stackdb.trove.tests.unit.redis_builders import Node, whole


def test_members_stand_in_the_order_in_which_they_were_named(monkeypatch):
    servers = FakeServers(monkeypatch, [Node("m3"), Node("m1"), Node("m2", error="no route")])
    cluster = servers.nodes().look()
    assert [(member.name, member.error) for member in cluster.members] == [("m3", None), ("m1", None), ("m2", "no route")]


def test_a_probe_is_of_the_buses_of_those_that_answer(monkeypatch):
    servers = FakeServers(monkeypatch, [Node("m1"), Node("m2", error="no route")])
    servers.bus = {"m1": "no answer"}
    assert Nodes.probe(servers.nodes().look()) == {"m1": "no answer"}
    assert servers.done("probe") == [[{"m1": ("10.0.0.1", 17001)}]]


def test_waiting_ends_when_nothing_is_wrong_or_the_time_is_over(monkeypatch):
    nodes = whole()
    servers = FakeServers(monkeypatch, nodes)
    servers.nodes(30).await_agreement(faults)
    assert servers.clock.now == 0
    nodes[0].settings["state"] = "fail"
    with pytest.raises(GuestError, match="not whole after 30 s: m1: cluster_state:fail") as caught:
        servers.nodes(30).await_agreement(faults)
    assert caught.value.details["faults"] == ["m1: cluster_state:fail"]
    assert 30 <= servers.clock.now <= 32
    assert servers.nodes().settled(faults).members[0].state == "fail"
    assert 40 <= servers.clock.now <= 44
