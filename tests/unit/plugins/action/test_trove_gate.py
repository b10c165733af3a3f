# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a batch consists of. What the gate refuses is tested with the drivers, and by whole runs in tests/playbooks."""

from __future__ import annotations

import itertools

import pytest
import yaml
from ansible_collections.stackdb.trove.plugins.action.trove_gate import steps_of
from ansible_collections.stackdb.trove.tests.unit.test_module_contract import ROOT

TASKS = ROOT / "playbooks" / "tasks"
_PLANS = [{"apart": apart, **more} for apart in (False, True) for more in ({}, {"resize": {}})]
_CASES = list(itertools.product(_PLANS, [{}, {"online": False}, {"online": True}], [[], ["a"]], [None, "a"], [False, True], [False, True]))


def test_nothing_but_the_role_is_included_where_nothing_else_is_due() -> None:
    assert steps_of({"apart": False}, {}, ["a"], None, snapshot=False, checking=False) == ["act"]
    assert steps_of({"apart": True}, {}, ["a"], None, snapshot=False, checking=False) == ["apart"]


@pytest.mark.parametrize(("plan", "batch", "names", "going", "snapshot", "checking"), _CASES)
def test_steps_of_a_batch(plan: dict, batch: dict, names: list, going: str | None, snapshot: bool, checking: bool) -> None:
    steps = steps_of(plan, batch, names, going, snapshot=snapshot, checking=checking)
    online, act = batch.get("online", False), "apart" if plan["apart"] else "act"
    assert steps.count(act) == 1
    before, after = steps[: steps.index(act)], steps[steps.index(act) + 1 :]
    assert before == ["extend"] * bool(online and names) + ["snapshot"] * bool(snapshot and going)
    assert after == ["resize"] * ("resize" in plan and not online and going is not None and not checking)


def test_each_step_is_a_task_file_beside_the_playbook() -> None:
    steps = {step for case in _CASES for step in steps_of(*case[:4], snapshot=case[4], checking=case[5])}
    assert steps == {"extend", "snapshot", "apart", "act", "resize"}
    assert all((TASKS / f"{step}.yml").is_file() for step in steps)
    (loop,) = (task for task in yaml.safe_load((TASKS / "batch.yml").read_text()) if "loop" in task)
    assert (loop["ansible.builtin.include_tasks"], loop["loop"]) == ("{{ _trove_step }}.yml", "{{ _trove_batch.steps }}")
