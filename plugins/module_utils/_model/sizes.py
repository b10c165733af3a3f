# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Other sizes for members that are there: how far each has come, and what is refused before anything is touched. Pure.

Sources: Compute API, "Resize Server" and "Server statuses"; Block Storage API, "Extend a volume size".
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from .cluster import Cluster, Instance, Volume
from .errors import InvalidInput, Refused

#: how far a member has come: nothing is done yet; Nova waits for a confirmation or a reversion; all is done
TODO, VERIFY, DONE = "todo", "verify", "done"
#: Nova's status of a server that waits
VERIFY_RESIZE = "VERIFY_RESIZE"


class Flavor(NamedTuple):
    """`ram` in MiB, `disk` in GiB: that of the root disk, 0 for a flavor without one."""

    id: str
    name: str
    vcpus: int
    ram: int
    disk: int


@dataclass(frozen=True)
class Sizes:
    """What members shall have; None is as they have it. `volume_size` is in GiB."""

    flavor: Flavor | None = None
    volume_size: int | None = None


@dataclass(frozen=True)
class Change:
    """How far one member has come with each."""

    instance: Instance
    flavor: str
    volume: str

    @property
    def is_done(self) -> bool:
        return self.flavor == self.volume == DONE


def chosen(cluster: Cluster, members: Sequence[str], option: str = "members") -> list[Instance]:
    """The instances of these names, or all.

    :raises InvalidInput: for a name that no instance has, and for one that is there twice
    """
    for number, name in enumerate(members):
        if not cluster.instance(name):
            raise InvalidInput(f"{option}[{number}]", name, [i.name for i in cluster.instances])
        if name in members[:number]:
            raise InvalidInput(f"{option}[{number}]", name, "each name once")
    return [i for i in cluster.instances if not members or i.name in members]


def changes(instances: Sequence[Instance], wanted: Sizes) -> list[Change]:
    """How far each has come; all is checked.

    :raises InvalidInput: for sizes that a member cannot get
    :raises Refused: for a server or a volume in a state in which OpenStack would refuse, or that is on its way to another size
    """
    return [Change(i, _flavor_of(i, wanted.flavor), _volume_of(i, wanted.volume_size)) for i in instances]


def has_flavor(instance: Instance, flavor: Flavor) -> bool:
    """Names are used again when a flavor was deleted, so the amounts count, too."""
    return (instance.flavor_name, *instance.flavor_sizes) == (flavor.name, flavor.vcpus, flavor.ram, flavor.disk)


def _flavor_of(instance: Instance, flavor: Flavor | None) -> str:
    if flavor is None:
        if instance.status == VERIFY_RESIZE:
            raise Refused(_unfinished(instance))
        return DONE
    if instance.status == VERIFY_RESIZE:
        if not has_flavor(instance, flavor):
            raise Refused(_unfinished(instance))
        return VERIFY
    if has_flavor(instance, flavor):
        return DONE
    _check_state(instance)
    _check_disk(instance, flavor)
    return TODO


def _unfinished(instance: Instance) -> str:
    return (
        f"Nothing was changed: the server {instance.name} ({instance.id}) was resized to {instance.flavor_name}, and Nova waits for that to be confirmed or"
        f" reverted. Run it with this flavor, or decide by hand (openstack server resize confirm or revert {instance.id})."
    )


def _check_state(instance: Instance) -> None:
    """Nova resizes a server that is off, too, but then nobody can see whether it serves before the resize is confirmed."""
    if instance.locked:
        raise Refused(f"Nothing was changed: the server {instance.name} ({instance.id}) is locked (openstack server unlock {instance.id}).")
    if instance.status != "ACTIVE":
        raise Refused(
            f"Nothing was changed: the server {instance.name} ({instance.id}) is {instance.status}, and only one that is ACTIVE is resized, so that it can be"
            " seen whether its database serves with the new flavor. Start it, or bring it there by hand."
        )


def _check_disk(instance: Instance, flavor: Flavor) -> None:
    """:raises InvalidInput: Nova does not shrink a root disk; a root volume is not the flavor's"""
    has = instance.flavor_sizes[2]
    boots_from_volume = instance.root_size or not instance.image_id
    if not boots_from_volume and flavor.disk < has:
        text = f"one with a root disk of {has} GiB or more, as {instance.name} has with {instance.flavor_name}; this one has {flavor.disk}"
        raise InvalidInput("flavor", flavor.name, text, rule="Nova does not shrink a root disk.")


def _volume_of(instance: Instance, size: int | None) -> str:
    if size is None:
        return DONE
    volume = instance.volume
    if volume is None:
        rule = f"{instance.name} has no data volume of this collection's."
        raise InvalidInput("volume_size", size, "nothing: the data are on the root disk, which a flavor with a larger disk makes larger", rule=rule)
    if volume.size > size:
        raise InvalidInput("volume_size", size, f"{volume.size} or more, as {instance.name} has", rule="A volume is never shrunk.")
    _check_volume(instance, volume, size)
    return TODO if volume.size < size else DONE


def _check_volume(instance: Instance, volume: Volume, size: int) -> None:
    if volume.size < size and volume.status not in ("in-use", "extending"):
        raise Refused(
            f"Nothing was changed: the volume of {instance.name} ({volume.id}) is {volume.status}, and one that is in-use is extended while its server runs."
        )


def more_room(instances: Sequence[Instance], flavor: Flavor) -> tuple[int, int]:
    """(cores, MiB of memory) that the project uses more when all of these have the flavor; what gets less counts as nothing, as Nova checks each by itself."""
    sizes = [i.flavor_sizes for i in instances]
    return sum(max(flavor.vcpus - vcpus, 0) for vcpus, _ram, _disk in sizes), sum(max(flavor.ram - ram, 0) for _vcpus, ram, _disk in sizes)
