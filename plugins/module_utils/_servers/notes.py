# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The steps that note something on what is there: a task, a number, a contract; and those that say what an act rests on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from .._model import identity, user_metadata
from .._model.cluster import Cluster, Instance
from .._plan.plan import Step


@dataclass(frozen=True)
class JudgeEvidence(Step):
    """Stands for evidence that was judged when the plan was created: nothing is left to do."""

    action = "judge"
    kind = "evidence"


@dataclass(frozen=True)
class SkipEvidence(Step):
    """The act is done without evidence, by the user's word."""

    action = "skip"
    kind = "evidence"
    warns = True
    loses: str

    @property
    def risk(self) -> str:
        return self.loses


@dataclass(frozen=True)
class GiveUpTask(Step):
    """Says what is given up with a task that has not ended; the steps after it note the next one."""

    action = "give_up"
    kind = "task"
    warns = True


@dataclass(frozen=True)
class NoteTask(Step):
    """
    :param before: the task that was noted, which is noted again when a growth is rolled back
    :param run: the run that begins it, where that is noted, too
    :param stale: whether another task's run is noted, and goes
    """

    action = "update"
    kind = "task"
    id: str
    task: str
    before: str
    run: str | None = None
    stale: bool = False

    @classmethod
    def of(cls, instance: Instance, task: str, run: str | None = None) -> NoteTask:
        stale = instance.task_run is not None and run is None
        return cls(instance.name, f"from {instance.task} to {task}", instance.id, task, instance.task, run, stale)


@dataclass(frozen=True)
class NoteLastNumber(Step):
    action = "update"
    kind = "last_number"
    id: str
    number: int


@dataclass(frozen=True)
class NoteLeft(Step):
    """On one that stays: which members left, see identity.LEFT.

    :param items: metadata to write
    :param gone: keys of metadata to remove
    """

    action = "update"
    kind = "left"
    id: str
    items: Mapping[str, str]
    gone: tuple[str, ...]

    @classmethod
    def of(cls, instances: Iterable[Instance], left: Mapping[str, str]) -> list[NoteLeft]:
        """For those that have it noted otherwise.

        :param left: ``{id: name/id of the volume}``
        """
        found = []
        for instance in [i for i in instances if i.takes_notes and dict(i.left) != dict(left)]:
            items = {identity.LEFT + id_: value for id_, value in left.items() if instance.left.get(id_) != value}
            gone = tuple(identity.LEFT + id_ for id_ in instance.left if id_ not in left)
            names = sorted(value.partition("/")[0] for value in items.values())
            why = f"who left, by the id: {', '.join(names)}" if names else "one that was to leave is a member"
            found.append(cls(instance.name, why, instance.id, items, gone))
        return found


@dataclass(frozen=True)
class NoteRestart(Step):
    """Whether a restart is required."""

    action = "update"
    kind = "restart_required"
    id: str
    required: bool

    @classmethod
    def of(cls, instance: Instance, required: bool) -> NoteRestart:
        why = "settings that it was given take effect at its next start" if required else "all of its settings are in effect"
        return cls(instance.name, why, instance.id, required)


@dataclass(frozen=True)
class DropNote(Step):
    """Of a server that once took the place of a lost one: a later run must not take it for one that was created in place of one that is lost now."""

    action = "remove"
    kind = "note"
    id: str
    key: str

    @classmethod
    def of(cls, instance: Instance) -> DropNote:
        return cls(instance.name, "it took the place of a lost member in an earlier task", instance.id, identity.REPLACES)


@dataclass(frozen=True)
class NoteMetadata(Step):
    """The user's own metadata: items to write, and keys to remove."""

    action = "update"
    kind = "metadata"
    id: str
    items: Mapping[str, str]
    gone: tuple[str, ...]

    @classmethod
    def of(cls, instances: Iterable[Instance], wanted: Mapping[str, str] | None) -> list[NoteMetadata]:
        """For those that have others and take notes; none where nothing was given."""
        found = []
        for instance in [i for i in instances if wanted is not None and i.takes_notes]:
            items, gone = user_metadata.changes(instance.metadata, wanted or {})
            says = [f"{key[len(user_metadata.PREFIX) :]} is {value}" for key, value in items.items()]
            says += [f"{key[len(user_metadata.PREFIX) :]} is removed" for key in gone]
            found += [cls(instance.name, ", ".join(says), instance.id, items, gone)] if says else []
        return found

    @staticmethod
    def left_out(instances: Iterable[Instance], wanted: Mapping[str, str] | None) -> list[str]:
        """Those that have others and take no notes now: sentences."""
        having = [i for i in instances if wanted is not None and not i.takes_notes and any(user_metadata.changes(i.metadata, wanted))]
        return [f"{i.name} keeps the metadata that it had: it is {i.status}, and Nova takes none then. Run it again when it is ACTIVE." for i in having]


@dataclass(frozen=True)
class NoteVersion(Step):
    """Of which version the servers are by their own word, in the words in which a version is asked for.

    :param items: metadata to write
    """

    action = "update"
    kind = "datastore_version"
    id: str
    items: Mapping[str, str]
    gone: tuple[str, ...] = ()

    @classmethod
    def of(cls, cluster: Cluster, version: str | None) -> list[NoteVersion]:
        """For all, where another one is noted; none where it is not known."""
        if version in (None, cluster.version):
            return []
        why = f"from {cluster.version} to {version}"
        return [cls(i.name, why, i.id, {identity.VERSION: str(version)}) for i in cluster.instances if i.takes_notes]


@dataclass(frozen=True)
class NoteDeletion(Step):
    """On the security group, which is the last of a cluster that goes."""

    action = "update"
    kind = "security_group"

    @classmethod
    def of(cls, cluster: str) -> NoteDeletion:
        return cls(identity.resource_name(cluster), "note DELETING until the last of the cluster has gone")


@dataclass(frozen=True)
class WriteContract(Step):
    """
    :param items: metadata to write
    :param gone: keys of metadata to remove
    :param replicas: the names of new replicas, whose ids are known when their servers have been created
    """

    action = "update"
    kind = "contract"
    id: str
    items: Mapping[str, str]
    gone: tuple[str, ...]
    replicas: tuple[str, ...]


@dataclass(frozen=True)
class AdoptServer(Step):
    """
    :param security_group: the name of the replication topology's, or None where the server has it
    """

    action = "update"
    kind = "server"
    id: str
    metadata: Mapping[str, str]
    tags: tuple[str, ...]
    security_group: str | None


@dataclass(frozen=True)
class ReleaseServer(Step):
    """
    :param security_group: the name of the replication topology's, or None where the server does not have it
    """

    action = "update"
    kind = "release"
    id: str
    tags: tuple[str, ...]
    security_group: str | None
