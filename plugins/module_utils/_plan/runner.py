# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Observe, plan, apply: the one place that knows check mode and diff."""

from __future__ import annotations

from abc import ABC, abstractmethod
from contextlib import contextmanager
from dataclasses import dataclass

from .plan import Plan


class Reconciler(ABC):
    """What a module wants of one thing. The methods are called in the order in which they stand here."""

    #: sentences for people, which nothing depends on
    warnings = ()

    def warn(self, text):
        self.warnings = (*self.warnings, text)

    @abstractmethod
    def observe(self):
        """What is there now: a model, or None."""

    @abstractmethod
    def plan(self, observed):
        """The Plan that turns what is there into what is wanted; empty when nothing is to be done.

        :raises TroveError: for everything that must be refused before the first write
        """

    @contextmanager
    def alone(self, observed):
        """While no other run changes the same; yields whether one may have since it was observed. Who needs it says how."""
        yield False

    @abstractmethod
    def apply(self, plan, observed):
        """Carry out the plan's steps."""

    @abstractmethod
    def view(self, observed):
        """What is there as plain data, for the result and the diff."""

    @abstractmethod
    def predict(self, plan, observed):
        """What check mode shows as the state after the plan, in the shape of `view`."""


@dataclass(frozen=True)
class Outcome:
    """What a run found, planned and left: `before` and `after` are views, `observed` is the model that was seen last."""

    plan: Plan
    before: dict
    after: dict
    observed: object

    @property
    def changed(self):
        return bool(self.plan)

    def diff(self):
        """Ansible's diff: both views, and the plan as text below them."""
        return {"before": self.before or {}, "after": self.after or {}, "prepared": self.plan.text()}


def reconcile(reconciler, check_mode):
    """One run: an Outcome. In check mode nothing is written, and `after` is a prediction."""
    observed = reconciler.observe()
    plan = reconciler.plan(observed)
    before = reconciler.view(observed)
    if not plan:
        return Outcome(plan, before, before, observed)
    if check_mode:
        return Outcome(plan, before, reconciler.predict(plan, observed), observed)
    with reconciler.alone(observed) as changed:
        if changed:
            observed = reconciler.observe()
            plan = reconciler.plan(observed)
        if plan:
            reconciler.apply(plan, observed)
        now = reconciler.observe()
    return Outcome(plan, before, reconciler.view(now), now)
