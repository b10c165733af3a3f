# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who returns as a replica of whom, by the members' words: runs that begin, runs that were killed, and what is refused."""

from __future__ import annotations

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.mysql_replication.rules import returning
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.mysql_replication.rules.topology import decide
from ansible_collections.stackdb.trove.plugins.module_utils._model.errors import TroveError
from ansible_collections.stackdb.trove.tests.unit.replication_builders import account, info, replica, silent, word

S, R1, X = "shop", "shop-replica-1", "shop-replica-2"
NAMES = [S, R1, X]


def words(**changes: dict) -> dict:
    """A source, 10.0.0.1, its replica, 10.0.0.2, and one that was detached, 10.0.0.3."""
    infos = {S: info(1, "0-1-100"), R1: replica(2, "0-1-100"), X: info(3, "0-1-90"), **{name.replace("_", "-"): of for name, of in changes.items()}}
    return {name: word(number, infos[name]) for number, name in enumerate(infos, 1) if infos[name] is not None}


def attach(heard: dict, source: str = S, who: str = X) -> dict:
    return decide("attach", NAMES, heard, source=source, returning=[who])


def test_only_the_one_that_returns_is_attached_and_all_others_keep_their_accounts() -> None:
    plan = attach(words())
    assert (plan["source"], plan["new_source"], plan["attach"], plan["replicas"]) == (S, S, [X], [R1, X])
    assert plan["accounts"] == [account(2), account(3)]
    assert plan["verb"] == "attach"
    assert returning.attach.__module__.endswith("returning")


def test_a_run_that_was_killed_is_continued() -> None:
    assert attach(words(**{X: replica(3, "0-1-95")}))["attach"] == [X]
    assert attach(words(**{X: info(3, "0-1-90", read_only=True)}))["attach"] == [X]


def test_one_that_is_down_has_no_account_yet() -> None:
    plan = attach(words(**{X: silent()}))
    assert (plan["attach"], plan["accounts"]) == ([X], [account(2)])


@pytest.mark.parametrize(
    ("changes", "asked", "says"),
    [
        ({S: silent()}, {}, "shop cannot be followed: its server does not run"),
        ({S: None}, {}, "shop cannot be followed: its server does not run"),
        ({S: info(1, "0-1-100", read_only=True)}, {}, "shop is read-only, so it is not a source now"),
        ({}, {"source": R1}, "Cannot create a replica of a replica"),
        ({}, {"source": "shp"}, "source: 'shp' was given; allowed: one of shop"),
        ({}, {"source": ""}, "source: None was given"),
        ({}, {"who": "shp"}, "returning: 'shp' was given"),
        ({}, {"who": S}, "returning: 'shop' was given"),
        ({X: replica(3, "0-1-90", link={"host": "10.0.0.9"})}, {}, "replicates from 10.0.0.9, which is not shop"),
        ({R1: replica(2, "0-1-90", link={"host": "10.0.0.3"})}, {}, "shop-replica-1 replicate from shop-replica-2, and would be replicas of a replica"),
        ({X: info(3, "0-1-90,0-3-91")}, {}, "errant: shop does not have 0-3-91"),
        ({S: info(1, "0-1-100", purged="0-1-95")}, {}, "purged: it has 0-1-90, and the logs of shop begin after 0-1-95"),
        ({X: info(3, "0-1-90", version="10.6.1-MariaDB")}, {}, "version: it is 10.6.1-MariaDB, and shop is 10.11.19-MariaDB; upgrade shop-replica-2 first"),
        ({X: info(3, "", "mysql")}, {}, "engine: it is mysql, and shop is mariadb"),
    ],
)
def test_what_cannot_return_is_refused(changes: dict, asked: dict, says: str) -> None:
    with pytest.raises(TroveError, match=says):
        attach(words(**changes), **asked)


def test_what_the_source_itself_wrote_meanwhile_is_no_transaction_of_its_own() -> None:
    """The source was asked before the one that returns."""
    assert attach(words(**{X: replica(3, "0-1-120")}))["attach"] == [X]


def test_who_follows_another_member_moves_with_all_that_follow_it() -> None:
    """As a chain becomes a star: X follows R1, and R1 moves, too, or stays where it is."""
    chain = words(**{X: replica(3, "0-1-90", link={"host": "10.0.0.2"})})
    assert attach(chain)["attach"] == [X]
    plan = decide("attach", NAMES, chain, source=S, returning=[R1, X])
    assert (plan["attach"], plan["replicas"], plan["accounts"]) == ([R1, X], [R1, X], [account(2), account(3)])
    with pytest.raises(TroveError, match="shop-replica-2 replicate from shop-replica-1, and would be replicas of a replica"):
        decide("attach", NAMES, chain, source=S, returning=[R1])


def test_all_of_a_chain_may_leave_at_once() -> None:
    chain = words(**{X: replica(3, "0-1-90", link={"host": "10.0.0.2"})})
    assert decide("detach", NAMES, chain, leaving=[R1, X])["leaving"] == [R1, X]
    with pytest.raises(TroveError, match="shop-replica-2 replicate from shop-replica-1, which is a source"):
        decide("detach", NAMES, chain, leaving=[R1])
