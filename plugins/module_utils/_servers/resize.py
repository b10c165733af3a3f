# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Other sizes for members that are there: what there is to do, and all that can be refused before. See resize_member.py for how one member gets them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Optional

from .._cloud import families, lookup, quotas, resizing
from .._cloud.connection import Cloud, at_once
from .._datastores import registry
from .._datastores.base import Datastore
from .._model import fitting, sizes
from .._model import instance as instances
from .._model.cluster import Cluster, Instance
from .._model.errors import InvalidInput
from .._model.sizes import DONE, TODO, Change, Flavor, Sizes
from .._plan.plan import Plan, Step
from .._plan.runner import View
from . import cluster_check, hosts
from .cluster import find
from .leased import Leased
from .resize_steps import ConfirmResize, ExtendVolume, NoteFlavor, ResizeServer

#: a cluster, or a family with the instance that was named; None where there is no such thing
Found = Optional[tuple[Cluster, Optional[Instance]]]


@dataclass(frozen=True)
class Asked:
    """What was asked for.

    :param of: ``cluster`` or ``instance``
    :param name: of the cluster, None where its id is enough; or name or id of the instance
    :param flavor: name or id, None to leave it
    :param volume_size: GiB, None to leave it
    :param members: names; of none all
    :param id: of the cluster, where two came to have the same name
    """

    of: str
    name: str | None
    flavor: str | None = None
    volume_size: int | None = None
    members: Sequence[str] = ()
    id: str | None = None

    def __post_init__(self) -> None:
        """:raises InvalidInput: for nothing to change, and for a size that is none"""
        if self.volume_size is not None and self.volume_size < 1:
            raise InvalidInput("volume_size", self.volume_size, "a number of GiB from 1")
        if not self.flavor and self.volume_size is None:
            raise InvalidInput("flavor", self.flavor, "flavor, volume_size, or both")


class OfSizes(Leased[Found]):
    def __init__(self, cloud: Cloud, asked: Asked, timeout: int) -> None:
        super().__init__(cloud, timeout)
        self.asked = asked

    def observe(self) -> Found:
        """Once Nova is done with what an earlier run asked for."""
        found = self._find()
        if found is None:
            return None
        busy = [i.id for i in self.chosen(found) if i.busy or i.status in resizing.UNDER_WAY]
        at_once(*(lambda id_=id_: resizing.at_rest(self.cloud, id_, self.timeout) for id_ in busy))
        return self._find() if busy else found

    def _find(self) -> Found:
        if self.asked.of == "instance":
            family, instance = families.find(self.cloud, self.asked.name or "")
            return (family, instance) if family and instance else None
        cluster = find(self.cloud, self.asked.name, self.asked.id)
        return (cluster, None) if cluster and cluster.instances else None

    def cluster_of(self, observed: Found) -> Cluster | None:
        return observed[0] if observed else None

    def existing(self, observed: Found) -> tuple[Cluster, list[Instance]]:
        """What is there, and the instances that were chosen.

        :raises InvalidInput: where there is no such thing, or none of these names
        """
        if observed is None:
            if self.asked.of == "cluster":
                cluster_check.existing(self.asked.name or self.asked.id, None)
            raise InvalidInput("name", self.asked.name, "the name or id of an instance; stackdb.trove.trove_instance_info lists them")
        return observed[0], self.chosen(observed)

    def chosen(self, observed: tuple[Cluster, Instance | None]) -> list[Instance]:
        """Of a source its replicas and then itself; a replica alone; of a cluster all, or those that were named."""
        cluster, instance = observed
        if instance is None:
            return sizes.chosen(cluster, self.asked.members)
        followers = [i for i in cluster.instances if i.contract and instance.id in i.contract.replicates_from]
        return sizes.chosen(replace(cluster, instances=(*followers, instance)), self.asked.members)

    def driver(self, cluster: Cluster) -> Datastore:
        return registry.of_instance(cluster.datastore) if self.asked.of == "instance" else registry.of_cluster(cluster.datastore)

    def wanted(self) -> Sizes:
        """:raises InvalidInput: for a flavor that there is not"""
        flavor = lookup.find_flavor(self.cloud, self.asked.flavor) if self.asked.flavor else None
        return Sizes(flavor, self.asked.volume_size)

    def view(self, observed: Found) -> View:
        if observed is None:
            return None
        cluster, instance = observed
        if instance is None:
            return cluster.view()
        return {"instances": [instances.show(cluster, i) for i in instances.connected(cluster, instance).instances]}

    def predict(self, plan: Plan, observed: Found) -> View:
        """With the sizes that the plan leads to."""
        if observed is None:
            return None
        flavors = {step.id: step.flavor for step in plan.steps if isinstance(step, ResizeServer)}
        volumes = {step.id: step.size for step in plan.steps if isinstance(step, ExtendVolume)}
        cluster, instance = observed
        after = tuple(_with_sizes(i, flavors.get(i.id), volumes) for i in cluster.instances)
        return self.view((replace(cluster, instances=after), instance))


def _with_sizes(instance: Instance, flavor: Flavor | None, volumes: dict[str, int]) -> Instance:
    if flavor:
        instance = replace(instance, flavor_name=flavor.name, flavor_id=flavor.id)
    volume = instance.volume
    return replace(instance, volume=replace(volume, size=volumes[volume.id])) if volume and volume.id in volumes else instance


class ResizePlanned(OfSizes):
    """All that is to be done, and all that can be refused before anything is touched. Nothing is carried out."""

    def plan(self, observed: Found) -> Plan:
        cluster, chosen = self.existing(observed)
        wanted = self.wanted()
        if wanted.flavor:
            fitting.check_memory(self.driver(cluster), wanted.flavor)
        changes = sizes.changes(chosen, wanted)
        self._check_room(changes, wanted)
        return Plan.of(*stages(changes, wanted))

    def _check_room(self, changes: Sequence[Change], wanted: Sizes) -> None:
        """:raises Refused: for a quota that would not hold it"""
        if all(change.is_done for change in changes):
            return
        growing = [c.instance for c in changes if c.flavor == TODO]
        cores, ram = sizes.more_room(growing, wanted.flavor) if wanted.flavor else (0, 0)
        gigabytes = sum((wanted.volume_size or 0) - c.instance.volume.size for c in changes if c.volume == TODO and c.instance.volume)
        quotas.check(quotas.read(self.cloud), quotas.Need(cores=cores, ram=ram, gigabytes=gigabytes))

    def due(self, observed: Found) -> dict[str, Any]:
        """How far each member has come: ``{flavor: {id, name, vcpus, ram, disk} or None, volume_size, members: [{name, flavor, volume}]}``."""
        _cluster, chosen = self.existing(observed)
        wanted = self.wanted()
        changes = sizes.changes(chosen, wanted)
        shown = [{"name": c.instance.name, "flavor": c.flavor, "volume": c.volume} for c in changes]
        return {"flavor": wanted.flavor and wanted.flavor._asdict(), "volume_size": wanted.volume_size, "members": shown}


def stages(changes: Sequence[Change], wanted: Sizes) -> list[list[Step]]:
    """The stages of all members, in the order in which they were chosen: each by itself, volumes first."""
    found: list[list[Step]] = [extension(c, wanted) for c in changes]
    for change in changes if wanted.flavor else ():
        found += [resizing_of(change, wanted.flavor), _ending(change, wanted.flavor)] if wanted.flavor else []
    return found


def extension(change: Change, wanted: Sizes) -> list[Step]:
    volume = change.instance.volume
    return [ExtendVolume.of(volume, wanted.volume_size)] if change.volume == TODO and volume and wanted.volume_size else []


def resizing_of(change: Change, flavor: Flavor) -> list[Step]:
    return [ResizeServer.of(change.instance, flavor)] if change.flavor == TODO else []


def _ending(change: Change, flavor: Flavor) -> list[Step]:
    instance = change.instance
    if change.flavor == DONE:
        return []
    why = f"once its database serves with {flavor.name}; else it is reverted, and the database serves as before"
    return [ConfirmResize(instance.name, why, instance.id)]


def noting(instance: Instance, flavor: Flavor) -> list[Step]:
    """Of a server that others have created nothing was noted."""
    noted = instance.flavor_id == flavor.id or instance.adopted
    return [] if noted else [NoteFlavor.of(instance, flavor)]


def about(observed: Found, view: View) -> dict[str, Any]:
    """What the module returns of what is there, beside the sizes: ``{cluster or instances, hosts, placement}``."""
    if observed is None or view is None:
        raise ValueError("nothing was observed, though that is refused")
    cluster, instance = observed
    if instance is None:
        return {"cluster": view, "hosts": hosts.of_cluster(cluster), "placement": cluster.placement().view()}
    beside = hosts.about(cluster, instance)
    return {**view, "hosts": beside["hosts"], "placement": beside["placement"]}
