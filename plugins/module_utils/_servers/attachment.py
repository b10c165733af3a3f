# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The reconciler of trove_replica that writes the contract of an instance which returned as a replica."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from .._cloud import families
from .._cloud.connection import Cloud
from .._model import contract, returning, rings
from .._model import instance as instances
from .._model.cluster import Cluster, Instance
from .._model.contract import Contract
from .._model.errors import InvalidInput
from .._model.evidence import Act
from .._plan.plan import Plan
from .contracts import ContractChanged, links_act
from .instance import InFamily
from .proof import Proof


class ReplicaAttached(ContractChanged):
    """Write on both sides that an instance replicates from a source, as its database does.

    :param source: name or id of the source
    """

    def __init__(self, cloud: Cloud, name: str, source: str, proof: Proof, clear_task: bool = False) -> None:
        super().__init__(cloud, name, "attached", proof, clear_task)
        self.source = source

    def _source_in(self, family: Cluster, instance: Instance) -> Instance:
        """
        :raises InvalidInput: where there is no such instance
        :raises Refused: for one of another replication topology
        """
        found = returning.find_source(family, self.source)
        if found:
            return found
        other, source = families.find(self.cloud, self.source)
        if not other or not source:
            raise InvalidInput("source", self.source, "the name or id of an instance; stackdb.trove.trove_instance_info lists them")
        raise returning.elsewhere(family, instance, other, source)

    def concerned(self, observed: InFamily | None) -> list[Instance]:
        family, instance = self.found(observed)
        return [self._source_in(family, instance)]

    def plan(self, observed: InFamily | None) -> Plan:
        family, instance = self.found(observed)
        source = self._source_in(family, instance)
        rings.check_none(instances.all_contracts(family), [instance.id, source.id], instances.names(family), self._INSTEAD["attached"])
        returning.check(family, instance, source)
        plan = super().plan(observed)
        return replace(plan, warnings=(*plan.warnings, *returning.place(family, instance)))

    def _after(self, family: Cluster, instance: Instance) -> dict[str, Contract]:
        return contract.attached(instances.all_contracts(family), instance.id, self._source_in(family, instance).id)

    def _act(self, family: Cluster, instance: Instance, after: Mapping[str, Contract]) -> Act:
        """All that are connected with either."""
        return links_act(family, instances.together(family, instance, self._source_in(family, instance)), after, joining=(instance.name,))
