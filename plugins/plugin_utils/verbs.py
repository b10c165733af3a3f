# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What each verb asks of the cloud: a table, and how its calls become calls of modules. What a verb asks of the members is the driver's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from ..module_utils._model.task import RECOVERING, RECOVERING_INSTANCES, ROTATING, ROTATING_INSTANCES

#: who joins, see CloudVerb
CREATED, REPLICAS, SUBJECT, ALL, REPLACED = "created", "replicas", "subject", "all", "replaced"

CLOUD = ("cloud", "region_name")


@dataclass(frozen=True)
class Call:
    """One call of a module of this collection.

    :param module: its short name
    :param fixed: options with the same value in every run
    :param options: the verb's options that it takes under the same name
    :param renamed: ``{the module's option: the verb's}``
    :param check: whether it only plans, in check mode
    :param promoted: whether it is of a promotion within the verb, and is called where that was done
    """

    module: str
    fixed: Mapping[str, Any] = field(default_factory=dict)
    options: tuple[str, ...] = ()
    renamed: Mapping[str, str] = field(default_factory=dict)
    check: bool = False
    promoted: bool = False

    def arguments(self, options: Mapping[str, Any], **more: Any) -> dict[str, Any]:
        """The module's arguments from the verb's options; what was not given is left out."""
        names = {**{name: name for name in (*CLOUD, *self.options)}, **self.renamed}
        return {**{name: options[of] for name, of in names.items() if of in options}, **self.fixed, **more}


@dataclass(frozen=True)
class CloudVerb:
    """A verb in the cloud.

    :param plan: finds or makes what there has to be before the members act
    :param task: the task that is begun after the first gate, which no other verb has; None where `plan` has begun one, or none is needed
    :param settle: what is done last, in this order, with evidence
    :param waits: whether servers that are new, or were started, have to be waited for: where it has changed anything in the cloud, or an earlier run has
    :param apart: whether one that fails does not stop the others
    :param telling: whether the members' words would tell if it had changed something; of settings and restarts they do not
    :param joining: who has to answer, and need not serve before: the servers that it CREATED; the REPLICAS; its SUBJECT, or all that it attaches; or ALL,
        where it brings to serve what does not: then the role decides by the state of all members, and refuses what could cost data; or those that were
        REPLACED, by the verb's option
    :param only: whether only those that are shown are asked, and not those that are connected with them
    :param first: the part that comes before, a promotion, where an option asks for it: in a run of the skeleton of its own, with a task of its own
    :param then: the part that follows, in a run of the skeleton of its own, since it has other servers: this one asks no role to do anything
    """

    plan: Call
    task: str | None = None
    settle: tuple[Call, ...] = ()
    waits: bool = False
    telling: bool = True
    apart: bool = False
    joining: str = CREATED
    only: bool = False
    then: CloudVerb | None = None
    first: CloudVerb | None = None


_CLUSTER = ("name", "id", "timeout")
_PRESENT = (
    "datastore", "datastore_version", "flavor", "image", "volume_size", "volume_type", "networks", "availability_zone", "key_name", "locality",
    "max_server_per_host", "root_volume_size", "volume_availability_zone", "ip_version", "allowed_cidrs", "management_cidrs", "security_groups",
    "metadata", "timeout", "clear_task",
)  # fmt: skip
_REPLICA = (
    "count", "adopt", "read_only", "flavor", "volume_size", "volume_type", "networks", "availability_zone", "key_name", "image", "metadata", "timeout",
    "clear_task",
)  # fmt: skip

#: what new members may have otherwise than the living ones
_OTHERWISE = ("image", "key_name", "availability_zone", "volume_availability_zone")
_REPLACED = ("name", "id", "members", "delete_volumes", "accept_lost_slots", *_OTHERWISE, "timeout")
#: what a replica has from its source: the module refuses it, in Trove's words
_REFUSED = ("locality", "datastore", "datastore_version", "databases", "users")

_SHOWN = Call("trove_cluster_info", options=("name", "id"))
_DONE = Call("trove_cluster_task", {"task": "NONE"}, ("name", "id", "force"))
_SHRUNK = Call("trove_cluster", {"state": "shrunk"}, ("name", "id", "members", "timeout", "force", "clear_task"))
_FOUND = Call("trove_instance_info", {"connected": True}, ("name",))
_INSTANCE_DONE = Call("trove_instance_task", {"task": "NONE"}, ("name", "force"))


#: so that no source goes down: its replica takes its place before, as by replica_promote
_PROMOTED_FIRST = CloudVerb(
    _FOUND,
    "PROMOTING",
    (
        Call("trove_replica", {"state": "promoted"}, ("force",), {"name": "promote_first"}),
        Call("trove_instance_task", {"task": "NONE"}, ("force",), {"name": "promote_first"}),
    ),
)


def _resize(of: str, task: str, done: Call, first: CloudVerb | None = None) -> CloudVerb:
    """
    :param first: a promotion, of which the plan is the resize's own, so that sizes are refused before anybody is promoted
    """
    plan = Call("trove_resize", {"of": of}, ("name", *(("id",) if of == "cluster" else ()), "members", "flavor", "volume_size", "timeout"))
    return CloudVerb(plan, task, (done,), first=first and replace(first, plan=plan))


def _contract(state: str, task: str, joining: str = CREATED) -> CloudVerb:
    return CloudVerb(_FOUND, task, (Call("trove_replica", {"state": state}, ("name", "force")), _INSTANCE_DONE), joining=joining)


VERBS: dict[str, CloudVerb] = {
    "cluster_create": CloudVerb(
        Call("trove_cluster", {"state": "present"}, ("name", "instances", "allow_few_masters", *_PRESENT)), settle=(_DONE,), waits=True, joining=ALL
    ),
    "cluster_show": CloudVerb(_SHOWN),
    "cluster_check": CloudVerb(_SHOWN),
    "cluster_list": CloudVerb(Call("trove_cluster_info", options=("limit", "marker"))),
    "cluster_configure": CloudVerb(_SHOWN, "UPDATING_CLUSTER", (replace(_DONE, options=(*_DONE.options, "metadata")),), telling=False),
    "cluster_grow": CloudVerb(
        Call("trove_cluster", {"state": "grown"}, ("name", "id", "instances", "locality", *_OTHERWISE, "timeout", "clear_task")), settle=(_DONE,), waits=True
    ),
    "cluster_shrink": CloudVerb(
        Call("trove_cluster", {"state": "shrunk"}, ("name", "id", "members", "instances", "timeout", "force", "clear_task"), check=True),
        "SHRINKING_CLUSTER",
        (_SHRUNK, _DONE),
    ),
    "cluster_replace": CloudVerb(
        Call("trove_cluster", {"state": "replaced"}, _REPLACED, check=True),
        settle=(Call("trove_cluster", {"state": "replaced"}, _REPLACED),),
        then=CloudVerb(_SHOWN, settle=(_DONE,), waits=True, joining=REPLACED),
    ),
    "cluster_rebalance": CloudVerb(_SHOWN, "REBALANCING_CLUSTER", (_DONE,)),
    "cluster_stop": CloudVerb(
        _SHOWN,
        "STOPPED",
        (
            Call("trove_cluster_power", {"state": "stopped"}, ("name", "id", "stop_servers", "timeout", "force")),
            Call("trove_cluster_task", {"task": "STOPPED"}, ("name", "id")),
        ),
        telling=False,
    ),
    "cluster_start": CloudVerb(
        Call("trove_cluster_power", {"state": "started"}, ("name", "id", "timeout")), settle=(_DONE,), waits=True, telling=False, joining=ALL
    ),
    "instance_stop": CloudVerb(
        _FOUND,
        "STOPPED",
        (
            Call("trove_instance_power", {"state": "stopped"}, ("name", "stop_servers", "timeout", "force")),
            Call("trove_instance_task", {"task": "STOPPED"}, ("name",)),
        ),
        telling=False,
    ),
    "instance_start": CloudVerb(
        Call("trove_instance_power", {"state": "started"}, ("name", "timeout")), settle=(_INSTANCE_DONE,), waits=True, telling=False, joining=ALL
    ),
    "cluster_failover": CloudVerb(_SHOWN, "FAILING_OVER_MASTERS", (_DONE,)),
    "instance_restart": CloudVerb(_FOUND, "REBOOTING", (_INSTANCE_DONE,), telling=False, first=_PROMOTED_FIRST),
    "cluster_restart": CloudVerb(_SHOWN, "RESTARTING_CLUSTER", (_DONE,), telling=False),
    "cluster_upgrade": CloudVerb(_SHOWN, "UPGRADING_CLUSTER", (_DONE,)),
    "cluster_resize": _resize("cluster", "RESIZING_CLUSTER", _DONE),
    "cluster_recover": CloudVerb(_SHOWN, RECOVERING, (replace(_DONE, options=(*_DONE.options, "lost")),), telling=False, joining=ALL),
    "cluster_rotate": CloudVerb(_SHOWN, ROTATING, (_DONE,), telling=False),
    # what was set aside is deleted by the second part, when all have said that they serve; so that one ends the task
    "cluster_initialize": CloudVerb(_SHOWN, "INITIALIZING_MEMBERS", telling=False, then=CloudVerb(_SHOWN, settle=(_DONE,), telling=False)),
    "cluster_delete": CloudVerb(Call("trove_cluster", {"state": "absent"}, _CLUSTER)),
    "instance_create": CloudVerb(Call("trove_instance", {"state": "present"}, ("name", *_PRESENT)), settle=(_INSTANCE_DONE,), waits=True, joining=ALL),
    "instance_configure": CloudVerb(_FOUND, "UPDATING", (replace(_INSTANCE_DONE, options=(*_INSTANCE_DONE.options, "metadata")),), telling=False),
    "instance_rotate": CloudVerb(_FOUND, ROTATING_INSTANCES, (_INSTANCE_DONE,), telling=False),
    "instance_resize": _resize("instance", "RESIZING", _INSTANCE_DONE, _PROMOTED_FIRST),
    "instance_upgrade": CloudVerb(
        _FOUND, "UPGRADING", (Call("trove_replica", {"state": "promoted"}, ("force",), {"name": "promote_first"}, promoted=True), _INSTANCE_DONE)
    ),
    "instance_delete": CloudVerb(Call("trove_instance", {"state": "absent"}, ("name", "timeout"))),
    "replica_create": CloudVerb(
        Call("trove_replica", {"state": "present"}, ("source", *_REPLICA, *_REFUSED), {"name": "replica_name"}),
        settle=(Call("trove_instance_task", {"task": "NONE"}, ("force",), {"name": "source"}),),
        waits=True,
        apart=True,
        joining=REPLICAS,
    ),
    "instance_show": CloudVerb(Call("trove_instance_info", options=("name",)), only=True),
    "replica_show": CloudVerb(Call("trove_instance_info", {"connected": True}, ("name", "limit", "marker"))),
    "replica_check": CloudVerb(_FOUND),
    "replica_recover": CloudVerb(
        _FOUND,
        RECOVERING_INSTANCES,
        (Call("trove_replica", {"state": "recovered"}, ("name", "force")), _INSTANCE_DONE),
        joining=ALL,
    ),
    "replica_attach": CloudVerb(
        Call("trove_replica", {"state": "attached"}, ("name", "source", "force", "clear_task"), check=True),
        "ATTACHING",
        (
            Call("trove_replica", {"state": "attached"}, ("name", "source", "force")),
            Call("trove_instance_task", {"task": "NONE"}, ("name", "source", "force")),
        ),
        joining=SUBJECT,
    ),
    "replica_topology": CloudVerb(
        Call("trove_replica", {"state": "topology"}, ("name", "contract", "force", "clear_task"), check=True),
        "REARRANGING",
        (
            Call("trove_replica", {"state": "topology"}, ("name", "contract", "force")),
            Call("trove_instance_task", {"task": "NONE"}, ("name", "contract", "force")),
        ),
        joining=SUBJECT,
    ),
    "replica_detach": _contract("detached", "DETACHING"),
    "replica_promote": _contract("promoted", "PROMOTING"),
    "replica_eject": _contract("ejected", "EJECTING", joining=ALL),
}

#: the part of a verb that comes before, and the one that follows
FIRST, THEN = "first", "then"


def of(verb: str, part: str | None = None) -> CloudVerb:
    """A verb in the cloud, or a part of it.

    :param part: FIRST or THEN, or None
    :raises KeyError: for a verb that there is not, and a part that it does not have
    """
    found = VERBS[verb] if part is None else {FIRST: VERBS[verb].first, THEN: VERBS[verb].then}[part]
    if found is None:
        raise KeyError(part)
    return found
