# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A cluster's view with what its members say."""

from __future__ import annotations

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._model.errors import InvalidInput
from ansible_collections.stackdb.trove.plugins.module_utils._view.cluster import with_health
from ansible_collections.stackdb.trove.tests.unit import words
from ansible_collections.stackdb.trove.tests.unit.builders import NAMES, cluster, instance

AT = {name: f"10.0.0.{name[-1]}" for name in NAMES}


def test_each_member_says_how_it_is_and_how_much_of_its_volume_is_used():
    said = words.galera("before", AT, NAMES)
    of_one = said["shop-1"]["said"]
    of_one["galera"] = {**of_one["galera"], "volume": {"size": 5.0, "used": 1.5}}
    first, second, _third = with_health(cluster().view(), said)["instances"]
    assert (first["health"]["State"], first["health"]["Size"]) == ("Synced", 3)
    assert first["problems"] == []
    assert (first["volume"]["size"], first["volume"]["used"], second["volume"]["used"]) == (5, 1.5, None)


def test_one_that_does_not_serve_says_why_and_one_that_is_silent_too():
    said = {**words.galera("before", AT, NAMES, local_state="Joined"), "shop-2": {"silent": "it is unreachable"}}
    first, second, _third = with_health(cluster().view(), said)["instances"]
    assert any("Joined" in problem for problem in first["problems"])
    assert (second["problems"], second["health"]) == (["it is unreachable"], {"State": "unreachable"})


def test_one_that_was_not_asked_and_one_that_is_only_planned_are_as_they_were():
    planned = instance("shop-2", id=None)
    given = cluster(instance("shop-1"), planned).view()
    shown = with_health(given, {"shop-2": {"silent": "it is not in the inventory of this run"}})
    assert shown["instances"] == given["instances"]


def test_a_member_without_a_volume_has_none():
    shown = with_health(cluster(instance("shop-1", volume=None)).view(), words.galera("before", AT, ["shop-1"]))
    assert shown["instances"][0]["volume"] is None


def test_a_datastore_that_has_no_driver_is_refused():
    with pytest.raises(InvalidInput, match="datastore: 'oracle'"):
        with_health(cluster(datastore="oracle").view(), {})
