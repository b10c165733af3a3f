# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether an act on the cloud is proven: the words that a module was given are read for the members that Nova has, and the driver judges them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from .._datastores.base import Datastore
from .._model import evidence
from .._model.errors import InvalidInput, Refused
from .._model.evidence import AFTER, BEFORE, CONTRACT, FENCE, LEAVE, REPLACE, SERVE, STOPPED, UNTOUCHED, Act, Word
from .notes import JudgeEvidence, SkipEvidence

#: what is lost by an act without proof
_RISKS = {
    SERVE: "the task ends though {members} may not serve",
    LEAVE: "lost for good: what only {leaving} had",
    CONTRACT: "the contracts may name a source that {members} do not follow; what is written to a wrong source is lost",
    UNTOUCHED: "the task ends though {members} may be half changed",
    REPLACE: "what only {leaving} had is lost",
    STOPPED: "the databases of {members}, which may still take writes, end as in a power cut",
    FENCE: "a source that lives is stopped, and what it has not sent to a replica is lost to {members}",
}


class Proof:
    """What was given as proof of an act, and whether to act without.

    :param given: ``{before: words, after: words}``, each ``{name: {said: dict} or {silent: why}}``, or None
    :param force: act without
    :param check_mode: then words of after the act cannot exist yet, and those of before it are judged alone
    """

    def __init__(self, given: Mapping[str, Any] | None = None, force: bool = False, check_mode: bool = False) -> None:
        self.given: Mapping[str, Any] = given or {}
        self.force = force
        self.check_mode = check_mode

    @classmethod
    def of(cls, options: Mapping[str, Any], check_mode: bool) -> Proof:
        """From the options of a module."""
        return cls(options["evidence"], options["force"], check_mode)

    def step(self, driver: Datastore, act: Act, name: str, advice: str) -> JudgeEvidence | SkipEvidence:
        """The step of a plan that stands for the proof of an act, which was judged already.

        :param name: of the cluster or instance
        :param advice: what to do where it is refused, a sentence
        :raises Refused: for an act that is not proven
        """
        if self.force:
            return SkipEvidence(name, f"force acts without it, though the act {evidence.needs(act)}", _risk(act))
        problems = self.problems(driver, act)
        if problems:
            text = f"Nothing was changed: the act {evidence.needs(act)}. {'; '.join(problems)}."
            # a verb's force is for the contracts, and stops no server
            forced = "" if act.kind in (FENCE, REPLACE) else f" With force=true it is done without proof: {_risk(act)}."
            raise Refused(f"{text} {advice}{forced}", problems=problems)
        return JudgeEvidence(name, evidence.needs(act))

    def problems(self, driver: Datastore, act: Act) -> list[str]:
        """Why the act is not proven: sentences."""
        before, after = self.words(BEFORE, act), self.words(AFTER, act)
        if act.kind == FENCE:
            # judged by the words before alone: it is done before anything else is
            _check_rounds(before, {})
            return driver.allows(act, before, {})
        if act.kind == REPLACE:
            # it is done before the databases are changed; a run asks last what it asks first
            asked = self.given.get(AFTER) or self.given.get(BEFORE)
            return [] if self.check_mode and not asked else driver.allows(act, self.latest(act), {})
        if self.check_mode and not self.given.get(AFTER):
            # whether members serve in the end says nothing of what they did before
            judged = self.given.get(BEFORE) and act.kind in (LEAVE, CONTRACT)
            return driver.allows(act, before, {}) if judged else []
        _check_rounds(before, after)
        found = driver.allows(act, before, after)
        if act.kind == LEAVE:
            # that nothing was lost is told by what those that stay had before
            found = [f"before, {text}" for text in evidence.silence(before, act.members)] + found
        return found

    def words(self, moment: str, act: Act) -> dict[str, Word]:
        """``{name: Word}`` of all that the act is about, as Nova has them."""
        return self.read(moment, {**act.leaving, **act.members})

    def latest(self, act: Act) -> dict[str, Word]:
        """The words that were said last: after the act where they were given, else before it."""
        return self.words(AFTER if self.given.get(AFTER) else BEFORE, act)

    def read(self, moment: str, members: Mapping[str, Any]) -> dict[str, Word]:
        """``{name: Word}`` of members, ``{name: address}``."""
        return evidence.read(self.given.get(moment), members, f"evidence.{moment}")

    def silent(self, names: Iterable[str]) -> list[str]:
        """Those of the names that said nothing, neither before nor after."""
        return [name for name in names if not any("said" in ((self.given.get(moment) or {}).get(name) or {}) for moment in (BEFORE, AFTER))]


def _risk(act: Act) -> str:
    return _RISKS[act.kind].format(members=", ".join(act.members) or "no member", leaving=", ".join(act.leaving))


def _check_rounds(before: Mapping[str, Word], after: Mapping[str, Word]) -> None:
    """:raises InvalidInput: for words before and after that are not of the two sides of one run"""
    first, last = _round(before), _round(after)
    for moment, asked in ((BEFORE, first), (AFTER, last)):
        if asked and asked[-1] != moment:
            raise InvalidInput(f"evidence.{moment}", "/".join(asked), f"words of a round that ends in /{moment}")
    if first and last and first[:2] != last[:2]:
        raise InvalidInput("evidence.before", "/".join(first), f"words of the run and verb of evidence.after, {'/'.join(last)}")


def _round(words: Mapping[str, Word]) -> list[str] | None:
    """The round that the words are of, in its parts, or None where nobody said anything."""
    return next((str(word.said["asked"]).split("/") for word in words.values() if word.said is not None), None)
