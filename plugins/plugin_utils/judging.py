# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the members' words say of a plan: whose turn it is, what may be done, and what was. Pure functions over a plan as plan.make returns it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from typing import Any

from ..module_utils._datastores import registry
from ..module_utils._datastores.base import Datastore
from ..module_utils._model import evidence, initializing, rolling
from ..module_utils._model.evidence import Word
from ..module_utils._model.rolling import Going
from . import resizing

#: plain data, as it goes through Ansible
Data = Mapping[str, Any]
#: ``{name: {said: dict} or {silent: why}}``
Said = Mapping[str, Data]


def act(plan: Data) -> evidence.Act:
    """The Act that the members' words are judged by."""
    kind = evidence.LEAVE if plan["verb"] == "cluster_shrink" else evidence.SERVE
    addresses = plan["addresses"]
    staying = {name: address for name, address in addresses.items() if name not in (*plan["leaving"], *plan["excused"])}
    return evidence.Act(kind, staying, tuple(plan["joining"]), {name: addresses[name] for name in plan["leaving"]})


def take_turn(plan: Data, batch: Data, words: Mapping[str, Word], before: Mapping[str, Word], done: Collection[str]) -> tuple[str | None, Going]:
    """Whose turn it is, or None where all had theirs, and whether that one may go down now.

    :param words: what the members said in this round, and before: in the first one of this run
    :param done: who had a turn in this run
    """
    driver, continued = driver_of(plan), plan["task_run"] != plan["run"]
    at_odds = driver.at_odds(plan["verb"], batch["names"], words)
    if at_odds:
        return batch["names"][0], Going.of(at_odds)
    left = [name for name in batch["names"] if name not in done and not driver.has_had(name, words, plan["turn"], continued)]
    if not left:
        # there are as many batches as members: it is said once
        alone = [name for name in batch["names"] if name not in done] if batch["number"] == len(batch["names"]) else []
        return None, Going.of((), driver.left_alone(plan["verb"], alone, words))
    if left[0] in plan["waiting"]:
        # nobody is taken down by it
        return left[0], Going()
    small = resizing.too_small(plan, driver, words, done)
    if small:
        return left[0], Going.of(small)
    against = driver.against(plan["verb"], left, words, plan["asked"])
    if against:
        return left[0], Going.of(against)
    if plan["verb"].endswith(rolling.START):
        return driver.next_up(left, words), Going.of(evidence.silence(words, plan["names"]))
    down = driver.brought_up_first(left, words) if plan["verb"].endswith(rolling.UPGRADE) else []
    name = driver.next_down(down or left, words, before)
    if not plan["verb"].endswith(rolling.STOP):
        # a snapshot is judged once more for one alone: the others wait for their turn all the same
        waiting = [other for other in plan["rolled"] if other not in (*done, name) and not driver.has_had(other, words, plan["turn"], continued)]
        going = driver.may_go_down(_beside(plan, driver, waiting, words), name, words, plan["asked"])
        if not (continued and _has_begun(name, words, plan["turn"])):
            # what an earlier run was killed at it has stopped itself
            going = Going((*driver.held(plan["verb"], name, words), *going.refusals), going.risks)
        if plan["promotes"] and name == plan["subject"]:
            # nobody writes to it by then
            going = Going(going.refusals)
        return name, _without_refill(plan, driver, name, words, going)
    # those that were stopped before need not serve, and the last one is meant to leave nobody
    counted = driver.counted(plan["verb"], plan["names"], words)
    whole = act(plan)
    going = driver.may_go_down(replace(whole, members={one: whole.members[one] for one in {*counted, name}}), name, words, asked=True)
    return name, Going(going.refusals)


def _has_begun(name: str, words: Mapping[str, Word], turn: str | None) -> bool:
    """Whether a member's guest has noted that its turn has begun."""
    return words[name].said is not None and (words[name].told.get("unit") or {}).get("begun") == turn


def _without_refill(plan: Data, driver: Datastore, name: str, words: Mapping[str, Word], going: Going) -> Going:
    """Of an upgrade: a copy of all data between versions is no small risk, so it is refused unless the user allows it."""
    if not plan["verb"].endswith(rolling.UPGRADE) or plan["allow_full_transfer"] or going.refusals:
        return going
    refill = driver.refilling(name, words)
    hint = ["trove_allow_full_transfer lets it begin all the same"] if refill else []
    return Going.of([*refill, *hint], [risk for risk in going.risks if risk not in refill])


def _beside(plan: Data, driver: Datastore, waiting: Iterable[str], words: Mapping[str, Word]) -> evidence.Act:
    """The Act of one's turn. Those that wait for their own turn to get all data need not serve before, as long as another one serves that has all of them."""
    whole = act(plan)
    if plan["verb"] != initializing.VERB or not driver.full_copies:
        return whole
    down = [other for other in waiting if words[other].said is not None and driver.problems(words[other].told)]
    members = {one: address for one, address in whole.members.items() if one not in down}
    return replace(whole, members=members) if len(members) > 1 else whole


def named(plan: Data, words: Said) -> str | None:
    """The name that the modules which settle are given: where one is excused, that of its successor, as the members say."""
    subject: str | None = plan["subject"]
    if not plan["excused"]:
        return subject
    living = [name for name in words if name not in plan["excused"]]
    return driver_of(plan).successor(_words(words, living)) or subject


def returned(plan: Data, words: Said) -> list[str]:
    """Those that were taken for dead, and serve beside their successor."""
    return driver_of(plan).returned(_words(words, plan["excused"])) if plan["excused"] else []


def lasts(plan: Data, result: Data) -> bool:
    """Whether what a call of a module changed is there when the run has ended: a task that this run begins and ends is not.

    :param result: the module's
    """
    kinds = {step["kind"] for step in result.get("plan") or []}
    passing = plan["task"] == "NONE" and bool(kinds) and kinds <= {"task", "evidence"}
    return bool(result.get("changed")) and not passing


def pending(plan: Data, words: Said) -> list[str]:
    """The names of those that stay and said of settings that they wait for a restart."""
    return [name for name, word in words.items() if (word.get("said") or {}).get("pending") and name not in plan["leaving"]]


def proof_of_turn(plan: Data) -> dict[str, Any]:
    """What the module that ends the task is to find proven besides: that members had their turns, and did in them what the verb is for. Of a resize the cloud
    says who had a turn.
    """
    return {"rolled": plan["rolled"], "turn": plan["turn"]} if plan["verb"].endswith(("_restart", "_failover", rolling.UPGRADE)) else {}


def driver_of(plan: Data) -> Datastore:
    """The driver of a plan's members, of which there is one at least."""
    return registry.of(plan["hosts"][0]["trove_instance"])


def _words(words: Said, names: Iterable[str]) -> dict[str, Word]:
    return {name: Word(words[name].get("said"), words[name].get("silent")) for name in names if name in words}
