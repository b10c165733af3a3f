# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._model import replacing
from ansible_collections.stackdb.trove.plugins.module_utils._model.errors import InvalidInput
from ansible_collections.stackdb.trove.plugins.module_utils._model.scaling import Otherwise
from ansible_collections.stackdb.trove.tests.unit.builders import MARIADB, cluster, instance, volume

THREE = ("shop-1", "shop-2", "shop-3")


def find(observed, *members, serving=None):
    return replacing.find(observed, MARIADB, members, serving)


def names(things):
    return [getattr(thing, "instance", None) or thing.name for thing in things]


def test_what_is_left_of_a_lost_member():
    lost = find(cluster(), "shop-2")
    assert (names(lost.servers), names(lost.volumes), lost.begun, lost.done) == (["shop-2"], ["shop-2"], (), ())
    assert (names(lost.rest.instances), names(lost.rest.volumes)) == (["shop-1", "shop-3"], ["shop-1", "shop-3"])
    assert lost.leaving == {"shop-2": "10.0.0.2"}
    assert names(lost.staying) == ["shop-1", "shop-3"]


@pytest.mark.parametrize("used", [True, False])
def test_of_a_server_that_is_gone_a_volume_that_was_never_attached_is_the_new_ones(used):
    left = volume("shop-2", server_id=None, status="available", used=used)
    own = tuple(instance(name) for name in ("shop-1", "shop-3"))
    lost = find(cluster(*own, volumes=(*(i.volume for i in own), left)), "shop-2")
    assert names(lost.volumes) == (["shop-2"] if used else [])
    assert lost.leaving == {"shop-2": None}


BEGUN = {"replaces": "member", "task": "REPLACING_MEMBERS"}


@pytest.mark.parametrize(
    ("changes", "serving", "what"),
    [
        (BEGUN, (), "begun"),
        ({**BEGUN, "status": "BUILD", "launched": None}, (), "begun"),
        ({**BEGUN, "status": "ERROR", "launched": None}, (), "begun"),
        ({**BEGUN, "status": "SHUTOFF"}, (), "servers"),
        ({**BEGUN, "status": "ERROR", "launched": "2026-03-14T20:19:29Z"}, (), "servers"),
        ({"replaces": "member"}, ("shop-2",), "done"),
        ({"replaces": "member"}, None, "done"),
        ({"replaces": "member", "status": "SHUTOFF"}, None, "servers"),
        ({"replaces": "member"}, (), "servers"),
        ({"task": "REPLACING_MEMBERS"}, (), "servers"),
        ({}, ("shop-2",), "servers"),
    ],
)
def test_a_server_is_the_new_one_where_it_is_noted_on_it_and_its_task_has_not_ended(changes, serving, what):
    lost = find(cluster(instance("shop-1"), instance("shop-2", **changes), instance("shop-3")), "shop-2", serving=serving)
    assert {group: names(getattr(lost, group)) for group in ("begun", "done", "servers") if getattr(lost, group)} == {what: ["shop-2"]}
    assert bool(lost.leaving) == (what == "servers")


@pytest.mark.parametrize(
    ("there", "members", "right"),
    [
        (("shop-1", "shop-3"), ["shop-2"], True),
        # of the last one nothing may be left at all
        (("shop-1", "shop-2"), ["shop-3"], True),
        (("shop-1", "shop-2"), ["shop-4"], False),
        (("shop-1", "shop-2"), ["shop-0"], False),
        (("shop-1", "shop-2"), ["shop-x"], False),
        (("shop-1", "shop-2"), ["shop-1", "shop-2"], False),
        (("shop-1", "shop-2"), [], False),
    ],
)
def test_a_name_of_which_nothing_is_left_is_one_of_the_series(there, members, right):
    observed = cluster(*(instance(name) for name in there))
    if right:
        assert find(observed, *members).leaving == dict.fromkeys(members)
        return
    with pytest.raises(InvalidInput, match="members"):
        find(observed, *members)


@pytest.mark.parametrize(
    ("noted", "name", "right"), [(3, "shop-3", True), (3, "shop-4", False), (4, "shop-4", True), (0, "shop-3", False), (9, "shop-09", False)]
)
def test_where_the_highest_number_is_noted_it_tells_alone_whom_there_was(noted, name, right):
    observed = cluster(instance("shop-1", last_number=noted), instance("shop-2"))
    if right:
        assert find(observed, name).leaving == {name: None}
        return
    with pytest.raises(InvalidInput, match="is one that cluster_grow adds"):
        find(observed, name)


def test_the_new_ones_are_like_those_that_stay_and_what_the_lost_ones_were_is_noted_on_them():
    lost = find(cluster(), "shop-2", "shop-2")
    request = replacing.request(lost, Otherwise(key_name="mine"), {"shop-2": "node-9"})
    assert [w.name for w in request.instances] == ["shop-1", "shop-3", "shop-2"]
    assert (request.task, request.locality, request.key_name) == ("REPLACING_MEMBERS", "anti-affinity", "mine")
    assert {w.name: dict(w.metadata) for w in request.instances} == {"shop-1": {}, "shop-3": {}, "shop-2": {"trove_replaces": "node-9"}}
    assert {(w.flavor, w.volume_size) for w in request.instances} == {("f1", 5)}
