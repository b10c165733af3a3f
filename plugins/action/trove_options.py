# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from pathlib import Path
from typing import Any

from ansible.errors import AnsibleError
from ansible.module_utils.common.yaml import yaml_load
from ansible.plugins.action import ActionBase

from ..module_utils._datastores import registry
from ..module_utils._model import asked_for, options, verb_options
from ..module_utils._model.errors import TroveError
from ..module_utils._model.options import Spec

#: of the collection that this file belongs to; the playbook of a user who imports ours is elsewhere
PLAYBOOKS = Path(__file__).resolve().parents[2] / "playbooks"
ROLES = PLAYBOOKS.with_name("roles")
SUFFIX = ".meta.yml"


def specs(folder: Path = PLAYBOOKS) -> dict[str, Spec]:
    """``{verb: {name: option}}`` of all verbs."""
    verbs = sorted(path.name[: -len(SUFFIX)] for path in folder.glob("*" + SUFFIX))
    return {verb: yaml_load((folder / f"{verb}{SUFFIX}").read_text(encoding="utf-8"))["argument_specs"][verb]["options"] for verb in verbs}


def role_specs(folder: Path = ROLES) -> dict[str, Spec]:
    """``{role: {name: option}}`` of the datastores' roles."""
    names = sorted({driver.role.rpartition(".")[2] for driver in registry.DRIVERS.values()})
    texts = {name: (folder / name / "meta" / "argument_specs.yml").read_text(encoding="utf-8") for name in names}
    return {name: asked_for.flat(yaml_load(text)["argument_specs"]) for name, text in texts.items()}


class ActionModule(ActionBase):
    """Runs on the controller only. Documented in plugins/modules/trove_options.py."""

    _requires_connection = False
    _supports_check_mode = True

    def run(self, tmp: Any = None, task_vars: Any = None) -> dict[str, Any]:
        super().run(tmp, task_vars)
        _checked, arguments = self.validate_argument_spec({"verb": {"type": "str", "required": True}})
        known = specs()
        spec = known.get(arguments["verb"], {})
        # what other verbs are given is not evaluated: it may rest on variables that are not there now
        given = {name: self._evaluated(name, value) if name in spec else None for name, value in verb_options.given(task_vars).items()}
        try:
            found = verb_options.of(arguments["verb"], known, given)
            self._check_roles(task_vars)
        except TroveError as error:
            return {"failed": True, "changed": False, "msg": error.message, **error.details}
        return {"changed": False, "options": found, "_ansible_no_log": verb_options.has_secret(spec, given)}

    def _check_roles(self, task_vars: Any) -> None:
        """Refuse what the members' role would refuse, before a server is created for it."""
        for role, spec in role_specs().items():
            prefix = f"{role}_"
            asked_for.refuse_misspelt(spec, prefix, [name for name in task_vars if name.startswith(prefix)])
            for name in [name for name in spec if name in task_vars]:
                try:
                    value = self._templar.template(task_vars[name])
                except AnsibleError:
                    # made of what only a member has
                    continue
                options.read(spec, {name: value})

    def _evaluated(self, name: str, value: Any) -> Any:
        try:
            return self._templar.template(value)
        except AnsibleError as error:
            raise AnsibleError(f"{name} cannot be evaluated: {error}") from error
