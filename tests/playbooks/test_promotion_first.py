# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A verb with trove_promote_first: two runs of the skeleton in one playbook. The source is restarted or resized only when a replica has its place, by proof."""

from __future__ import annotations

import oracle
import pytest
from scenarios import SCENARIOS

PROMOTE = {scenario.id: scenario for scenario in SCENARIOS}["replica_promote-instance"]
VARIABLES = {"trove_timeout": 2, "trove_name": "orders", "trove_promote_first": PROMOTE.subject}
SOURCES = {"orders": PROMOTE.subject, PROMOTE.subject: None, "orders-replica-2": PROMOTE.subject}


def _run(bench, tmp_path, troubles=(), keep=False, verb="instance_restart", **variables):
    script = PROMOTE.script(troubles)
    result = bench.run(tmp_path / "run", verb, {**VARIABLES, **variables}, script, keep=keep)
    return result, [(event["entry_point"], event["who"]) for event in result.acts]


def _truth(result, before=()):
    from ansible_collections.stackdb.trove.plugins.module_utils._scripted import database

    return database.truth(PROMOTE.script([]), [*before, *result.journal])


def test_a_replica_takes_the_place_of_the_source_which_is_restarted_as_its_replica_and_again_without_a_promotion(bench, tmp_path):
    result, acts = _run(bench, tmp_path)
    assert result.code == 0, result.output
    assert _truth(result)["sources"] == SOURCES
    assert [one for one in acts if one[0] == "restart"] == acts[-1:] == [("restart", "orders")]
    assert all(one["contract"] != result.before[name]["contract"] for name, one in result.after.items() if name in SOURCES)
    assert result.tasks() == {"NONE"}
    again, acts = _run(bench, tmp_path, keep=True)
    assert (again.code, acts) == (0, [("restart", "orders")]), again.output
    assert again.tasks() == {"NONE"}


def test_a_replica_takes_the_place_of_the_source_which_alone_is_resized_and_a_second_run_changes_nothing(bench, tmp_path):
    result, acts = _run(bench, tmp_path, verb="instance_resize", trove_flavor="db.large")
    assert result.code == 0, result.output
    assert _truth(result)["sources"] == SOURCES
    kinds = [entry for entry, _who in acts]
    assert kinds.index("promote") < kinds.index("down")
    assert {who for entry, who in acts if entry == "down"} == {"orders"}
    assert result.tasks() == {"NONE"}
    again, acts = _run(bench, tmp_path, keep=True, verb="instance_resize", trove_flavor="db.large")
    assert (again.code, acts, again.writes) == (0, [], []), again.output


def test_a_flavor_that_there_is_not_is_refused_before_anybody_is_promoted(bench, tmp_path):
    result, acts = _run(bench, tmp_path, verb="instance_resize", trove_flavor="db.none")
    assert result.code, result.output
    assert (acts, result.writes) == ([], [])
    assert "flavor: 'db.none' was given" in result.output


@pytest.mark.parametrize(
    "trouble",
    [
        pytest.param(oracle.Trouble("orders-replica-2", "unreachable", "after"), id="unreachable"),
        pytest.param(oracle.Trouble("orders", "act_fails"), id="act_fails", marks=pytest.mark.thorough),
    ],
)
def test_where_the_promotion_is_not_proven_nobody_is_restarted_and_the_same_run_goes_on(bench, tmp_path, trouble):
    first, acts = _run(bench, tmp_path, [trouble])
    assert first.code, first.output
    assert "restart" not in {entry for entry, _who in acts}
    assert first.tasks() <= {"NONE", "PROMOTING"}
    again, acts = _run(bench, tmp_path, keep=True)
    assert again.code == 0, again.output
    assert acts[-1] == ("restart", "orders")
    assert _truth(again, first.journal)["sources"] == SOURCES
    assert again.tasks() == {"NONE"}


def test_who_is_no_replica_of_the_source_is_refused_before_the_first_write(bench, tmp_path):
    result, acts = _run(bench, tmp_path, trove_promote_first="goods")
    assert result.code, result.output
    assert (acts, result.writes) == ([], [])
    assert "trove_promote_first: 'goods' was given" in result.output


def test_in_an_upgrade_the_replicas_come_first_and_a_second_run_changes_nothing(bench, tmp_path):
    result, acts = _run(bench, tmp_path, verb="instance_upgrade")
    assert result.code == 0, result.output
    assert (_truth(result)["sources"], _truth(result)["upgraded"]) == (SOURCES, ["orders-replica-1", "orders-replica-2", "orders"])
    assert {entry for entry, _who in acts} == {"upgrade"}
    assert all(one["contract"] != result.before[name]["contract"] for name, one in result.after.items() if name in SOURCES)
    assert result.tasks() == {"NONE"}
    again, _acts = _run(bench, tmp_path, keep=True, verb="instance_upgrade")
    assert again.code == 0, again.output
    assert _truth(again, result.journal)["upgraded"] == ["orders-replica-1", "orders-replica-2", "orders"]
    assert (again.tasks(), {name: one["contract"] for name, one in again.after.items()}) == ({"NONE"}, {n: one["contract"] for n, one in result.after.items()})


def test_an_upgrade_that_a_replica_ends_promotes_nobody_and_goes_on(bench, tmp_path):
    first, _acts = _run(bench, tmp_path, [oracle.Trouble("orders-replica-2", "act_fails")], verb="instance_upgrade")
    assert first.code, first.output
    assert _truth(first)["sources"]["orders"] is None
    again, _acts = _run(bench, tmp_path, keep=True, verb="instance_upgrade")
    assert again.code == 0, again.output
    assert _truth(again, first.journal)["sources"] == SOURCES
    assert again.tasks() == {"NONE"}
