# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What contracts that were given as data mean for a replication topology: who is concerned, what is refused, and what has to be done. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .._datastores import registry
from .._model import contract_form, rearranging
from .._model import instance as instances
from .._model.cluster import Cluster, Instance
from .._model.contract import Contract
from .._model.errors import Refused


@dataclass(frozen=True)
class Rearrangement:
    """
    :param now: the contracts of all instances of the replication topology
    :param after: as they shall be
    :param instances: those that the change is about, in the order of the replication topology
    """

    family: Cluster
    now: Mapping[str, Contract]
    after: Mapping[str, Contract]
    instances: list[Instance]

    @classmethod
    def of(cls, family: Cluster, own: Instance, data: Mapping[str, Any]) -> Rearrangement:
        """
        :param own: the instance that a flat contract is of
        :raises InvalidInput: for contracts that cannot be read
        """
        now, names = instances.all_contracts(family), instances.names(family)
        said = contract_form.read(data, names, own.id)
        after = contract_form.complete(said, now, names)
        concerned = rearranging.touched(now, after, said)
        return cls(family, now, after, [i for i in family.instances if i.id in concerned])

    @property
    def _ids(self) -> list[str]:
        return [i.id for i in self.instances]

    def check(self) -> None:
        """:raises Refused: for what the datastore cannot, and for servers that do not run"""
        driver = registry.of_instance(self.family.datastore)
        rearranging.check(self.now, self.after, self._ids, instances.names(self.family), driver.not_built)
        off = [f"{i.name} is {i.status}" for i in self.instances if i.status != "ACTIVE"]
        if off:
            raise Refused(f"All servers of a topology have to be ACTIVE, and {', '.join(off)}. Start them, or replace a dead source by replica_eject first.")

    def changes(self) -> list[rearranging.Change]:
        return rearranging.changes(self.now, self.after, self._ids, instances.names(self.family))

    def joining(self) -> tuple[str, ...]:
        """The names of those that need not serve before, since they are attached."""
        names = instances.names(self.family)
        concerned = {rearranging.ATTACH: "ids", rearranging.CLOSE: "ids", rearranging.OPEN: "ring"}
        found = (id_ for change in self.changes() if change.verb in concerned for id_ in getattr(change, concerned[change.verb]))
        return tuple(dict.fromkeys(names[id_] for id_ in found))
