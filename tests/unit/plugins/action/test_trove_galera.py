# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is decided on the controller, and what is left to the member."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from ansible_collections.stackdb.trove.plugins.action.trove_galera import ActionModule
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.galera.rules import decided
from ansible_collections.stackdb.trove.plugins.module_utils._model.errors import TroveError
from ansible_collections.stackdb.trove.plugins.modules import trove_galera
from ansible_collections.stackdb.trove.tests.unit.galera_builders import FRESH, serving, stopped

GIVEN = {"cluster_name": "products", "member": "m1", "members": {"m1": FRESH, "m2": FRESH}}


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch):
    """The plugin's result for its options; what the member's module would return is ``{"sent": True}``."""

    def act(**args):
        task = SimpleNamespace(args=args, async_val=0, check_mode=False, action="stackdb.trove.trove_galera")
        action = ActionModule(task, SimpleNamespace(_shell=SimpleNamespace(tmpdir=None), become=None), SimpleNamespace(), None, None, None)
        monkeypatch.setattr(action, "_execute_module", lambda **_what: {"sent": True})
        monkeypatch.setattr(action, "_low_level_execute_command", lambda _command: {"rc": 0, "stdout": ""})
        return action.run(task_vars={"inventory_hostname": "m1"})

    return act


def of_module(params: dict) -> dict:
    try:
        return trove_galera.act({"from_stop": False, "may_bootstrap": True, "version": None, **params}, False)
    except TroveError as error:
        return {"failed": True, "changed": False, "msg": error.message, **error.details}


@pytest.mark.parametrize("more", [{}, {"may_bootstrap": False}, {"members": {"m1": serving(), "m2": stopped()}}, {"from_stop": True}, {"version": "10.6"}])
def test_it_decides_as_the_module_does(run, more: dict) -> None:
    assert run(**{**GIVEN, **more}, state="planned") == of_module({**GIVEN, **more, "state": "planned"})


def test_all_have_to_serve(run) -> None:
    two = {**serving()["wsrep"], "cluster_size": 2}
    both = {"m1": serving(wsrep=two), "m2": serving(wsrep=two)}
    assert run(**{**GIVEN, "members": both}, state="serving") == {"changed": False}
    assert run(**{**GIVEN, "members": {**both, "m2": stopped()}}, state="serving")["msg"].startswith("m2 does not serve")


@pytest.mark.parametrize("state", ["due", "synced", "restarted", None])
def test_what_needs_the_member_runs_there(run, state: str | None) -> None:
    assert state not in decided.ON_CONTROLLER
    assert run(**GIVEN, **({"state": state} if state else {})) == {"sent": True}
