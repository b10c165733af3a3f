# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Observe, plan, apply: what a run does in which order, and what check mode leaves undone."""

from __future__ import annotations

from dataclasses import dataclass
from functools import singledispatchmethod

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._model.errors import Refused
from ansible_collections.stackdb.trove.plugins.module_utils._plan.plan import Plan, Step
from ansible_collections.stackdb.trove.plugins.module_utils._plan.runner import Reconciler, reconcile


@dataclass(frozen=True)
class UpdateLamp(Step):
    action = "update"
    kind = "lamp"


@dataclass(frozen=True)
class BreakLamp(Step):
    action = "break"
    kind = "lamp"


class FakeLamp(Reconciler):
    """Something that is on or off, and writes down what is asked of it."""

    def __init__(self, on, wanted, refuses=False):
        self.on = on
        self.wanted = wanted
        self.refuses = refuses
        self.calls = []

    def observe(self):
        self.calls.append("observe")
        return self.on

    def plan(self, observed):
        self.calls.append("plan")
        if self.refuses:
            raise Refused("the lamp is glued")
        return Plan.of([UpdateLamp("desk", f"from {observed} to {self.wanted}")] if observed != self.wanted else [])

    def apply(self, plan, observed):
        self.calls.append(f"apply {len(plan.steps)}")
        self.on = self.wanted
        return {"seconds": 2}

    def view(self, observed):
        return {"on": observed}

    def predict(self, plan, observed):
        return {"on": self.wanted, "predicted": True}


def test_a_change_is_observed_again_after_it_was_made():
    lamp = FakeLamp(on=False, wanted=True)
    outcome = reconcile(lamp, check_mode=False)
    assert lamp.calls == ["observe", "plan", "apply 1", "observe"]
    assert (outcome.changed, outcome.before, outcome.after, outcome.observed) == (True, {"on": False}, {"on": True}, True)
    assert outcome.result == {"seconds": 2}


def test_check_mode_applies_nothing_and_predicts():
    lamp = FakeLamp(on=False, wanted=True)
    outcome = reconcile(lamp, check_mode=True)
    assert lamp.calls == ["observe", "plan"]
    assert lamp.on is False
    assert (outcome.changed, outcome.after) == (True, {"on": True, "predicted": True})


@pytest.mark.parametrize("check_mode", [True, False])
def test_nothing_to_do_is_no_change_and_no_second_look(check_mode):
    lamp = FakeLamp(on=True, wanted=True)
    outcome = reconcile(lamp, check_mode)
    assert lamp.calls == ["observe", "plan"]
    assert (outcome.changed, outcome.before, outcome.after) == (False, {"on": True}, {"on": True})


@pytest.mark.parametrize("check_mode", [True, False])
def test_a_refusal_comes_before_anything_is_applied(check_mode):
    lamp = FakeLamp(on=False, wanted=True, refuses=True)
    with pytest.raises(Refused, match="glued"):
        reconcile(lamp, check_mode)
    assert lamp.calls == ["observe", "plan"]


@pytest.mark.parametrize("check_mode", [True, False])
def test_the_diff_shows_both_states_and_the_plan(check_mode):
    diff = reconcile(FakeLamp(on=False, wanted=True), check_mode).diff()
    assert diff["before"] == {"on": False}
    assert diff["after"]["on"] is True
    assert diff["prepared"] == "~ update lamp desk: from False to True\n"


class TwoSteps(FakeLamp):
    """Carries out its steps one by one, each with a result of its own; knows one kind of the two."""

    def plan(self, observed):
        return Plan.of([UpdateLamp("desk", "off"), UpdateLamp("hall", "off")], [BreakLamp("desk", "old")] if self.wanted else [])

    apply = Reconciler.apply

    @singledispatchmethod
    def carry_out(self, step, observed):
        return super().carry_out(step, observed)

    @carry_out.register(UpdateLamp)
    def _update(self, step, observed):
        self.calls.append(step.name)
        return {step.name: observed}


def test_steps_are_carried_out_in_order_and_their_results_leave_by_the_outcome():
    lamp = TwoSteps(on=True, wanted=False)
    assert reconcile(lamp, check_mode=False).result == {"desk": True, "hall": True}
    assert lamp.calls == ["observe", "desk", "hall", "observe"]


def test_a_step_that_nobody_carries_out_is_an_error():
    with pytest.raises(TypeError, match="TwoSteps has no way to break lamp"):
        reconcile(TwoSteps(on=True, wanted=True), check_mode=False)


@pytest.mark.parametrize(("on", "check_mode", "said"), [(False, False, ["~ update lamp desk: from False to True\n"]), (False, True, []), (True, False, [])])
def test_a_plan_is_said_before_its_first_step_where_there_is_one(heard, on, check_mode, said):
    reconcile(FakeLamp(on, True), check_mode)
    assert heard.plans == said


def test_a_plan_is_said_though_its_first_step_fails(heard):
    lamp = FakeLamp(False, True)
    lamp.apply = lambda plan, observed: 1 // 0
    with pytest.raises(ZeroDivisionError):
        reconcile(lamp, False)
    assert heard.plans == ["~ update lamp desk: from False to True\n"]
