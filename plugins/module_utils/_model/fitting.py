# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether flavor, image and networks fit together, as Nova would find out when servers are being built. Pure.

Source: Compute API guide, "Flavors" (root disk), Glance's image properties min_disk and min_ram, Neutron's extension port-security.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .datastore import Driver
from .errors import InvalidInput
from .request import ClusterRequest

_GIB = 1024**3
#: Trove, "Redis Clustering": 403
NO_LOCAL_STORAGE = "Local storage not specified in flavor {name}."


def check_root(request: ClusterRequest, flavor: Any, image: Any) -> None:
    """Refuse a root disk that is too small for the image, or is none.

    :param flavor: with name, disk (GiB) and ram (MiB)
    :param image: Glance's, with min_disk (GiB), min_ram (MiB), size and virtual_size (bytes)
    :raises InvalidInput: Nova has the policy servers:create:zero_disk_flavor for administrators only
    """
    needs = max(image.min_disk or 0, _gib(image.size), _gib(image.virtual_size))
    if (image.min_ram or 0) > flavor.ram:
        raise InvalidInput("flavor", flavor.name, f"one with {image.min_ram} MiB of memory or more, as the image {image.name} needs; this one has {flavor.ram}")
    if request.root_volume_size is not None:
        if request.root_volume_size < needs:
            raise InvalidInput("root_volume_size", request.root_volume_size, f"{needs} GiB or more, as the image {image.name} needs")
    elif not flavor.disk:
        text = f"one with a root disk, or root_volume_size={max(needs, 1)} or more to boot from a volume; this one has no root disk"
        raise InvalidInput("flavor", flavor.name, text, rule=NO_LOCAL_STORAGE.format(name=flavor.name))
    elif flavor.disk < needs:
        text = f"one with a root disk of {needs} GiB or more, as the image {image.name} needs, or root_volume_size; this one has {flavor.disk} GiB"
        raise InvalidInput("flavor", flavor.name, text)


def _gib(size: int | None) -> int:
    """Bytes as GiB, rounded up."""
    return -(-(size or 0) // _GIB)


def check_datastore(request: ClusterRequest, driver: Driver, cidrs: Sequence[str]) -> None:
    """:raises InvalidInput: for a first network that gives servers only addresses of a version of IP with which the datastore's role does not work"""
    if not request.ip_version and not any({4: ".", 6: ":"}[version] in cidr for version in driver.ip_versions for cidr in cidrs):
        allowed = f"a first network with a subnet of version {' or '.join(map(str, driver.ip_versions))}"
        raise InvalidInput("networks", request.networks[0], allowed, rule=f"The role {driver.role} was not seen to work with others.")


def check_memory(driver: Driver, flavor: Any) -> None:
    """:raises InvalidInput: for a flavor with less memory than the datastore's server needs with the settings that the role writes

    :param flavor: with name and ram (MiB)
    """
    if flavor.ram < driver.min_memory_mb:
        text = f"one with {driver.min_memory_mb} MiB of memory or more, as {driver.type} needs; this one has {flavor.ram}"
        raise InvalidInput("flavor", flavor.name, text)


def check_addresses(request: ClusterRequest, cidrs: Sequence[str]) -> None:
    """:raises InvalidInput: for a first network without subnets, or without one of the version of IP that was asked for"""
    versions = {6 if ":" in cidr else 4 for cidr in cidrs}
    if not versions:
        raise InvalidInput("networks", request.networks[0], "a first network that has a subnet: without one, servers have no address")
    if request.ip_version and request.ip_version not in versions:
        has = f"the network {request.networks[0]} has subnets of version {', '.join(map(str, sorted(versions)))} only"
        raise InvalidInput("ip_version", request.ip_version, sorted(versions), rule=f"No member would have an address: {has}.")


def are_guarded(request: ClusterRequest, networks: Mapping[str, Any]) -> bool:
    """Whether servers can have security groups: Nova puts those of a server on each of its ports, and refuses them where there is no port security.

    :param networks: ``{name or id as given: Neutron's network}``; without the extension port-security all networks have it
    :raises InvalidInput: for networks of both kinds, and for what only security groups can do
    """
    bare = [name for name, network in networks.items() if network.is_port_security_enabled is False]
    if not bare:
        return True
    if len(bare) < len(networks):
        others = [name for name in networks if name not in bare]
        text = f"networks that all have port security, or none: {', '.join(others)} has it, and Nova refuses security groups on {', '.join(bare)}"
        raise InvalidInput("networks", list(networks), text)
    for option in ("allowed_cidrs", "management_cidrs", "security_groups"):
        given = getattr(request, option)
        if given:
            rule = f"No security group can be on the network {bare[0]}, which has no port security: the role's own firewall can do it."
            raise InvalidInput(option, list(given), "nothing", rule=rule)
    return False
