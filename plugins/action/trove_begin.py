# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible.plugins.action import ActionBase

from ..plugin_utils import judging, telling, verbs
from ..plugin_utils.verbs import Call

_SPEC = {
    "plan": {"type": "dict", "required": True},
    "options": {"type": "dict", "required": True},
    "before": {"type": "dict", "default": {}},
    "stop_server": {"type": "bool", "default": False},
}


class ActionModule(ActionBase):
    """Runs on localhost, or delegated to it. Documented in plugins/modules/trove_begin.py."""

    _supports_check_mode = True

    def run(self, tmp: Any = None, task_vars: Any = None) -> dict[str, Any]:
        super().run(tmp, task_vars)
        _checked, given = self.validate_argument_spec(_SPEC)
        call = begin(given["plan"], given["before"], given["stop_server"])
        arguments = call.arguments(given["options"])
        result: dict[str, Any] = telling.on_controller(self, call.module, arguments, task_vars)
        return {**result, "changed": judging.lasts(given["plan"], result)}


def begin(plan: Mapping[str, Any], before: Mapping[str, Any], stop_server: bool = False) -> Call:
    """The Call that begins a plan's task. Members that leave and do not serve, by the words before, may follow a task that has not ended.

    :param stop_server: whether it is begun by stopping the server that was named, as far as the words before allow it
    """
    cloud_verb = verbs.of(plan["verb"], plan["part"])
    settle = (cloud_verb.settle or (cloud_verb.then.settle if cloud_verb.then else ()))[-1]
    if stop_server:
        stopping = {"task": plan["begin"], "stop_server": True, "evidence": {"before": before}}
        return Call(settle.module, stopping, ("name", "clear_task", "timeout"), settle.renamed)
    proof = {"leaving": plan["leaving"], "evidence": {"before": before}} if plan["leaving"] else {}
    run = {"run": plan["task_run"]} if plan["task_run"] else {}
    return Call(settle.module, {"task": plan["begin"], **proof, **run}, ("name", "id", "clear_task"), settle.renamed)
