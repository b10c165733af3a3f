# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._datastores import registry
from ansible_collections.stackdb.trove.plugins.module_utils._model import asked_for
from ansible_collections.stackdb.trove.plugins.module_utils._model.errors import InvalidInput, Refused

SPEC: dict[str, dict[str, Any]] = {
    "db_name": {"type": "str", "required": True},
    "db_settings": {"type": "dict"},
    "db_firewall": {"type": "bool", "default": False},
    "db_clients": {"type": "list", "elements": "str"},
    "db_tls": {"type": "bool", "default": True},
    "db_memory": {"type": "int", "default": 0},
    "db_token": {"type": "str", "no_log": True},
    "db_allow_restart": {"type": "bool"},
}
KEEPS = ("db_settings", "db_firewall", "db_clients", "db_tls", "db_memory")
FIXED = ("db_tls",)
KEPT = {"db_settings": {"max_connections": 200}, "db_firewall": True, "db_clients": ["10.1.0.0/16"], "db_tls": False, "db_memory": 0}


def resolve(given: dict | None = None, kept: dict | None = None, verb: str | None = None, keeps: tuple = KEEPS) -> asked_for.Asked:
    return asked_for.resolve(SPEC, given or {}, kept or {}, keeps, FIXED, verb)


def test_text_becomes_what_the_spec_says_and_empty_text_is_not_given() -> None:
    options = resolve({"db_firewall": "false", "db_clients": "10.0.0.1, 10.0.0.2", "db_memory": "", "db_token": 12345678, "db_settings": None}).options
    assert options == {
        "db_name": "", "db_settings": {}, "db_firewall": False, "db_clients": ["10.0.0.1", "10.0.0.2"], "db_tls": True, "db_memory": 0,
        "db_token": "12345678", "db_allow_restart": True,
    }


@pytest.mark.parametrize("verb", [None, "cluster_create", "cluster_grow", "cluster_shrink", "cluster_configure"])
def test_what_is_not_given_stays_as_the_members_keep_it(verb: str | None) -> None:
    # the third joins, and keeps nothing yet
    asked = resolve({"db_firewall": ""}, {"m1": KEPT, "m2": KEPT, "m3": {}}, verb)
    assert asked.keep == KEPT
    assert {name: asked.options[name] for name in KEEPS} == KEPT
    assert asked.changes == ()


def test_false_and_empty_are_given() -> None:
    asked = resolve({"db_firewall": "false", "db_settings": {}, "db_clients": []}, {"m1": KEPT, "m2": KEPT}, "cluster_configure")
    assert asked.keep == {**KEPT, "db_firewall": False, "db_settings": {}, "db_clients": []}
    assert asked.changes == ("db_settings", "db_firewall", "db_clients")


@pytest.mark.parametrize(("verb", "allowed"), [
    (None, True), ("cluster_create", True), ("instance_create", True), ("cluster_configure", True), ("instance_configure", True),
    ("cluster_grow", False), ("cluster_shrink", False), ("replica_create", False),
])
def test_who_may_change_what_is_kept(verb: str | None, allowed: bool) -> None:
    if allowed:
        assert resolve({"db_firewall": False}, {"m1": KEPT}, verb).options["db_firewall"] is False
        return
    with pytest.raises(InvalidInput) as caught:
        resolve({"db_firewall": False}, {"m1": KEPT}, verb)
    configure = "cluster_configure" if verb and verb.startswith("cluster") else "instance_configure"
    assert str(caught.value) == (
        f"db_firewall: False was given; allowed: True, as m1 keeps it; stackdb.trove.{configure} with db_firewall changes it."
    )


@pytest.mark.parametrize("verb", asked_for.CARRYING)
def test_what_older_members_do_not_keep_yet_is_set_by_none_but_who_may_change_it(verb: str) -> None:
    """A verb that carries options does not set up what a new one asks for."""
    older = {name: value for name, value in KEPT.items() if name != "db_firewall"}
    with pytest.raises(InvalidInput, match="db_firewall: True was given; allowed: False, as m1 keeps it"):
        resolve({"db_firewall": True}, {"m0": {}, "m1": older}, verb)
    assert resolve({"db_firewall": "false"}, {"m1": older}, verb).changes == ()
    assert resolve({"db_firewall": True}, {"m1": older}, "cluster_configure").options["db_firewall"] is True


@pytest.mark.parametrize("given", [{"db_settings": '{"max_connections": "200"}'}, {"db_firewall": "on"}, {"db_memory": "0"}, {"db_clients": "10.1.0.0/16"}])
def test_the_same_given_as_text_is_no_change(given: dict) -> None:
    assert resolve(given, {"m1": KEPT}, "cluster_grow").changes == ()


def test_members_that_keep_different_values_are_named() -> None:
    half = {"m1": {**KEPT, "db_firewall": False}, "m2": KEPT}
    with pytest.raises(Refused) as caught:
        resolve({}, half, "cluster_grow")
    assert str(caught.value) == (
        "db_firewall: m1 and m2 keep different values (m1: False, m2: True), as after a run that was stopped."
        " Give the value that shall hold: stackdb.trove.cluster_configure with db_firewall brings them together."
    )
    assert resolve({"db_firewall": True}, half, "cluster_configure").keep["db_firewall"] is True
    with pytest.raises(InvalidInput, match="m1 keeps"):
        resolve({"db_firewall": True}, half, "cluster_grow")


def test_what_a_verb_sets_is_changed_by_every_verb() -> None:
    kept, given = {"a": KEPT, "b": KEPT}, {"db_clients": []}
    with pytest.raises(InvalidInput, match="instance_configure with db_clients changes it"):
        resolve(given, kept, "replica_topology")
    asked = asked_for.resolve(SPEC, given, kept, KEEPS, FIXED, "replica_topology", of_verbs=("db_clients",))
    assert (asked.keep["db_clients"], asked.changes) == ([], ("db_clients",))
    assert asked_for.resolve(SPEC, {"db_clients": ""}, kept, KEEPS, FIXED, "replica_topology", of_verbs=("db_clients",)).keep["db_clients"] == ["10.1.0.0/16"]


def test_what_is_fixed_is_not_even_changed_by_configure() -> None:
    with pytest.raises(InvalidInput, match="db_tls: True was given; allowed: False, as m1 keeps it; it cannot be changed once there are members"):
        resolve({"db_tls": True}, {"m1": KEPT}, "cluster_configure")
    assert resolve({"db_tls": "no"}, {"m1": KEPT}, "cluster_configure").changes == ()


def test_a_secret_is_neither_kept_nor_told() -> None:
    assert "db_token" not in resolve({"db_token": "hush-hush"}, {"m1": KEPT}).keep
    keeps = (*KEEPS, "db_token")
    with pytest.raises(InvalidInput) as given:
        resolve({"db_token": "hush-hush"}, {"m1": {"db_token": "whisper"}}, "cluster_grow", keeps)
    with pytest.raises(Refused) as kept:
        resolve({}, {"m1": {"db_token": "hush-hush"}, "m2": {"db_token": "whisper"}}, "cluster_grow", keeps)
    for error in (given.value, kept.value):
        assert "db_token" in str(error)
        assert "m1" in str(error)
        assert "hush" not in f"{error}{error.details}"
        assert "whisper" not in f"{error}{error.details}"


def test_only_who_creates_restarts_without_being_asked_to() -> None:
    assert resolve(verb=None).options["db_allow_restart"] is True
    assert resolve(verb="cluster_create").options["db_allow_restart"] is True
    assert resolve({}, {"m1": KEPT}, verb="cluster_grow").options["db_allow_restart"] is False
    assert resolve(verb="cluster_configure").options["db_allow_restart"] is False
    assert resolve({"db_allow_restart": "true"}, verb="cluster_configure").options["db_allow_restart"] is True


def test_what_no_option_is_any_more_is_dropped() -> None:
    assert resolve({}, {"m1": {**KEPT, "db_gone": 1, "db_name": "never kept"}}).keep == KEPT


def test_one_spec_of_all_entry_points() -> None:
    points = {"main": {"options": {"db_name": {"type": "str"}}}, "leave": {"options": {"db_drain": {"type": "bool"}}}, "show": {}}
    assert asked_for.flat(points) == {"db_name": {"type": "str"}, "db_drain": {"type": "bool"}}


@pytest.mark.parametrize(("member", "source", "counts"), [
    ("db", "", {"db": {"a": 1}}), ("replica", "db", {"replica": {"a": 2}}), ("new", "db", {"db": {"a": 1}}), ("new", "", {}), ("new", None, {}),
])
def test_where_each_has_options_of_its_own_a_new_one_takes_its_sources(member: str, source: str | None, counts: dict) -> None:
    assert asked_for.own({"db": {"a": 1}, "replica": {"a": 2}}, member, source) == counts


@pytest.mark.parametrize("verb", asked_for.CARRYING)
def test_where_no_member_keeps_anything_all_would_get_the_defaults(verb: str) -> None:
    configuring = "cluster_configure" if verb.startswith("cluster_") else "instance_configure"
    with pytest.raises(Refused, match=f"No member keeps what it was asked for.*{configuring} once"):
        resolve(verb=verb)


ROLES = Path(asked_for.__file__).parents[3] / "roles"


def tasks_of(role: str, name: str) -> set[str]:
    """The files of tasks that an entry point runs."""
    found, waiting = set(), {name}
    while waiting:
        one = waiting.pop()
        found.add(one)
        text = (ROLES / role / "tasks" / f"{one}.yml").read_text(encoding="utf-8")
        waiting |= {*re.findall(r"(?:import|include)_tasks: (\w+)\.yml", text)} - found
    return found


def writes_settings(role: str, name: str) -> bool:
    files = [(ROLES / role / "tasks" / f"{one}.yml").read_text(encoding="utf-8") for one in tasks_of(role, name)]
    return any(re.search(r"stackdb\.trove\.\w+_settings:|tasks_from: host|src: users\.acl", text) for text in files)


def test_each_verb_that_writes_settings_carries_them_or_is_there_to_set_them() -> None:
    writing = {
        verb
        for driver in registry.DRIVERS.values()
        for verb, of in driver.verbs.items()
        for entry_point, _who in of.entry_points
        if writes_settings(driver.role.rsplit(".", 1)[1], entry_point)
    }
    # an upgrade writes none, but what says which packages a server is of
    assert writing | {*asked_for.UPGRADING} == {*asked_for.CARRYING, *asked_for.CREATING, *asked_for.CONFIGURING, "replica_create"}


def test_what_the_role_does_not_keep_or_know_any_more_is_passed_over() -> None:
    kept = {"m1": {**KEPT, "db_token": "of an older version", "db_gone": 1}}
    asked = resolve({}, kept, "cluster_configure")
    assert asked.keep == KEPT
    assert asked.options["db_token"] == ""
    # a spec without an option that is kept
    without = {name: option for name, option in SPEC.items() if name != "db_clients"}
    assert "db_clients" not in asked_for.resolve(without, {}, {"m1": KEPT}, KEEPS, FIXED, "cluster_configure").options
