# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""New members as a list, each with a name (Trove, cluster scaling, "grow"). All members are equal, so only where a member and its volume are may differ."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from . import identity, request
from .cluster import Cluster, Instance
from .datastore import Driver
from .errors import InvalidInput

_EQUAL = (("flavor", request.SAME_FLAVOR), ("volume_size", request.SAME_SIZE), ("networks", request.SAME_NETWORK))


@dataclass(frozen=True)
class NewMember:
    """One new member; None is as the living ones have it."""

    name: str
    availability_zone: str | None = None
    volume_type: str | None = None
    volume_availability_zone: str | None = None


def read(cluster: Cluster, driver: Driver, given: Sequence[Any], model: Instance, last_number: int) -> list[NewMember]:
    """The members of a list that are not there yet.

    :param model: the living one that new ones are created like
    :param last_number: the highest number that a member ever had
    :raises InvalidInput: for a name that is missing or was used before, and for what differs though it must be the same
    """
    found: list[NewMember] = []
    for number, item in enumerate(request.items(given)):
        where = f"instances[{number}]."
        values = {key: request.read_item(item, key, where) for key in item if item[key] is not None}
        name = _name(values.get("name"), where)
        if name in [other["name"] for other in given[:number]]:
            raise InvalidInput(where + "name", name, "a name that no other instance has")
        for option, rule in _EQUAL:
            _check_equal(where + option, values.get(option), _has(model)[option], rule)
        living = cluster.instance(name)
        if living:
            _check_as_it_is(where, values, living)
            continue
        _check_new(where, name, cluster, driver, last_number)
        _check_volume(where, values, model)
        found.append(NewMember(name, *(values.get(option) for option in ("availability_zone", "volume_type", "volume_availability_zone"))))
    return found


def _name(given: Any, where: str) -> str:
    if given is None:
        raise InvalidInput(where + "name", None, "a name, by which the same run started again adds nothing twice; without names, give a number of instances")
    identity.check_name(given, where + "name")
    return str(given)


def _has(model: Instance) -> dict[str, tuple[Any, ...]]:
    """What all members have, by name or by id."""
    return {
        "flavor": (model.flavor_name, model.flavor_id),
        "volume_size": (model.volume.size if model.volume else None,),
        "networks": (*model.addresses, *model.network_ids),
    }


def _check_equal(option: str, given: Any, has: Sequence[Any], rule: str) -> None:
    """:raises InvalidInput: for what is given and is not what the living have; of networks the first counts"""
    first = given[0] if isinstance(given, list) and given else given
    if first is not None and first not in has:
        shown = " or ".join(repr(value) for value in has if value is not None) or "nothing"
        raise InvalidInput(option, given, f"{shown}, as the members have", rule=rule)


def _check_as_it_is(where: str, values: Mapping[str, Any], living: Instance) -> None:
    """:raises InvalidInput: for a member that is there, and has been asked for otherwise"""
    volume = living.volume
    rows = (
        ("availability_zone", (living.availability_zone, living.asked_zone)),
        ("volume_type", (volume.type, volume.type_id) if volume else (None,)),
        ("volume_availability_zone", (volume.zone,) if volume else (None,)),
    )
    for option, has in rows:
        if values.get(option) is not None and values[option] not in has:
            raise InvalidInput(where + option, values[option], f"{has[0]!r}, as {living.name} has", rule="A living member is not changed by growing.")


def _check_new(where: str, name: str, cluster: Cluster, driver: Driver, last_number: int) -> None:
    """A volume without a server is what a killed run left: that member is created first.

    :raises InvalidInput: for a name of the cluster's own series that a member had
    """
    number = driver.member_number(cluster.name, name)
    if number is not None and number <= last_number and not cluster.volume(name):
        free = driver.member_name(cluster.name, last_number + 1)
        raise InvalidInput(where + "name", name, f"{free!r} or a higher number, or another name", rule="The number of a member is not used again.")


def _check_volume(where: str, values: Mapping[str, Any], model: Instance) -> None:
    for option in ("volume_type", "volume_availability_zone"):
        if values.get(option) and not model.volume and not (option == "volume_type" and model.root_size):
            raise InvalidInput(where + option, values[option], "nothing", rule="The members have no data volumes.")
