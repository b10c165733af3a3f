# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How a run in the cloud becomes a module's result."""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import dataclass

import pytest
from ansible.module_utils.testing import patch_module_args
from ansible_collections.stackdb.trove.plugins.module_utils._cloud import connection
from ansible_collections.stackdb.trove.plugins.module_utils._model.errors import InvalidInput, Refused
from ansible_collections.stackdb.trove.plugins.module_utils._module import cloud
from ansible_collections.stackdb.trove.plugins.module_utils._plan.plan import Plan, Step
from ansible_collections.stackdb.trove.plugins.module_utils._plan.runner import Reconciler

SPEC = {"name": {"type": "str"}, **cloud.WAIT_OPTIONS, **cloud.TASK_OPTIONS}


@contextmanager
def module(**given):
    """A module that was started with these options."""
    with patch_module_args({"name": "shop", **given}):
        yield cloud.make_module(SPEC, required_if=[("wait", False, ["region_name"])])


def run(capsys, act, **given):
    """(the module's result, its exit code)"""
    with pytest.raises(SystemExit) as end, module(**given) as made:
        cloud.run(made, act)
    return json.loads(capsys.readouterr().out), end.value.code


def test_every_module_has_what_says_which_cloud_and_can_do_check_mode():
    with module(cloud="mycloud", endpoint_type="internal") as made:
        assert set(connection.OPTIONS) <= made.params.keys()
        assert (made.params["cloud"], made.params["interface"], made.supports_check_mode) == ("mycloud", "internal", True)


def test_the_act_returns_the_result_and_connects_only_when_it_wants_to(capsys):
    result, code = run(capsys, lambda options, _connect: {"changed": False, "called": options["name"]}, cloud="no-such-cloud")
    assert (result["called"], code) == ("shop", 0)


def test_a_cloud_that_clouds_yaml_does_not_have_is_refused(capsys, tmp_path, monkeypatch):
    monkeypatch.setenv("OS_CLIENT_CONFIG_FILE", str(tmp_path / "clouds.yaml"))
    monkeypatch.delenv("OS_CLOUD", raising=False)
    result, code = run(capsys, lambda _options, connect: {"cloud": connect()}, cloud="no-such-cloud")
    assert code == 1
    assert "no-such-cloud" in result["msg"]


def test_what_is_refused_fails_with_its_details(capsys):
    def refuse(_options, _connect):
        raise Refused("It is locked.", servers=["shop-1"])

    result, code = run(capsys, refuse)
    assert (result["msg"], result["servers"], code) == ("It is locked.", ["shop-1"], 1)


@pytest.mark.parametrize(("timeout", "code"), [(0, 1), (-5, 1), (1, 0)])
def test_a_timeout_is_a_second_at_least(capsys, timeout, code):
    assert run(capsys, lambda *_options: {}, timeout=timeout)[1] == code


def test_a_module_without_a_timeout_has_none_to_be_checked(capsys):
    with pytest.raises(SystemExit) as end, patch_module_args({}):
        cloud.run(cloud.make_module({}), lambda *_options: {})
    assert end.value.code == 0


def test_constraints_are_the_modules(capsys):
    assert "region_name" in run(capsys, lambda *_options: {}, wait=False)[0]["msg"]


def test_without_openstacksdk_it_is_named(capsys, monkeypatch):
    monkeypatch.setattr(connection, "SDK_MISSING", "Traceback: no module openstack")
    result, code = run(capsys, lambda *_options: {})
    assert "openstacksdk" in result["msg"]
    assert code == 1


# Options

def test_what_is_only_for_the_end_of_a_task_is_refused_before():
    end = {"task": "NONE", "untouched": True, "restart_required": ["shop-1"], "metadata": None}
    cloud.check_task_options(end)
    cloud.check_task_options({"task": "UPDATING_CLUSTER", "untouched": False, "restart_required": None, "metadata": None})
    with pytest.raises(InvalidInput, match="untouched: True was given; allowed: only with task=NONE"):
        cloud.check_task_options(dict(end, task="UPDATING_CLUSTER"))
    with pytest.raises(InvalidInput, match=r"restart_required: \[\] was given"):
        cloud.check_task_options({"task": "UPDATING_CLUSTER", "untouched": False, "restart_required": []})


def test_an_option_that_the_state_takes_no_notice_of_is_refused():
    spec = {"name": {}, "flavor": {}, "image": {}, "count": {"default": 1}, "users": {"no_log": True}, **cloud.WAIT_OPTIONS}
    options = {"name": "shop", "flavor": None, "image": "debian-12", "count": 1, "users": None, "cloud": "mycloud", "wait": False, "timeout": 5}
    cloud.refuse_unused(spec, options, {"image"}, "present")
    with pytest.raises(InvalidInput, match="image: 'debian-12' was given; allowed: nothing with state=absent"):
        cloud.refuse_unused(spec, options, (), "absent")
    with pytest.raises(InvalidInput, match="count: 2 was given; allowed: nothing with state=absent"):
        cloud.refuse_unused(spec, {**options, "image": None, "count": 2}, (), "absent")
    with pytest.raises(InvalidInput, match="users: 'a secret' was given"):
        cloud.refuse_unused(spec, {**options, "users": [{"password": "x"}]}, {"image"}, "absent")


# Runs

@dataclass(frozen=True)
class Rename(Step):
    action = "rename"
    kind = "thing"


@dataclass(frozen=True)
class GiveUp(Step):
    action = "give_up"
    kind = "task"
    risk = "what it began is not proven"
    warns = True


class FakeThing(Reconciler):
    def __init__(self, *steps, warnings=()):
        self.planned = Plan.of(steps, warnings=warnings)

    def observe(self):
        return "as it was"

    def plan(self, observed):
        return self.planned

    def apply(self, plan, observed):
        return {}

    def view(self, observed):
        return {"is": observed}

    def predict(self, plan, observed):
        return {"is": "as it will be"}


@pytest.mark.parametrize(("check_mode", "after"), [(True, "as it will be"), (False, "as it was")])
def test_a_run_returns_the_view_the_plan_and_the_diff(check_mode, after):
    with module(_ansible_check_mode=check_mode) as made:
        outcome, result = cloud.reconciled(made, FakeThing(Rename("shop", "it was asked for")), "thing")
    assert outcome.observed == "as it was"
    assert (result["changed"], result["thing"]) == (True, {"is": after})
    assert result["plan"] == [{"stage": 1, "action": "rename", "kind": "thing", "name": "shop", "why": "it was asked for", "risk": None}]
    assert result["diff"] == {"before": {"is": "as it was"}, "after": {"is": after}, "prepared": "~ rename thing shop: it was asked for\n"}


def test_the_user_is_warned_of_what_the_plan_warns_of(monkeypatch):
    thing = FakeThing(Rename("shop", "it was asked for"), GiveUp("shop", "UPDATING_CLUSTER has not ended"), warnings=("The group holds others.",))
    warnings: list[str] = []
    with module(_ansible_check_mode=True) as made:
        monkeypatch.setattr(made, "warn", warnings.append)
        cloud.reconciled(made, thing, "thing")
    assert warnings == ["The group holds others.", "shop: UPDATING_CLUSTER has not ended; what it began is not proven."]
