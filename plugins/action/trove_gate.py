# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from ansible.plugins.action import ActionBase

from ..module_utils._model import evidence
from ..module_utils._model.rolling import Going
from ..plugin_utils import judging, rotation

Data = Mapping[str, Any]
Said = Mapping[str, evidence.Word]

_SPEC = {
    "plan": {"type": "dict", "required": True},
    "batch": {"type": "dict", "required": True},
    "words": {"type": "dict", "required": True},
    "previous": {"type": "dict", "default": {}},
    "failed": {"type": "list", "elements": "str", "default": []},
    "force": {"type": "bool", "default": False},
    "snapshot": {"type": "bool", "default": False},
}


class ActionModule(ActionBase):
    """Runs on the controller, once for all members. Documented in plugins/modules/trove_gate.py."""

    _requires_connection = False
    _supports_check_mode = True

    def run(self, tmp: Any = None, task_vars: Any = None) -> dict[str, Any]:
        super().run(tmp, task_vars)
        _checked, given = self.validate_argument_spec(_SPEC)
        plan, batch, data = given["plan"], given["batch"], given["words"]
        first = given["previous"].get("run") != plan["run"]
        before = data if first else given["previous"]["before"]
        words = evidence.read(data, plan["addresses"], "words")
        done = [] if first else given["previous"].get("done") or []
        turn, going = self._judge(plan, batch, words, evidence.read(before, plan["addresses"], "previous.before"), done)
        if given["failed"]:
            turn, going = None, Going()
        rolls = _rolls(plan, batch)
        wanted = batch["names"] if not rolls else plan["names"] if batch["all"] else [turn or ""]
        acting = not given["failed"] and (turn not in [None, *plan["waiting"]] or not rolls)
        names = [name for name in wanted if acting and words[name].said is not None]
        refusals = list(going.refusals)
        silent = [name for name in plan["names"] if words[name].said is None]
        result = {
            "changed": False,
            "run": plan["run"],
            "number": batch["number"],
            "entry_point": batch["entry_point"],
            "first": first,
            "before": before,
            "names": names,
            "steps": steps_of(plan, batch, names, turn, snapshot=given["snapshot"], checking=self._task.check_mode),
            "going": turn,
            "standing": [name for name in judging.driver_of(plan).counted(plan["verb"], plan["names"], words) if name != turn],
            "done": [*done, turn] if turn else done,
            "silent": silent,
            "silent_nodes": [{"name": name, "address": plan["addresses"][name]} for name in silent],
            "members": _members(plan, batch, names),
            "refusals": refusals,
            **({"warnings": list(going.risks)} if going.risks else {}),
        }
        if refusals and given["force"]:
            return {**result, "warnings": [f"trove_force: {_text(plan, refusals)}", *going.risks]}
        if refusals:
            # a failed task prints its result: the words of all members would hide the reason
            return {"failed": True, "changed": False, "refusals": refusals, "msg": f"Nothing was touched by this step. {_text(plan, refusals)}. {_ADVICE}"}
        return result

    def _judge(self, plan: Data, batch: Data, words: Said, before: Said, done: Collection[str]) -> tuple[str | None, Going]:
        """Whose turn it is, of a verb that takes members one after the other, and why it is refused."""
        if _rolls(plan, batch):
            return judging.take_turn(plan, batch, words, before, done)
        driver = judging.driver_of(plan)
        if plan["rotation"] and batch["number"] > 1 and not self._task.check_mode:
            unproven = rotation.unproven(plan, {name: word.view() for name, word in words.items()}, dropped=False)
            return None, Going.of([*driver.allows(judging.act(plan), words, {}), *unproven])
        if driver.verbs[plan["verb"]].silent and any(word.said is not None for word in words.values()):
            return None, Going()
        return None, Going.of([*driver.objections(plan["verb"], words), *driver.allows(judging.act(plan), words, {})])


def _rolls(plan: Data, batch: Data) -> bool:
    """Whether the batch takes a member down, so that it has a turn."""
    return bool(plan["turn"]) and not batch.get("online")


def steps_of(plan: Data, batch: Data, names: Sequence[str], going: str | None, *, snapshot: bool, checking: bool) -> list[str]:
    """The task files of the playbooks that a batch consists of, in their order. Each that is included and has nothing to do takes time on all members.

    :param names: who acts
    :param going: whose turn it is, of a verb that takes members one after the other
    :param checking: whether it is check mode, in which no server is stopped, so that none can be resized
    """
    online = batch.get("online", False)
    wanted = {
        "extend": online and names,
        "snapshot": snapshot and going is not None,
        "apart": plan["apart"],
        "act": not plan["apart"],
        "resize": "resize" in plan and not online and going is not None and not checking,
    }
    return [step for step, due in wanted.items() if due]


_ADVICE = "Fix what is named, and run it again: it continues from here."


def _members(plan: Mapping[str, Any], batch: Mapping[str, Any], names: Sequence[str]) -> list[str]:
    """Who the cluster's members are in the eyes of the role: while it takes leave of those that go, they are still; new ones are when they join.

    :param names: who acts
    """
    if batch["entry_point"] in ("replace", "recover"):
        return list(names)
    if "members" in batch:
        return list(batch["members"])
    return [name for name in plan["names"] if name not in plan["leaving"] or batch["entry_point"] == "leave"]


def _text(plan: Mapping[str, Any], refusals: Iterable[str]) -> str:
    return f"{plan['verb']} was not allowed to go on: {'; '.join(refusals)}"
