# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which passwords follow, by what the members keep. Servers that take them are in tests/redis."""

from __future__ import annotations

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.redis_cluster.rules import passwords
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.redis_cluster.rules.passwords import CLIENTS, OWN, Kept
from ansible_collections.stackdb.trove.plugins.module_utils._model.errors import InvalidInput, Refused


def words(**clients: Kept) -> passwords.Words:
    return {name: {OWN: Kept("own"), CLIENTS: kept} for name, kept in clients.items()}


REST, PUBLISHED = words(a=Kept("old"), b=Kept("old")), words(a=Kept("old", "new"), b=Kept("old", "new"))
HALF, TURNED = words(a=Kept("old", "new"), b=Kept("old")), words(a=Kept("new"), b=Kept("old", "new"))


def test_what_is_created_kept_and_accepted():
    assert passwords.to_create(REST, "") == (OWN, CLIENTS)
    assert passwords.to_create(HALF, "new") == passwords.to_create(PUBLISHED, "") == ()
    # stopped between both
    assert passwords.to_create({**REST, "a": {OWN: Kept("own", "other"), CLIENTS: Kept("old")}}, "") == (CLIENTS,)
    assert (passwords.to_keep(HALF, "b"), passwords.to_keep(HALF, "a")) == ({CLIENTS: "new"}, {})
    assert Kept("old", "new").accepted == tuple(map(passwords.digest, ("old", "new")))
    assert Kept("new", "new").accepted == (passwords.digest("new"),)
    assert "old" not in str(PUBLISHED)


def test_what_is_on_all_disks():
    for found in (REST, PUBLISHED, TURNED):
        passwords.check_kept(found, CLIENTS, turns=True)
    with pytest.raises(Refused, match=r"b do not have the new password .* that others have\. Run it with trove_rotate_phase=publish first"):
        passwords.check_kept(HALF, CLIENTS, turns=True)
    with pytest.raises(Refused, match="a, b do not have the new password"):
        passwords.check_kept(words(a=Kept("one"), b=Kept("two")), CLIENTS)
    with pytest.raises(Refused, match="keep different new passwords"):
        passwords.check_kept(words(a=Kept("old", "one"), b=Kept("old", "two")), CLIENTS)


@pytest.mark.parametrize(("found", "given"), [(REST, "old"), (PUBLISHED, "another"), (HALF, "old")])
def test_a_given_one_that_is_none_to_go_on_with(found, given):
    with pytest.raises(InvalidInput) as caught:
        passwords.to_create(found, given)
    assert caught.value.option == "redis_cluster_password"
    assert given not in caught.value.message.replace("another one", "")


def test_how_a_password_that_was_replaced_is_published_again_is_said():
    found = words(a=Kept("now", None, (passwords.digest("old"),)), b=Kept("now"))
    with pytest.raises(InvalidInput, match="To have clients use that one again, delete /etc/stackdb-trove/redis-default.dropped on every member before"):
        passwords.to_create(found, "old")


def test_who_turns_is_not_published_to_again_and_who_says_nothing_stops_all():
    with pytest.raises(Refused, match="a have dropped the former password"):
        passwords.to_create(TURNED, "")
    for kept in ({}, {OWN: Kept(None), CLIENTS: Kept("old")}):
        with pytest.raises(Refused, match="b have no passwords"):
            passwords.to_create({**REST, "b": kept}, "")
    passwords.check_given(PUBLISHED, "new")
    passwords.check_given(REST, "old")
    with pytest.raises(InvalidInput):
        passwords.check_given(PUBLISHED, "old")
