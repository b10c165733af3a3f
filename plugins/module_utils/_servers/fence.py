# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plan that stops the server of a failed source, so that it takes no writes beside its successor. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from .._cloud.power import OFF
from .._datastores import registry
from .._model import instance as instances
from .._model.cluster import Cluster, Instance
from .._model.errors import Refused
from .._model.evidence import FENCE, Act
from .._plan.plan import Plan, Step
from . import steps
from .proof import Proof

#: the states in which Nova stops a server (nova.compute.api.API.stop)
_STOPPABLE = ("ACTIVE", "ERROR")
_ADVICE = "Repair what is named; where the source lives, stackdb.trove.replica_promote puts a replica in its place."


def stages(family: Cluster, source: Instance, proof: Proof) -> Sequence[Sequence[Step]]:
    """The proof, and the stop; none for a server that is off already.

    :raises Refused: for a replica, for a server that Nova would not stop, and for a source that one of its replicas finds alive
    """
    if source.status == OFF:
        return ()
    if instances.contract_of(source).replicates_from:
        raise Refused(f"Nothing was changed: {source.name} is a replica by its contract, and only the server of a failed source is stopped.")
    if source.locked:
        raise Refused(f"Nothing was changed: the server {source.name} ({source.id}) is locked in Nova. Unlock it, and run the playbook again.")
    if source.status not in _STOPPABLE:
        raise Refused(
            f"Nothing was changed: the server {source.name} ({source.id}) is {source.status}, and Nova stops one that is {' or '.join(_STOPPABLE)}."
            " Wait until the server has that status, or set it by hand, and run the playbook again."
        )
    step = proof.step(registry.of_instance(family.datastore), _act(family, source), source.name, _ADVICE)
    why = f"the failed source takes no writes beside the new one; it is {source.status} now"
    return ([step], [steps.StopServer(source.name, why, source.id)])


def stopped(plan: Plan, family: Cluster) -> Cluster:
    """The replication topology as it is when the plan was carried out."""
    off = {step.id for step in plan.steps if isinstance(step, steps.StopServer)}
    return replace(family, instances=tuple(replace(i, status=OFF) if i.id in off else i for i in family.instances))


def _act(family: Cluster, source: Instance) -> Act:
    """All that are connected with it have to have a word; where it was ejected before, all others of the replication topology."""
    members = [i for i in instances.concerned(family, source) if i.id != source.id]
    return Act(FENCE, {i.name: i.address() for i in members}, leaving={source.name: source.address()})
