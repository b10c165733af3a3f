# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ansible.plugins.action import ActionBase

from ..module_utils._model.errors import TroveError
from ..plugin_utils import files_here, reaching, telling, verbs
from ..plugin_utils import plan as plans


class ActionModule(ActionBase):
    """Runs on localhost. Documented in plugins/modules/trove_plan.py."""

    _supports_check_mode = True

    def run(self, tmp: Any = None, task_vars: Any = None) -> dict[str, Any]:
        super().run(tmp, task_vars)
        spec = {
            "verb": {"type": "str", "required": True, "choices": list(verbs.VERBS)},
            "part": {"type": "str", "choices": [verbs.FIRST, verbs.THEN]},
            "options": {"type": "dict", "required": True},
        }
        _checked, arguments = self.validate_argument_spec(spec)
        verb, part, options = arguments["verb"], arguments["part"], arguments["options"]
        try:
            files_here.check(options)
        except TroveError as error:
            return {"failed": True, "changed": False, "msg": error.message, **error.details}
        cloud_verb = verbs.of(verb, part)
        call = cloud_verb.plan
        self._task.check_mode = self._task.check_mode or call.check
        told = telling.Told("localhost")
        result: dict[str, Any] = telling.on_controller(self, call.module, call.arguments(options), task_vars, told)
        if result.get("failed"):
            return result
        changed = result.get("changed", False) and not call.check
        try:
            plan = plans.make(verb, cloud_verb, options, result, part)
            known = _known((task_vars or {}).get("hostvars"), plan["hosts"])
            plan["hosts"], missing = reaching.reached(plan["hosts"], known, options.get("address"))
            result["warnings"] = [*result.get("warnings", []), *reaching.without_floating(plan, missing)]
        except TroveError as error:
            return {"failed": True, "changed": changed, "msg": error.message, **error.details}
        shown: dict[str, Any] = {key: result[key] for key in ("warnings", "diff") if key in result}
        return {"changed": changed, "plan": plan, "untold": told.rest(plan["text"]), **shown}


def _known(hostvars: Any, hosts: Iterable[Mapping[str, Any]]) -> dict[str, str | None]:
    """``{name: ansible_host or None}`` of those that the inventory has."""
    names = {host["name"] for host in hosts} & set(hostvars or ())
    return {name: hostvars[name].get("ansible_host") for name in names}
