# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Growing and shrinking: which names come and go, and what a new member inherits (Trove, cluster scaling)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from . import growth, leaving, user_metadata
from .cluster import Cluster, Instance, datastore_of, natural
from .datastore import Driver
from .errors import InvalidInput, Refused
from .growth import NewMember
from .request import ClusterRequest, InstanceRequest

GROWING = "GROWING_CLUSTER"
SHRINKING = "SHRINKING_CLUSTER"


def last_number(cluster: Cluster, driver: Driver) -> int:
    """The highest number that a member of the cluster ever had: numbers are not used again."""
    names = [i.name for i in cluster.instances] + [v.instance for v in cluster.volumes]
    numbers = [driver.member_number(cluster.name, name) or 0 for name in names]
    return max([*numbers, noted_number(cluster) or 0], default=0)


def noted_number(cluster: Cluster) -> int | None:
    """The highest number that was noted when members had come or gone; None for a cluster of which none was, by older versions of this collection."""
    return max((i.last_number for i in cluster.instances if i.last_number is not None), default=None)


def new_names(cluster: Cluster, driver: Driver, total: int) -> list[str]:
    """The names of the members that are missing for `total`, in order.

    A volume without a server is what a killed run left of a member: that one is created first.
    """
    living = {i.name for i in cluster.instances}
    begun = sorted((v.instance for v in cluster.volumes if v.instance not in living), key=natural)
    number = last_number(cluster, driver)
    fresh = [driver.member_name(cluster.name, number + step) for step in range(1, total + 1)]
    return [*begun, *fresh][: max(total - len(living), 0)]


def check_total(cluster: Cluster, total: Any) -> int:
    """:raises InvalidInput: for a total below what there is: shrinking names its members"""
    if isinstance(total, str) and total.isdecimal():
        total = int(total)
    if isinstance(total, bool) or not isinstance(total, int):
        raise InvalidInput("instances", total, "the number of instances that the cluster shall have, as a number, or a list of new ones")
    if total < len(cluster.instances):
        raise InvalidInput("instances", total, f"{len(cluster.instances)} or more, since that many there are; state=shrunk removes members")
    return total


@dataclass(frozen=True)
class Otherwise:
    """What new members shall have otherwise than the living ones; None is as they have it."""

    image: str | None = None
    key_name: str | None = None
    availability_zone: str | None = None
    volume_availability_zone: str | None = None


def grown(cluster: Cluster, driver: Driver, total: Any, otherwise: Otherwise = Otherwise()) -> ClusterRequest:
    """The ClusterRequest for a cluster of `total` instances: the living ones, and new ones that inherit all from them.

    :param total: a number, or the new members as a list, see _model.growth
    :raises InvalidInput: for a number or a list that is none, and for a zone of volumes where there are none
    :raises Refused: where the living members differ in what must be the same
    """
    if not isinstance(total, list):
        return joined_by(cluster, new_names(cluster, driver, check_total(cluster, total)), otherwise, GROWING)
    listed = {one.name: one for one in growth.read(cluster, driver, total, _model_of(_models(cluster)), last_number(cluster, driver))}
    return joined_by(cluster, list(listed), otherwise, GROWING, listed)


def joined_by(
    cluster: Cluster, new: Sequence[str], otherwise: Otherwise, task: str, listed: Mapping[str, NewMember] | None = None
) -> ClusterRequest:
    """The ClusterRequest for the living instances, and new ones of these names that inherit all from them.

    :param listed: ``{name: NewMember}`` of those that shall have something of their own
    :raises InvalidInput: for a zone of volumes where there are none
    :raises Refused: where the living members differ in what must be the same
    """
    models = _models(cluster)
    first = _model_of(models)
    if otherwise.volume_availability_zone and not first.volume:
        rule = f"The members of {cluster.name} have no data volumes."
        raise InvalidInput("volume_availability_zone", otherwise.volume_availability_zone, "nothing", rule=rule)
    zones = dict(zip(new, _zones(models, len(new))))

    def like(name: str) -> InstanceRequest:
        volume, own = first.volume, (listed or {}).get(name, NewMember(name))
        zone = own.availability_zone or otherwise.availability_zone or zones.get(name)
        return InstanceRequest(
            name=name,
            flavor=first.flavor_id or first.flavor_name,
            volume_size=volume.size if volume else None,
            volume_type=own.volume_type or (volume.type_id or volume.type if volume else None),
            networks=first.network_ids or tuple(first.addresses),
            availability_zone=zone,
            metadata=user_metadata.items(cluster.metadata),
            volume_availability_zone=own.volume_availability_zone or otherwise.volume_availability_zone or _volume_zone(models, zone),
        )

    names = [*(i.name for i in cluster.instances), *new]
    own_group = cluster.security_group.name if cluster.security_group else None
    datastore, version = datastore_of(cluster)
    return ClusterRequest(
        name=cluster.name,
        datastore=datastore,
        version=version,
        image=otherwise.image or first.image_id,
        key_name=otherwise.key_name or first.key_name,
        locality=cluster.locality,
        max_server_per_host=None,
        security_groups=tuple(dict.fromkeys(name for name in first.security_groups if name != own_group)),
        allowed_cidrs=None,
        management_cidrs=None,
        instances=tuple(like(name) for name in names),
        task=task,
        root_volume_size=first.root_size,
        ip_version=first.ip_version,
    )


def _models(cluster: Cluster) -> list[Instance]:
    """Those that a new member may be created like.

    :raises Refused: where there is none
    """
    models = [i for i in cluster.instances if i.status != "ERROR"]
    if not models:
        raise Refused(f"The cluster {cluster.name} has no instance on which a new one could be modeled.")
    return models


def _zones(models: Sequence[Instance], count: int) -> list[str | None]:
    """The zones of `count` new members: of those that were asked for, each time the one with the fewest members. Nova chooses where none was."""
    asked = [i.asked_zone for i in models if i.asked_zone]
    has = {zone: asked.count(zone) for zone in sorted(set(asked))}
    chosen: list[str | None] = []
    for _new in range(count):
        zone = min(has, key=lambda name: has[name], default=None)
        chosen.append(zone)
        if zone:
            has[zone] += 1
    return chosen


def _volume_zone(models: Sequence[Instance], zone: str | None) -> str | None:
    """The zone of a new member's volume: that which all volumes of the same servers' zone are in, if they are in another one than their servers."""
    like = [i for i in models if i.asked_zone == zone and i.volume]
    found = {i.volume.zone for i in like if i.volume}
    return next(iter(found)) if len(found) == 1 and found != {zone} else None


def _model_of(models: Sequence[Instance]) -> Instance:
    """The one that new members are created like. Users resize single members, so that they may differ: the flavor that most have, and the largest volume.

    :raises Refused: where some have a data volume and some have none
    """
    flavors = [i.flavor_name for i in models]
    first = max(models, key=lambda i: flavors.count(i.flavor_name))
    volumes = [i.volume for i in models if i.volume]
    if not volumes:
        return first
    if len(volumes) < len(models):
        without = ", ".join(i.name for i in models if not i.volume)
        raise Refused(f"Some members have a data volume, and {without} {'has' if len(models) - len(volumes) == 1 else 'have'} none.")
    # what a new member gets from the others has to fit
    return replace(first, volume=max(volumes, key=lambda volume: volume.size))


def differences(cluster: Cluster) -> list[str]:
    """In which sizes the members differ, as after a resize by other hands or by half: sentences."""
    found = []
    for what, of in (("flavor", _flavor_of), ("data volume", _size_of)):
        values = {i.name: of(i) for i in cluster.instances if i.status != "ERROR"}
        if len(set(values.values())) > 1:
            shown = ", ".join(f"{name} has {value}" for name, value in values.items())
            found.append(f"The members of {cluster.name} differ in their {what}: {shown}.")
    return found


def _flavor_of(instance: Instance) -> str:
    return instance.flavor_name


def _size_of(instance: Instance) -> str:
    return f"{instance.volume.size} GiB" if instance.volume else "none"


def check_leaving(cluster: Cluster, driver: Driver, members: Sequence[str]) -> None:
    """Refuse members that cannot go, or so many that too few would stay.

    A name of the cluster's own series that was used before is a member that has gone already, and so is one that was noted when it left; of one that is lost
    the volume is there.

    :raises InvalidInput: for a name that no member has or had
    """
    ever = last_number(cluster, driver)
    known = {*leaving.names_of_left(cluster), *(i.name for i in cluster.instances), *(v.instance for v in cluster.volumes)}
    for number, name in enumerate(members):
        used = driver.member_number(cluster.name, name)
        if name not in known and not (used and used <= ever):
            raise InvalidInput(f"members[{number}]", name, [i.name for i in cluster.instances])
    going = [i for i in cluster.instances if i.name in members]
    staying = len(cluster.instances) - len(going)
    if going and staying < driver.min_after_shrink:
        raise InvalidInput("members", list(members), f"so few that {driver.min_after_shrink} or more of the {len(cluster.instances)} instances stay")
