# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is decided on the controller, and what is left to the member."""

from __future__ import annotations

import json
import random
from types import SimpleNamespace

import pytest
from ansible_collections.stackdb.trove.plugins.action.trove_redis_passwords import ActionModule
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.redis_cluster.rules import allowed_passwords
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.redis_cluster.rules.passwords import ACCOUNTS
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.redis_cluster.verbs import passwords as verbs
from ansible_collections.stackdb.trove.plugins.module_utils._model.errors import TroveError
from ansible_collections.stackdb.trove.plugins.modules import trove_redis_passwords


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch):
    """The plugin's result for its options; what the member's module would return is ``{"sent": True}``."""

    def act(**args):
        task = SimpleNamespace(args=args, async_val=0, check_mode=False, action="stackdb.trove.trove_redis_passwords")
        action = ActionModule(task, SimpleNamespace(_shell=SimpleNamespace(tmpdir=None), become=None), SimpleNamespace(), None, None, None)
        monkeypatch.setattr(action, "_execute_module", lambda **_what: {"sent": True})
        return action.run(task_vars={"inventory_hostname": "a"})

    return act


def of_module(params: dict) -> dict:
    try:
        return trove_redis_passwords.act(params, False)
    except TroveError as error:
        return {"failed": True, "changed": False, "msg": error.message, **error.details}


def kept(present: str | None, following: str | None = None) -> dict:
    return {account: {"present": present and f"{account}-{present}", "following": following, "dropped": []} for account in ACCOUNTS}


def given(**more: object) -> dict:
    members = {"a": kept("1"), "b": kept("1")}
    return {"state": "allowed", "name": "a", "members": members, "password": "", "holder": "a", "joining": [], "may_change": False, **more}


def test_where_all_have_the_same_nothing_is_due(run) -> None:
    assert run(**given()) == {"changed": False, "done": [], "due": []}


def test_a_new_member_has_to_write_all_and_no_password_is_told(run) -> None:
    asked = given(name="b", members={"a": kept("secret"), "b": kept(None)}, joining=["b"])
    found = run(**asked)
    assert found["due"] == [*ACCOUNTS]
    assert "secret" not in json.dumps(found)


def test_another_password_is_refused_or_due(run) -> None:
    assert run(**given(password="2"))["msg"].startswith("redis_cluster_password: 'a secret' was given; allowed: the one that the members have")
    assert run(**given(password="2", may_change=True))["due"] == ["default"]


def test_a_member_that_says_nothing_is_named(run) -> None:
    assert run(**given(members={"a": kept("1"), "b": {}}))["msg"] == "b do not say which passwords they have."


@pytest.mark.parametrize("seed", range(60))
def test_it_decides_as_the_module_does_and_foretells_what_is_settled(run, seed: int, tmp_path) -> None:
    made = random.Random(seed)
    names = ["a", "b", "c"][: made.randint(1, 3)]
    members = {name: kept(made.choice(["1", "1", "1", "2", None]), made.choice([None, None, "next"])) for name in names}
    asked = given(
        name=made.choice(names), members=members, joining=[name for name in names if made.random() < 0.3], may_change=made.random() < 0.5,
        password=made.choice(["", "default-1", "3"]),
    )  # fmt: skip
    assert run(**asked) == of_module(asked)
    if "due" in of_module(asked):
        words = allowed_passwords.words_of(members)
        assert run(**asked)["due"] == verbs.settle(words, asked["name"], "a", asked["password"], asked["joining"], directory=str(tmp_path))


@pytest.mark.parametrize("state", ["read", "founded", "settled", "used", "dropped", None])
def test_what_needs_the_member_runs_there(run, state: str | None) -> None:
    assert run(**{**given(), "state": state}) == {"sent": True}
