# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Locality: who may be created with whom, and whether the promise holds."""

from __future__ import annotations

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._model import locality

NAMES = ["a", "b", "c"]


@pytest.mark.parametrize(
    ("policy", "waves"),
    [
        (None, [["a", "b", "c"]]),
        ("anti-affinity", [["a"], ["b"], ["c"]]),
        ("affinity", [["a"], ["b", "c"]]),
        ("soft-affinity", [["a"], ["b"], ["c"]]),
        ("soft-anti-affinity", [["a"], ["b"], ["c"]]),
    ],
)
def test_members_whose_places_depend_on_each_other_are_not_created_together(policy, waves):
    assert locality.creation_waves(policy, NAMES) == waves


@pytest.mark.parametrize("policy", [None, *locality.POLICIES])
def test_nobody_is_left_out_and_nobody_made_for_nothing(policy):
    assert [name for wave in locality.creation_waves(policy, NAMES) for name in wave] == NAMES
    assert locality.creation_waves(policy, ["a"]) == [["a"]]
    assert [name for wave in locality.creation_waves(policy, []) for name in wave] == []


@pytest.mark.parametrize(
    ("policy", "limit", "hosts", "kept"),
    [
        (None, None, {"a": "1", "b": "1"}, True),
        ("anti-affinity", None, {"a": "1", "b": "2", "c": "3"}, True),
        ("anti-affinity", None, {"a": "1", "b": "2", "c": "1"}, False),
        ("soft-anti-affinity", None, {"a": "1", "b": "1"}, False),
        ("anti-affinity", 2, {"a": "1", "b": "1", "c": "2"}, True),
        ("anti-affinity", 2, {"a": "1", "b": "1", "c": "1"}, False),
        ("affinity", None, {"a": "1", "b": "1"}, True),
        ("affinity", None, {"a": "1", "b": "2"}, False),
        ("soft-affinity", None, {"a": "1", "b": "2"}, False),
        # a server that Nova has placed nowhere yet breaks nothing
        ("anti-affinity", None, {"a": "", "b": ""}, True),
        ("affinity", None, {"a": "1", "b": "", "c": None}, True),
        ("anti-affinity", None, {}, True),
    ],
)
def test_the_promise_against_the_hosts(policy, limit, hosts, kept):
    placement = locality.evaluate(policy, hosts, limit)
    assert placement.kept is kept
    assert placement.view()["kept"] is kept
    assert bool(placement.broken) is not kept


def test_a_breach_names_its_servers_only():
    broken = locality.evaluate("anti-affinity", {"a": "1", "b": "2", "c": "1", "d": "3", "e": "3"}).broken
    assert broken == (
        "anti-affinity: a, c are on one host, which may hold 1",
        "anti-affinity: d, e are on one host, which may hold 1",
    )


def test_the_view_is_plain_and_leaves_out_who_is_nowhere():
    assert locality.evaluate("affinity", {"a": "1", "b": ""}).view() == {"policy": "affinity", "kept": True, "broken": [], "hosts": {"a": "1"}}
