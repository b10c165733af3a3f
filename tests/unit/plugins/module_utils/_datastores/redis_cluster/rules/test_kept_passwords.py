# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which passwords members have where none are rotated by the run."""

from __future__ import annotations

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.redis_cluster.rules import kept_passwords
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.redis_cluster.rules import passwords as rules
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.redis_cluster.rules.passwords import Kept
from ansible_collections.stackdb.trove.plugins.module_utils._model.errors import InvalidInput, Refused

WHOLE = Kept("own")
GONE = (rules.digest("old"),)
NOTHING = {"default": Kept(), "trove": Kept()}


def words(*clients, own=WHOLE):
    return {f"m{number}": {"default": one, "trove": own} for number, one in enumerate(clients, 1)}


@pytest.mark.parametrize("given", ["", "present", "next"])
def test_what_is_taken_while_one_is_rotated(given):
    """The published one, too, so that variables can have it from then on; it stays what follows."""
    found = words(*[Kept("present", "next")] * 3)
    kept_passwords.check_given(found, "m1", given, (), False)
    assert kept_passwords.changes(found, "m2", "m1", given, ()) == kept_passwords.Changes()


@pytest.mark.parametrize(
    ("found", "given", "may_change", "text"),
    [
        (words(Kept("now", None, GONE), Kept("now")), "old", True, "cluster_rotate has replaced' was given; .*variables.*delete .*default.dropped on"),
        (words(Kept("now"), Kept("now", None, GONE)), "old", True, "has replaced"),
        # the first one has turned, and the run was stopped
        (words(Kept("next"), Kept("now", "next")), "other", True, "trove_rotate_phase=turn"),
        (words(Kept("now"), Kept("now")), "other", False, "stackdb.trove.cluster_configure changes it"),
    ],
)
def test_what_is_refused(found, given, may_change, text):
    with pytest.raises(InvalidInput, match=f"redis_cluster_password: .*{text}") as caught:
        kept_passwords.check_given(found, "m1", given, (), may_change)
    assert given not in caught.value.message.split()


@pytest.mark.parametrize("empty", [{"default": Kept(), "trove": WHOLE}, {"default": WHOLE, "trove": Kept()}])
def test_an_empty_file_locks_nobody_out(empty):
    with pytest.raises(Refused, match=r"m1 keeps no password in /etc/stackdb-trove/redis-\w+\.password"):
        kept_passwords.check_given({"m1": empty}, "m1", "", (), True)
    assert kept_passwords.changes({"m1": words(Kept("now"))["m1"], "m2": empty}, "m2", "m1", "", ()).present


def test_another_one_may_be_given_where_none_is_rotated():
    found = words(Kept("now"), Kept("now"))
    kept_passwords.check_given(found, "m1", "other", (), True)
    assert [kept_passwords.changes(found, name, "m1", "other", ()).present for name in found] == [{"default": "other"}] * 2


def test_who_joins_has_what_the_others_have_and_nothing_of_another_cluster():
    found = {**words(Kept("now", None, GONE), Kept("now", None, GONE)), "m3": {"default": Kept(None, "stale"), "trove": Kept(None, "stale")}}
    kept_passwords.check_given(found, "m1", "now", ["m3"], False)
    wanted = kept_passwords.changes(found, "m3", "m1", "", ["m3"])
    assert wanted == kept_passwords.Changes({"default": "now", "trove": "own"}, {}, ("trove", "default"), frozenset(GONE))
    found = {**words(Kept("now", "next")), "m3": {"default": Kept(None, "stale"), "trove": Kept()}}
    assert kept_passwords.changes(found, "m3", "m1", "", ["m3"]).following == {"default": "next"}


def test_the_members_own_is_everywhere_the_holders():
    """One run by one they turn to the new one; where that was stopped, the collection reaches them by one all the same."""
    found = {"m1": words(Kept("now"), own=Kept("new", "new"))["m1"], "m2": words(Kept("now"), own=Kept("own", "new"))["m1"]}
    assert kept_passwords.changes(found, "m2", "m1", "", ()) == kept_passwords.Changes({"trove": "new"})
    assert rules.accepted(found, "trove") == [rules.digest("new"), rules.digest("own")]


def test_one_that_follows_itself_follows_nothing():
    found = words(*[Kept("now")] * 2, own=Kept("own", "own"))
    assert rules.to_create(found, "") == ("trove", "default")
    with pytest.raises(Refused, match="m1 do not use the new password of the account trove yet"):
        rules.check_kept({"m1": {**NOTHING, "default": Kept("now"), "trove": Kept("own", "new")}}, "trove", turns=True)
