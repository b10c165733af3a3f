# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from ansible.plugins.action import ActionBase
from ansible.utils.display import Display

from ..module_utils._view import verb as verb_view
from ..module_utils._view.findings import Limits
from ..plugin_utils import files_here, judging, rotation, telling, upgrading, verbs
from ..plugin_utils.verbs import Call

Data = Mapping[str, Any]

_ADVICE = "Fix what is named, and run stackdb.trove.{verb} again: it continues from here."
_SPEC = {
    "plan": {"type": "dict", "required": True},
    "options": {"type": "dict", "required": True},
    "before": {"type": "dict", "default": {}},
    "after": {"type": "dict", "default": {}},
    "failed": {"type": "list", "elements": "str", "default": []},
}


_RETURNED = (
    "{names} was dead when this run began, and answers and takes writes again beside the new source. What is written there is lost. No contract was written,"
    " and the task goes on: stop its server, and run it again."
)


class ActionModule(ActionBase):
    """Runs on localhost. Documented in plugins/modules/trove_settle.py."""

    _supports_check_mode = True

    def run(self, tmp: Any = None, task_vars: Any = None) -> dict[str, Any]:
        super().run(tmp, task_vars)
        _checked, given = self.validate_argument_spec(_SPEC)
        plan = given["plan"]
        words = given["after"] or given["before"]
        if given["failed"]:
            return self._give_up(plan, given, words, task_vars)
        returned = judging.returned(plan, given["after"])
        if returned:
            return {"failed": True, "changed": False, "msg": _RETURNED.format(names=", ".join(returned))}
        unproven = rotation.unproven(plan, given["after"]) if given["after"] else []
        if unproven and not given["options"].get("force"):
            message = f"{'; '.join(unproven)}. The task goes on. {_ADVICE.format(verb=plan['verb'])}"
            return self._failed(message, verb_view.text(plan, {}, words), problems=unproven)
        done: dict[str, Any] = {"changed": False, "warnings": [f"trove_force: {text}" for text in unproven]}
        for call in _left(plan, given["after"]):
            if call.promoted and not upgrading.took_over(plan, given["after"]):
                continue
            result = self._call(call, given, task_vars)
            if result.get("failed"):
                return self._failed(f"{result['msg']} {_ADVICE.format(verb=plan['verb'])}", verb_view.text(plan, done, words), **_reasons(result))
            done["changed"] = done["changed"] or judging.lasts(plan, result)
            done["warnings"] += result.get("warnings", [])
            done.update({key: result[key] for key in ("cluster", "instances", "placement", "diff") if key in result})
        rest = judging.driver_of(plan).rotates_rest if plan["rotation"] else ""
        ended, authorities = rotation.end(plan, given["after"], rest, given["before"], unproven)
        if ended:
            text = f"{verb_view.text(plan, done, words)}{ended}"
            return {**done, "text": text, "files": files_here.wanted(given["options"], {"ca_file": authorities} if authorities else {})}
        if self._task.check_mode:
            return {**done, **_end(plan, done, words, given["options"])}
        if verbs.of(plan["verb"], plan["part"]).then and plan["text"]:
            # the part that follows shows it
            return done
        shown = _end(plan, done, words, given["options"])
        return {**done, **shown, "text": verb_view.deleted(plan, given["options"].get("name") or given["options"].get("id")) + shown["text"]}

    def _call(self, call: Call, given: Data, task_vars: Any, **more: Any) -> dict[str, Any]:
        evidence = {moment: given[moment] for moment in ("before", "after") if given[moment]}
        name = judging.named(given["plan"], given["after"])
        members = given["plan"]["members"]
        options = {**given["options"], **({"name": name} if name else {}), **({"members": members} if members is not None else {})}
        if call.fixed.get("task") == "NONE" and given["after"] and not more:
            more = {"restart_required": judging.pending(given["plan"], given["after"]), **judging.proof_of_turn(given["plan"])}
        arguments = call.arguments(options, evidence=evidence, **more)
        result: dict[str, Any] = telling.on_controller(self, call.module, arguments, task_vars)
        return result

    def _give_up(self, plan: Data, given: Data, words: Data, task_vars: Any) -> dict[str, Any]:
        """A member refused or failed. Where all is as it was before, the task that this run began is ended; else it stays, and the run can be continued."""
        text = " ".join(f"{sentence.rstrip('. ')}." for sentence in dict.fromkeys(given["failed"]))
        if plan["begin"] and plan["task"] == "NONE" and given["after"] and verbs.of(plan["verb"], plan["part"]).telling:
            sized = "resize" in plan
            # a member that was resized serves as before, with another size: each by itself was proven, so all of them have to serve
            ended = self._call(verbs.of(plan["verb"], plan["part"]).settle[-1], given, task_vars, untouched=not sized)
            now = "All members serve, those that were resized with their new sizes" if sized else "All members are as they were before"
            kept = f"{now}, and the task was ended. {_ADVICE.format(verb=plan['verb'])}"
            if ended.get("failed"):
                kept = f"The task stays {plan['begin']}: {ended.get('msg')}"
        else:
            kept = _ADVICE.format(verb=plan["verb"])
        return self._failed(f"{text} {kept}", verb_view.text(plan, {}, words))

    @staticmethod
    def _failed(message: str, text: str, **more: Any) -> dict[str, Any]:
        """A failed task prints its result: the table would hide the reason there, so it comes before it."""
        Display().display(text.rstrip("\n"))
        return {"failed": True, "changed": False, "msg": message, **more}


def _left(plan: Data, after: Data) -> list[Call]:
    """What is left to do in the cloud. No task is ended that was neither begun nor continued, where no member asks for a restart: that there is none, and
    nothing that ends with it, the plan has read in this run.
    """
    if not plan["names"] and not plan["leaving"]:
        return []
    ended = plan["settled"] and plan["begin"] is None and not judging.pending(plan, after)
    return [call for call in verbs.of(plan["verb"], plan["part"]).settle if not (ended and call.fixed.get("task") == "NONE")]


def _end(plan: Data, done: Data, words: Data, options: Data) -> dict[str, Any]:
    """What is printed, which files are written here, and of a check its errors, for which the run fails when all is printed and written."""
    names = {"max_lag": "lag", "certificate_days": "certificate", "task_minutes": "task"}
    limits = Limits(time.time(), **{name: options[option] for option, name in names.items() if option in options})
    checked = verb_view.checked(plan, done, words, limits)
    if checked:
        return {"text": checked.text, "errors": list(checked.errors), "files": files_here.wanted(options, {"report": checked.text})}
    shown = verb_view.shown(plan, done, words, limits)
    if shown:
        return {"text": shown.text, "files": files_here.wanted(options, {"picture": shown.picture})}
    return {"text": verb_view.text(plan, done, words)}


def _reasons(result: Data) -> dict[str, Any]:
    return {key: result[key] for key in ("problems", "exception") if key in result}
