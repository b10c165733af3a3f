# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Find what a request names (flavor, image, networks …) before anything is created."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from .._model import fitting
from .._model.errors import CloudError, InvalidInput, Unanswered
from .._model.request import ClusterRequest
from .._model.scaling import GROWING
from .._model.sizes import Flavor
from .connection import Cloud, at_once, courtesy, translated

#: an error names at most so many of the values that are allowed
_SHOWN = 30


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
    :param network: the name of the first network
    :param guarded: whether the networks have port security, so that servers can have security groups
    :param volume_zones: the zones that Cinder has
    """

    flavor: Flavor
    image: Named
    networks: Mapping[str, str]
    volume_types: Mapping[str, Named]
    security_groups: tuple[str, ...]
    subnet_cidrs: tuple[str, ...]
    network: str
    guarded: bool = True
    volume_zones: tuple[str, ...] = ()


def resolve(cloud: Cloud, request: ClusterRequest) -> Found:
    """Everything that a ClusterRequest names: Found.

    :raises InvalidInput: for the first name that is unknown or names more than one thing
    """
    _check_volumes(cloud, request)
    flavor, image, networks, volume_types, security_groups, volume_zones, *_checked = at_once(
        lambda: find_flavor(cloud, request.flavor),
        lambda: _image(cloud, request),
        lambda: _networks(cloud, [n for i in request.instances for n in i.networks]),
        lambda: _volume_types(cloud, request.unique("volume_type")),
        lambda: _security_groups(cloud, request.security_groups),
        lambda: _volume_zones(cloud, request),
        lambda: _check_key(cloud, request),
        lambda: _check_zones(cloud, request.unique("availability_zone")),
    )
    fitting.check_root(request, flavor, image)
    first = networks[request.networks[0]]
    with translated("list the subnets"):
        subnets = list(cloud.sdk.network.subnets(network_id=first.id))
    fitting.check_addresses(request, [s.cidr for s in subnets])
    return Found(
        flavor=flavor,
        image=Named(image.id, image.name),
        networks={given: network.id for given, network in networks.items()},
        volume_types=volume_types,
        security_groups=security_groups,
        subnet_cidrs=tuple(s.cidr for s in subnets),
        network=first.name,
        guarded=fitting.are_guarded(request, networks),
        volume_zones=volume_zones,
    )


def _pick(option: str, given: str | None, things: Collection[Any]) -> Any:
    """The one of `things` whose id or name is `given`."""
    matching = [t for t in things if t.id == given] or [t for t in things if t.name == given]
    if not matching:
        names = sorted({t.name for t in things if t.name})
        raise InvalidInput(option, given, names if len(names) <= _SHOWN else [*names[:_SHOWN], "…"])
    if len(matching) > 1:
        raise InvalidInput(option, given, f"an id, since {len(matching)} have that name: {', '.join(t.id for t in matching)}")
    return matching[0]


def _check_volumes(cloud: Cloud, request: ClusterRequest) -> None:
    sizes = {"root_volume_size": request.root_volume_size, "volume_size": next(iter(request.unique("volume_size")), None)}
    asked = next((option for option, size in sizes.items() if size), None)
    if asked and not cloud.sdk.has_service("block-storage"):
        raise InvalidInput(asked, sizes[asked], "nothing: this cloud has no block storage (Cinder), so the data are on the root disk")


def find_flavor(cloud: Cloud, given: str) -> Flavor:
    """:raises InvalidInput: for a flavor that is not there, or that the project may not use"""
    with translated("list the flavors"):
        flavor = _pick("flavor", given, list(cloud.compute.flavors()))
    return Flavor(flavor.id, flavor.name, flavor.vcpus, flavor.ram, flavor.disk or 0)


def _image(cloud: Cloud, request: ClusterRequest) -> Any:
    """Glance's image. One that is hidden, or shared and not accepted, is in no list, and is found by its id."""
    given = request.image
    with translated("list the images"):
        things = list(cloud.sdk.image.images())
    if given and not any(given in (image.id, image.name) for image in things):
        things += [image for image in [_image_by_id(cloud, given)] if image]
    inherited = "give image=, the name or id of an image with the same system" if request.task == GROWING else None
    try:
        image = _pick("image", given, things)
    except InvalidInput:
        if not inherited:
            raise
        raise InvalidInput("image", given, f"the id of an image that is there: {inherited}", rule="The members' image is gone.") from None
    if image.status != "active":
        raise InvalidInput("image", given, f"an image that is active; this one is {image.status}" + (f": {inherited}" if inherited else ""))
    return image


def _image_by_id(cloud: Cloud, given: str) -> Any:
    try:
        with translated(f"get the image {given}"):
            return cloud.sdk.image.get_image(given)
    except CloudError as error:
        if isinstance(error, Unanswered):
            raise
        # a name that nobody has, or what is another project's
        return None


def _networks(cloud: Cloud, given: Iterable[str]) -> dict[str, Any]:
    with translated("list the networks"):
        things = list(cloud.sdk.network.networks())
    return {name: _pick("networks", name, things) for name in dict.fromkeys(given)}


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


def _check_key(cloud: Cloud, request: ClusterRequest) -> None:
    if request.key_name is None:
        return
    with translated("list the key pairs"):
        keys = list(cloud.compute.keypairs())
    try:
        _pick("key_name", request.key_name, keys)
    except InvalidInput as error:
        if request.task != GROWING:
            raise
        rule = "Key pairs belong to a user, and the one of the living members is none of yours: give key_name."
        raise InvalidInput("key_name", request.key_name, error.details["allowed"], rule=rule) from None


def _check_zones(cloud: Cloud, given: Sequence[str]) -> None:
    if not given:
        return

    def read() -> list[str] | None:
        with translated("list the availability zones"):
            return [zone.name for zone in cloud.compute.availability_zones() if zone.state["available"]]

    _check_in("availability_zone", given, courtesy(cloud, read, None, "Whether the availability zone is one is not known before."))


def _volume_zones(cloud: Cloud, request: ClusterRequest) -> tuple[str, ...]:
    """The zones that Cinder has; asked only where a zone matters."""
    given = request.unique("volume_availability_zone")
    sizes = request.unique("volume_size")
    if not sizes or not (given or request.unique("availability_zone")):
        return ()

    def read() -> list[str] | None:
        with translated("list Cinder's availability zones"):
            return [zone.name for zone in cloud.sdk.block_storage.availability_zones() if (zone.state or {}).get("available", True)]

    zones = courtesy(cloud, read, None, "Volumes are created in Cinder's default zone, unless volume_availability_zone says another.")
    _check_in("volume_availability_zone", given, zones)
    return tuple(zones or ())


def _check_in(option: str, given: Sequence[str], zones: list[str] | None) -> None:
    for zone in given:
        if zones is not None and zone not in zones:
            raise InvalidInput(option, zone, zones)


def servers(cloud: Cloud) -> list[tuple[str, str]]:
    """The servers of the project: ``[(id, name)]``."""
    with translated("list the servers"):
        return [(server.id, server.name) for server in cloud.list_servers(details=False)]


def disks(cloud: Cloud) -> dict[str, int]:
    """The size of each flavor's root disk in GiB, by its name and by its id."""
    with translated("list the flavors"):
        flavors = list(cloud.compute.flavors())
    return {key: flavor.disk for flavor in flavors for key in (flavor.name, flavor.id)}
