# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How a run on a guest becomes a module's result."""

from __future__ import annotations

import json

import pytest
from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.testing import patch_module_args
from ansible_collections.stackdb.trove.plugins.module_utils._model.errors import Refused
from ansible_collections.stackdb.trove.plugins.module_utils._module import guest

SPEC = {"size": {"type": "int", "required": True}, "unit": {"type": "str"}}


def run(capsys, act, spec=None, given=None, **constraints):
    """(the module's result, its exit code)"""
    with patch_module_args(given if given is not None else {"size": "5", "_ansible_check_mode": True}), pytest.raises(SystemExit) as end:
        guest.run(act, spec or SPEC, **constraints)
    return json.loads(capsys.readouterr().out), end.value.code


def test_the_options_are_typed_and_check_mode_is_told(capsys):
    result, code = run(capsys, lambda options, check_mode: {"changed": True, "size": options["size"] + 1, "check": check_mode})
    assert code == 0
    assert (result["changed"], result["size"], result["check"]) == (True, 6, True)


def test_what_is_refused_fails_with_its_details(capsys):
    def refuse(_options, _check_mode):
        raise Refused("The volume is full.", left=0)

    result, code = run(capsys, refuse)
    assert code == 1
    assert (result["failed"], result["msg"], result["left"]) == (True, "The volume is full.", 0)


def test_warnings_are_given_the_way_that_ansible_keeps(capsys, monkeypatch):
    """What becomes of them is Ansible's: in a process that has the controller's code it shows them, and the result has none."""
    warned = []
    monkeypatch.setattr(AnsibleModule, "warn", lambda _module, text: warned.append(text))
    assert guest.warnings([]) == {}
    result, _code = run(capsys, lambda *_options: {"changed": False, **guest.warnings(["a: 1 stands in the file"])})
    assert warned == ["a: 1 stands in the file"]
    assert not {"warnings", "deprecations"} & set(result)


def test_constraints_are_the_modules(capsys):
    result, _code = run(capsys, lambda *_options: {}, required_together=[("size", "unit")])
    assert "unit" in result["msg"]
