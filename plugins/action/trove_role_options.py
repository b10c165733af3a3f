# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from typing import Any

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase

from ..module_utils._model import asked_for, options
from ..module_utils._model.errors import TroveError

ARGUMENTS = {
    "keeps": {"type": "list", "elements": "str", "default": []},
    "fixed": {"type": "list", "elements": "str", "default": []},
    "kept": {"type": "str"},
    "shared": {"type": "bool", "default": True},
}


class ActionModule(ActionBase):
    """Runs on the controller only. Documented in plugins/modules/trove_role_options.py."""

    _requires_connection = False
    _supports_check_mode = True

    def run(self, tmp: Any = None, task_vars: Any = None) -> dict[str, Any]:
        super().run(tmp, task_vars)
        _checked, arguments = self.validate_argument_spec(ARGUMENTS)
        prefix, spec = self._role()
        given = {name: self._templar.template(task_vars[name]) for name in spec if name in task_vars}
        plan = self._templar.template(task_vars.get("_trove_plan") or {})
        members = self._members(spec, given, prefix)
        kept = _kept(members or task_vars["ansible_play_hosts_all"], task_vars["hostvars"], arguments["kept"])
        if not arguments["shared"]:
            kept = asked_for.own(kept, task_vars["inventory_hostname"], given.get(f"{prefix}source"))
        names = {key: [prefix + name for name in arguments[key]] for key in ("keeps", "fixed")}
        try:
            asked = asked_for.resolve(spec, given, kept, verb=plan.get("verb"), **names)
        except TroveError as error:
            return {"failed": True, "changed": False, "msg": error.message, **error.details}
        return {
            "changed": False,
            "options": {name[len(prefix) :]: value for name, value in asked.options.items()},
            "members": members or list(task_vars["ansible_play_hosts_all"]),
            "named": bool(members),
            "keep": asked.keep,
            "changes": list(asked.changes),
            "may_change": asked_for.may_change(plan.get("verb")),
            # passwords are among them; what was refused is shown
            "_ansible_no_log": True,
        }

    def _role(self) -> tuple[str, options.Spec]:
        """The prefix of the role's variables, and their spec."""
        role = self._task._role
        if role is None:
            raise AnsibleActionFail("stackdb.trove.trove_role_options: it is a task of a role, and there is none.")
        specs = self._loader.load_from_file(os.path.join(role.get_role_path(), "meta", "argument_specs.yml"))
        return f"{role.get_name(include_role_fqcn=False)}_", asked_for.flat(specs["argument_specs"])

    def _members(self, spec: options.Spec, given: Mapping[str, Any], prefix: str) -> list[str]:
        """Who was named as a member, in order; nobody where that was left to the play."""
        name = f"{prefix}members"
        found: list[str] = options.read({name: spec[name]}, {name: given.get(name)}).get(name, [])
        return found


def _kept(members: Iterable[str], hostvars: Mapping[str, Any], variable: str | None) -> dict[str, Any]:
    """What each member keeps, of those that have said it."""
    found = {member: hostvars[member].get(variable) for member in members if member in hostvars} if variable else {}
    return {member: result["options"] for member, result in found.items() if isinstance(result, dict) and result.get("options")}
