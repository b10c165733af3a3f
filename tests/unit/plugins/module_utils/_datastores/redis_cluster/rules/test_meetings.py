# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who is told to meet whom: few pairs, by which all are connected, and every pair that is still apart where that did not do."""

from __future__ import annotations

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.redis_cluster.rules import meetings
from ansible_collections.stackdb.trove.tests.unit.redis_builders import Node, cluster, met


def names(count: int, first: int = 0) -> list[str]:
    """With three digits: the builder's ids of m1 and m10 are the same."""
    return [f"m{100 + number}" for number in range(first, first + count)]


def told(nodes: list[Node], new: list[str], near: bool = False) -> list[tuple[str, str]]:
    """The pairs that meet by our word."""
    by_place = {(node.named().address, node.named().port): node.name for node in nodes}
    found = meetings.pairs(cluster(nodes), set(new), near)
    return [(name, by_place[ip, port]) for name, places in found.items() for ip, port, _bus in places]


def reached(pairs: list[tuple[str, str]], start: str) -> set[str]:
    found, left = {start}, [start]
    while left:
        here = left.pop()
        more = {b if a == here else a for a, b in pairs if here in (a, b)} - found
        found |= more
        left += more
    return found


@pytest.mark.parametrize("count", [2, 3, 5, 9, 16, 17, 18, 33, 40, 64, 100])
def test_few_pairs_of_new_members_connect_them_all(count: int) -> None:
    nodes = [Node(name) for name in names(count)]
    pairs = told(nodes, names(count), near=True)
    assert len({frozenset(pair) for pair in pairs}) == len(pairs)
    assert reached(pairs, "m100") == set(names(count))
    if count <= 17:
        assert len(pairs) == count * (count - 1) // 2
    # as many as the members, times the logarithm of their number
    assert len(pairs) <= count * (8 + count.bit_length())


@pytest.mark.parametrize("near", [True, False])
def test_a_new_member_meets_all_that_are_there_and_nobody_meets_again(near: bool) -> None:
    nodes = [*met(*(Node(name) for name in names(30))), Node("m130")]
    assert sorted(told(nodes, ["m130"], near)) == [("m130", name) for name in names(30)]
    assert told(met(*(Node(name) for name in names(30))), names(30), near) == []


def test_without_near_every_pair_meets_that_is_apart() -> None:
    assert len(told([Node(name) for name in names(20)], names(20))) == 20 * 19 // 2


def test_who_does_not_reach_another_is_named() -> None:
    found = meetings.unmet(cluster([*met(Node("m1"), Node("m2")), Node("m3")]))
    assert found == ["m1 cannot reach m3", "m2 cannot reach m3", "m3 cannot reach m1", "m3 cannot reach m2"]
    assert meetings.unmet(cluster(met(Node("m1"), Node("m2")))) == []


def test_who_does_not_know_what_another_serves_is_told_by_that_one() -> None:
    nodes = met(Node("m1", range(5)), Node("m2"))
    assert meetings.untold(cluster(nodes)) == {}
    seen = cluster(nodes)
    one, two = seen.members
    line = two.view[one.id or ""]
    two.view[one.id or ""] = line._replace(slots=frozenset())
    assert meetings.unheard(seen) == ["m2 does not know which slots m1 serves"]
    assert list(meetings.untold(seen)) == ["m1"]
