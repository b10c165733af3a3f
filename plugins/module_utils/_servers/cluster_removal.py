# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plans that note a task on a cluster and that take away from it. Pure."""

from __future__ import annotations

from .._model import identity, scaling, task
from .._plan.plan import Plan, loose


def note_task(observed, name):
    """The plan that notes a task on all members that don't have it noted. Nova takes no notes for a server in error (409)."""
    return Plan.of(
        [
            loose("update", "task", i.name, f"from {i.task} to {name}", args={"id": i.id, "task": name, "before": i.task})
            for i in observed.instances
            if i.task != name and i.status != "ERROR"
        ]
    )


def absent(observed):
    """The plan that takes the whole cluster away, the data with it."""
    if observed is None:
        return Plan()
    why = f"part of the cluster {observed.name}"
    single = identity.resource_name(observed.name)
    group, security_group = observed.group, observed.security_group
    noted = [step for stage in note_task(observed, task.DELETING).stages for step in stage]
    if security_group and not security_group.deleting:
        noted.append(loose("update", "security_group", single, "note DELETING until the last of the cluster has gone"))
    return Plan.of(
        noted,
        [loose("delete", "server", i.name, why, _risk(i, "the database stops"), {"id": i.id}) for i in observed.instances],
        [
            *(loose("delete", "volume", v.name, why, f"destroys {v.size} GiB of data", {"id": v.id}) for v in observed.volumes),
            *([loose("delete", "server_group", single, why, args={"id": group.id})] if group else []),
        ],
        [loose("delete", "security_group", single, why, args={"id": security_group.id})] if security_group else [],
    )


def _risk(instance, with_volume):
    return with_volume if instance.volume else "destroys the data on its root disk"


def shrunk(observed, members, last_number):
    """The plan that takes members away for good, with their volumes.

    :param members: the names of those that go; of some a killed run may have left only volumes
    :param last_number: what the survivors note as the highest number ever used
    """
    going = [i for i in observed.instances if i.name in members]
    volumes = [v for v in observed.volumes if v.instance in members]
    if not going and not volumes:
        return Plan()
    survivors = [i for i in observed.instances if i.name not in members]
    why = f"leaves the cluster {observed.name}"
    return Plan.of(
        *note_task(observed, scaling.SHRINKING).stages,
        [
            loose("update", "last_number", i.name, f"the name of member {last_number} is not used again", args={"id": i.id, "number": last_number})
            for i in survivors
            if i.last_number != last_number
        ],
        [loose("delete", "server", i.name, why, _risk(i, "one member less"), {"id": i.id}) for i in going],
        [loose("delete", "volume", v.name, why, f"destroys {v.size} GiB of data", {"id": v.id}) for v in volumes],
    )
