# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Carry out the stages of a plan on the cloud, and roll back what a failed one created."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial, singledispatchmethod
from itertools import groupby
from typing import Any, NoReturn

from .._cloud import aside, power, removal, resizing, write
from .._cloud.connection import Cloud, at_once_settled
from .._cloud.lease import Lease
from .._cloud.waiter import TimedOut
from .._model import identity
from .._model.errors import CloudError, Refused, TroveError, Unanswered
from .._plan.plan import Plan, Step
from . import members, notes, resize_steps, steps

#: what is rolled back first: a volume can only go when its server has gone, a security group when its ports have
_BACKWARDS = ("server", "volume", "server_group", "security_group", "task")
#: a task that ends when what it created is rolled back; what deletes goes on instead
_UNDONE_WITH = ("GROWING_CLUSTER",)


@dataclass(frozen=True)
class _Done:
    """What this run did and can undo."""

    kind: str
    name: str
    undo: Callable[[], object]


class Applier:
    """Applies one plan.

    :param timeout: seconds for each thing that is waited for
    :param have: ids of what exists, by (kind, name); grows with what is created
    :param lease: that the run has, or gets with the security group that it creates
    :param wait: whether to wait for new servers to be active
    """

    #: steps that are better done together than each by itself: a function that takes all of one stage
    TOGETHER: Mapping[type[Step], Callable[[Any, Any], None]] = {
        steps.CreateServer: members.create_servers,
        steps.AttachVolume: members.attach_volumes,
    }

    def __init__(self, cloud: Cloud, timeout: int, have: Mapping[tuple[str, str], str], lease: Lease, wait: bool = True) -> None:
        self.lease = lease
        self.cloud = cloud
        self.timeout = timeout
        self.wait = wait
        self.have = dict(have)
        self._done: list[_Done] = []

    def run(self, plan: Plan) -> None:
        """Apply all stages. The steps of one stage run at the same time.

        :raises CloudError: with the cloud's own words, after what this run created was rolled back
        :raises Refused: where another run was found at work; after what this run created was rolled back, unless the lease was lost
        :raises TimedOut, Unanswered: with nothing rolled back: the next run goes on
        """
        for stage in plan.stages:
            self._confirm(stage)
            errors = [error for _none, error in at_once_settled(*self._calls(stage)) if error]
            if errors:
                self._give_up(errors)

    def _confirm(self, stage: Iterable[Step]) -> None:
        self.lease.confirm()
        if any(isinstance(step, steps.CreateServer) for step in stage):
            try:
                self.lease.yield_to_older(at_last=True)
            except Refused as error:
                self._give_up([error])

    def _calls(self, stage: Iterable[Step]) -> Iterator[Callable[[], None]]:
        """What runs at the same time: all steps alike that are better done together, and every other step by itself."""

        def alike(step: Step) -> tuple[str, str]:
            return (step.action, step.kind)

        for _key, group in groupby(sorted(stage, key=alike), key=alike):
            same = list(group)
            together = self.TOGETHER.get(type(same[0]))
            yield from [partial(together, self, same)] if together else [partial(self.carry_out, step) for step in same]

    def note_created(self, kind: str, name: str, id_: str) -> None:
        """Remember what this run created: the steps after it need the id, and a failure rolls it back."""
        self.have[kind, name] = id_
        self._done.append(_Done(kind, name, partial(removal.delete, self.cloud, kind, id_, self.timeout)))

    @singledispatchmethod
    def carry_out(self, step: Step) -> None:
        """Carry out one step.

        :raises TypeError: for a step that nobody carries out
        """
        raise TypeError(f"there is no way to {step.action} {step.kind}")

    @carry_out.register(notes.JudgeEvidence)
    @carry_out.register(notes.SkipEvidence)
    @carry_out.register(notes.GiveUpTask)
    def _judged(self, step: Step) -> None:
        """Nothing to do: a plan exists only when what it stands for was judged."""

    @carry_out.register(steps.CreateSecurityGroup)
    def _create_security_group(self, step: steps.CreateSecurityGroup) -> None:
        self.note_created("security_group", step.name, self.lease.create(step.name, step.cluster_id))
        self.lease.yield_to_older()

    @carry_out.register(notes.NoteDeletion)
    def _note_deletion(self, step: notes.NoteDeletion) -> None:
        self.lease.mark_deleting()

    @carry_out.register(steps.CreateRules)
    def _create_rules(self, step: steps.CreateRules) -> None:
        write.create_rules(self.cloud, self.have["security_group", step.name], step.rules)

    @carry_out.register(steps.DeleteRules)
    def _delete_rules(self, step: steps.DeleteRules) -> None:
        write.delete_rules(self.cloud, step.ids)

    @carry_out.register(steps.CreateServerGroup)
    def _create_server_group(self, step: steps.CreateServerGroup) -> None:
        group = write.create_server_group(self.cloud, step.name, step.policy, step.max_server_per_host)
        self.note_created("server_group", step.name, group.id)

    @carry_out.register(steps.CreateVolume)
    def _create_volume(self, step: steps.CreateVolume) -> None:
        id_ = write.create_volume(self.cloud, step.cluster_id, step.cluster_name, step.name, step.size, step.type_id, step.zone)
        self.note_created("volume", step.name, id_)

    @carry_out.register(notes.NoteTask)
    def _note_task(self, step: notes.NoteTask) -> None:
        run = {identity.TASK_RUN: step.run} if step.run else {}
        write.note_all(self.cloud, step.id, {identity.TASK: step.task, **run}, (identity.TASK_RUN,) if step.stale else ())
        if step.task in _UNDONE_WITH:
            self._done.append(_Done("task", step.name, partial(write.note, self.cloud, step.id, identity.TASK, step.before)))

    @carry_out.register(notes.NoteLastNumber)
    def _note_last_number(self, step: notes.NoteLastNumber) -> None:
        write.note(self.cloud, step.id, identity.LAST_NUMBER, step.number)

    @carry_out.register(notes.NoteRestart)
    def _note_restart(self, step: notes.NoteRestart) -> None:
        key = identity.RESTART_REQUIRED
        write.note_all(self.cloud, step.id, {key: "true"} if step.required else {}, () if step.required else (key,))

    @carry_out.register(notes.DropNote)
    def _drop_note(self, step: notes.DropNote) -> None:
        write.note_all(self.cloud, step.id, {}, (step.key,))

    @carry_out.register(steps.SetVolumeAside)
    def _set_volume_aside(self, step: steps.SetVolumeAside) -> None:
        aside.set_aside(self.cloud, step.id, step.aside, step.whose)

    @carry_out.register(notes.NoteLeft)
    @carry_out.register(notes.NoteMetadata)
    @carry_out.register(notes.NoteVersion)
    def _note_metadata(self, step: notes.NoteLeft | notes.NoteMetadata | notes.NoteVersion) -> None:
        write.note_all(self.cloud, step.id, step.items, step.gone)

    @carry_out.register(notes.WriteContract)
    def _write_contract(self, step: notes.WriteContract) -> None:
        replicas = {identity.REPLICATES_TO + self.have["server", name]: name for name in step.replicas}
        write.note_all(self.cloud, step.id, {**step.items, **replicas}, step.gone)

    @carry_out.register(notes.AdoptServer)
    def _adopt_server(self, step: notes.AdoptServer) -> None:
        group_id = self.have["security_group", step.security_group] if step.security_group else None
        write.adopt(self.cloud, step.id, step.metadata, step.tags, group_id)

    @carry_out.register(notes.ReleaseServer)
    def _release_server(self, step: notes.ReleaseServer) -> None:
        write.release(self.cloud, step.id, step.tags, step.security_group)

    @carry_out.register(steps.StopServer)
    def _stop_server(self, step: steps.StopServer) -> None:
        power.stop_server(self.cloud, step.id, self.timeout)

    @carry_out.register(resize_steps.ExtendVolume)
    def _extend_volume(self, step: resize_steps.ExtendVolume) -> None:
        resizing.extend(self.cloud, step.id, step.size, self.timeout)

    @carry_out.register(resize_steps.ResizeServer)
    def _resize_server(self, step: resize_steps.ResizeServer) -> None:
        resizing.resize(self.cloud, step.id, step.flavor, self.timeout)

    @carry_out.register(resize_steps.ConfirmResize)
    def _confirm_resize(self, step: resize_steps.ConfirmResize) -> None:
        resizing.confirm(self.cloud, step.id, self.timeout)

    @carry_out.register(resize_steps.RevertResize)
    def _revert_resize(self, step: resize_steps.RevertResize) -> None:
        resizing.revert(self.cloud, step.id, self.timeout)

    @carry_out.register(resize_steps.NoteFlavor)
    def _note_flavor(self, step: resize_steps.NoteFlavor) -> None:
        write.note(self.cloud, step.id, identity.FLAVOR, f"{step.flavor.id}/{step.flavor.name}")

    @carry_out.register(steps.StartServer)
    def _start_server(self, step: steps.StartServer) -> None:
        power.start_server(self.cloud, step.id, self.timeout)

    @carry_out.register(steps.DeleteServer)
    @carry_out.register(steps.DeleteVolume)
    @carry_out.register(steps.DeleteServerGroup)
    @carry_out.register(steps.DeleteSecurityGroup)
    def _delete(self, step: steps.DeleteServer | steps.DeleteVolume | steps.DeleteServerGroup | steps.DeleteSecurityGroup) -> None:
        removal.delete(self.cloud, step.kind, step.id, self.timeout)

    def _give_up(self, errors: Iterable[TroveError]) -> NoReturn:
        errors = list(errors)
        for error in errors:
            if isinstance(error, TimedOut):
                raise error
            if isinstance(error, Unanswered):
                text = f"{error.message.rstrip('. ')}. Nothing was rolled back, since the result is not known. Run the playbook again to continue."
                raise Unanswered(text, **error.details) from error
        text = " ".join(dict.fromkeys(error.message for error in errors))
        taken, left = self._roll_back()
        if taken:
            text += f" Rolled back: {', '.join(taken)}."
        if left:
            text += f" Left behind: {'; '.join(left)}."
        kind = Refused if any(isinstance(error, Refused) for error in errors) else CloudError
        raise kind(text, rolled_back=taken, left_behind=left)

    def _roll_back(self) -> tuple[list[str], list[str]]:
        taken, left = [], []
        for kind in _BACKWARDS:
            things = sorted((done for done in self._done if done.kind == kind), key=lambda done: done.name)
            results = at_once_settled(*(done.undo for done in things))
            for done, (_none, error) in zip(things, results):
                label = f"{kind.replace('_', ' ')} {done.name}"
                if error:
                    left.append(f"{label}: {error.message}")
                else:
                    taken.append(label)
        return taken, left
