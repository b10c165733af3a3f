# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is known of members by their words, and of those that say nothing."""

from __future__ import annotations

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.mysql_replication.rules.members import Members, without
from ansible_collections.stackdb.trove.plugins.module_utils._model.errors import Refused
from ansible_collections.stackdb.trove.tests.unit.replication_builders import account, info, replica, silent, word

MEMBERS = Members(["a", "b", "c", "d"], {"a": word(1, info(1, "0-1-100")), "b": word(2, replica(2, "0-1-90")), "c": word(3, silent())})


def test_who_is_down() -> None:
    assert MEMBERS.down(MEMBERS.names) == ["c", "d"]
    assert (MEMBERS.info("c") is None, MEMBERS.info("d") is None) == (False, True)
    assert (MEMBERS.up("b") is None, MEMBERS.up("c") is None) == (False, True)


def test_who_replicates_from_whom() -> None:
    assert MEMBERS.standing(MEMBERS.names) == ["a", "c", "d"]
    assert (MEMBERS.follows("b", "a"), MEMBERS.follows("b", "c"), MEMBERS.follows("a", "b")) == (True, False, False)
    assert MEMBERS.link("d") is None


def test_by_what_others_know_a_member() -> None:
    assert (MEMBERS.address("a"), MEMBERS.address("d")) == ("10.0.0.1", None)
    assert (MEMBERS.certified_name("a"), MEMBERS.certified_name("d")) == ("name-1", "d")


def test_accounts_of_those_that_are_known() -> None:
    assert MEMBERS.accounts(["a", "d", "b"]) == MEMBERS.every_account(["a", "b"]) == [account(1), account(2)]
    with pytest.raises(Refused, match="^c, d could not replicate") as refused:
        MEMBERS.every_account(["a", "c", "d"])
    assert refused.value.details["members"] == ["c", "d"]


def test_what_one_has() -> None:
    assert str(MEMBERS.executed("a") - MEMBERS.executed("b")) == "0-1-100"
    assert without(["a", "b", "c"], "b", None) == ["a", "c"]
