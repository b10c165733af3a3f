# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Find what a request names (flavor, image, networks …) before anything is made, and look whether the quotas hold it."""

from __future__ import annotations

from dataclasses import dataclass

from .._model.errors import InvalidInput, Refused
from .connection import at_once, translated

#: an error names at most so many of the values that are allowed
_SHOWN = 30


@dataclass(frozen=True)
class Found:
    """The things a request names, as ids and what the plan needs of them.

    :param flavor: ``(id, name, vcpus, ram in MiB)``
    :param networks: network id by the name or id that was given
    :param volume_types: ``(id, name)`` by the name or id that was given
    :param security_groups: ids of the user's own groups
    :param subnet_cidrs: CIDRs of the first network's subnets
    """

    flavor: tuple
    image_id: str
    networks: dict
    volume_types: dict
    security_groups: tuple
    subnet_cidrs: tuple


def resolve(cloud, request):
    """Everything that a ClusterRequest names: Found.

    :raises InvalidInput: for the first name that is unknown or names more than one thing
    """
    flavor, image_id, networks, volume_types, security_groups, _key = at_once(
        lambda: _flavor(cloud, request.flavor),
        lambda: _image(cloud, request.image),
        lambda: _networks(cloud, [n for i in request.instances for n in i.networks]),
        lambda: _volume_types(cloud, request.unique("volume_type")),
        lambda: tuple(_pick("security_groups", given, list(cloud.sdk.network.security_groups())).id for given in request.security_groups),
        lambda: _key(cloud, request.key_name),
    )
    subnets = list(cloud.sdk.network.subnets(network_id=networks[request.networks[0]]))
    return Found(flavor, image_id, networks, volume_types, security_groups, tuple(s.cidr for s in subnets))


def _pick(option, given, things):
    """The one of `things` whose id or name is `given`."""
    matching = [t for t in things if t.id == given] or [t for t in things if t.name == given]
    if not matching:
        names = sorted({t.name for t in things})
        raise InvalidInput(option, given, names if len(names) <= _SHOWN else [*names[:_SHOWN], "…"])
    if len(matching) > 1:
        raise InvalidInput(option, given, f"an id, since {len(matching)} have that name: {', '.join(t.id for t in matching)}")
    return matching[0]


def _flavor(cloud, given):
    with translated("list the flavors"):
        flavor = _pick("flavor", given, list(cloud.compute.flavors()))
    return (flavor.id, flavor.name, flavor.vcpus, flavor.ram)


def _image(cloud, given):
    with translated("list the images"):
        image = _pick("image", given, list(cloud.sdk.image.images()))
    if image.status != "active":
        raise InvalidInput("image", given, f"an image that is active; this one is {image.status}")
    return image.id


def _networks(cloud, given):
    with translated("list the networks"):
        things = list(cloud.sdk.network.networks())
    return {name: _pick("networks", name, things).id for name in dict.fromkeys(given)}


def _volume_types(cloud, given):
    if not given:
        return {}
    with translated("list the volume types"):
        things = list(cloud.sdk.block_storage.types())
    return {name: (found.id, found.name) for name in given for found in [_pick("volume_type", name, things)]}


def _key(cloud, given):
    if given is not None:
        with translated("list the key pairs"):
            _pick("key_name", given, list(cloud.compute.keypairs()))


def check_names_free(cloud, cluster_name, names, observed):
    """Refuse names of servers that exist already, and are not of this cluster (as `observed`).

    :raises InvalidInput: naming the servers
    """
    with translated("list the servers"):
        own = {i.id for i in observed.instances}
        taken = [s for s in cloud.compute.servers(details=False) if s.name in names and s.id not in own]
    if taken:
        listed = ", ".join(f"{s.name} ({s.id})" for s in taken)
        raise InvalidInput("name", cluster_name, f"a name whose members' names are free, but these servers exist: {listed}")


@dataclass(frozen=True)
class Need:
    """What a plan adds to the project's use of its quotas; volumes in GiB, ram in MiB."""

    instances: int = 0
    vcpus: int = 0
    ram: int = 0
    server_groups: int = 0
    group_members: int = 0
    ports: int = 0
    security_groups: int = 0
    security_group_rules: int = 0
    volumes: int = 0
    gigabytes: int = 0


def check_quotas(cloud, need):
    """Refuse what the quotas of Nova, Neutron or Cinder would not hold.

    :raises Refused: naming every quota that is too small, with what is needed, free and allowed
    """
    rows = [row for rows in at_once(*_quota_readers(cloud, need)) for row in rows]
    short = [(what, wanted, limit, used) for what, wanted, limit, used in rows if wanted and limit >= 0 and used + wanted > limit]
    if short:
        text = "; ".join(
            f"{what}: {wanted} needed, {max(limit - used, 0)} free ({limit} allowed, {used} used)" for what, wanted, limit, used in short
        )
        raise Refused(f"The project's quota is too small. {text}.", quotas=[row[0] for row in short])


def _quota_readers(cloud, need):
    yield lambda: _nova_quotas(cloud, need)
    yield lambda: _neutron_quotas(cloud, need)
    if need.volumes:
        yield lambda: _cinder_quotas(cloud, need)


def _nova_quotas(cloud, need):
    with translated("read Nova's limits"):
        limits = cloud.compute.get_limits().absolute
    return [
        ("instances", need.instances, limits.instances, limits.instances_used),
        ("cores", need.vcpus, limits.total_cores, limits.total_cores_used),
        ("ram", need.ram, limits.total_ram, limits.total_ram_used),
        ("server_groups", need.server_groups, limits.server_groups, limits.server_groups_used),
        # a limit for one group: what this one has already is in the need
        ("server_group_members", need.group_members, limits.server_group_members, 0),
    ]


def _neutron_quotas(cloud, need):
    with translated("read Neutron's quotas"):
        quotas = cloud.sdk.network.get_quota(cloud.project_id, details=True)
    wanted = {"ports": need.ports, "security_groups": need.security_groups, "security_group_rules": need.security_group_rules}
    rows = ((what, count, getattr(quotas, what)) for what, count in wanted.items())
    return [(what, count, quota["limit"], quota["used"] + int(quota.get("reserved") or 0)) for what, count, quota in rows]


def _cinder_quotas(cloud, need):
    with translated("read Cinder's limits"):
        limits = cloud.sdk.block_storage.get_limits().absolute
    return [
        ("volumes", need.volumes, limits.max_total_volumes, limits.total_volumes_used),
        ("gigabytes", need.gigabytes, limits.max_total_volume_gigabytes, limits.total_gigabytes_used),
    ]
