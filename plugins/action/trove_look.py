# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from ansible.errors import AnsibleConnectionFailure
from ansible.plugins.action import ActionBase

from ..module_utils._datastores import registry
from ..module_utils._model.errors import TroveError

_SPEC = {
    "round": {"type": "str", "required": True},
    "probe": {"type": "bool", "default": False},
    "patience": {"type": "int", "default": 0},
    "peers": {"type": "list", "elements": "str", "default": []},
}
_PAUSE = 2


class ActionModule(ActionBase):
    """Asks one member by its datastore's info module, and never fails: no answer is an answer, too. Documented in plugins/modules/trove_look.py."""

    _supports_check_mode = True

    def run(self, tmp: Any = None, task_vars: Any = None) -> dict[str, Any]:
        super().run(tmp, task_vars)
        _checked, arguments = self.validate_argument_spec(_SPEC)
        asked = {"changed": False, "asked": arguments["round"]}
        try:
            driver = registry.of(task_vars["trove_instance"])
            probing = driver.probe_options if arguments["probe"] else {}
            # only datastores that rotate are asked with them
            peers = {"peers": arguments["peers"]} if arguments["peers"] else {}
            module_args = {**driver.info_options, **probing, **peers, "asked": arguments["round"]}
            result = self._ask(driver, module_args, arguments["patience"], task_vars)
        except AnsibleConnectionFailure as error:
            return {**asked, "silent": f"it is unreachable: {_short(error)}"}
        except KeyError:
            return {**asked, "silent": "it has no trove_instance, so it is no server of this collection"}
        except TroveError as error:
            return {**asked, "silent": error.message}
        if result.get("failed"):
            return {**asked, "silent": f"it could not be asked: {_short(result.get('msg'))}"}
        return result

    def _ask(self, driver: Any, module_args: Mapping[str, Any], patience: int, task_vars: Any) -> dict[str, Any]:
        """The last answer: the first one of a member that serves, or one after so many seconds."""
        deadline = time.monotonic() + patience
        while True:
            result: dict[str, Any] = self._execute_module(module_name=driver.info_module, module_args=dict(module_args), task_vars=task_vars)
            if result.get("failed") or time.monotonic() > deadline or not driver.problems(result):
                return result
            time.sleep(_PAUSE)


def _short(text: object) -> str:
    """One line of it: ssh says much."""
    return " ".join(str(text or "no reason was given").split())[:300]
