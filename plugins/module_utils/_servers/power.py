# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plans that stop servers whose databases are down, by proof, and start them again. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from .._cloud.power import OFF
from .._model.cluster import Instance
from .._model.errors import Refused
from .._model.evidence import STOPPED, Act
from .._plan.plan import Plan, Step
from . import steps


def stop(instances: Iterable[Instance], judge: Callable[[Act], Step], servers: bool) -> Plan:
    """The proof that their databases are down is wanted in any case; of those whose servers are off already nobody can be asked.

    :param judge: creates the step of the proof, or raises Refused
    :param servers: whether to stop the servers
    :raises Refused: without proof, and for servers that are locked
    """
    on = [i for i in instances if i.status != OFF]
    if not on:
        return Plan()
    step = judge(Act(STOPPED, {i.name: i.address() for i in on}))
    if not servers:
        return Plan()
    _refuse_locked([i.name for i in on if i.locked])
    return Plan.of([step], [steps.StopIdleServer(i.name, "its database was stopped", i.id) for i in on])


def start(instances: Iterable[Instance]) -> Plan:
    """
    :raises Refused: for servers that are locked
    """
    off = [i for i in instances if i.status == OFF]
    _refuse_locked([i.name for i in off if i.locked])
    return Plan.of([steps.StartServer(i.name, "it is off", i.id) for i in off])


def with_status(instances: Iterable[Instance], status: str | None) -> tuple[Instance, ...]:
    """The servers with that status; as they are for None."""
    return tuple(replace(i, status=status or i.status) for i in instances)


def _refuse_locked(names: list[str]) -> None:
    if names:
        raise Refused(f"Nothing was changed: {', '.join(names)} are locked in Nova. Unlock them, and run the playbook again.")
