# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The steps by which a member gets other sizes."""

from __future__ import annotations

from dataclasses import dataclass

from .._model.cluster import Instance, Volume
from .._model.sizes import Flavor
from .._plan.plan import Step


@dataclass(frozen=True)
class ExtendVolume(Step):
    """Online: the server goes on. Its file system is grown by the role afterwards."""

    action = "extend"
    kind = "volume"
    id: str
    size: int

    @classmethod
    def of(cls, volume: Volume, size: int) -> ExtendVolume:
        return cls(volume.instance, f"from {volume.size} to {size} GiB, while it is in use", volume.id, size)


@dataclass(frozen=True)
class ResizeServer(Step):
    """Until Nova waits for a confirmation or a reversion."""

    action = "resize"
    kind = "server"
    risk = "its database is down until the server runs with the new flavor"
    id: str
    flavor: Flavor

    @classmethod
    def of(cls, instance: Instance, flavor: Flavor) -> ResizeServer:
        vcpus, ram, disk = instance.flavor_sizes
        sizes = f"{vcpus} to {flavor.vcpus} CPUs, {ram} to {flavor.ram} MiB of memory, {disk} to {flavor.disk} GiB of root disk"
        return cls(instance.name, f"from {instance.flavor_name} to {flavor.name}: {sizes}", instance.id, flavor)


@dataclass(frozen=True)
class ConfirmResize(Step):
    action = "confirm"
    kind = "resize"
    id: str


@dataclass(frozen=True)
class RevertResize(Step):
    """
    :param loses: what is lost with it, or None
    """

    action = "revert"
    kind = "resize"
    warns = True
    id: str
    loses: str | None

    @property
    def risk(self) -> str | None:
        return self.loses


@dataclass(frozen=True)
class NoteFlavor(Step):
    """On the server, since Nova shows the name alone: new members are created like it."""

    action = "update"
    kind = "flavor"
    id: str
    flavor: Flavor

    @classmethod
    def of(cls, instance: Instance, flavor: Flavor) -> NoteFlavor:
        return cls(instance.name, f"note {flavor.name} ({flavor.id})", instance.id, flavor)
