# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The user's own metadata: what may be one, and how it is kept apart."""

from __future__ import annotations

import random
import string

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._model import identity, user_metadata
from ansible_collections.stackdb.trove.plugins.module_utils._model.errors import InvalidInput
from ansible_collections.stackdb.trove.plugins.module_utils._model.hosts import hostvars
from ansible_collections.stackdb.trove.tests.unit.builders import MARIADB, cluster, instance


@pytest.mark.parametrize(
    ("given", "metadata"),
    [(None, None), ({}, {}), ({"team": "web", "cost centre": 17, "live": True, "x": 1.5}, {"team": "web", "cost centre": "17", "live": "true", "x": "1.5"})],
)
def test_texts_and_what_becomes_one(given, metadata):
    assert user_metadata.check(given) == metadata


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"": "x"}, "metadata: '' was given; allowed: keys of letters"),
        ({"a/b": "x"}, "metadata: 'a/b' was given"),
        ({"ä": "x"}, "metadata: 'ä' was given"),
        ({1: "x"}, "metadata: 1 was given"),
        ({"k" * 241: "x"}, "at most 240 characters"),
        ({"replication_contract": "x"}, "'replication_contract' was given; allowed: another key"),
        ({"team": "x" * 256}, "metadata.team: .*at most 255 characters"),
        ({"team": ["web"]}, "metadata.team: .*a text"),
        ({"team": None}, "metadata.team: None was given"),
        ({f"k{number}": "" for number in range(65)}, "metadata: '65 items' was given; allowed: at most 64"),
    ],
)
def test_what_nova_does_not_take_is_refused(given, says):
    with pytest.raises(InvalidInput, match=says):
        user_metadata.check(given)


@pytest.mark.parametrize("seed", range(10))
def test_what_was_written_is_read_back_and_ours_are_not_the_users(seed):
    chance = random.Random(seed)
    alphabet = string.ascii_letters + string.digits + "_:. -"
    own = {getattr(identity, name): "ours" for name in ("TASK", "CLUSTER_ID", "REPLICATES_FROM", "WRITABLE")}
    # a user may well choose names of ours
    given = {"".join(chance.choices(alphabet, k=chance.randint(1, 240))): str(chance.random()) for _item in range(9)} | dict.fromkeys(own, "mine")
    stored = {**own, **dict(user_metadata.items(user_metadata.check(given)))}
    assert user_metadata.read(stored) == given
    assert {key: stored[key] for key in own} == own
    assert all(len(key) <= 255 for key in stored)


def test_what_was_not_given_is_removed():
    assert user_metadata.changes({"a": "1", "b": "2"}, {"b": "3", "c": "4"}) == ({"trove_metadata_b": "3", "trove_metadata_c": "4"}, ("trove_metadata_a",))
    assert user_metadata.changes({"a": "1"}, {"a": "1"}) == ({}, ())


def test_they_are_shown_and_known_to_the_inventory():
    observed = cluster(instance("shop-1", metadata={"team": "web"}))
    assert observed.view()["metadata"] == {"team": "web"}
    assert hostvars(observed, observed.instances[0], MARIADB)["trove_instance"]["metadata"] == {"team": "web"}
