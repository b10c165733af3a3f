# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A plan: the steps of a change, created before the first write, printed by check mode and applied as it stands."""

from __future__ import annotations

from abc import ABC
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, ClassVar

_SIGNS = {"create": "+", "attach": "+", "delete": "-"}


@dataclass(frozen=True)
class Step(ABC):
    """One step, safe to repeat. Each kind is a small class, whose fields are what the one who carries it out needs::

        @dataclass(frozen=True)
        class CreateVolume(Step):
            action = "create"
            kind = "volume"
            size: int

    :param name: the name of the thing that it acts on
    :param why: the reason, for the reader of a plan
    """

    #: a verb: ``create``, ``attach``, ``update``, ``delete`` …
    action: ClassVar[str]
    #: what it acts on, in the words of OpenStack and of the database: ``server``, ``security_group``, ``slots`` …
    kind: ClassVar[str]

    name: str
    why: str

    @property
    def risk(self) -> str | None:
        """What it may cost (data lost, reboot, quorum), or None."""
        return None

    @property
    def warns(self) -> bool:
        """Whether the user is warned of it, besides the plan."""
        return False

    def view(self) -> dict[str, str | None]:
        """Plain data: ``{action, kind, name, why, risk}``, all strings, risk may be None. Never the fields, which may hold secrets."""
        return {"action": self.action, "kind": self.kind, "name": self.name, "why": self.why, "risk": self.risk}

    def line(self) -> str:
        risk = f" [{self.risk}]" if self.risk else ""
        return f"{_SIGNS.get(self.action, '~')} {self.action.replace('_', ' ')} {self.kind.replace('_', ' ')} {self.name}: {self.why}{risk}"


@dataclass(frozen=True)
class Plan:
    """Stages in order; the steps of one stage do not depend on each other and run at the same time.

    :param warnings: sentences for people, which nothing depends on
    """

    stages: tuple[tuple[Step, ...], ...] = ()
    warnings: tuple[str, ...] = ()

    @classmethod
    def of(cls, *stages: Iterable[Step], warnings: Iterable[str] = ()) -> Plan:
        """A plan of the stages that hold any step. Each stage is an iterable of steps."""
        kept = (tuple(stage) for stage in stages)
        return cls(tuple(stage for stage in kept if stage), tuple(warnings))

    @property
    def steps(self) -> list[Step]:
        return [step for stage in self.stages for step in stage]

    def __bool__(self) -> bool:
        return bool(self.stages)

    def view(self) -> list[dict[str, Any]]:
        """The steps as plain data, in the order in which they run."""
        return [dict(step.view(), stage=number) for number, stage in enumerate(self.stages, 1) for step in stage]

    def text(self) -> str:
        """The plan as people read it, a line a step."""
        return "".join(f"{step.line()}\n" for step in self.steps)
