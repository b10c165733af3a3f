# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Modules that talk to the cloud, run in the process of the action plugin that calls them.

An action plugin runs on the controller already, in a process of its own task. As a process beside it, the same module costs a second more: Ansible packs
all that it imports, and another Python compiles that. A module is the same either way; what it takes for its AnsibleModule is another class.
"""

from __future__ import annotations

import importlib
import os
import traceback
import warnings
from collections.abc import Mapping
from typing import Any, NoReturn

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.module_utils.common.parameters import remove_values
from ansible.module_utils.errors import UnsupportedError

_MODULES = "ansible_collections.stackdb.trove.plugins.modules"


def run(module: str, arguments: Mapping[str, Any], check_mode: bool, directory: str) -> dict[str, Any]:
    """The result of a module that talks to the cloud, a failed one included.

    :param module: its name, without the collection's
    :param directory: where it runs, for paths that are relative, as in clouds.yaml; Ansible's local connection runs modules in the playbook's
    """
    # not before it is needed: with it comes openstacksdk, which each process that Ansible forks would have to carry
    from ..module_utils._module import cloud

    def make(**specification: Any) -> _Module:
        return _Module(arguments, check_mode, **specification)

    made, before = cloud.MAKER.set(make), _here(directory)
    try:
        os.chdir(directory)
        with warnings.catch_warnings():
            # of the libraries for who writes Python, such as urllib3's of each request without verification: Ansible would show them as errors of its worker
            warnings.simplefilter("ignore")
            importlib.import_module(f"{_MODULES}.{module}").main()
        raise RuntimeError("it has ended without a result")
    except _Ended as end:
        return end.result
    # as of a process that ends so: whoever called it has to clean up, and may have to report more than this
    except Exception as error:
        message = f"The module {module} has failed: {type(error).__name__}: {error}"
        return {"changed": False, "failed": True, "msg": message, "exception": traceback.format_exc()}
    finally:
        os.chdir(before)
        cloud.MAKER.reset(made)


def _here(otherwise: str) -> str:
    """Where this process runs, or another directory where that one was deleted meanwhile."""
    try:
        return os.getcwd()
    except FileNotFoundError:
        return otherwise


class _Ended(SystemExit):
    """As AnsibleModule ends a module, but with its result."""

    def __init__(self, result: dict[str, Any]):
        super().__init__(0)
        self.result = result


class _Module:
    """What the cloud's modules use of AnsibleModule: options that are checked by the same specification, and results without what is secret in them."""

    def __init__(self, arguments: Mapping[str, Any], check_mode: bool, *, argument_spec: dict[str, Any], supports_check_mode: bool, **constraints: Any):
        checked = ArgumentSpecValidator(argument_spec, **constraints).validate(_plain(arguments))
        self.params: dict[str, Any] = checked.validated_parameters
        self.check_mode = check_mode and supports_check_mode
        self._secrets: set[str] = checked._no_log_values
        self._warnings: list[str] = []
        if checked.error_messages:
            unknown = "Unsupported parameters: " if isinstance(checked.errors[0], UnsupportedError) else ""
            self.fail_json(msg=f"{unknown}{checked.errors.msg}")

    def warn(self, text: str) -> None:
        if text not in self._warnings:
            self._warnings.append(text)

    def exit_json(self, **result: Any) -> NoReturn:
        self._end({"changed": False, **result})

    def fail_json(self, msg: str, **details: Any) -> NoReturn:
        self._end({"changed": False, "failed": True, "msg": msg, **details})

    def _end(self, result: Mapping[str, Any]) -> NoReturn:
        shown = {"warnings": self._warnings} if self._warnings else {}
        raise _Ended(remove_values(_plain({**result, **shown}), self._secrets))


def _plain(value: Any) -> Any:
    """As JSON would carry it from one process to another: Ansible's own kinds of text, lists and dictionaries are no longer such."""
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_plain(item) for item in value]
    return str(value) if isinstance(value, str) else value
