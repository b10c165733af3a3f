# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Any

from ansible.plugins.action import ActionBase

from ..plugin_utils import telling
from ..plugin_utils.verbs import VERBS, Call

_SPEC = {
    "plan": {"type": "dict", "required": True},
    "options": {"type": "dict", "required": True},
    "member": {"type": "str", "required": True},
    "state": {"type": "str", "required": True, "choices": ["extended", "resized", "settled"]},
    "words": {"type": "dict", "default": {}},
}


class ActionModule(ActionBase):
    """Runs on localhost, or delegated to it. Documented in plugins/modules/trove_size.py."""

    _supports_check_mode = True

    def run(self, tmp: Any = None, task_vars: Any = None) -> dict[str, Any]:
        super().run(tmp, task_vars)
        _checked, given = self.validate_argument_spec(_SPEC)
        planned = VERBS[given["plan"]["verb"]].plan
        whose = tuple(name for name in ("name", "id") if name in planned.options)
        # the flavor in each: a run that was killed may have left a server on which Nova waits, and what that waits for depends on the flavor
        wanted = ("flavor", "volume_size" if given["state"] == "extended" else "force")
        call = Call(planned.module, {**planned.fixed, "state": given["state"], "members": [given["member"]]}, (*whose, "timeout", *wanted))
        arguments = call.arguments(given["options"], **({"evidence": {"after": given["words"]}} if given["words"] else {}))
        result: dict[str, Any] = telling.on_controller(self, call.module, arguments, task_vars)
        if result.get("failed"):
            # the database is down now: whoever called this starts it before the run ends
            return {"changed": False, "failed": False, "problem": str(result.get("msg") or "no reason was given"), "now": None}
        (now,) = result["resize"]["members"]
        reverted = [step["why"] for step in result["plan"] if (step["action"], step["kind"]) == ("revert", "resize")]
        problem = f"{given['member']} was resized to {result['resize']['flavor']['name']}, and reverted: it {reverted[0]}" if reverted else None
        shown: dict[str, Any] = {key: result[key] for key in ("diff", "warnings") if key in result}
        return {"changed": result.get("changed", False), "problem": problem, "now": now, **shown}
