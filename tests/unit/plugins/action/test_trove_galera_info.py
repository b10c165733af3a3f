# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who is asked again, and who is not."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.stackdb.trove.plugins.action.trove_galera_info import ActionModule

SAID = {"asked": "run/cluster_create/1/before", "problems": [], "settled": True, "galera": {"address": None, "reachable": True}}


def result(**arguments: Any) -> tuple[dict, list]:
    """The plugin's result for its options, and what the module was called with."""
    task = SimpleNamespace(args=arguments, async_val=0, check_mode=False, action="stackdb.trove.trove_galera_info")
    action = ActionModule(task, SimpleNamespace(_shell=SimpleNamespace(tmpdir=None), become=None), SimpleNamespace(), None, None, None)
    sent: list[dict] = []
    action._execute_module = lambda module_args, task_vars: sent.append(module_args) or {"changed": False, "problems": ["asked"]}
    return action.run(task_vars={}), sent


def test_who_said_just_now_that_it_serves_is_not_asked_again() -> None:
    found, sent = result(address="10.0.0.1", settle=30, said=SAID)
    assert (found, sent) == ({**SAID, "changed": False, "galera": {"address": "10.0.0.1", "reachable": True}}, [])


@pytest.mark.parametrize("said", [None, {}, {**SAID, "problems": ["wsrep_ready is OFF"]}, {"changed": False, "asked": "x", "silent": "it is unreachable"}])
def test_all_others_are(said: dict | None) -> None:
    found, sent = result(address="10.0.0.1", settle=30, **({} if said is None else {"said": said}))
    assert (found["problems"], sent) == (["asked"], [{"address": "10.0.0.1", "settle": 30}])
