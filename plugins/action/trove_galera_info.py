# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Any

from ansible.plugins.action import ActionBase


class ActionModule(ActionBase):
    """Asks no member again that said just now that it serves. Documented in plugins/modules/trove_galera_info.py."""

    _supports_check_mode = True

    def run(self, tmp: Any = None, task_vars: Any = None) -> dict[str, Any]:
        result: dict[str, Any] = super().run(tmp, task_vars)
        arguments = dict(self._task.args)
        said = arguments.pop("said", None) or {}
        if "galera" in said and not said["problems"]:
            return {**said, "changed": False, "galera": {**said["galera"], "address": arguments.get("address")}}
        return {**result, **self._execute_module(module_args=arguments, task_vars=task_vars)}
