# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Members that are taken one after the other: whose turn is next, and who had it. Pure.

A *turn* is the text ``<run>/<verb>``, of the run that began the cluster task: a run that continues it has the same. A member notes it when it has done
its part, together with the invocation of its server's unit, and its info module says so: ``unit: {state, enabled, invocation, turn}``, where turn is None
unless it was noted of the server that runs now.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from . import evidence, initializing
from .datastore import FileSystem
from .errors import InvalidInput
from .evidence import Act, Word

#: how the names of verbs end that leave servers down, and that start them
STOP, START = "_stop", "_start"
#: and of those after which servers are of another version
UPGRADE = "_upgrade"
#: what the members said, by name
Words = Mapping[str, Word]


@dataclass(frozen=True)
class Going:
    """Whether a member may go down now: why not, and what it risks; sentences."""

    refusals: tuple[str, ...] = ()
    risks: tuple[str, ...] = ()

    @classmethod
    def of(cls, refusals: Iterable[str], risks: Iterable[str] = ()) -> Going:
        return cls(tuple(refusals), tuple(risks))


def turn(run: str, verb: str) -> str:
    return f"{run}/{verb}"


def had(word: Word | None, wanted: str) -> bool:
    """Whether a member says that it has done its part in this turn."""
    return word is not None and word.said is not None and (word.said.get("unit") or {}).get("turn") == wanted


def is_stopped(word: Word | None) -> bool:
    """Whether a member says that it was stopped in order, and stays so."""
    unit = (word.said or {}).get("unit") or {} if word else {}
    return unit.get("state") == "inactive" and unit.get("stopped") is not None and not unit.get("enabled")


def is_up(word: Word | None) -> bool:
    """Whether a member says that its server runs, and starts at boot."""
    unit = (word.said or {}).get("unit") or {} if word else {}
    return unit.get("state") == "active" and bool(unit.get("enabled"))


def not_restarted(names: Iterable[str], wanted: str, before: Mapping[str, Word], after: Mapping[str, Word]) -> list[str]:
    """Why it is not proven that the servers were restarted in this turn: sentences.

    :param before: what they said before; of one whose turn an earlier run has begun there is nothing to compare: the member itself, which notes no turn for the
        server that ran at its begin, may have been restarted between both runs
    :param after: none of them silent
    """
    found = []
    for name in names:
        unit = after[name].told.get("unit") or {}
        if not had(after[name], wanted):
            found.append(f"{name} was not restarted: it has noted {unit.get('turn') or 'no restart'}, and this is {wanted}")
        elif not _knows(before.get(name), wanted) and unit.get("invocation") == _invocation(before.get(name)):
            found.append(f"{name} was not restarted: its server is the same as before ({unit.get('invocation')}, systemd's InvocationID)")
    return found


def running(names: Iterable[str], words: Mapping[str, Word]) -> list[str]:
    """Whose server was not stopped in order, or starts at boot: sentences. One that failed while it stopped is none that was.

    :param words: none of them silent
    """
    found = []
    for name in names:
        unit = words[name].told.get("unit") or {}
        if unit.get("state") != "inactive":
            found.append(f"{name} was not stopped in order: its service is {unit.get('state') or 'not known'}")
        elif unit.get("enabled"):
            found.append(f"{name} would start at boot: its service is enabled")
    return found


def _knows(word: Word | None, wanted: str) -> bool:
    """Whether a member says that this turn has begun on it, or is done."""
    unit = (word.said or {}).get("unit") or {} if word else {}
    return wanted in (unit.get("turn"), unit.get("begun"))


def _invocation(word: Word | None) -> str | None:
    """Of a server that was down, and of a silent member, there is none."""
    unit = (word.said or {}).get("unit") or {} if word else {}
    return unit.get("invocation") if unit.get("state") == "active" else None


class Rolling(ABC):
    """What a datastore says of members that are taken one after the other."""

    instance_type: ClassVar[str]
    #: whether each member that serves has all data, so that any one can give them to the others
    full_copies: ClassVar[bool] = False

    @abstractmethod
    def problems(self, info: Mapping[str, Any]) -> list[str]:
        """See Datastore."""

    def named(self, verb: str, names: Sequence[str], subject: str, options: Mapping[str, Any]) -> list[str]:
        """Whom a rolling verb is about: the instance that was named, stopped and started with all that are connected with it; of a cluster those of the
        option ``members``, or all.

        :raises InvalidInput: for a name that no member has, and for one that is named twice
        """
        if self.instance_type == "instance":
            return list(names) if verb.endswith((STOP, START)) else [subject]
        asked = list(options.get("members") or ())
        for number, name in enumerate(asked):
            if name not in names or name in asked[:number]:
                raise InvalidInput(f"members[{number}]", name, list(names), rule="Each is named once." if name in names else "")
        return asked or list(names)

    def against(self, verb: str, names: Sequence[str], words: Words, asked: bool) -> list[str]:
        """What speaks against a turn of any of those that did not have it, whatever comes before: sentences. It is asked before the first one.

        :param asked: whether they were named by the user
        """
        return []

    def held(self, verb: str, name: str, words: Words) -> list[str]:
        """What somebody has stopped of a member on purpose, and its turn would start: sentences. It is not asked of a turn that another run began."""
        return []

    def at_odds(self, verb: str, names: Sequence[str], words: Words) -> list[str]:
        """Why these cannot all have had their turn in the end: sentences.

        :param names: all that the verb is about, those that had their turn among them
        """
        return []

    def left_alone(self, verb: str, names: Sequence[str], words: Words) -> list[str]:
        """What the user has to know of those for whom nothing was to be done in this run: sentences."""
        return []

    def has_had(self, name: str, words: Words, wanted: str, continued: bool) -> bool:
        """Whether one has done its part in this turn. Of an upgrade each run asks each member: what the sources offer may be another version than the one of
        a turn that was noted, and the members keep the options of the run when all have it. One with nothing to do is not stopped.

        :param continued: whether this run continues another one
        """
        if wanted.endswith(UPGRADE):
            return False
        if wanted.endswith(START):
            return is_up(words.get(name))
        return is_stopped(words.get(name)) if wanted.endswith(STOP) else had(words.get(name), wanted)

    def counted(self, verb: str, names: Sequence[str], words: Words) -> list[str]:
        """Those who have to serve beside the one whose turn it is: all, or in a stop those that were not stopped yet."""
        return [name for name in names if not verb.endswith(STOP) or not is_stopped(words.get(name))]

    def undone(self, wanted: str, names: Sequence[str], before: Words, after: Words) -> list[str]:
        """What is not proven of what members did in their turns, beside that they serve: sentences.

        :param after: none of them silent
        """
        return not_restarted(names, wanted, before, after) if wanted.endswith("_restart") else []

    def refilling(self, name: str, words: Words) -> list[str]:
        """That a member would need all data again when it returns: sentences. An upgrade begins with none of these, unless that is allowed by name.

        :param words: of all members, those of the others and none silent
        """
        return []

    def served_version(self, info: Mapping[str, Any]) -> str | None:
        """The version of the server that answers, by its own word; None where none does, and where the datastore is not upgraded."""
        return None

    @abstractmethod
    def file_system(self, info: Mapping[str, Any]) -> FileSystem | None:
        """See Datastore."""

    def little_room(self, names: Iterable[str], words: Words, from_others: bool) -> list[str]:
        """Where two copies of the data do not fit, see `initializing.too_little_room`. Of one that is down, an earlier run may have set them aside already."""
        systems = {name: self.file_system(word.said) if word.said is not None else None for name, word in words.items()}
        serving = [name for name in names if words[name].said is not None and not self.problems(words[name].told)]
        return initializing.too_little_room(serving, systems, from_others)

    def next_down(self, names: Sequence[str], words: Words, before: Words) -> str:
        """Whose turn is next of those that did not have it: one that does not serve, since it has nothing to lose; else the one that is missed least.

        :param names: one at least
        :param words: what all members said in this round
        :param before: what they said in the first round of this run
        """

        def key(name: str) -> tuple[bool, float, int]:
            said = words[name].said if name in words else None
            serves = said is not None and not self.problems(said)
            return (serves, self.missed(name, words, before) if serves else 0, names.index(name))

        return min(names, key=key)

    def brought_up_first(self, names: Sequence[str], words: Words) -> list[str]:
        """Whose turn comes in an upgrade before that of all others that do not serve, since these do not because of them: an upgrade starts what is down."""
        return []

    def next_up(self, names: Sequence[str], words: Words) -> str:
        """Whose server is started next: the one that stopped last, which noted that nobody served any more; of others the last one, since a source is named
        last.

        :param names: one at least
        """
        last = [name for name in names if is_stopped(words.get(name)) and not words[name].told["unit"]["stopped"]["others"]]
        return last[0] if last else names[-1]

    def missed(self, name: str, words: Words, before: Words) -> float:
        """How much a member is missed while it is down, in comparison with others: the writer most."""
        return 0

    def may_go_down(self, act: Act, name: str, words: Words, asked: bool = False) -> Going:
        """Whether a member may go down now: all others have to serve and agree.

        :param act: of which the members are all that there are
        :param words: what all members said in this round
        :param asked: whether it was named by the user
        """
        others = [other for other in act.members if other != name]
        return Going.of(evidence.silence(words, act.members) or self.not_serving(others, words))

    def not_serving(self, names: Iterable[str], words: Words) -> list[str]:
        """Of members that are not silent: ``name does not serve: why``."""
        return [f"{name} does not serve: {problem}" for name in names for problem in self.problems(words[name].told)]
