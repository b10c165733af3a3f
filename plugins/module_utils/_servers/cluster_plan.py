# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plan that creates what is missing of a cluster's servers. Pure: what was observed and found comes in, a Plan goes out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from .._cloud.lookup import Found
from .._cloud.quotas import Need
from .._cloud.write import ServerSpec
from .._datastores.base import Datastore
from .._model import identity, scaling, security_rules
from .._model.cluster import Cluster, Instance, Volume
from .._model.request import ClusterRequest, InstanceRequest
from .._plan.plan import Plan
from . import steps
from .missing import Missing
from .wanted import Wanted


def creation(wanted: Wanted, observed: Cluster, missing: Missing, found: Found) -> Plan:
    """The plan that creates what is missing.

    :param observed: the Cluster; of a cluster that is not there yet an empty one with its new id
    :param found: what the request names
    """
    request, together = wanted.request, None
    if not observed.instances:
        together = _common_base(missing.servers, wanted.driver, request.name)
    return Plan.of(
        # first and alone: of two runs that create the same cluster one goes no further than this
        [steps.CreateSecurityGroup.of(request.name, observed.id)] if missing.security_group else [],
        [*map(_delete_failed, missing.failed), *map(_delete_broken, missing.broken)],
        # volumes before servers: a server without its volume is then never what a killed run left
        [*_server_group(request, missing), *(_volume(observed, w, found) for w in missing.volumes)],
        [*_rules(wanted, observed, found), *(_server(request, observed, w, found, together, wanted.driver) for w in missing.servers)],
        [steps.AttachVolume(w.name, "to its server", observed.id) for w in missing.attachments],
    )


def _common_base(missing: Sequence[InstanceRequest], driver: Datastore, cluster: str) -> str | None:
    """What Nova builds the names of equal servers from, <base>-1 to <base>-N; None where they are not equal, or have other names."""
    base = driver.member_name(cluster, 1)[: -len("-1")]
    names = [f"{base}-{number}" for number in range(1, len(missing) + 1)]
    equal = len({replace(w, name="") for w in missing}) == 1
    return base if len(missing) > 1 and equal and [w.name for w in missing] == names else None


def _delete_failed(instance: Instance) -> steps.DeleteServer:
    return steps.DeleteServer(instance.name, f"Nova could not create it: {instance.fault or 'no reason given'}", instance.id, "it never served")


def _delete_broken(volume: Volume) -> steps.DeleteVolume:
    return steps.DeleteVolume(volume.instance, "Cinder could not create it", volume.id, "it never held data")


def _server_group(request: ClusterRequest, missing: Missing) -> Iterator[steps.CreateServerGroup]:
    if request.locality and missing.server_group:
        limit = request.max_server_per_host
        why = f"locality {request.locality}" + (f", at most {limit} on a host" if limit else "")
        yield steps.CreateServerGroup(identity.resource_name(request.name), why, request.locality, limit)


def _volume(observed: Cluster, wanted: InstanceRequest, found: Found) -> steps.CreateVolume:
    type_ = found.volume_types.get(wanted.volume_type or "")
    size = wanted.volume_size or 0
    why = f"{size} GiB for the data" + (f", type {type_.name}" if type_ else "")
    # Nova may refuse to attach a volume of another zone ([cinder] cross_az_attach)
    zone = wanted.volume_availability_zone or (wanted.availability_zone if wanted.availability_zone in found.volume_zones else None)
    why += f", zone {zone}" if zone else ""
    return steps.CreateVolume(wanted.name, why, size, type_.id if type_ else None, observed.id, observed.name, zone)


def _rules(wanted: Wanted, observed: Cluster, found: Found) -> Iterator[steps.CreateRules | steps.DeleteRules]:
    has = observed.security_group.rules if observed.security_group else {}
    missing, surplus = security_rules.compare(wanted.request, wanted.driver, has, found.subnet_cidrs)
    if missing:
        yield steps.CreateRules.of(wanted.request.name, missing)
    if surplus:
        yield steps.DeleteRules.of(wanted.request.name, surplus, has)


def _server(
    request: ClusterRequest, observed: Cluster, wanted: InstanceRequest, found: Found, together: str | None, driver: Datastore
) -> steps.CreateServer:
    flavor, image = found.flavor, found.image
    networks = tuple(found.networks[network] for network in wanted.networks)
    root_type = found.volume_types.get(wanted.volume_type or "")
    spec = ServerSpec(
        image_id=image.id,
        flavor_id=flavor.id,
        network_ids=networks,
        key_name=request.key_name,
        availability_zone=wanted.availability_zone,
        security_group_ids=found.security_groups,
        guarded=found.guarded,
        root_volume=(request.root_volume_size, root_type.id if root_type else None) if request.root_volume_size else None,
        tags=identity.tags(observed.id, request.name),
        metadata={
            identity.CLUSTER_ID: observed.id,
            identity.CLUSTER_NAME: request.name,
            identity.DATASTORE: request.datastore,
            identity.VERSION: request.version,
            identity.TYPE: request.type,
            identity.TASK: request.task,
            identity.FLAVOR: f"{flavor.id}/{flavor.name}",
            identity.IMAGE: f"{image.id}/{image.name or ''}",
            identity.NETWORKS: ",".join(networks),
            identity.NETWORK: found.network,
            **_asked_for(request, wanted),
            **_numbers(request, observed, driver),
            **dict(wanted.metadata),
        },
    )
    why = f"{request.type} of {request.name}, flavor {flavor.name}, image {image.name or image.id}"
    why += f" on a root volume of {request.root_volume_size} GiB" if request.root_volume_size else ""
    why += "" if found.guarded else f", without security groups, since the network {found.network} has no port security"
    return steps.CreateServer(wanted.name, why, spec, observed.id, request.name, together, request.locality or observed.locality)


def _numbers(request: ClusterRequest, observed: Cluster, driver: Datastore) -> dict[str, str]:
    """What a cluster notes of its members' numbers and of those that left: a new cluster the highest number of those that it begins with; a member that comes
    later what the others have noted. That it raises the highest number is noted when its task ends: a run that is killed before goes on with the same names.
    """
    if request.type != "member":
        return {}
    begins = [driver.member_number(request.name, w.name) or 0 for w in request.instances] if request.task == "BUILDING" else []
    noted = scaling.noted_number(observed)
    numbers = [*begins, *([] if noted is None else [noted])]
    left = {identity.LEFT + id_: value for id_, value in observed.left.items()}
    return {**({identity.LAST_NUMBER: str(max(numbers))} if numbers else {}), **left}


def _asked_for(request: ClusterRequest, wanted: InstanceRequest) -> dict[str, str]:
    """What a member that is created later inherits, and Nova does not show."""
    asked = {identity.IP_VERSION: request.ip_version, identity.ZONE: wanted.availability_zone, identity.ROOT_SIZE: request.root_volume_size}
    return {key: str(value) for key, value in asked.items() if value is not None}


def need(request: ClusterRequest, plan: Plan, found: Found, going: int = 0) -> Need:
    """What the plan adds to the use of the quotas.

    :param going: how many servers of the same flavor are deleted before it
    """
    servers = [step for step in plan.steps if isinstance(step, steps.CreateServer)]
    volumes = [step for step in plan.steps if isinstance(step, steps.CreateVolume)]
    rules = [rule for step in plan.steps if isinstance(step, steps.CreateRules) for rule in step.rules]
    groups = sum(isinstance(step, steps.CreateSecurityGroup) for step in plan.steps)
    # failed servers have the same flavor, and go before the new ones come
    more = len(servers) - sum(isinstance(step, steps.DeleteServer) for step in plan.steps) - going
    return Need(
        instances=more,
        cores=more * found.flavor.vcpus,
        ram=more * found.flavor.ram,
        server_groups=sum(isinstance(step, steps.CreateServerGroup) for step in plan.steps),
        server_group_members=len(request.instances) if request.locality and servers else 0,
        ports=sum(len(step.spec.network_ids) for step in servers),
        security_groups=groups,
        # Neutron gives each new group two rules for egress
        security_group_rules=len(rules) + 2 * groups,
        volumes=len(volumes) + sum(bool(step.spec.root_volume) for step in servers),
        gigabytes=sum(step.size for step in volumes) + sum(step.spec.root_volume[0] for step in servers if step.spec.root_volume),
    )
