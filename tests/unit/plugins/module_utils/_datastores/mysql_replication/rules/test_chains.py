# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every verb on the members of a chain, by their words: what it changes, and that it leaves alone who follows another replica."""

from __future__ import annotations

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._datastores import registry
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.mysql_replication.rules.topology import decide
from ansible_collections.stackdb.trove.plugins.module_utils._model.errors import TroveError
from ansible_collections.stackdb.trove.plugins.module_utils._model.shapes import CHAIN, MESH, RING
from ansible_collections.stackdb.trove.tests.unit.replication_builders import account, info, replica, silent, word

NAMES = ["a", "b", "c", "d"]


def follows(number: int, source: int, executed: str = "0-1-100", **of_link) -> dict:
    return replica(number, executed, link={"host": f"10.0.0.{source}", "server_id": source, **of_link})


def words(**changes: dict) -> dict:
    """a, 10.0.0.1, is the source of b, and b of c; d replicates from a."""
    infos = {"a": info(1, "0-1-100"), "b": follows(2, 1), "c": follows(3, 2), "d": follows(4, 1), **changes}
    return {name: word(number, infos[name]) for number, name in enumerate(infos, 1)}


def attach(source: str, *who: str, chain: bool = True, **changes: dict) -> dict:
    return decide("attach", NAMES, words(**changes), source=source, returning=list(who), chain=chain)


def test_a_replica_gets_its_accounts_from_the_top_and_follows_another_replica() -> None:
    plan = attach("c", "d")
    assert (plan["source"], plan["new_source"], plan["path"], plan["attach"]) == ("a", "c", ["b", "c"], ["d"])
    assert plan["accounts"] == [account(2), account(3), account(4)]
    assert plan["replicas"] == ["b", "c", "d"]


def test_who_follows_one_that_moves_stays_with_it() -> None:
    plan = attach("d", "b")
    assert (plan["attach"], plan["path"]) == (["b"], ["d"])


def test_an_ejection_that_goes_on_does_not_take_for_errant_what_the_new_source_writes_between_the_looks() -> None:
    at = {"d": info(4, "0-1-100,0-4-150"), "b": follows(2, 4, "0-4-151"), "c": follows(3, 2, "0-4-151"), "a": silent()}
    assert decide("eject", NAMES, words(**at), source="a")["new_source"] == "d"
    at["c"] = follows(3, 2, "0-1-101")
    with pytest.raises(TroveError, match="has transactions that d, which would take over, has not"):
        decide("eject", NAMES, words(**at), source="a")


@pytest.mark.parametrize("chain", [False, True])
def test_the_middle_leaves_once_who_followed_it_has_another_source(chain: bool) -> None:
    """The order of `rearranging.changes`: a source is not detached."""
    with pytest.raises(TroveError, match="a replica is detached, a source is not"):
        decide("detach", NAMES, words(), leaving=["b"])
    assert attach("a", "c", "d", chain=chain)["attach"] == ["c", "d"]
    moved = {"c": follows(3, 1)}
    assert decide("detach", NAMES, words(**moved), leaving=["b"])["replicas"] == ["c", "d"]


@pytest.mark.parametrize(
    ("source", "who", "changes", "says"),
    [
        ("c", "b", {}, "c replicates from b, itself or by others, so b cannot become a replica of it"),
        ("c", "d", {"b": silent()}, "c replicates from 10.0.0.2|b cannot be followed: its server does not run"),
        ("c", "d", {"b": follows(2, 9)}, "b replicates from 10.0.0.9, which is none of a, b, c, d"),
        ("c", "d", {"a": info(1, "0-1-100", read_only=True)}, "a is read-only, so it is not a source now"),
        ("c", "d", {"d": follows(4, 1, "0-1-100,0-4-101")}, "errant: a does not have 0-4-101"),
        ("c", "d", {"d": follows(4, 1, "0-1-80"), "c": follows(3, 2, "0-1-100") | {"purged": "0-1-90"}}, "the logs of c begin after 0-1-90"),
        ("c", "d", {"c": follows(3, 2) | {"logs_updates": False}}, "log_updates: log_slave_updates"),
    ],
)
def test_what_makes_no_chain_is_refused(source: str, who: str, changes: dict, says: str) -> None:
    with pytest.raises(TroveError, match=says):
        attach(source, who, **changes)


def test_without_a_chain_that_was_asked_for_a_replica_is_no_source() -> None:
    with pytest.raises(TroveError, match="Cannot create a replica of a replica"):
        attach("c", "d", chain=False)


def test_what_a_replica_has_not_received_yet_is_nothing_of_its_own() -> None:
    """d has more than c at this moment, and nothing that a has not."""
    assert attach("c", "d", c=follows(3, 2, "0-1-90"))["attach"] == ["d"]


def test_a_new_replica_of_the_source_leaves_the_end_of_a_chain_where_it_is() -> None:
    plan = decide("replicate", NAMES, words(d=silent()), source="a")
    assert (plan["attach"], plan["replicas"]) == (["b", "d"], ["b", "c", "d"])
    assert plan["accounts"] == [account(2), account(3)]


def test_a_server_that_is_attached_to_the_source_costs_nobody_an_account() -> None:
    plan = attach("a", "d", chain=False)
    assert plan["accounts"] == [account(2), account(3), account(4)]


def test_the_account_of_the_end_of_a_chain_is_kept_when_another_replica_leaves() -> None:
    plan = decide("detach", NAMES, words(), leaving=["d"])
    assert (plan["source"], plan["accounts"]) == ("a", [account(2), account(3)])
    with pytest.raises(TroveError, match="c replicate from b, which is a source"):
        decide("detach", NAMES, words(), leaving=["b"])


def test_all_accounts_are_kept_up_to_date() -> None:
    assert decide("main", NAMES, words(), source="a")["accounts"] == [account(2), account(3), account(4)]


def test_who_follows_another_replica_goes_on_with_it_when_one_is_promoted() -> None:
    plan = decide("promote", NAMES, words(), candidate="d")
    assert (plan["old_source"], plan["attach"], plan["replicas"]) == ("a", ["b"], ["a", "b", "c"])
    assert plan["accounts"] == [account(1), account(2), account(3)]
    assert decide("promote", NAMES, words(), candidate="b")["attach"] == ["c", "d"]


def test_the_end_of_a_chain_is_not_promoted() -> None:
    with pytest.raises(TroveError, match="c replicates from b, which is a replica itself, and only a replica of the source can take its place"):
        decide("promote", NAMES, words(), candidate="c")


def test_a_dead_source_is_succeeded_by_one_of_its_own_replicas() -> None:
    dead = {"a": silent(), "b": follows(2, 1, "0-1-99", answers=False), "d": follows(4, 1, answers=False)}
    plan = decide("eject", NAMES, words(**dead), source="a")
    assert (plan["new_source"], plan["attach"], plan["replicas"]) == ("d", ["b"], ["b", "c"])
    assert plan["accounts"] == [account(2), account(3)]
    with pytest.raises(TroveError, match="c replicates from another replica, and has transactions that d, which would take over, has not: 0-1-101"):
        decide("eject", NAMES, words(**dead, c=follows(3, 2, "0-1-101")), source="a")


def test_of_a_ring_nobody_is_left_as_it_is() -> None:
    """b and c replicate from each other, so nothing reaches them."""
    plan = decide("promote", NAMES, words(b=follows(2, 3)), candidate="d")
    assert plan["attach"] == ["b", "c"]


@pytest.mark.parametrize(("engine", "refused"), [("mariadb", {MESH}), ("mysql", {CHAIN, RING, MESH})])
def test_what_is_not_built(engine: str, refused: set[str]) -> None:
    assert set(registry.of_instance(engine).not_built) == refused
