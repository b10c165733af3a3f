# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The task of a cluster or of an instance, in Trove's numbers and words (trove/cluster/tasks.py, trove/instance/tasks.py).

UPDATING, ATTACHING, REARRANGING, ROTATING and RECOVERING of an instance are ours: Trove has the first for clusters only, and no action for the others. So are
REPLACING_MEMBERS, INITIALIZING_MEMBERS, RECOVERING_CLUSTER and ROTATING_CLUSTER: Trove has no such actions. STOPPED is no action, but a state that lasts.
"""

from __future__ import annotations

from typing import Any

from .errors import Refused

_TASKS = {
    "NONE": (1, "No tasks for the cluster."),
    "BUILDING": (2, "Building the initial cluster."),
    "DELETING": (3, "Deleting the cluster."),
    "GROWING_CLUSTER": (5, "Increasing the size of the cluster."),
    "SHRINKING_CLUSTER": (6, "Decreasing the size of the cluster."),
    "UPGRADING_CLUSTER": (7, "Upgrading the cluster to new version."),
    "RESTARTING_CLUSTER": (8, "Restarting the cluster."),
    "UPDATING_CLUSTER": (9, "Updating the cluster."),
    # ours: what has not ended is continued by the verb that began it, so no two verbs have the same task
    "RESIZING_CLUSTER": (87, "Resizing members of the cluster."),
    "REBALANCING_CLUSTER": (88, "Moving slots between the masters of the cluster."),
    "FAILING_OVER_MASTERS": (89, "Giving the places of masters of the cluster to their replicas."),
    "REPLACING_MEMBERS": (90, "Replacing lost members of the cluster."),
    "INITIALIZING_MEMBERS": (91, "Initializing members of the cluster from the others."),
    "RECOVERING_CLUSTER": (92, "Bringing the cluster to serve after an outage."),
    "ROTATING_CLUSTER": (93, "Replacing certificates or the CA of the cluster."),
    "STOPPED": (98, "The cluster is stopped."),
}
_INSTANCE_TASKS = {
    "NONE": (1, "No tasks for the instance."),
    "DELETING": (2, "Deleting the instance."),
    "REBOOTING": (3, "Rebooting the instance."),
    "RESIZING": (4, "Resizing the instance."),
    "BUILDING": (5, "The instance is building."),
    "PROMOTING": (8, "Promoting the instance to replica source."),
    "EJECTING": (9, "Ejecting the replica source."),
    "DETACHING": (11, "Detaching the instance from replica source."),
    "UPGRADING": (89, "Upgrading the instance."),
    "STOPPED": (95, "The instance is stopped."),
    "UPDATING": (96, "Updating the instance."),
    "ATTACHING": (97, "Attaching the instance to a replica source."),
    "REARRANGING": (98, "Bringing the instances to their replication contract."),
    "ROTATING": (93, "Replacing certificates or the CA of the instances."),
    "RECOVERING": (94, "Bringing the instances to replicate after an outage."),
}
NAMES = tuple(_TASKS)
INSTANCE_NAMES = tuple(_INSTANCE_TASKS)
#: every task but this one may be interrupted for it, so that a half-made cluster can always be taken away
DELETING = "DELETING"
#: what was stopped in order stays so: nothing but its start, and its deletion, follows
STOPPED = "STOPPED"
#: what follows any task that has not ended, and ends it
RECOVERING = "RECOVERING_CLUSTER"
RECOVERING_INSTANCES = "RECOVERING"
UPGRADING_INSTANCES = "UPGRADING"
#: tasks that may follow any other, and end it by proof
RECOVERIES = (RECOVERING, RECOVERING_INSTANCES)
ROTATING = "ROTATING_CLUSTER"
ROTATING_INSTANCES = "ROTATING"
_STOPPED_TEXTS = {
    "cluster": "The cluster was stopped by stackdb.trove.cluster_stop: start it with stackdb.trove.cluster_start, and run this again.",
    "instance": "The instance, or another instance of its replication topology, was stopped by stackdb.trove.instance_stop: start it with"
    " stackdb.trove.instance_start, and run this again.",
}


def view(name: str, of: str = "cluster", run: str | None = None) -> dict[str, Any]:
    """Trove's show form of a task: ``{id: int, name: str, description: str}``, with the run that has begun it where that was noted.

    :param of: ``cluster`` or ``instance``
    """
    tasks = _TASKS if of == "cluster" else _INSTANCE_TASKS
    number, description = tasks.get(name, tasks["NONE"])
    return {"id": number, "name": name if name in tasks else "NONE", "description": description, **({"run": run} if run else {})}


def check(running: str, wanted: str, of: str = "cluster", may_follow: bool = False) -> None:
    """Refuse the task `wanted` while another one is `running`; the same task started again is a resume.

    :param of: ``cluster`` or ``instance``
    :param may_follow: whether it may follow any task, but for a deletion
    :raises Refused: in Trove's words; of what is stopped, naming what starts it
    """
    if running == STOPPED and wanted not in (STOPPED, DELETING, *RECOVERIES):
        raise Refused(_STOPPED_TEXTS[of], task=view(running, of))
    if running in ("NONE", wanted) or wanted == DELETING or ((may_follow or wanted in RECOVERIES) and running != DELETING):
        return
    ways = "go on with it" if running == DELETING else "go on with it, or give it up with trove_clear_task=true (of a module: clear_task)"
    raise Refused(
        f"This action cannot be performed on the {of} while the current {of} task is '{running}'. Run the verb that began it again to {ways}.",
        task=view(running, of),
    )
