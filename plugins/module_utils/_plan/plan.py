# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A plan: the steps of a change, made before the first write, printed by check mode and applied as it stands."""

from __future__ import annotations

from dataclasses import dataclass, field

_SIGNS = {"create": "+", "attach": "+", "delete": "-"}


@dataclass(frozen=True)
class Step:
    """One step, safe to repeat.

    :param action: a verb: ``create``, ``attach``, ``update``, ``delete``; ``judge`` and ``skip`` of evidence, ``give_up`` of a task
    :param kind: what it acts on, in OpenStack's words: ``server``, ``volume``, ``security_group`` …
    :param name: the name of that thing
    :param why: the reason, for the reader of a plan
    :param risk: what it may cost (data lost, reboot, quorum), or None
    :param args: what the one who applies it needs; plain data, never shown
    """

    action: str
    kind: str
    name: str
    why: str
    risk: str | None = None
    args: dict = field(default_factory=dict, compare=False, repr=False)

    def view(self):
        """Plain data: ``{action, kind, name, why, risk}``, all strings, risk may be None."""
        return {"action": self.action, "kind": self.kind, "name": self.name, "why": self.why, "risk": self.risk}

    def line(self):
        risk = f" [{self.risk}]" if self.risk else ""
        return f"{_SIGNS.get(self.action, '~')} {self.action.replace('_', ' ')} {self.kind.replace('_', ' ')} {self.name}: {self.why}{risk}"


@dataclass(frozen=True)
class Plan:
    """Stages in order; the steps of one stage do not depend on each other and run at the same time."""

    stages: tuple = ()

    @classmethod
    def of(cls, *stages):
        """A plan of the stages that hold any step. Each stage is an iterable of steps."""
        kept = (tuple(stage) for stage in stages)
        return cls(tuple(stage for stage in kept if stage))

    @property
    def steps(self):
        return [step for stage in self.stages for step in stage]

    def __bool__(self):
        return bool(self.stages)

    def view(self):
        """The steps as plain data, in the order in which they run."""
        return [dict(step.view(), stage=number) for number, stage in enumerate(self.stages, 1) for step in stage]

    def text(self):
        """The plan as people read it, a line a step."""
        return "".join(f"{step.line()}\n" for step in self.steps)
