# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The edge of the modules that run on guests."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ansible.module_utils.basic import AnsibleModule

from .._model.errors import TroveError
from . import progress


def run(act: Callable[[Mapping[str, Any], bool], dict[str, Any]], argument_spec: Mapping[str, Any], **constraints: Any) -> None:
    """Create the module, act and exit: a TroveError becomes fail_json with its details.

    :param act: a function of (params, check_mode) that returns the module's result
    """
    module = AnsibleModule(argument_spec=argument_spec, supports_check_mode=True, **constraints)
    told = progress.to(module.params.get("progress"))
    try:
        result = act(module.params, module.check_mode)
    except TroveError as error:
        module.fail_json(msg=error.message, **error.details, **told())
    for sentence in result.pop("warnings", []):
        module.warn(sentence)
    module.exit_json(**result, **told())


def warnings(sentences: Iterable[str]) -> dict[str, list[str]]:
    """The part of a result that Ansible shows as warnings; empty where there are none."""
    found = list(sentences)
    return {"warnings": found} if found else {}
