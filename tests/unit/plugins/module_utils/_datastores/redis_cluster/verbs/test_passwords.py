# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The steps of a rotation of passwords that need no server. Those that do are in tests/redis."""

from __future__ import annotations

from pathlib import Path

from ansible_collections.stackdb.trove.plugins.module_utils._datastores.redis_cluster.guest import passwords as guest
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.redis_cluster.rules.passwords import CLIENTS, OWN, Kept
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.redis_cluster.verbs import passwords


def kept(client: Kept) -> dict[str, Kept]:
    return {OWN: Kept("own", "other"), CLIENTS: client}


def test_new_passwords_are_created_once_and_the_given_one_is_that_of_clients(tmp_path: Path) -> None:
    words = {"a": {OWN: Kept("own"), CLIENTS: Kept("old")}}
    assert passwords.create(words, "given", str(tmp_path), check_mode=True) == [OWN, CLIENTS]
    assert guest.read(str(tmp_path)) == {OWN: Kept(), CLIENTS: Kept()}
    assert passwords.create(words, "given", str(tmp_path), make=lambda: "made") == [OWN, CLIENTS]
    found = guest.read(str(tmp_path))
    assert (found[OWN].following, found[CLIENTS].following) == ("made", "given")
    # a run that continues: the words have them by then
    assert passwords.create({"a": kept(Kept("old", "given"))}, "given", str(tmp_path), make=lambda: "another") == []
    assert guest.read(str(tmp_path)) == found


def test_a_member_keeps_the_new_ones_that_another_member_has(tmp_path: Path) -> None:
    words = {"a": kept(Kept("old", "new")), "b": kept(Kept("old"))}
    assert passwords.keep(words, "b", str(tmp_path)) == [CLIENTS]
    assert guest.read(str(tmp_path))[CLIENTS].following == "new"
    assert passwords.keep(words, "a", str(tmp_path)) == []


def test_one_that_joins_writes_what_follows_before_what_is_present_and_check_mode_writes_nothing(tmp_path: Path) -> None:
    words = {"a": kept(Kept("old", "new")), "b": {OWN: Kept(), CLIENTS: Kept()}}
    told = passwords.settle(words, "b", "a", "", ["b"], str(tmp_path), check_mode=True)
    assert not list(tmp_path.iterdir())
    assert passwords.settle(words, "b", "a", "", ["b"], str(tmp_path)) == told
    assert guest.read(str(tmp_path)) == words["a"]
