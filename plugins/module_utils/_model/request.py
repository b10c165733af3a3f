# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is asked for: a cluster as the user wrote it, checked by every rule that needs no cloud."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from . import identity, locality, user_metadata
from .datastore import Driver
from .errors import InvalidInput

SAME_FLAVOR = "The flavor for each instance in a cluster must be the same."
SAME_SIZE = "The volume size for each instance in a cluster must be the same."
SIZE_REQUIRED = "A volume size is required for each instance in the cluster."
SAME_NETWORK = "The network for each instance in a cluster must be the same."


def _text(value: Any) -> str:
    if isinstance(value, (dict, list, bool)):
        raise ValueError
    return str(value)


def _number(value: Any) -> int:
    if isinstance(value, (bool, float)):
        raise ValueError
    return int(value)


def _names(value: Any) -> list[str]:
    # a string is a list of one or more, as in Ansible's options
    return [_text(item).strip() for item in (value.split(",") if isinstance(value, str) else value)]


#: what an item of `instances` may say for itself: how it is read, and what an error calls that
_ITEM: dict[str, tuple[Callable[[Any], Any], str]] = {
    "name": (_text, "a text"),
    "flavor": (_text, "a text"),
    "volume_size": (_number, "a whole number of GiB"),
    "volume_type": (_text, "a text"),
    "networks": (_names, "a list of texts"),
    "availability_zone": (_text, "a text"),
    "volume_availability_zone": (_text, "a text"),
}


@dataclass(frozen=True)
class InstanceRequest:
    """One member; `networks` are names or ids, `volume_size` is in GiB or None."""

    name: str
    flavor: str
    volume_size: int | None
    volume_type: str | None
    networks: tuple[str, ...]
    availability_zone: str | None
    #: Cinder's; None for the server's where Cinder has that, else Cinder's default
    volume_availability_zone: str | None = None
    #: metadata of its server beside those that all have, as (key, value)
    metadata: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class ClusterRequest:
    """A cluster, or a replication topology of instances, as it shall be; `task` is the task under which members are created.

    `image` is None only where it is inherited from a server that boots from a volume. `root_volume_size` is in GiB, None to boot from the flavor's disk;
    `ip_version` is 4, 6 or None.
    """

    name: str
    datastore: str
    version: str
    image: str | None
    key_name: str | None
    locality: str | None
    max_server_per_host: int | None
    security_groups: tuple[str, ...]
    allowed_cidrs: tuple[str, ...] | None
    management_cidrs: tuple[str, ...] | None
    instances: tuple[InstanceRequest, ...]
    task: str = "BUILDING"
    #: what a server of it is: ``member`` or ``instance``
    type: str = "member"
    root_volume_size: int | None = None
    ip_version: int | None = None

    @property
    def flavor(self) -> str:
        return self.instances[0].flavor

    @property
    def networks(self) -> tuple[str, ...]:
        return self.instances[0].networks

    def unique(self, attribute: str) -> list[Any]:
        """The different values of an attribute over all instances, in order, without None."""
        return list(dict.fromkeys(value for i in self.instances for value in [getattr(i, attribute)] if value is not None))


def build(params: Mapping[str, Any], driver: Driver, single: bool = False) -> ClusterRequest:
    """A ClusterRequest from the module's options.

    :param params: the options of trove_cluster as Ansible parsed them
    :param single: of trove_instance, which is one
    :param driver: the datastore's driver (_datastores.base.Datastore)
    :raises InvalidInput: for the first rule that is broken
    """
    identity.check_name(params["name"])
    if params["locality"] is not None and params["locality"] not in locality.POLICIES:
        raise InvalidInput("locality", params["locality"], locality.POLICIES)
    check_max_server_per_host(params["max_server_per_host"], params["locality"], "locality")
    driver.check_version(params["datastore_version"])
    instances = _instances(params, driver, 1 if single else params["instances"])
    _check_same(instances)
    return ClusterRequest(
        name=params["name"],
        datastore=driver.type,
        version=params["datastore_version"],
        image=_required(params, "image"),
        key_name=params["key_name"],
        locality=params["locality"],
        max_server_per_host=params["max_server_per_host"],
        security_groups=tuple(params["security_groups"] or ()),
        allowed_cidrs=None if params["allowed_cidrs"] is None else _cidrs("allowed_cidrs", params["allowed_cidrs"]),
        management_cidrs=None if params["management_cidrs"] is None else _cidrs("management_cidrs", params["management_cidrs"]),
        instances=tuple(instances),
        type=driver.instance_type,
        root_volume_size=_size("root_volume_size", params.get("root_volume_size")),
        ip_version=_ip_version(params.get("ip_version"), driver),
    )


def check_max_server_per_host(value: int | None, policy: str | None, option: str) -> None:
    """:raises InvalidInput: Nova takes the rule with anti-affinity only (API 2.64)"""
    if value is None:
        return
    if value < 1:
        raise InvalidInput("max_server_per_host", value, "a number from 1")
    if policy != "anti-affinity":
        raise InvalidInput("max_server_per_host", value, f"only with {option} anti-affinity, which was {policy!r}")


def _required(params: Mapping[str, Any], option: str) -> str:
    if not params[option]:
        raise InvalidInput(option, params[option], "a name or an id")
    return str(params[option])


def _size(option: str, given: int | None) -> int | None:
    if given is not None and given < 1:
        raise InvalidInput(option, given, "a number of GiB from 1")
    return given


def _ip_version(given: int | None, driver: Driver) -> int | None:
    if given not in (None, *driver.ip_versions):
        raise InvalidInput("ip_version", given, list(driver.ip_versions), rule=f"The role {driver.role} was not seen to work with others.")
    return given


def _cidrs(option: str, values: Sequence[str]) -> tuple[str, ...]:
    """The networks as Neutron writes them, so that a rule is known again."""
    normal = []
    for value in values:
        try:
            normal.append(str(ipaddress.ip_network(value)))
        except ValueError as error:
            raise InvalidInput(option, value, f"networks in CIDR notation such as 10.0.0.0/24 ({error})") from None
    return tuple(normal)


def _instances(params: Mapping[str, Any], driver: Driver, given: Any) -> list[InstanceRequest]:
    items_ = items_of(given)
    driver.check_size(len(items_), params.get("allow_few_masters", False))
    built = [_instance(params, driver, number, item) for number, item in enumerate(items_, 1)]
    names = [i.name for i in built]
    for number, name in enumerate(names):
        if name in names[:number]:
            raise InvalidInput(f"instances[{number}].name", name, "a name that no other instance has")
    return built


def items_of(given: Any) -> list[dict[str, Any]]:
    """`instances` as a list of dicts; a count stands for that many empty ones."""
    if isinstance(given, str) and given.isdecimal():
        given = int(given)
    if isinstance(given, bool) or not isinstance(given, (int, list)):
        raise InvalidInput("instances", given, "a number of instances, or a list with a dict for each")
    return [{}] * max(given, 0) if isinstance(given, int) else items(given)


def items(given: Sequence[Any]) -> list[dict[str, Any]]:
    """The dicts of a list of instances.

    :raises InvalidInput: for an item that is none, or has a key that is no option of an instance
    """
    for number, item in enumerate(given):
        if not isinstance(item, dict):
            raise InvalidInput(f"instances[{number}]", item, f"a dict of {', '.join(_ITEM)}")
        for key in item:
            if key not in _ITEM:
                raise InvalidInput(f"instances[{number}]", key, list(_ITEM))
    return list(given)


def read_item(item: Mapping[str, Any], key: str, where: str) -> Any:
    """What an instance's dict says for a key, of the key's type.

    :param where: what comes before the key in a message
    :raises InvalidInput: for a value of another type
    """
    read, expected = _ITEM[key]
    try:
        return read(item[key])
    except (TypeError, ValueError):
        raise InvalidInput(where + key, item[key], expected) from None


def _instance(params: Mapping[str, Any], driver: Driver, number: int, item: Mapping[str, Any]) -> InstanceRequest:
    where = f"instances[{number - 1}]."

    def value(key: str) -> tuple[Any, str]:
        if item.get(key) is None:
            return params.get(key), ""
        return read_item(item, key, where), where

    name = driver.member_name(params["name"], number)
    if item.get("name") is not None:
        name = value("name")[0]
        identity.check_name(name, where + "name")
    flavor, source = value("flavor")
    if not flavor:
        raise InvalidInput(source + "flavor", flavor, "a flavor's name or id")
    networks, source = value("networks")
    if not networks:
        raise InvalidInput(source + "networks", networks, "one network or more, by name or id")
    size, source = value("volume_size")
    _size(source + "volume_size", size)
    volume_type, source = value("volume_type")
    if volume_type and size is None and params.get("root_volume_size") is None:
        raise InvalidInput(source + "volume_type", volume_type, "only together with volume_size or root_volume_size")
    volume_zone, source = value("volume_availability_zone")
    if volume_zone and size is None:
        raise InvalidInput(source + "volume_availability_zone", volume_zone, "only together with volume_size")
    metadata = user_metadata.items(user_metadata.check(params.get("metadata")))
    return InstanceRequest(name, flavor, size, volume_type, tuple(networks), value("availability_zone")[0], volume_zone, metadata)


def _check_same(instances: Sequence[InstanceRequest]) -> None:
    first = instances[0]
    sizes = [i.volume_size for i in instances]
    if None in sizes and any(sizes):
        raise InvalidInput(f"instances[{sizes.index(None)}].volume_size", None, "a number of GiB from 1", rule=SIZE_REQUIRED)
    for number, instance in enumerate(instances):
        for option, rule in (("flavor", SAME_FLAVOR), ("volume_size", SAME_SIZE)):
            if getattr(instance, option) != getattr(first, option):
                raise InvalidInput(f"instances[{number}].{option}", getattr(instance, option), repr(getattr(first, option)), rule=rule)
        if instance.networks[0] != first.networks[0]:
            raise InvalidInput(f"instances[{number}].networks", list(instance.networks), f"{first.networks[0]!r} as the first", rule=SAME_NETWORK)
