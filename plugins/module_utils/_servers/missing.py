# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is missing of a cluster's servers and of what they need. Pure, and known without a look at the names that a request holds."""

from __future__ import annotations

from dataclasses import dataclass

from .._model import security_rules
from .._model.cluster import Cluster, Instance, Volume
from .._model.request import ClusterRequest, InstanceRequest
from .wanted import Wanted


@dataclass(frozen=True)
class Missing:
    """What has to be created or attached, and what of earlier runs has to go before.

    :param failed: servers that Nova could not create
    :param broken: volumes that Cinder could not create, so that they were never attached
    :param servers: members without a server, those of failed ones included
    :param volumes: members whose volume has to be created
    :param attachments: members whose volume has to be attached
    :param rules: whether a rule of the security group is missing, or has to go
    """

    failed: tuple[Instance, ...] = ()
    broken: tuple[Volume, ...] = ()
    servers: tuple[InstanceRequest, ...] = ()
    volumes: tuple[InstanceRequest, ...] = ()
    attachments: tuple[InstanceRequest, ...] = ()
    security_group: bool = False
    server_group: bool = False
    rules: bool = False

    def __bool__(self) -> bool:
        return self != Missing()


def compare(wanted: Wanted, observed: Cluster, wait: bool = True) -> Missing:
    """What is missing of what is wanted.

    :param observed: the Cluster; of a cluster that is not there yet an empty one with its new id
    :param wait: whether the run waits for the servers; else the next run attaches the volumes
    """
    request = wanted.request
    # one that ever ran may hold data: it is not ours to create again, whatever its status says
    failed = [i for i in observed.instances if i.status == "ERROR" and not i.launched and i.task == request.task]
    servers = [w for w in request.instances if not observed.instance(w.name) or observed.instance(w.name) in failed]
    # of a server that got lost the volume may be in error, too, and has the data
    broken = [v for v in observed.volumes if v.status == "error" and not v.used and v.instance in {w.name for w in servers}]
    blank = [w for w in servers if w.volume_size and (not observed.volume(w.name) or observed.volume(w.name) in broken)]
    attached = [w for w in request.instances if wait and w.volume_size and (w in servers or _is_detached(request, observed, w))]
    return Missing(
        failed=tuple(failed),
        broken=tuple(broken),
        servers=tuple(servers),
        volumes=tuple(blank),
        attachments=tuple(attached),
        security_group=not observed.security_group,
        server_group=bool(request.locality and not observed.group),
        rules=_rules_differ(wanted, observed),
    )


def _is_detached(request: ClusterRequest, observed: Cluster, wanted: InstanceRequest) -> bool:
    """Whether a killed run did not come to attach a member's volume; one that serves and lost it is for people to look at."""
    instance, volume = observed.instance(wanted.name), observed.volume(wanted.name)
    return bool(instance and instance.task == request.task and not (volume and volume.server_id))


def _rules_differ(wanted: Wanted, observed: Cluster) -> bool:
    has = observed.security_group.rules if observed.security_group else {}
    # the subnets decide what a new group allows, and none of its rules is there
    return any(security_rules.compare(wanted.request, wanted.driver, has, ()))
