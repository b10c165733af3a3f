# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Any

from ansible.plugins.action import ActionBase

from ..module_utils._datastores.galera.rules import decided
from ..module_utils._model.errors import TroveError
from ..plugin_utils.telling import TellingAction

SPEC = {
    "cluster_name": {"type": "str", "required": True},
    "member": {"type": "str", "required": True},
    "members": {"type": "dict", "required": True},
    "state": {"type": "str", "choices": [*decided.ON_CONTROLLER]},
    "from_stop": {"type": "bool", "default": False},
    "may_bootstrap": {"type": "bool", "default": True},
    "version": {"type": "str"},
}


class ActionModule(TellingAction):
    """Decides on the controller what the members' words are enough for; all else runs on the member. Documented in plugins/modules/trove_galera.py."""

    def tells(self, arguments: dict[str, Any]) -> bool:
        return arguments.get("state", "synced") in ("synced", "restarted", "initialized")

    def run(self, tmp: Any = None, task_vars: Any = None) -> dict[str, Any]:
        if self._task.args.get("state") not in decided.ON_CONTROLLER:
            return super().run(tmp, task_vars)
        ActionBase.run(self, tmp, task_vars)
        _checked, given = self.validate_argument_spec(SPEC)
        try:
            return decided.on_controller(given)
        except TroveError as error:
            return {"failed": True, "changed": False, "msg": error.message, **error.details}
