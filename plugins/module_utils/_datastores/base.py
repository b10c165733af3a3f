# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The narrow interface of a datastore: what the cloud plane must know of MariaDB, Redis and the next one."""

from __future__ import annotations

import re
from abc import abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from .._model import evidence, rolling
from .._model.datastore import FileSystem, Ports
from .._model.errors import InvalidInput
from .._model.evidence import Act
from .._model.rolling import Rolling
from .._model.shapes import CHAIN, MESH, RING, STAR
from .._model.standing import Standing
from .._model.upgrade import begins_with

#: what the members said, by name
Words = rolling.Words
ALL, LEAVING, STAYING, NAMED = "all", "leaving", "staying", "named"


@dataclass(frozen=True)
class Verb:
    """What a datastore does for a verb.

    :param entry_points: of its role, one batch each: ``(entry point, who)``, who as `Datastore.batches` takes it
    :param also: verbs whose batches follow where an option of this one asks for it: ``{option without trove_: verb}``
    :param silent: whether the role judges what it means that some members do not answer, and the gate lets it
    :param then: of the part that follows, where there is one: as `entry_points`, not one after the other
    :param rolling: one member after the other: a batch for each of those that `Rolling.named` says, and whose turn it is is decided by the words; with ALL
        the role runs on all members, and is told whose turn it is
    """

    entry_points: tuple[tuple[str, str], ...]
    also: Mapping[str, str] = field(default_factory=dict)
    rolling: bool = False
    then: tuple[tuple[str, str], ...] = ()
    silent: bool = False


class Datastore(Rolling):
    """One datastore's rules. Pure: a driver decides and describes, it does not act."""

    #: Trove's datastore type, which is the engine: ``mariadb``, ``mysql``, ``redis`` …
    type: ClassVar[str]
    #: how its servers form a whole, which is its house: ``galera``, ``mysql_replication``, ``redis_cluster``
    topology: ClassVar[str]
    #: what a server of it is: a ``member`` of a cluster, or an ``instance`` that may have replicas
    instance_type: ClassVar[str] = "member"
    #: versions that the role can set up, newest last
    versions: ClassVar[tuple[str, ...]]
    #: fewest members of a new cluster
    min_instances: ClassVar[int]
    #: fewest members of a new cluster for which fewer were asked for by name; None where that cannot be asked
    min_on_request: ClassVar[int | None] = None
    #: MiB of memory below which a server is too small, whatever it holds
    min_memory_mb: ClassVar[int]
    #: fewest members that shrinking leaves
    min_after_shrink: ClassVar[int]
    #: ports that clients use
    client_ports: ClassVar[tuple[Ports, ...]]
    #: ports that only members use among themselves
    #: by which members were seen to reach each other
    ip_versions: ClassVar[tuple[int, ...]] = (4,)
    member_ports: ClassVar[tuple[Ports, ...]]
    #: the role that sets it up, and the module that asks one member how it is, with its options
    role: ClassVar[str]
    info_module: ClassVar[str]
    info_options: ClassVar[Mapping[str, Any]] = {}
    #: and the options with which it also says whether its source lives
    probe_options: ClassVar[Mapping[str, Any]] = {}
    #: what of it can be rotated (_model.rotating), and why the rest cannot
    rotates: ClassVar[tuple[str, ...]] = ()
    rotates_not: ClassVar[str] = ""
    #: what goes on trusting a CA that was dropped, and until when; empty where nothing does
    rotates_rest: ClassVar[str] = ""
    #: why there is no topology of replicas of that kind (_model.shapes), a sentence for each; of clusters it is never asked
    not_built: ClassVar[Mapping[str, str]] = dict.fromkeys((STAR, CHAIN, RING, MESH), "It has no replicas.")
    #: what it can do, by the playbook's name; what is not there is refused with this list
    verbs: ClassVar[Mapping[str, Verb]]

    @abstractmethod
    def member_name(self, cluster: str, number: int) -> str:
        """The name of member `number` (from 1) in Trove's way of naming."""

    def member_number(self, cluster: str, name: str) -> int | None:
        """The number in a member's name, or None where the name was given by hand: shop-02 is none of shop's series, and no other way to write shop-2."""
        pattern = re.escape(self.member_name(cluster, 0))[:-1] + "(0|[1-9][0-9]*)"
        found = re.fullmatch(pattern, name)
        return int(found.group(1)) if found else None

    def sizes(self, memory_mb: int, vcpus: int, options: Mapping[str, Any]) -> Mapping[str, str | int]:
        """The server's settings that follow from its host, where the user gives no other.

        :param options: of the role, by name without the role's prefix
        """
        return {}

    def too_small(self, info: Mapping[str, Any], memory_mb: int) -> list[str]:
        """Why a host of so much memory is too small for what a member holds: sentences.

        :param info: the result of the datastore's info module, of a member that serves
        """
        return []

    @abstractmethod
    def health(self, info: Mapping[str, Any] | None) -> dict[str, Any]:
        """What a member says of itself, for people: short texts by heading.

        :param info: the result of the datastore's info module, or None where the member was not asked or did not answer
        """

    @abstractmethod
    def service(self, info: Mapping[str, Any]) -> str:
        """What a member's systemd says of the database's unit, its ActiveState; ``unknown`` where it could not be asked.

        :param info: the result of the datastore's info module
        """

    @abstractmethod
    def file_system(self, info: Mapping[str, Any]) -> FileSystem | None:
        """Size and use of the file system below the data directory, None where there is none.

        :param info: the result of the datastore's info module
        """

    @abstractmethod
    def problems(self, info: Mapping[str, Any]) -> list[str]:
        """Why a member does not serve: sentences, none where it does.

        :param info: the result of the datastore's info module
        """

    @abstractmethod
    def standing(self, info: Mapping[str, Any]) -> Standing:
        """Where a member stands among the others by its own word.

        :param info: the result of the datastore's info module
        """

    @abstractmethod
    def disagreements(self, act: Act, words: Words) -> list[str]:
        """What the members that have to serve do not agree in, each of them serving by itself: sentences.

        :param words: ``{name: Word}``, none of `act.members` silent
        """

    def lingering(self, act: Act, before: Words, after: Words) -> list[str]:
        """Why those that leave are not let go yet, by those that stay: sentences. Only a datastore of clusters has members that leave.

        :param after: empty before the act: then what would stop it
        """
        return []

    def irreplaceable(self, act: Act, words: Words) -> list[str]:
        """Why servers must not take the place of `act.leaving`, none of which serves by its own word: sentences.

        :param words: ``{name: Word}``, none of `act.members` silent
        """
        return ["its members are not replaced: a replica that is lost is created again by stackdb.trove.replica_create"]

    def standings(self, act: Act, words: Words) -> Mapping[str, str]:
        """What each of `act.leaving` was to those that stay, so that the server in its place can be the same: ``{name: text}``, noted on that server.

        :param words: as `irreplaceable` has allowed them
        """
        return {}

    def links(self, act: Act, words: Words) -> list[str]:
        """Where replication is not as `act.contracts` say: sentences. Only a datastore with replicas has some."""
        return []

    def alive(self, act: Act, words: Words) -> list[str]:
        """Why the server of `act.leaving` must not be stopped, since it lives, or nobody can tell: sentences.

        :param words: ``{name: Word}``, none of `act.members` silent
        """
        return ["it cannot be determined whether the source is dead: only a source that has replicas is stopped before it is replaced"]

    def changes(self, act: Act, before: Words, after: Words) -> list[str]:
        """What is not as it was before the act: sentences."""
        return ["it cannot be determined whether all is unchanged"]

    def allows(self, act: Act, before: Words, after: Words) -> list[str]:
        """Why an act is not allowed: sentences, none where it is.

        :param act: _model.evidence.Act
        :param before: ``{name: Word}``, what the members said before it
        :param after: what they said after it; empty before it was done, to ask whether it may begin
        """
        if not after:
            return self._may_begin(act, before)
        silent = evidence.silence(after, act.members)
        if silent or act.kind == evidence.UNTOUCHED:
            return silent or self.changes(act, before, after)
        if act.kind == evidence.STOPPED:
            return rolling.running(act.members, after)
        found = self.not_serving(act.members, after)
        if found:
            # one that is down has nothing to tell of the others
            return found
        proof = {evidence.LEAVE: lambda: self.lingering(act, before, after), evidence.CONTRACT: lambda: self.links(act, after)}
        undone = self.undone(act.turn, act.rolled, before, after) if act.turn else []
        return [*self.disagreements(act, after), *undone, *proof.get(act.kind, list)()]

    def _may_begin(self, act: Act, before: Words) -> list[str]:
        if act.kind == evidence.FENCE:
            return evidence.silence(before, act.members) or self.alive(act, before)
        if act.kind == evidence.REPLACE:
            return evidence.silence(before, act.members) or [*self._serving(act.leaving, before)] or self.irreplaceable(act, before)
        names = [name for name in act.members if name not in act.joining]
        found = evidence.silence(before, act.members) or self.not_serving(names, before)
        return found + (self.lingering(act, before, {}) if act.kind == evidence.LEAVE and not found else [])

    def _serving(self, names: Iterable[str], words: Words) -> Iterator[str]:
        for name in names:
            if words[name].said is not None and not self.problems(words[name].told):
                yield f"{name} answers and serves, so it is not lost"

    def objections(self, verb: str, words: Words) -> list[str]:
        """What speaks against a verb, beside members that do not serve: sentences.

        :param words: what all members said before it
        """
        return []

    def excused(self, verb: str, subject: str) -> list[str]:
        """Who is taken for dead by a verb, and has neither to answer nor to serve. Only a datastore with replicas has such a verb."""
        return []

    def successor(self, words: Words) -> str | None:
        """Who took the place of those that are excused: the one whose contract is written then. None where nobody did, or it is not clear who.

        :param words: of the members that are not excused
        """
        return None

    def returned(self, words: Words) -> list[str]:
        """Those that serve again beside their successor, so that what is written there is lost.

        :param words: of the members that are excused
        """
        return []

    def batches(
        self, verb: str, names: Sequence[str], leaving: Sequence[str] = (), options: Mapping[str, Any] | None = None, following: bool = False
    ) -> list[dict[str, Any]]:
        """Who acts together, in which order: ``[{number, entry_point, names}]``.

        :param options: the verb's, named without trove_
        :param following: whether it is the part of the verb that follows the first one
        :raises InvalidInput: for a verb that the datastore does not have
        """
        if verb not in self.verbs:
            raise InvalidInput("verb", verb, list(self.verbs), rule=f"{self.type} cannot do this.")
        who = {ALL: list(names), NAMED: list(names), LEAVING: [n for n in names if n in leaving], STAYING: [n for n in names if n not in leaving]}
        if following and self.verbs[verb].then:
            return [{"number": number, "entry_point": entry, "names": who[group]} for number, (entry, group) in enumerate(self.verbs[verb].then, 1)]
        if self.verbs[verb].rolling:
            # whose turn it is, the words decide: each batch has all of them to choose from
            ((entry, group),) = self.verbs[verb].entry_points
            return [{"number": number, "entry_point": entry, "names": list(names), "all": group == ALL} for number in range(1, len(names) + 1)]
        # an earlier run may have deleted all servers that leave: then nobody is left to leave
        verbs = [verb, *(other for option, other in self.verbs[verb].also.items() if options and options.get(option))]
        acts = [(entry, who[group]) for one in verbs for entry, group in self.verbs[one].entry_points if entry != "leave" or leaving]
        return [{"number": number, "entry_point": entry, "names": names_} for number, (entry, names_) in enumerate(acts, 1)]

    def check_version(self, version: str | None) -> None:
        """:raises InvalidInput: for a version that the role cannot set up"""
        if version not in self.versions:
            raise InvalidInput("datastore_version", version, self.versions)

    def version_of(self, words: Words) -> str | None:
        """The version of all servers by their own word, as `versions` has it; None where that is not one and the same, or one of these.

        :param words: ``{name: Word}``
        """
        found = {self.served_version(word.said) if word.said is not None else None for word in words.values()}
        running = found.pop() if len(found) == 1 else None
        return next((version for version in self.versions if running and begins_with(running, version)), None)

    def check_size(self, count: int, allow_few: bool = False) -> None:
        """:raises InvalidInput: for fewer members than a new cluster may have"""
        fewest = self.min_on_request or self.min_instances if allow_few else self.min_instances
        if count < fewest:
            hint = ", or fewer with allow_few_masters" if self.min_on_request and not allow_few else ""
            raise InvalidInput(
                "instances",
                count,
                f"{fewest} or more{hint}",
                rule=f"The number of instances for your initial cluster must be at least {fewest}.",
            )


def tls_ends(info: Mapping[str, Any] | None) -> dict[str, str]:
    """A column for people: how long TLS works as it is, ``{"TLS ends": text}``; empty where the member has none or did not say.

    :param info: the result of a datastore's info module, whose ``tls`` is what `_guest.certificate.ends` returns
    """
    tls = (info or {}).get("tls") or {}
    days = tls.get("days")
    if days is None:
        return {}
    if days <= 0:
        return {"TLS ends": "expired"}
    left = f"in {days:.0f} days" if days >= 2 else f"in {days * 24:.1f} hours"
    return {"TLS ends": f"{left}: renewal due" if tls.get("due") else left}
