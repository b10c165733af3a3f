# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The edge of the modules that talk to the cloud: option specs, and how a run becomes a module's result."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from contextvars import ContextVar
from typing import Any, NoReturn, Protocol

from ansible.module_utils.basic import AnsibleModule, missing_required_lib

from .._cloud import connection
from .._model.errors import InvalidInput, TroveError
from .._plan.runner import Outcome, Reconciler, Seen, reconcile
from . import progress

Options = Mapping[str, Any]
#: connects to the cloud, to be called when the options have been checked
Connect = Callable[[], connection.Cloud]
#: what a module does: its result
Act = Callable[[Options, Connect], Mapping[str, Any]]


class Module(Protocol):
    """What is used here of AnsibleModule."""

    params: dict[str, Any]
    check_mode: bool

    def warn(self, text: str, /) -> None: ...

    def exit_json(self, **result: Any) -> NoReturn: ...

    def fail_json(self, msg: str, **details: Any) -> NoReturn: ...


#: what makes a Module; an action plugin that runs a module in its own process has another, see plugin_utils/in_process.py
MAKER: ContextVar[Callable[..., Module]] = ContextVar("MAKER", default=AnsibleModule)

#: documented in doc_fragments/cloud.py
_CLOUD_OPTIONS: dict[str, Any] = {
    "cloud": {"type": "str"},
    "region_name": {"type": "str"},
    "interface": {"type": "str", "choices": ["public", "internal", "admin"], "aliases": ["endpoint_type"]},
    "auth": {"type": "dict", "no_log": True},
    "auth_type": {"type": "str"},
    "validate_certs": {"type": "bool"},
    "ca_cert": {"type": "path"},
    "client_cert": {"type": "path"},
    "client_key": {"type": "path"},
    "api_timeout": {"type": "int"},
    **progress.OPTIONS,
}
WAIT_OPTIONS: dict[str, Any] = {"wait": {"type": "bool", "default": True}, "timeout": {"type": "int", "default": 600}}
#: documented in doc_fragments/cloud.py
PROOF_OPTIONS: dict[str, Any] = {
    "evidence": {"type": "dict", "options": {"before": {"type": "dict"}, "after": {"type": "dict"}}},
    "force": {"type": "bool", "default": False},
}
TASK_OPTIONS: dict[str, Any] = {"clear_task": {"type": "bool", "default": False}}
#: of what creates servers
PLACE_OPTIONS: dict[str, Any] = {
    "root_volume_size": {"type": "int"},
    "availability_zone": {"type": "str"},
    "volume_availability_zone": {"type": "str"},
    "ip_version": {"type": "int", "choices": [4, 6]},
}


def make_module(argument_spec: Mapping[str, Any], **constraints: Any) -> Module:
    """An AnsibleModule with the cloud's options that can do check mode, or what stands for one."""
    return MAKER.get()(argument_spec={**argument_spec, **_CLOUD_OPTIONS}, supports_check_mode=True, **constraints)


def run(module: Module, act: Act) -> None:
    """Act and exit: a TroveError becomes fail_json with its details.

    :param act: connects after it has checked the options
    """
    if connection.SDK_MISSING:
        module.fail_json(msg=missing_required_lib("openstacksdk"), exception=connection.SDK_MISSING)
    clouds: list[connection.Cloud] = []
    progress.to(module.params.get("progress"))

    def connect() -> connection.Cloud:
        clouds.append(connection.Cloud({name: module.params[name] for name in connection.OPTIONS}))
        return clouds[-1]

    def warn() -> None:
        for text in [text for cloud in clouds for text in cloud.warnings]:
            module.warn(text)

    try:
        if module.params.get("timeout", 1) < 1:
            raise InvalidInput("timeout", module.params["timeout"], "a number of seconds from 1")
        result = act(module.params, connect)
    except TroveError as error:
        warn()
        module.fail_json(msg=error.message, **error.details)
    warn()
    module.exit_json(**result)


def check_task_options(options: Options) -> None:
    """:raises InvalidInput: for what is only for the end of a task, or only for the begin of another one"""
    if options.get("stop_server") and options["task"] != "EJECTING":
        raise InvalidInput("stop_server", True, "only with task=EJECTING")
    for name in ("untouched", "restart_required", "metadata"):
        if options["task"] != "NONE" and options[name] not in (None, False):
            raise InvalidInput(name, options[name], "only with task=NONE")


#: for every module and state: how long to wait for what there is to wait for
COMMON = ("name", "state", *WAIT_OPTIONS)


def refuse_unused(spec: Mapping[str, Any], options: Options, used: Collection[str], state: str) -> None:
    """:raises InvalidInput: for an option of the spec that was given, other than as its default, and that the state takes no notice of"""
    for name, option in spec.items():
        if options[name] != option.get("default") and name not in (*used, *COMMON):
            shown = "a secret" if option.get("no_log") else options[name]
            raise InvalidInput(name, shown, f"nothing with state={state}, which takes no notice of it")


def reconciled(module: Module, reconciler: Reconciler[Seen], key: str) -> tuple[Outcome[Seen], dict[str, Any]]:
    """Reconcile, and the result that all our modules return: `key` holds the view, beside changed, plan and diff."""
    outcome = reconcile(reconciler, module.check_mode)
    for text in outcome.plan.warnings:
        module.warn(text)
    for step in outcome.plan.steps:
        if step.warns:
            module.warn(f"{step.name}: {'; '.join(filter(None, (step.why, step.risk)))}.")
    result: dict[str, Any] = {"changed": outcome.changed, key: outcome.after, "plan": outcome.plan.view(), "diff": outcome.diff()}
    return outcome, result
