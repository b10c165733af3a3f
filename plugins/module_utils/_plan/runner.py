# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Observe, plan, apply: the one place that knows check mode and diff."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Generic, Optional, TypeVar

from .._model import progress
from .plan import Plan, Step

#: what a reconciler observes: a model, or None
Seen = TypeVar("Seen")
#: plain data, for results and diffs
View = Optional[dict[str, Any]]


class Reconciler(ABC, Generic[Seen]):
    """What a module wants of one thing. The methods are called in the order in which they stand here.

    It is built from what is wanted and of the means to get there, and keeps nothing of a run: what was observed is handed on, and what a run found out leaves
    by the Outcome.
    """

    @abstractmethod
    def observe(self) -> Seen:
        """What is there now: a model, or None."""

    def observe_again(self, observed: Seen) -> Seen:
        """What is there after this run, or another one, has worked on what was observed: for those who find it no more by what they are built from."""
        return self.observe()

    @abstractmethod
    def plan(self, observed: Seen) -> Plan:
        """The Plan that turns what is there into what is wanted; empty when nothing is to be done.

        :raises TroveError: for everything that must be refused before the first write
        """

    @contextmanager
    def alone(self, observed: Seen) -> Iterator[bool]:
        """While no other run changes the same; yields whether one may have since it was observed. Who needs it says how."""
        yield False

    def apply(self, plan: Plan, observed: Seen) -> Mapping[str, Any]:
        """Carry out the plan's steps, one after another.

        :returns: what the module returns besides the view, by name
        """
        result: dict[str, Any] = {}
        for step in plan.steps:
            result.update(self.carry_out(step, observed) or {})
        return result

    def carry_out(self, step: Step, observed: Seen) -> Mapping[str, Any] | None:
        """Carry out one step: a `functools.singledispatchmethod` over the steps' classes, for those who do not have an `apply` of their own.

        :raises TypeError: for a step that nobody carries out
        """
        raise TypeError(f"{type(self).__name__} has no way to {step.action} {step.kind}")

    @abstractmethod
    def view(self, observed: Seen) -> View:
        """What is there as plain data, for the result and the diff."""

    @abstractmethod
    def predict(self, plan: Plan, observed: Seen) -> View:
        """What check mode shows as the state after the plan, in the shape of `view`."""


@dataclass(frozen=True)
class Outcome(Generic[Seen]):
    """What a run found, planned and left.

    :param before: the view of what was there
    :param after: the view of what is there now, or in check mode would be
    :param observed: the model that was seen last
    :param result: what else came of it, as `Reconciler.apply` returned it; empty where nothing was applied
    """

    plan: Plan
    before: View
    after: View
    observed: Seen
    result: Mapping[str, Any]

    @property
    def changed(self) -> bool:
        return bool(self.plan)

    def diff(self) -> dict[str, Any]:
        """Ansible's diff: both views, and the plan as text below them."""
        return {"before": self.before or {}, "after": self.after or {}, "prepared": self.plan.text()}


def reconcile(reconciler: Reconciler[Seen], check_mode: bool) -> Outcome[Seen]:
    """One run: an Outcome. In check mode nothing is written, and `after` is a prediction."""
    observed = reconciler.observe()
    plan = reconciler.plan(observed)
    before = reconciler.view(observed)
    if not plan:
        return Outcome(plan, before, before, observed, {})
    if check_mode:
        return Outcome(plan, before, reconciler.predict(plan, observed), observed, {})
    result: Mapping[str, Any] = {}
    with reconciler.alone(observed) as changed:
        if changed:
            # another run may have worked since: what it left is planned for anew, before the first write
            observed = reconciler.observe_again(observed)
            plan = reconciler.plan(observed)
        if plan:
            progress.planned(plan.text())
            result = reconciler.apply(plan, observed) or {}
        now = reconciler.observe_again(observed)
    return Outcome(plan, before, reconciler.view(now), now, result)
