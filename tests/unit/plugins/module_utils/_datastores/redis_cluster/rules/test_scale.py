# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""With hundreds of members, each of which knows all others, the views are read a few times each, and not once for each pair of members."""

from __future__ import annotations

import json
from collections import Counter

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.redis_cluster.rules import nodes, open_slots, topology
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.redis_cluster.rules.formation import form
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.redis_cluster.rules.moves import rebalance
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.redis_cluster.rules.slots import divide
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.redis_cluster.rules.topology import Cluster
from ansible_collections.stackdb.trove.plugins.modules import trove_redis_cluster
from ansible_collections.stackdb.trove.tests.unit.redis_builders import Node, cluster, met

MEMBERS = 40
#: how often a view may be read in one question
FEW = 4


def nodes_of() -> list[Node]:
    """With names of three digits: the builder's ids of m1 and m10 are the same."""
    return met(*(Node(f"m{100 + number}", share) for number, share in enumerate(divide(MEMBERS))))


@pytest.fixture(scope="module")
def large() -> Cluster:
    return cluster(nodes_of())


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often each member's view of the others was read."""
    seen: Counter[str] = Counter()
    others = nodes.Member.others.fget

    def counted(member: nodes.Member) -> list[nodes.Line]:
        seen[member.name] += 1
        return others(member)

    monkeypatch.setattr(nodes.Member, "others", property(counted))
    return seen


def test_a_formation_reads_each_view_a_few_times(large: Cluster, read: Counter[str]) -> None:
    assert form(large, None, False).meet == ()
    assert set(read.values()) <= set(range(1, FEW + 1))


def test_faults_read_each_view_a_few_times(large: Cluster, read: Counter[str]) -> None:
    assert topology.faults(large) == []
    assert set(read.values()) <= set(range(1, FEW + 1))


def test_what_all_tell_of_a_member_is_parsed_once() -> None:
    nodes._slots.cache_clear()
    nodes._but_for_pong.cache_clear()
    seen = cluster(nodes_of())
    assert nodes._slots.cache_info().misses == MEMBERS
    # so that nobody compares them one by one
    assert len({id(member.view[seen.members[0].id or ""].slots) for member in seen.members}) == 1


def test_nobody_is_asked_what_it_believes_while_nobody_imports(large: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nodes.Member, "view", property(lambda member: pytest.fail(f"the view of {member.name} was gone through")), raising=False)
    masters = Cluster(large.members)
    monkeypatch.setattr(nodes.Member, "me", large.members[0].__dict__["view"][large.members[0].id])
    assert open_slots.misled(masters) == {}


def test_a_balanced_cluster_stays_as_it_is(large: Cluster) -> None:
    assert rebalance(large, {}, False).all == []


def test_members_are_found_by_name_and_id(large: Cluster) -> None:
    for member in large.members:
        assert large[member.name] is member
        assert large.name_of(member.id) == member.name
        assert large.master_of(member.id) == member.id


def test_the_result_grows_with_the_members(large: Cluster) -> None:
    shown = trove_redis_cluster._short(topology.view(large))
    assert [member["slot_count"] for member in shown["members"]] == [len(share) for share in divide(MEMBERS)]
    assert len(json.dumps(shown)) < 1000 * MEMBERS
