# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Any

from ansible.plugins.action import ActionBase

from ..module_utils._datastores.redis_cluster.rules import allowed_passwords
from ..module_utils._model.errors import TroveError

SPEC = {
    "state": {"type": "str", "choices": ["allowed"]},
    "name": {"type": "str", "required": True},
    "members": {"type": "dict", "required": True, "no_log": True},
    "password": {"type": "str", "default": "", "no_log": True},
    "holder": {"type": "str", "required": True},
    "joining": {"type": "list", "elements": "str", "default": []},
    "may_change": {"type": "bool", "default": False},
}


class ActionModule(ActionBase):
    """Decides on the controller what the members' words are enough for; all else runs on the member. Documented in plugins/modules/trove_redis_passwords.py."""

    _supports_check_mode = True

    def run(self, tmp: Any = None, task_vars: Any = None) -> dict[str, Any]:
        super().run(tmp, task_vars)
        if self._task.args.get("state") != "allowed":
            result: dict[str, Any] = self._execute_module(task_vars=task_vars)
            return result
        _checked, given = self.validate_argument_spec(SPEC)
        try:
            return {"changed": False, "done": [], "due": allowed_passwords.allow(allowed_passwords.words_of(given["members"]), given)}
        except TroveError as error:
            return {"failed": True, "changed": False, "msg": error.message, **error.details}
