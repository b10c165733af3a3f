# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase

from ..module_utils._model import asked_for, options
from ..module_utils._model.errors import InvalidInput, TroveError
from ..plugin_utils import role_host

ARGUMENTS = {
    "keeps": {"type": "list", "elements": "str", "default": []},
    "fixed": {"type": "list", "elements": "str", "default": []},
    "of_verbs": {"type": "list", "elements": "str", "default": []},
    "kept": {"type": "str"},
    "known": {"type": "dict", "default": {}},
    "shared": {"type": "bool", "default": True},
    "guarded": {"type": "list", "elements": "str", "default": []},
}


class ActionModule(ActionBase):
    """Runs on the controller only. Documented in plugins/modules/trove_role_options.py."""

    _requires_connection = False
    _supports_check_mode = True

    def run(self, tmp: Any = None, task_vars: Any = None) -> dict[str, Any]:
        super().run(tmp, task_vars)
        _checked, arguments = self.validate_argument_spec(ARGUMENTS)
        role, spec = self._role()
        prefix = f"{role}_"
        known = {prefix + name: value for name, value in arguments["known"].items()}
        given = {**known, **{name: self._templar.template(task_vars[name]) for name in spec if name in task_vars}}
        plan = self._templar.template(task_vars.get("_trove_plan") or {})
        named = self._members(spec, given, prefix)
        members = named or list(task_vars["ansible_play_hosts_all"])
        results = _results(members, task_vars["hostvars"], arguments["kept"])
        kept = {member: result["options"] for member, result in results.items() if result.get("options")}
        if not arguments["shared"]:
            kept = asked_for.own(kept, task_vars["inventory_hostname"], given.get(f"{prefix}source"))
        names = {key: [prefix + name for name in arguments[key]] for key in ("keeps", "fixed", "of_verbs")}
        # what tasks of the role have registered is no option
        variables = [name for name in task_vars if name.startswith(prefix) and not _is_result(task_vars[name])]
        try:
            _refuse_another_cluster(f"{prefix}members", task_vars["inventory_hostname"], named, arguments["guarded"])
            asked_for.refuse_misspelt(spec, prefix, variables)
            asked = asked_for.resolve(spec, given, kept, verb=plan.get("verb"), **names)
        except TroveError as error:
            return {"failed": True, "changed": False, "msg": error.message, **error.details}
        found = {name[len(prefix) :]: value for name, value in asked.options.items()}
        return {
            "changed": False,
            "options": found,
            "members": members,
            "named": bool(named),
            "keep": asked.keep,
            "secret": any(spec[name].get("no_log", False) for name in asked.keep),
            "holder": role_host.holder(members, results),
            "changes": list(asked.changes),
            "may_change": asked_for.may_change(plan.get("verb")),
            **self._of_host(role, found, task_vars),
            # passwords are among them; what was refused is shown
            "_ansible_no_log": True,
        }

    def _role(self) -> tuple[str, options.Spec]:
        """The role's short name, and the spec of its variables."""
        role = self._task._role
        if role is None:
            raise AnsibleActionFail("stackdb.trove.trove_role_options: it is a task of a role, and there is none.")
        specs = self._loader.load_from_file(os.path.join(role.get_role_path(), "meta", "argument_specs.yml"))
        return role.get_name(include_role_fqcn=False), asked_for.flat(specs["argument_specs"])

    def _members(self, spec: options.Spec, given: Mapping[str, Any], prefix: str) -> list[str]:
        """Who was named as a member, in order; nobody where that was left to the play."""
        name = f"{prefix}members"
        found: list[str] = options.read({name: spec[name]}, {name: given.get(name)}).get(name, [])
        return found

    def _of_host(self, role: str, found: Mapping[str, Any], task_vars: Mapping[str, Any]) -> dict[str, Any]:
        facts = task_vars.get("ansible_facts") or {}
        driver = role_host.driver_of(role, found)
        member = role_host.member(task_vars["inventory_hostname"], found, facts)
        return {
            "member": member,
            "number": role_host.number(member["address"]),
            "ports": role_host.ports(driver),
            "sizes": role_host.sizes(driver, found, facts),
        }


def _refuse_another_cluster(option: str, host: str, named: Sequence[str], guarded: Sequence[str]) -> None:
    """What is done once in a play is done for the cluster of its first host; in another one nothing would be proven, and in none nothing be right.

    :param named: the members that this host's variable names
    :param guarded: those that the first host's does
    :raises InvalidInput: where they are others, or the host is none of them
    """
    if not named:
        return
    if guarded and {*named} != {*guarded}:
        allowed = f"the same for all hosts of a play, and another one has {', '.join(guarded)}; each cluster has a play of its own"
        raise InvalidInput(option, ", ".join(named), allowed)
    if host not in named:
        raise InvalidInput(option, ", ".join(named), f"names with {host} among them, or a play without that host")


def _is_result(value: Any) -> bool:
    """Whether a variable is what a task has registered."""
    return isinstance(value, Mapping) and ("changed" in value or "failed" in value or "skipped" in value)


def _results(members: Iterable[str], hostvars: Mapping[str, Any], variable: str | None) -> dict[str, Any]:
    """What trove_kept_options has returned on each member, of those that have answered."""
    found = {member: hostvars[member].get(variable) for member in members if member in hostvars} if variable else {}
    return {member: result for member, result in found.items() if isinstance(result, dict)}
