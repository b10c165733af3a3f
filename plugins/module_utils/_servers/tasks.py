# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a task begins while another one has not ended: refused, given up by the user, or followed by a shrink of members that do not serve. Pure."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import replace

from .._datastores.base import Datastore
from .._model import leaving, scaling
from .._model import task as _task
from .._model.cluster import Cluster
from .._model.errors import InvalidInput
from .._model.evidence import AFTER, BEFORE, Act
from .._model.replacing import REPLACING
from .._model.rolling import UPGRADE
from .._plan.plan import Plan, Step
from . import cluster_removal, notes
from .proof import Proof

#: of a plan
Stages = Sequence[Sequence[Step]]


def take_over(observed: Cluster, wanted: str, of: str = "cluster", clear: bool = False, note: str | None = None) -> tuple[Stages, Cluster]:
    """The stages that give up a task of another verb, and the cluster or replication topology as it is then. Without one there is nothing to give up.

    :param wanted: the task that is to begin
    :param of: ``cluster`` or ``instance``
    :param clear: whether the user gives up what runs
    :param note: what is noted instead of `wanted`
    :raises Refused: while another task runs, and clear is not given
    """
    if not clear or observed.task in ("NONE", wanted) or not observed.instances:
        _task.check(observed.task, wanted, of)
        return (), observed
    _task.check(observed.task, wanted, of, may_follow=True)
    note = note or wanted
    begun = replace(observed, instances=tuple(replace(i, task=note) for i in observed.instances))
    return ([give_up(observed)], cluster_removal.note_task(observed, note)), begun


def give_up(observed: Cluster) -> notes.GiveUpTask:
    """The step that says what is given up."""
    names = ", ".join(i.name for i in observed.instances if i.task == observed.task)
    return notes.GiveUpTask(observed.name, f"gives up {observed.task}: whether {names} serve was never proven")


def follow(observed: Cluster, driver: Datastore, leaving: Collection[str], proof: Proof) -> Stages:
    """The stage by which a shrink of members that do not serve follows a task that has not ended; none where there is no such task.

    :param leaving: the names of the members that leave
    :param proof: of which the words before are read
    :raises Refused: for another task, and a leaving member that serves
    """
    if observed.task in ("NONE", scaling.SHRINKING):
        return ()
    going = {i.name: i.address() for i in observed.instances if i.name in leaving}
    unknown = {i.name: i.address() for i in observed.instances if i.name in going and i.status == "ACTIVE"}
    if unknown and not proof.given.get(BEFORE):
        _task.check(observed.task, scaling.SHRINKING, may_follow=proof.check_mode)
    else:
        words = proof.read(BEFORE, unknown)
        serving = [name for name, word in words.items() if word.said is not None and not driver.problems(word.said)]
        _task.check(observed.task, scaling.SHRINKING, may_follow=not serving)
    why = f"needs proof that none of {', '.join(leaving)} serves, since {observed.task} has not ended: it ends with this"
    return ([notes.JudgeEvidence(observed.name, why)],)


def ended(observed: Cluster, first: Callable[[], Step], restart_required: Sequence[str] | None = None, last: Sequence[Step] = ()) -> Plan:
    """The plan that ends a task, and notes which members need a restart for their settings.

    :param first: creates the step before it, of a proof or of what is given up; for a task that has not ended
    :param restart_required: the names of those members; None leaves what is noted
    :param last: steps before the end of a task
    :raises InvalidInput: for a name that no member has
    """
    ending = cluster_removal.note_task(observed, "NONE")
    # another task than their replacement ends: who took the place of a lost one is a member like any other, and lost like any other
    dropped = [notes.DropNote.of(i) for i in observed.instances if i.replaces and i.takes_notes and observed.task != REPLACING]
    # that somebody leaves is noted before the server is deleted, which may have failed; and its name may have been given again
    gone = leaving.gone(observed)
    back = notes.NoteLeft.of(observed.instances, gone) if gone != observed.left else []
    return Plan.of(*([[first()], last, dropped, back] if ending else []), ending, _restarts(observed, restart_required))


def is_settled(observed: Cluster) -> bool:
    """Whether to end the task of a cluster whose members ask for no restart would change nothing: there is none, and nothing that ends with it."""
    return observed.task == "NONE" and not ended(observed, lambda: give_up(observed), restart_required=())


def note_version(observed: Cluster, driver: Datastore, act: Act, proof: Proof) -> list[notes.NoteVersion]:
    """Of an upgrade, where all that are noted together have come to one version. What they said was judged, or is before these are created."""
    said = {i.name for i in observed.instances} <= {*act.members}
    if not (act.turn or "").endswith(UPGRADE) or not proof.given.get(AFTER) or not said:
        return []
    return notes.NoteVersion.of(observed, driver.version_of(proof.read(AFTER, act.members)))


def _restarts(observed: Cluster, names: Sequence[str] | None) -> Iterator[notes.NoteRestart]:
    for number, name in enumerate(names or ()):
        if not observed.instance(name):
            raise InvalidInput(f"restart_required[{number}]", name, [i.name for i in observed.instances])
    for instance in observed.instances if names is not None else ():
        required = instance.name in (names or ())
        if required != instance.restart_required and instance.takes_notes:
            yield notes.NoteRestart.of(instance, required)
