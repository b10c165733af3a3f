# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options of a verb, out of all variables of a run."""

from __future__ import annotations

import random

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._model import verb_options
from ansible_collections.stackdb.trove.plugins.module_utils._model.errors import InvalidInput, Refused

NAME = {"type": "str", "required": True, "description": "Name of the cluster."}
SPECS = {
    "cluster_create": {"trove_name": NAME, "trove_locality": {"type": "str"}, "trove_timeout": {"type": "int", "default": 600}},
    "cluster_shrink": {"trove_name": NAME, "trove_members": {"type": "list", "elements": "str", "required": True, "description": "Who leaves."}},
    "replica_create": {"trove_users": {"type": "raw", "no_log": True}},
}


def test_options_are_typed_without_the_prefix_and_with_defaults():
    given = {"trove_name": "products", "trove_locality": "", "trove_timeout": "30"}
    assert verb_options.of("cluster_create", SPECS, given) == {"name": "products", "timeout": 30}
    assert verb_options.of("cluster_create", SPECS, {"trove_name": "products"}) == {"name": "products", "timeout": 600}


def test_only_trove_variables_of_the_user_are_options():
    variables = {"trove_name": "products", "trove_instance": {}, "trove_health": {}, "_trove_plan": {}, "ansible_host": "x", "stroved": 1}
    assert verb_options.given(variables) == {"trove_name": "products"}


def test_what_only_another_verb_knows_is_passed_over():
    assert verb_options.of("cluster_create", SPECS, {"trove_name": "p", "trove_members": None}) == {"name": "p", "timeout": 600}


@pytest.mark.parametrize("members", ["sess-member-4", ["sess-member-4"], '["sess-member-4"]', " sess-member-4 ,"])
def test_a_text_is_a_list_of_members(members):
    assert verb_options.of("cluster_shrink", SPECS, {"trove_name": "sess", "trove_members": members})["members"] == ["sess-member-4"]


@pytest.mark.parametrize("members", ["", " ", None, ","])
def test_a_required_option_that_is_empty_is_missing(members):
    with pytest.raises(Refused, match="^cluster_shrink needs trove_members. trove_members: Who leaves.") as caught:
        verb_options.of("cluster_shrink", SPECS, {"trove_name": "sess", "trove_members": members})
    assert caught.value.details == {"missing": ["trove_members"]}


def test_a_misspelt_name_is_refused_with_the_nearest_one():
    with pytest.raises(Refused, match=r"trove_localtiy \(did you mean trove_locality\?\), trove_zzzzzzzz\. Allowed for cluster_create: trove_n") as caught:
        verb_options.of("cluster_create", SPECS, {"trove_name": "p", "trove_localtiy": "affinity", "trove_zzzzzzzz": "hunter2"})
    assert caught.value.details == {"unknown": {"trove_localtiy": "trove_locality", "trove_zzzzzzzz": None}}
    assert "hunter2" not in caught.value.message


@pytest.mark.parametrize("seed", range(100))
def test_a_slip_of_the_fingers_finds_its_name(seed):
    made = random.Random(seed)
    meant = made.choice(["trove_locality", "trove_timeout", "trove_members"])
    place = made.randrange(len(verb_options.PREFIX), len(meant) - 1)
    slip = made.choice(
        [meant[:place] + meant[place + 1 :], meant[:place] + "q" + meant[place:], meant[:place] + meant[place + 1] + meant[place] + meant[place + 2 :]]
    )
    if slip in {name for spec in SPECS.values() for name in spec}:
        return
    with pytest.raises(Refused, match=rf"{slip} \(did you mean {meant}\?\)"):
        verb_options.of("cluster_create", SPECS, {"trove_name": "p", slip: "x"})


def test_a_verb_that_is_none_is_refused():
    with pytest.raises(InvalidInput, match="^verb: 'cluster_craete' was given; allowed: one of cluster_create, cluster_shrink, replica_create"):
        verb_options.of("cluster_craete", SPECS, {})


@pytest.mark.parametrize(("given", "secret"), [({"trove_users": [{"name": "a"}]}, True), ({"trove_users": ""}, False), ({"trove_name": "a"}, False)])
def test_what_must_not_be_shown(given, secret):
    assert verb_options.has_secret(SPECS["replica_create"], given) is secret


WITH_ID = {"cluster_delete": {"trove_name": {"type": "str", "description": "Its name."}, "trove_id": {"type": "str", "description": "Its id."}}}


def test_a_verb_that_takes_an_id_needs_a_name_or_an_id():
    assert verb_options.of("cluster_delete", WITH_ID, {"trove_id": "c1"}) == {"id": "c1"}
    assert verb_options.of("cluster_delete", WITH_ID, {"trove_name": "shop"}) == {"name": "shop"}
    with pytest.raises(Refused, match="cluster_delete needs trove_name. trove_name: Its name.") as caught:
        verb_options.of("cluster_delete", WITH_ID, {})
    assert caught.value.details == {"missing": ["trove_name"]}


CONFIRM = {"type": "str", "description": "The name once more."}
DELETE = {"cluster_delete": {**WITH_ID["cluster_delete"], "trove_confirm": CONFIRM}, "cluster_show": {"trove_name": NAME}}


@pytest.mark.parametrize(
    "given",
    [
        {"trove_name": "shop"},
        {"trove_name": "shop", "trove_confirm": ""},
        {"trove_name": "shop", "trove_confirm": "shop"},
        {"trove_name": "shop", "trove_confirm": "shop\n"},
        {"trove_name": "shop", "trove_id": "c1", "trove_confirm": "shop"},
    ],
)
def test_the_name_typed_once_more_is_checked_and_then_no_option(given):
    assert verb_options.of("cluster_delete", DELETE, given) == {name[6:]: value for name, value in given.items() if name != "trove_confirm"}


def test_of_an_id_alone_the_id_is_typed_once_more():
    assert verb_options.of("cluster_delete", DELETE, {"trove_id": "c1", "trove_confirm": "c1"}) == {"id": "c1"}


@pytest.mark.parametrize(
    ("given", "subject"),
    [
        ({"trove_name": "shop", "trove_confirm": "shops"}, "shop, the same as trove_name"),
        ({"trove_name": "shop", "trove_confirm": "Shop"}, "shop, the same as trove_name"),
        ({"trove_name": "shop", "trove_id": "c1", "trove_confirm": "c1"}, "shop, the same as trove_name"),
        ({"trove_id": "c1", "trove_confirm": "shop"}, "c1, the same as trove_id"),
        # passes a form that requires some text
        ({"trove_name": "shop", "trove_confirm": " "}, "shop, the same as trove_name"),
    ],
)
def test_another_name_is_no_confirmation(given, subject):
    with pytest.raises(InvalidInput, match=f"^trove_confirm: '{given['trove_confirm']}' was given; allowed: {subject}; nothing was touched"):
        verb_options.of("cluster_delete", DELETE, given)


def test_a_confirmation_in_a_file_for_all_verbs_stops_no_other_verb():
    assert verb_options.of("cluster_show", DELETE, {"trove_name": "shop", "trove_confirm": "stock"}) == {"name": "shop"}
