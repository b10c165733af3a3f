# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which modules are called to complete a verb in the cloud."""

from __future__ import annotations

import pytest
from ansible_collections.stackdb.trove.plugins.action import trove_settle
from ansible_collections.stackdb.trove.plugins.plugin_utils import verbs

PLAN = {"verb": "cluster_create", "part": None, "names": ["a", "b"], "leaving": [], "begin": None, "settled": True}
SERVES = {"a": {"said": {"pending": []}}, "b": {"said": {"pending": []}}}
WAITS = {**SERVES, "b": {"said": {"pending": ["innodb_log_file_size"]}}}


def test_none_where_the_plan_has_read_that_nothing_is_left() -> None:
    assert trove_settle._left(PLAN, SERVES) == []


def test_what_a_verb_does_last_is_done_though_its_cluster_has_no_task() -> None:
    """The first part of a replacement only plans before."""
    (call,) = trove_settle._left({**PLAN, "verb": "cluster_replace"}, SERVES)
    assert (call.module, call.fixed) == ("trove_cluster", {"state": "replaced"})


@pytest.mark.parametrize(("changed", "after"), [
    ({"settled": False}, SERVES), ({}, WAITS), ({"begin": "UPDATING_CLUSTER", "verb": "cluster_configure"}, SERVES),
])  # fmt: skip
def test_those_of_the_verb_where_something_is(changed: dict, after: dict) -> None:
    plan = {**PLAN, **changed}
    assert trove_settle._left(plan, after) == [*verbs.of(plan["verb"]).settle] != []


def test_none_of_nobody() -> None:
    assert trove_settle._left({**PLAN, "names": [], "settled": False}, {}) == []
