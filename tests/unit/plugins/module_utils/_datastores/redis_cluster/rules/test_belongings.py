# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a target must have before keys come."""

from __future__ import annotations

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.redis_cluster.rules import belongings
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.redis_cluster.rules.belongings import Belongings
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.redis_cluster.rules.slots import Move
from ansible_collections.stackdb.trove.plugins.module_utils._model.errors import Refused

SETTING = "cluster-allow-replica-migration"


def has(libraries=None, modules=(), users=(), **settings):
    return Belongings.of(libraries or {}, modules, list(users), {name.replace("_", "-"): value for name, value in settings.items()})


def test_a_new_master_gets_what_all_others_have():
    found = {"m1": has({"a": "1", "b": "2"}), "m2": has({"a": "1", "b": "2"}), "m4": has({"b": "2"}), "m5": has({"a": "1", "b": "2"})}
    assert belongings.missing_libraries(found, ["m1", "m2"], ["m4", "m5", "m2"]) == {"m4": {"a": "1"}}
    assert belongings.missing_libraries({"m1": has(), "m4": has()}, ["m1"], ["m4"]) == {}


@pytest.mark.parametrize(
    ("one", "two", "new", "words"),
    [
        ({"a": "1"}, {}, {}, "m2 lacks a"),
        ({"a": "1"}, {"a": "2"}, {}, "other code of a"),
        ({"a": "1"}, {"a": "1"}, {"a": "2"}, "m4 has other code of a"),
        ({}, {}, {"z": "1"}, "only m4 has z"),
    ],
)
def test_masters_that_differ_are_refused(one, two, new, words):
    with pytest.raises(Refused, match=words):
        belongings.missing_libraries({"m1": has(one), "m2": has(two), "m4": has(new)}, ["m1", "m2"], ["m4"])


def test_a_server_that_has_no_functions_is_not_asked_for_them():
    old = Belongings.of(None, None, None, {})
    assert belongings.missing_libraries({"m1": old, "m4": old}, ["m1"], ["m4"]) == {}
    belongings.check_alike({"m1": old, "m4": has(modules=["json"])}, [("m1", "m4"), ("m4", "m1")])


@pytest.mark.parametrize(
    ("source", "target", "words"),
    [
        (has(modules=["json", "bf"]), has(modules=["bf"]), "m4 has not the modules json of m1, and cannot store their values"),
        (has(users=["user a on ~* +@all"]), has(), "m4 and m1 differ in the users a"),
        (has(users=["user a on ~* +@all"]), has(users=["user a on ~* +@read"]), "m4 and m1 differ in the users a"),
        (has(modules=["bf"]), has(modules=["json", "bf"]), None),
        (has(users=["user a on ~* +@all"]), has(users=["user a ~* on +@all"]), None),
        # each member's exporter has a password of its own
        (has(users=["user trove_metrics on #1 +ping"]), has(users=["user trove_metrics on #2 +ping"]), None),
    ],
)
def test_what_values_and_clients_need(source, target, words):
    if words:
        with pytest.raises(Refused, match=words):
            belongings.check_alike({"m1": source, "m4": target}, {("m1", "m4")})
    else:
        belongings.check_alike({"m1": source, "m4": target}, {("m1", "m4")})


def test_settings_that_clients_notice_are_said():
    found = {"m1": has(maxmemory_policy="noeviction", save="1 1", hz="10"), "m4": has(maxmemory_policy="allkeys-lru", hz="20")}
    assert belongings.differences(found, {("m1", "m4")}) == ["maxmemory-policy is 'noeviction' on m1 and 'allkeys-lru' on m4, where its keys go."]


@pytest.mark.parametrize(
    ("settings", "kind"),
    [({"appendonly": "yes", "save": "1 1"}, "aof"), ({"appendonly": "no", "save": "1 1"}, "rdb"), ({"save": ""}, None), ({"save": '""'}, None), ({}, None)],
)
def test_how_data_are_kept(settings, kind):
    assert belongings.disk(settings) == kind


class TestMastersKept:
    """Who gives its last slot away stays a master until nobody can take it for a replica that has the data."""

    SETTINGS = {"m1": {SETTING: "yes"}, "m2": {SETTING: "no"}, "r1": {SETTING: "yes"}, "old": {}}

    def test_all_members_that_would_follow_are_told_when_one_is_emptied(self):
        moves = [Move("m1", "m2", (0, 1)), Move("m1", "m3", (2,))]
        assert belongings.masters_kept({"m1": {0, 1, 2}, "m2": {3}}, moves, self.SETTINGS) == {"m1": {SETTING: "no"}, "r1": {SETTING: "no"}}

    def test_nobody_is_while_each_keeps_a_slot(self):
        assert belongings.masters_kept({"m1": {0, 1, 2}, "m2": {3}}, [Move("m1", "m2", (0, 1))], self.SETTINGS) == {}

    def test_a_master_that_had_none_is_not_emptied(self):
        assert belongings.masters_kept({"m1": set()}, [Move("m1", "m2", (0,))], self.SETTINGS) == {}
