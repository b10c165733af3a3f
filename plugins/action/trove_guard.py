# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ansible import constants
from ansible.plugins.action import ActionBase

from ..module_utils._model import options
from ..module_utils._model.errors import TroveError

#: the strategies under which a host begins a task only when every host has ended the one before
LOCKSTEP = ("linear", "debug")
#: tags to skip that stand for tasks without a tag of that name
SPECIAL_TAGS = ("all", "always", "tagged", "untagged")
#: the steps of a role, each with all that comes before it. No task of this collection has any other tag, so that skipping others (Molecule does) skips none.
STEPS = ("install", "configure", "run")
_STEPS = ", ".join(STEPS)

_ADVICE = "Run it again with all members in the play, the strategy linear, and without --limit, --tags, special --skip-tags and serial."


def refusals(task_vars: Any, strategy: str, members: Sequence[str] = (), steps: bool = False) -> list[str]:
    """Why a run is not whole, a sentence each; empty when it is.

    :param task_vars: the variables of the host that the task runs on
    :param strategy: the configured strategy, by its name or its full name
    :param members: the inventory names that have to be in the play; none where the playbook finds them itself
    :param steps: whether the run may end after a step of the role, where a killed one could have ended, too
    """
    found = []
    if task_vars.get("ansible_limit"):
        left_out = sorted(set(task_vars["groups"]["all"]) - set(task_vars["ansible_play_hosts_all"]))
        found.append(f"--limit {task_vars['ansible_limit']} was given, and leaves out {', '.join(left_out) or 'hosts that the playbook finds itself'}")
    tags = list(task_vars.get("ansible_run_tags") or ["all"])
    if tags != ["all"] and not (steps and set(tags) <= set(STEPS)):
        found.append(f"--tags {','.join(tags)} was given{f'; allowed: {_STEPS}' if steps else ''}")
    if set(task_vars.get("ansible_skip_tags") or ()) & {*SPECIAL_TAGS, *STEPS}:
        found.append(f"--skip-tags {','.join(task_vars['ansible_skip_tags'])} was given")
    if strategy.rpartition(".")[2] not in LOCKSTEP:
        found.append(f"the strategy is {strategy}; allowed: {', '.join(LOCKSTEP)}")
    missing = [name for name in members if name not in task_vars["ansible_play_hosts_all"]]
    if missing:
        found.append(f"{', '.join(missing)} belong to the cluster, and are not in this play")
    # both without those that failed or were unreachable before
    if members and list(task_vars["ansible_play_batch"]) != list(task_vars["ansible_play_hosts"]):
        found.append("the play has serial, so that it sees only some members at a time")
    return found


class ActionModule(ActionBase):
    """Runs on the controller only. Documented in plugins/modules/trove_guard.py."""

    _requires_connection = False
    _supports_check_mode = True

    def run(self, tmp: Any = None, task_vars: Any = None) -> dict[str, Any]:
        super().run(tmp, task_vars)
        _checked, arguments = self.validate_argument_spec({"members": {"type": "raw"}, "steps": {"type": "bool", "default": False}})
        try:
            members = self._members(arguments["members"], task_vars) if "members" in self._task.args else []
        except TroveError as error:
            return {"failed": True, "changed": False, "msg": error.message, **error.details}
        found = refusals(task_vars, constants.DEFAULT_STRATEGY, members, arguments["steps"])
        if not found:
            return {"changed": False, "members": members}
        text = f"The run was refused before anything was touched, since it would see only a part of the cluster: {'; '.join(found)}. {_ADVICE}"
        return {"failed": True, "changed": False, "msg": text, "refusals": found}

    def _members(self, given: Any, task_vars: Any) -> list[str]:
        """Who was named, in a variable of the user's that the role has not read yet, else all hosts of the play."""
        role = self._task._role
        name = f"{role.get_name(include_role_fqcn=False)}_members" if role else "members"
        named = options.read({name: {"type": "list", "elements": "str"}}, {name: given}).get(name)
        return list(named or task_vars["ansible_play_hosts_all"])
