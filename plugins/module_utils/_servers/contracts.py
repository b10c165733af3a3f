# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The reconcilers of a replication topology that act on proof only: contracts that follow what the databases did, and the end of its task."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar

from .._cloud.connection import Cloud
from .._datastores import registry
from .._model import contract, returning, rings, task
from .._model import instance as instances
from .._model.cluster import Cluster, Instance
from .._model.contract import Contract
from .._model.errors import InvalidInput, Refused
from .._model.evidence import CONTRACT, SERVE, UNTOUCHED, Act
from .._plan.plan import Plan
from .._plan.runner import View
from . import cluster_check, cluster_removal, fence, instance_plan, notes, tasks
from .instance import InFamily, OfInstance
from .proof import Proof
from .rearrangement import Rearrangement
from .turn import Turn


class ContractChanged(OfInstance):
    """Write what the databases did: a replica was detached, or took the place of its source.

    :param state: ``detached``, ``promoted`` or ``ejected``; ``attached`` is `attachment.ReplicaAttached`
    :param proof: that the databases replicate as the contracts will say
    """

    _CHANGES: ClassVar[Mapping[str, Callable[[dict[str, Contract], str], dict[str, Contract]]]] = {
        "detached": contract.detached,
        "promoted": contract.promoted,
        "ejected": contract.ejected,
    }
    _TASKS = {"detached": "DETACHING", "promoted": "PROMOTING", "ejected": "EJECTING", "attached": "ATTACHING", "recovered": task.RECOVERING_INSTANCES}
    #: tasks of verbs that this is a part of
    _WITHIN: ClassVar[Mapping[str, Sequence[str]]] = {"promoted": ("UPGRADING",)}
    _PLAYBOOKS = {
        "detached": "stackdb.trove.replica_detach",
        "promoted": "stackdb.trove.replica_promote",
        "ejected": "stackdb.trove.replica_eject",
        "attached": "stackdb.trove.replica_attach",
        "recovered": "stackdb.trove.replica_recover",
    }

    _ONE_WRITER = "Contracts in which one of them is the source of the others end the ring (stackdb.trove.replica_topology)"
    #: of a member of a ring
    _INSTEAD: ClassVar[Mapping[str, str]] = {
        "detached": f"{_ONE_WRITER}; an instance that is named as {{}} leaves the ring then.",
        "promoted": f"Each is a source. {_ONE_WRITER}.",
        "ejected": "Start a member that is down, and give the contracts of the ring to stackdb.trove.replica_topology once more. Where one is lost for"
        f" good, delete its server, and give contracts in which one of the others is the source. {_ONE_WRITER}.",
        "attached": f"{_ONE_WRITER}. The contracts of the ring, given once more, repair a lost link.",
    }

    def __init__(self, cloud: Cloud, name: str, state: str, proof: Proof, clear_task: bool = False) -> None:
        super().__init__(cloud, name)
        self.clear_task = clear_task
        self.state = state
        self.proof = proof

    def _after(self, family: Cluster, instance: Instance) -> dict[str, Contract]:
        """The contracts as they shall be; as they are where the instance replicates from no source, so that it has come so far."""
        now = instances.all_contracts(family)
        own = now[instance.id]
        if not own.replicates_from:
            self._check_has_come_so_far(family, instance)
            return now
        if len(own.replicates_from) > 1:
            names = ", ".join(instances.names(family).get(id_, id_) for id_ in own.replicates_from)
            raise Refused(f"{instance.name} replicates from {names} by its contract, and this verb knows one source.")
        rings.check_none(now, [instance.id], instances.names(family), self._INSTEAD[self.state])
        source = own.replicates_from[0]
        if self.state != "detached" and source in now and set(now[source].replicates_from) - {instance.id}:
            above = instances.names(family)[source]
            raise Refused(
                f"{instance.name} replicates from {above}, which is a replica itself, so it cannot take the place of the source."
                " stackdb.trove.replica_topology can make it a replica of the source before."
            )
        if source not in now:
            # deleted by hand: what is left of it is our own word
            now = {**now, source: contract.Contract(replicates_to=(instance.id,))}
        after = self._CHANGES[self.state](now, instance.id)
        return after if self._is_there(family, source) else {id_: own.without(source) for id_, own in after.items()}

    @staticmethod
    def _is_there(family: Cluster, id_: str) -> bool:
        return any(i.id == id_ for i in family.instances)

    def _check_has_come_so_far(self, family: Cluster, instance: Instance) -> None:
        """:raises InvalidInput: for one that replicates from no source, and for which an earlier run has not written the contracts"""
        ejected = any(instances.is_left_out(i) for i in family.instances)
        if self.state == "detached" or (self.state == "promoted" and instances.contract_of(instance).writable) or (self.state == "ejected" and ejected):
            return
        raise InvalidInput("name", self.name, "a replica, or one that has taken over", rule=f"{instance.name} replicates from no source.")

    def plan(self, observed: InFamily | None) -> Plan:
        family, instance = self.found(observed)
        own = family.task if family.task in self._WITHIN.get(self.state, ()) else self._TASKS[self.state]
        given_up, _begun = tasks.take_over(family, own, "instance", self.clear_task)
        after = self._after(family, instance)
        plan = instance_plan.change_contracts(family, after, instance.id)
        if not plan:
            return Plan.of(*given_up)
        advice = f"The playbook {self._PLAYBOOKS[self.state]} changes the databases, and asks every instance."
        step = self.proof.step(registry.of_instance(family.datastore), self._act(family, instance, after), family.name, advice)
        return Plan.of([step], *given_up, *plan.stages)

    def _act(self, family: Cluster, instance: Instance, after: Mapping[str, Contract]) -> Act:
        """All that are connected now have to be as it says, but for a source that was ejected, which is dead."""
        dead = instances.contract_of(instance).replicates_from if self.state == "ejected" else ()
        members = [i for i in instances.connected(family, instance).instances if i.id not in dead]
        followers = tuple(i.name for i in members if set(dead) & set(instances.contract_of(i).replicates_from))
        return links_act(family, members, after, followers)

    def predict(self, plan: Plan, observed: InFamily | None) -> View:
        family, instance = self.found(observed)
        after = self._after(family, instance)
        return self.view((replace(family, instances=tuple(replace(i, contract=after[i.id]) for i in family.instances)), instance))


def links_act(family: Cluster, members: Iterable[Instance], after: Mapping[str, Contract], joining: tuple[str, ...]) -> Act:
    """The Act of which the proof is that the links of these members are as the contracts will say."""
    names = instances.names(family)

    def wanted(own: Contract) -> dict[str, Any]:
        source = next(iter(own.replicates_from), None)
        return {"source": source and names.get(source, source), "writable": own.writable}

    members = tuple(members)
    return Act(CONTRACT, {i.name: i.address() for i in members}, joining=joining, contracts={i.name: wanted(after[i.id]) for i in members})


class InstanceTask(OfInstance):
    """Begin a task on a whole replication topology, since its instances change together, or end it with NONE.

    :param proof: for NONE, that the instances serve
    :param source: name or id of the source that the instance was to be attached to: all that are connected with either have to serve then, or are as they were
    :param contract: the contracts that were to be established: likewise for all that they are about
    :param untouched: the task is ended since what it was begun for was refused and nothing was changed, and that is what is proven
    :param clear_task: whether a task of another verb that has not ended is given up; with NONE, whether it ends without proof
    :param restart_required: for NONE, the names of the instances that need a restart for their settings; None leaves what is noted
    :param turn: of a verb that takes members one after the other
    :param stop_server: for EJECTING, whether to stop the instance's server, a failed source's, of which the proof is; nothing is done where it is off
    :param timeout: seconds
    :param metadata: for NONE, the user's own that the named instance shall have; None leaves what it has
    """

    def __init__(
        self,
        cloud: Cloud,
        name: str,
        task: str,
        proof: Proof,
        untouched: bool = False,
        clear_task: bool = False,
        restart_required: Sequence[str] | None = None,
        turn: Turn | None = None,
        stop_server: bool = False,
        timeout: int = 600,
        source: str | None = None,
        metadata: Mapping[str, str] | None = None,
        contract: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(cloud, name, timeout)
        self.source = source
        self.metadata = None if untouched else metadata
        self.contract = contract
        self.task = task
        self.stop_server = stop_server
        self.proof = proof
        self.untouched = untouched
        self.clear_task = clear_task
        self.restart_required = restart_required
        self.turn = turn or Turn()

    def plan(self, observed: InFamily | None) -> Plan:
        family, instance = self.found(observed)
        if self.task != "NONE":
            # of those that are not stopped with it the task that is given up ends
            note = "NONE" if self.task == task.STOPPED else None
            given_up, begun = tasks.take_over(family, self.task, "instance", self.clear_task, note)
            begun = self._scope(begun, instance)
            stopping = fence.stages(family, instance, self.proof) if self.stop_server else ()
            if self.stop_server and not stopping:
                return Plan()
            return Plan.of(*given_up, cluster_removal.note_task(begun, self.task, self.turn.run), *stopping)
        left_out = notes.NoteMetadata.left_out([instance], self.metadata)
        return Plan.of(*self._ended(family, instance).stages, notes.NoteMetadata.of([instance], self.metadata), warnings=left_out)

    def _ended(self, family: Cluster, instance: Instance) -> Plan:
        if self.clear_task:
            return tasks.ended(self._scope(family, instance), lambda: tasks.give_up(family), self.restart_required)
        cluster_check.check_complete(family)
        driver, act = registry.of_instance(family.datastore), self._act(family, instance)
        advice = f"Run the playbook again that began {family.task}: it asks every instance."
        last = tasks.note_version(family, driver, act, self.proof)
        return tasks.ended(self._scope(family, instance), lambda: self.proof.step(driver, act, family.name, advice), self.restart_required, last)

    def _scope(self, family: Cluster, instance: Instance) -> Cluster:
        """The instances that have the task: the whole replication topology, since one is changed with the others; but only connected ones are stopped for
        long."""
        return instances.connected(family, instance) if task.STOPPED in (self.task, family.task) else family

    def _act(self, family: Cluster, instance: Instance) -> Act:
        members = self._concerned(family, instance)
        if family.task == task.RECOVERING_INSTANCES and instance not in members:
            # a source that was left out, and may have been fenced
            members = [instance, *members]
        if self.untouched and family.task in ("EJECTING", task.RECOVERING_INSTANCES):
            # the one that is dead can say nothing, neither before nor after
            dead = [i.name for i in members if instances.contract_of(i).replicates_to or family.task != "EJECTING"]
            silent = self.proof.silent(dead)
            members = [i for i in members if i.name not in silent]
        if not self.untouched and family.task in (task.RECOVERING_INSTANCES, task.UPGRADING_INSTANCES):
            # One that serves, and follows another one than its contract says, is not recovered; nor is it where an upgrade has promoted a replica, and the run
            # that continues does not know of it.
            return self.turn.proven(links_act(family, members, instances.all_contracts(family), ()))
        return self.turn.proven(Act(UNTOUCHED if self.untouched else SERVE, {i.name: i.address() for i in members}))

    def _concerned(self, family: Cluster, instance: Instance) -> list[Instance]:
        if self.contract:
            return Rearrangement.of(family, instance, self.contract).instances
        return instances.together(family, instance, self._source_in(family)) if self.source else instances.concerned(family, instance)

    def _source_in(self, family: Cluster) -> Instance:
        found = returning.find_source(family, self.source or "")
        if not found:
            raise InvalidInput("source", self.source, [i.name for i in family.instances])
        return found

    def predict(self, plan: Plan, observed: InFamily | None) -> View:
        family, instance = self.found(observed)
        stopped = fence.stopped(plan, family) if self.stop_server else family
        scope = {i.id for i in self._scope(family, instance).instances}

        def after(one: Instance) -> Instance:
            if one.id not in scope:
                return one
            given = self.metadata is not None and one.id == instance.id and one.takes_notes
            metadata = self.metadata if self.metadata is not None and given else one.metadata
            return replace(one, task=self.task, metadata=metadata)

        return self.view((replace(stopped, instances=tuple(map(after, stopped.instances))), instance))
