# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plans that note a task on a cluster and that delete parts of it, or all. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from .._model import identity, scaling, task
from .._model.cluster import Cluster, Instance
from .._plan.plan import Plan, Step
from . import notes, steps


def note_task(observed: Cluster, name: str, run: str | None = None) -> list[notes.NoteTask]:
    """The steps that note a task on all members that don't have it noted. Nova takes no notes for some servers (409).

    :param run: the run that has begun it, where that is noted, too; a run that was killed may have left one on a member whose task it had ended
    """
    return [notes.NoteTask.of(i, name, run) for i in observed.instances if (i.task, i.task_run) != (name, run or _kept(i, name)) and i.takes_notes]


def _kept(instance: Instance, task: str) -> str | None:
    """The run that stays noted with the task."""
    return None if task == "NONE" else instance.task_run


def note_last_number(members: Iterable[Instance], number: int) -> list[notes.NoteLastNumber]:
    """The steps that note the highest number that a member ever had, on those that have another one noted. Nova takes no notes for some servers (409)."""
    why = f"the name of member {number} is not used again"
    return [notes.NoteLastNumber(i.name, why, i.id, number) for i in members if i.last_number != number and i.takes_notes]


def absent(observed: Cluster) -> Plan:
    """The plan that deletes the whole cluster, the data with it."""
    why = f"part of the cluster {observed.name}"
    single = identity.resource_name(observed.name)
    group, security_group = observed.group, observed.security_group
    noted: list[Step] = [*note_task(observed, task.DELETING)]
    if security_group and not security_group.deleting:
        noted.append(notes.NoteDeletion.of(observed.name))
    return Plan.of(
        noted,
        [steps.DeleteServer(i.name, why, i.id, _loses(i, "the database stops")) for i in observed.instances],
        [
            *(steps.DeleteVolume(v.name, why, v.id, f"destroys {v.size} GiB of data") for v in observed.volumes),
            *([steps.DeleteServerGroup(single, why, group.id, None)] if group else []),
        ],
        [steps.DeleteSecurityGroup(single, why, security_group.id, None)] if security_group else [],
    )


def _loses(instance: Instance, with_volume: str) -> str:
    return with_volume if instance.volume else "destroys the data on its root disk"


def shrunk(observed: Cluster, members: Collection[str], last_number: int, left: Mapping[str, str], chosen: str = "") -> Plan:
    """The plan that deletes members for good, with their volumes.

    :param members: the names of those that go; of some a killed run may have left only volumes
    :param last_number: what the survivors note as the highest number ever used
    :param left: what they note of all that left, ``{id: name/id of the volume}``
    :param chosen: why just these, where nobody named them, as the end of a sentence
    """
    going = [i for i in observed.instances if i.name in members]
    volumes = [v for v in observed.volumes if v.instance in members]
    if not going and not volumes:
        return Plan()
    survivors = [i for i in observed.instances if i.name not in members]
    why = f"leaves the cluster {observed.name}{chosen}"
    return Plan.of(
        note_task(observed, scaling.SHRINKING),
        note_last_number(survivors, last_number),
        notes.NoteLeft.of(survivors, left),
        [steps.DeleteServer(i.name, why, i.id, _loses(i, "one member less")) for i in going],
        [steps.DeleteVolume(v.name, why, v.id, f"destroys {v.size} GiB of data") for v in volumes],
    )
