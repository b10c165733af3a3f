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
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from types import MappingProxyType
from typing import Any, NoReturn

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.module_utils.common.parameters import remove_values
from ansible.module_utils.errors import UnsupportedError

_MODULES = "ansible_collections.stackdb.trove.plugins.modules"


def run(module: str, arguments: Mapping[str, Any], check_mode: bool, directory: str, environment: Mapping[str, str] = MappingProxyType({})) -> dict[str, Any]:
    """The result of a module that talks to the cloud, a failed one included.

    :param module: its name, without the collection's
    :param directory: where it runs, for paths that are relative, as in clouds.yaml; Ansible's local connection runs modules in the playbook's
    :param environment: variables that it has besides
    """
    with _way_back(directory), _changed(environment), warnings.catch_warnings():
        # of the libraries for who writes Python, such as urllib3's of each request without verification: Ansible would show them as errors of its worker
        warnings.simplefilter("ignore")
        try:
            os.chdir(directory)
            return _result(module, arguments, check_mode)
        # as of a process that ends so, a library's sys.exit() included: whoever called it has to clean up, and may have to report more than this
        except (Exception, SystemExit) as error:
            message = f"The module {module} has failed: {type(error).__name__}: {error}"
            return {"changed": False, "failed": True, "msg": message, "exception": traceback.format_exc()}


def _result(module: str, arguments: Mapping[str, Any], check_mode: bool) -> dict[str, Any]:
    # Not before it is needed: with it comes openstacksdk, which each process that Ansible forks would have to carry. And not before the process is where
    # the module runs: the SDK notes where that is when it is imported, to look for clouds.yaml there.
    from ..module_utils._module import cloud

    def make(**specification: Any) -> _Module:
        return _Module(arguments, check_mode, **specification)

    made = cloud.MAKER.set(make)
    try:
        importlib.import_module(f"{_MODULES}.{module}").main()
    except _Ended as end:
        return end.result
    finally:
        cloud.MAKER.reset(made)
    raise RuntimeError("it has ended without a result")


@contextmanager
def _way_back(otherwise: str) -> Iterator[None]:
    """A context that may change the directory. What was done counts, whether or not there is a way back: the one before may be gone, or closed to this user."""
    before = otherwise
    with suppress(OSError):
        before = os.getcwd()
    try:
        yield
    finally:
        with suppress(OSError):
            os.chdir(before)


@contextmanager
def _changed(environment: Mapping[str, str]) -> Iterator[None]:
    before = dict(os.environ)
    os.environ.update(environment)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


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
