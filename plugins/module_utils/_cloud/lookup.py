# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Find what a request names (flavor, image, networks …) before anything is made."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from .._model.errors import InvalidInput
from .._model.request import ClusterRequest
from .connection import Cloud, at_once, translated

#: an error names at most so many of the values that are allowed
_SHOWN = 30


class Flavor(NamedTuple):
    """`ram` in MiB."""

    id: str
    name: str
    vcpus: int
    ram: int


class Named(NamedTuple):
    """An image, which may have no name, or a volume type."""

    id: str
    name: str | None


@dataclass(frozen=True)
class Found:
    """The things a request names, as ids and what the plan needs of them.

    :param networks: network id by the name or id that was given
    :param volume_types: by the name or id that was given
    :param security_groups: ids of the user's own groups
    :param subnet_cidrs: CIDRs of the first network's subnets
    """

    flavor: Flavor
    image: Named
    networks: Mapping[str, str]
    volume_types: Mapping[str, Named]
    security_groups: tuple[str, ...]
    subnet_cidrs: tuple[str, ...]


def resolve(cloud: Cloud, request: ClusterRequest) -> Found:
    """Everything that a ClusterRequest names: Found.

    :raises InvalidInput: for the first name that is unknown or names more than one thing
    """
    flavor, image, networks, volume_types, security_groups, *_checked = at_once(
        lambda: _flavor(cloud, request.flavor),
        lambda: _image(cloud, request.image),
        lambda: _networks(cloud, [n for i in request.instances for n in i.networks]),
        lambda: _volume_types(cloud, request.unique("volume_type")),
        lambda: _security_groups(cloud, request.security_groups),
        lambda: _check_key(cloud, request.key_name),
        lambda: _check_zones(cloud, request.unique("availability_zone")),
    )
    with translated("list the subnets"):
        subnets = list(cloud.sdk.network.subnets(network_id=networks[request.networks[0]]))
    return Found(flavor, image, networks, volume_types, security_groups, tuple(s.cidr for s in subnets))


def _pick(option: str, given: str | None, things: Collection[Any]) -> Any:
    """The one of `things` whose id or name is `given`."""
    matching = [t for t in things if t.id == given] or [t for t in things if t.name == given]
    if not matching:
        names = sorted({t.name for t in things if t.name})
        raise InvalidInput(option, given, names if len(names) <= _SHOWN else [*names[:_SHOWN], "…"])
    if len(matching) > 1:
        raise InvalidInput(option, given, f"an id, since {len(matching)} have that name: {', '.join(t.id for t in matching)}")
    return matching[0]


def _flavor(cloud: Cloud, given: str) -> Flavor:
    with translated("list the flavors"):
        flavor = _pick("flavor", given, list(cloud.compute.flavors()))
    return Flavor(flavor.id, flavor.name, flavor.vcpus, flavor.ram)


def _image(cloud: Cloud, given: str | None) -> Named:
    with translated("list the images"):
        image = _pick("image", given, list(cloud.sdk.image.images()))
    if image.status != "active":
        raise InvalidInput("image", given, f"an image that is active; this one is {image.status}")
    return Named(image.id, image.name)


def _networks(cloud: Cloud, given: Iterable[str]) -> dict[str, str]:
    with translated("list the networks"):
        things = list(cloud.sdk.network.networks())
    return {name: _pick("networks", name, things).id for name in dict.fromkeys(given)}


def _volume_types(cloud: Cloud, given: Sequence[str]) -> dict[str, Named]:
    if not given:
        return {}
    with translated("list the volume types"):
        things = list(cloud.sdk.block_storage.types())
    return {name: Named(found.id, found.name) for name in given for found in [_pick("volume_type", name, things)]}


def _security_groups(cloud: Cloud, given: Sequence[str]) -> tuple[str, ...]:
    if not given:
        return ()
    with translated("list the security groups"):
        things = list(cloud.sdk.network.security_groups())
    return tuple(_pick("security_groups", name, things).id for name in given)


def _check_key(cloud: Cloud, given: str | None) -> None:
    if given is not None:
        with translated("list the key pairs"):
            _pick("key_name", given, list(cloud.compute.keypairs()))


def _check_zones(cloud: Cloud, given: Sequence[str]) -> None:
    if not given:
        return
    with translated("list the availability zones"):
        zones = [zone.name for zone in cloud.compute.availability_zones() if zone.state["available"]]
    for zone in given:
        if zone not in zones:
            raise InvalidInput("availability_zone", zone, zones)


def servers(cloud: Cloud) -> list[tuple[str, str]]:
    """The servers of the project: ``[(id, name)]``."""
    with translated("list the servers"):
        return [(server.id, server.name) for server in cloud.compute.servers(details=False)]


def disks(cloud: Cloud) -> dict[str, int]:
    """The size of each flavor's root disk in GiB, by its name and by its id."""
    with translated("list the flavors"):
        flavors = list(cloud.compute.flavors())
    return {key: flavor.disk for flavor in flavors for key in (flavor.name, flavor.id)}
