# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The reconciler of trove_replica that writes the contract of a former source, which a recovery has turned into a replica of the present one."""

from __future__ import annotations

from collections.abc import Mapping

from .._cloud.connection import Cloud
from .._datastores import registry
from .._model import contract
from .._model import instance as instances
from .._model.cluster import Cluster, Instance
from .._model.contract import Contract
from .._model.evidence import AFTER, Act
from .contracts import ContractChanged, links_act
from .proof import Proof


class InstancesRecovered(ContractChanged):
    """Of one that an ejection has left out, and that follows the source of the others now, the contract says so. All other contracts stay as they are."""

    def __init__(self, cloud: Cloud, name: str, proof: Proof, clear_task: bool = False) -> None:
        super().__init__(cloud, name, "recovered", proof, clear_task)

    def _after(self, family: Cluster, instance: Instance) -> dict[str, Contract]:
        now = instances.all_contracts(family)
        source = self._followed(family, instance) if instances.is_left_out(instance) else None
        return contract.attached(now, instance.id, source.id) if source else now

    def _followed(self, family: Cluster, instance: Instance) -> Instance | None:
        """The source among the others that the database of this one says it replicates from; None where it says nothing, or follows nobody."""
        word = self.proof.read(AFTER, {instance.name: instance.address()})[instance.name]
        if word.said is None:
            return None
        follows = registry.of_instance(family.datastore).standing(word.said).follows
        sources = [i for i in instances.concerned(family, instance) if i.contract and i.contract.writable and not i.contract.replicates_from]
        return next((i for i in sources if follows and i.address() == follows), None)

    def _act(self, family: Cluster, instance: Instance, after: Mapping[str, Contract]) -> Act:
        members = {i.id: i for i in (instance, *instances.concerned(family, instance))}
        return links_act(family, members.values(), after, joining=tuple(i.name for i in members.values()))
