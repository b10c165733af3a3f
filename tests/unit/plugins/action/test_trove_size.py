# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from types import SimpleNamespace

import pytest
from ansible_collections.stackdb.trove.plugins.action.trove_size import ActionModule
from ansible_collections.stackdb.trove.plugins.plugin_utils import telling


@pytest.mark.parametrize("state", ["extended", "resized", "settled"])
def test_each_step_is_given_the_flavor_by_which_a_server_that_waits_for_a_confirmation_is_judged(state: str, monkeypatch: pytest.MonkeyPatch) -> None:
    args = {"plan": {"verb": "cluster_resize"}, "options": {"name": "shop", "flavor": "db.large", "volume_size": 8}, "member": "shop-2", "state": state}
    task = SimpleNamespace(args=args, async_val=0, check_mode=False, action="stackdb.trove.trove_size", environment=None)
    loader = SimpleNamespace(get_basedir=lambda: "/")
    shell = SimpleNamespace(tmpdir=None, env_prefix=lambda: "")
    action = ActionModule(task, SimpleNamespace(_shell=shell), SimpleNamespace(), loader, None, None)
    given = {}

    def run(_module, arguments, _check_mode, _directory, _environment):
        given.update(arguments)
        return {"changed": True, "resize": {"flavor": None, "members": [{"name": "shop-2"}]}, "plan": []}

    monkeypatch.setattr(telling.in_process, "run", run)
    assert action.run(task_vars={})["problem"] is None
    assert (given["flavor"], given["state"], given["members"]) == ("db.large", state, ["shop-2"])
    assert ("volume_size" in given) == (state == "extended")
