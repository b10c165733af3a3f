# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._model.errors import InvalidInput
from ansible_collections.stackdb.trove.plugins.module_utils._model.evidence import SERVE, UNTOUCHED, Act
from ansible_collections.stackdb.trove.plugins.module_utils._servers import cluster_removal
from ansible_collections.stackdb.trove.plugins.module_utils._servers.turn import Turn
from ansible_collections.stackdb.trove.tests.unit.builders import cluster, instance

ACT = Act(SERVE, {"m1": None, "m2": None})


def given(**options: Any) -> Turn:
    return Turn.of({"task": "NONE", "run": None, "rolled": None, "turn": None, **options})


def test_what_is_to_be_proven_is_added_to_the_act() -> None:
    proven = given(rolled=["m2"], turn="run-1/cluster_restart").proven(ACT)
    assert (proven.rolled, proven.turn) == (("m2",), "run-1/cluster_restart")
    assert given().proven(ACT) == ACT
    untouched = Act(UNTOUCHED, ACT.members)
    assert given(rolled=["m2"], turn="t").proven(untouched) == untouched


@pytest.mark.parametrize("options", [{"rolled": ["m1"]}, {"rolled": ["m1"], "turn": "t", "task": "RESTARTING_CLUSTER"}, {"run": "run-1"}])
def test_options_that_do_not_fit_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput):
        given(**options)


def test_a_name_of_no_member_is_refused() -> None:
    with pytest.raises(InvalidInput, match="m1, m2"):
        given(rolled=["m3"], turn="t").proven(ACT)


def test_the_run_is_noted_with_the_task_and_stays_that_of_the_first() -> None:
    one, two = (instance(name, task="RESTARTING_CLUSTER", task_run=run) for name, run in (("m1", "run-1"), ("m2", None)))
    begun = cluster(instances=(one, two))
    assert begun.task_run == begun.view()["task"]["run"] == "run-1"
    assert [(step.name, step.run) for step in cluster_removal.note_task(begun, "RESTARTING_CLUSTER", "run-1")] == [("m2", "run-1")]
    assert cluster_removal.note_task(begun, "RESTARTING_CLUSTER") == []
    ended = cluster(instances=(instance("m1", task_run="run-1"),))
    assert "run" not in ended.view()["task"]


def test_a_run_that_is_left_noted_on_a_member_whose_task_has_ended_goes_with_the_next_end() -> None:
    """The task is written before the run is removed, and whoever does it may be killed between the two."""
    half = cluster(instances=(instance("m1"), instance("m2", task_run="run-1")))
    assert half.task == "NONE"
    assert [(step.name, step.task, step.stale) for step in cluster_removal.note_task(half, "NONE")] == [("m2", "NONE", True)]
