# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Any

from ansible.errors import AnsibleConnectionFailure
from ansible.plugins.action import ActionBase

from ..module_utils._datastores import registry
from ..module_utils._model.errors import TroveError


class ActionModule(ActionBase):
    """Asks one member by its datastore's info module, and never fails: no answer is an answer, too. Documented in plugins/modules/trove_look.py."""

    _supports_check_mode = True

    def run(self, tmp: Any = None, task_vars: Any = None) -> dict[str, Any]:
        super().run(tmp, task_vars)
        _checked, arguments = self.validate_argument_spec({"round": {"type": "str", "required": True}, "probe": {"type": "bool", "default": False}})
        asked = {"changed": False, "asked": arguments["round"]}
        try:
            driver = registry.of(task_vars["trove_instance"])
            probing = driver.probe_options if arguments["probe"] else {}
            module_args = {**driver.info_options, **probing, "asked": arguments["round"]}
            result: dict[str, Any] = self._execute_module(module_name=driver.info_module, module_args=module_args, task_vars=task_vars)
        except AnsibleConnectionFailure as error:
            return {**asked, "silent": f"it is unreachable: {_short(error)}"}
        except KeyError:
            return {**asked, "silent": "it has no trove_instance, so it is no server of this collection"}
        except TroveError as error:
            return {**asked, "silent": error.message}
        if result.get("failed"):
            return {**asked, "silent": f"it could not be asked: {_short(result.get('msg'))}"}
        return result


def _short(text: object) -> str:
    """One line of it: ssh says much."""
    return " ".join(str(text or "no reason was given").split())[:300]
