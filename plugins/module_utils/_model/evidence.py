# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Evidence: what the members of a cluster said in one round of one run, and what is to be allowed by it. Pure.

A *round* is the text ``<run>/<verb>/<batch>/<before|after>``. An info module is asked with it and echoes it (``asked``) beside the identity of its
server as the database itself knows it: ``identity: {id, addresses}``, both empty where the database is down. As data, a word is ``{said: dict}``
or ``{silent: why}``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from .errors import InvalidInput

BEFORE, AFTER = "before", "after"
#: what evidence is needed for: that members serve, that some left, that links are as contracts say, that nothing was changed, that a server may be stopped,
#: that some are lost for good, and that databases were stopped in order and stay so
SERVE, LEAVE, CONTRACT, UNTOUCHED, FENCE, REPLACE = "serve", "leave", "contract", "untouched", "fence", "replace"
STOPPED = "stopped"
#: the variable in which a member's word is kept
VARIABLE = "trove_health"


@dataclass(frozen=True)
class Word:
    """What a member said, an info module's result; or why it is silent."""

    said: Mapping[str, Any] | None = None
    silent: str | None = None

    @property
    def told(self) -> Mapping[str, Any]:
        """What was said, where it is known that something was.

        :raises ValueError: of a silent member
        """
        if self.said is None:
            raise ValueError(f"a silent member was read: {self.silent}")
        return self.said

    def view(self) -> dict[str, Any]:
        return {"silent": self.silent} if self.said is None else {"said": self.said}


@dataclass(frozen=True)
class Act:
    """What is to be allowed.

    :param kind: SERVE, LEAVE, CONTRACT, UNTOUCHED, FENCE, REPLACE or STOPPED
    :param members: ``{name: address}`` of those that have to serve when it is done, as Nova has them; for REPLACE, of those that stay; for STOPPED, of those
        that were stopped
    :param joining: names among `members` that have to answer, and need not serve before
    :param leaving: ``{name: address}`` of those that are to be gone; for FENCE, of the one whose server is to be stopped; for REPLACE, of
        those that are lost, None where the server is gone already
    :param loss_accepted: for REPLACE, whether the user has accepted that what only the lost ones held is lost
    :param contracts: for CONTRACT, ``{name: {source: name or None, writable: bool}}`` of those that have to be as it says
    :param given_up: for SERVE, ``{name: address}`` of members that need not serve, since the user has given them up
    :param rolled: names among `members` that have to have had their turn, of a verb that takes one after the other (see rolling.py)
    """

    kind: str
    members: Mapping[str, str | None]
    joining: tuple[str, ...] = ()
    leaving: Mapping[str, str | None] = field(default_factory=dict)
    contracts: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    loss_accepted: bool = False
    given_up: Mapping[str, str | None] = field(default_factory=dict)
    rolled: tuple[str, ...] = ()
    turn: str | None = None


def gather(names: Iterable[str], hostvars: Mapping[str, Mapping[str, Any]], round_: str) -> dict[str, dict[str, Any]]:
    """What the members said in a round: ``{name: {said: dict} or {silent: why}}``.

    :param hostvars: the run's variables by host, of which VARIABLE is a member's last word and ``trove_instance`` who it is
    """
    return {name: _word(hostvars.get(name), round_).view() for name in names}


def _word(variables: Mapping[str, Any] | None, round_: str) -> Word:
    if variables is None:
        return Word(silent="it is not in the inventory of this run")
    result = variables.get(VARIABLE)
    if not isinstance(result, dict):
        return Word(silent="it was not asked")
    if result.get("unreachable"):
        return Word(silent=f"it is unreachable: {_reason(result)}")
    if result.get("silent"):
        return Word(silent=str(result["silent"]))
    if result.get("failed"):
        return Word(silent=f"it could not be asked: {_reason(result)}")
    if result.get("skipped"):
        return Word(silent="it was skipped")
    if result.get("asked") != round_:
        return Word(silent=f"its last word is of another round ({result.get('asked') or 'none'})")
    said = {key: value for key, value in result.items() if key != "invocation"}
    address = (variables.get("trove_instance") or {}).get("ip")
    return _of_the_one_asked(said, address)


def _reason(result: Mapping[str, Any]) -> str:
    return str(result.get("msg") or "no reason was given").strip()


def _of_the_one_asked(said: Mapping[str, Any], address: str | None) -> Word:
    addresses = (said.get("identity") or {}).get("addresses") or []
    if addresses and address and address not in addresses:
        return Word(silent=f"the server that answered is {', '.join(addresses)}, and {address} was asked")
    return Word(said=said)


def read(data: Mapping[str, Any] | None, members: Mapping[str, str | None], option: str = "evidence") -> dict[str, Word]:
    """Words that a module was given, of the members that Nova has: ``{name: Word}``. Who is missing is silent.

    :param data: ``{name: {said: dict} or {silent: why}}``, or None
    :param members: ``{name: address}``
    :raises InvalidInput: for data of another form, and for words of different rounds
    """
    words = {}
    for name, address in members.items():
        item = (data or {}).get(name)
        if item is None:
            words[name] = Word(silent="nothing was said of it")
        elif isinstance(item, dict) and isinstance(item.get("said"), dict):
            words[name] = _of_the_one_asked(item["said"], address)
        elif isinstance(item, dict) and item.get("silent"):
            words[name] = Word(silent=str(item["silent"]))
        else:
            raise InvalidInput(f"{option}.{name}", item, "a dict of said or of silent, as the filter stackdb.trove.evidence makes it")
    rounds = {word.said.get("asked") for word in words.values() if word.said is not None}
    if len(rounds) > 1 or not all(rounds):
        raise InvalidInput(option, sorted(map(str, rounds)), "words of one round")
    return words


def silence(words: Mapping[str, Word], names: Iterable[str]) -> list[str]:
    """``name: why`` of those among the names that are silent, in words."""
    found = {name: words.get(name, Word(silent="it was not asked")) for name in names}
    return [f"{name} is silent: {word.silent}" for name, word in found.items() if word.said is None]


NEEDS = {
    SERVE: "needs proof that {members} serve",
    LEAVE: "needs proof that {members} serve without {leaving}, no longer count it, and hold what it held",
    CONTRACT: "needs proof that the links of {members} are as the contracts will say",
    UNTOUCHED: "needs proof that {members} are as they were",
    STOPPED: "needs proof that the databases of {members} were stopped in order, and do not start at boot",
    FENCE: "needs the word of {members}, and that none of them finds {leaving} alive",
    REPLACE: "needs proof that {members} serve, that {leaving} does not, and that none of them counts it any more",
}


def needs(act: Act) -> str:
    """What has to be proven before it, in words, for a plan."""
    return NEEDS[act.kind].format(members=", ".join(act.members) or "no member", leaving=", ".join(act.leaving))
