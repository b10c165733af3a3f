# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The plan of a ring, over the words of all members."""

from __future__ import annotations

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.mysql_replication.rules.members import Members
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.mysql_replication.rules.ring_plan import is_closed
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.mysql_replication.rules.topology import decide
from ansible_collections.stackdb.trove.plugins.module_utils._model.errors import TroveError
from ansible_collections.stackdb.trove.tests.unit.replication_builders import account, facts, info, replica, silent, word

NAMES = ["a", "b", "c"]


def follows(number: int, source: int, is_open: bool = False, engine: str = "mariadb", **of_link) -> dict:
    own = {"facts": facts(domain=number), "read_only": False} if is_open else {}
    return replica(number, "0-1-10", engine, link={"host": f"10.0.0.{source}", "server_id": source, **of_link}, **own)


#: a chain a -> b -> c
CHAIN = {"a": info(1, "0-1-10"), "b": follows(2, 1), "c": follows(3, 2)}
RING = {"a": follows(1, 3, True), "b": follows(2, 1, True), "c": follows(3, 2, True)}


def words(infos: dict) -> dict:
    return {name: word(number, infos[name]) for number, name in enumerate(infos, 1)}


def decided(infos: dict, verb: str = "ring", ring: list[str] | None = None, **options) -> dict:
    return decide(verb, NAMES, words(infos), ring=NAMES if ring is None else ring, **options)


def test_a_chain_is_closed_at_last_and_each_has_its_place():
    plan = decided(CHAIN)
    assert (plan["source"], plan["order"], plan["opening"], plan["path"]) == ("a", ["b", "c", "a"], ["b", "c"], ["b", "c"])
    assert plan["ring"] == {
        "a": {"source": "c", "position": 1, "size": 3}, "b": {"source": "a", "position": 2, "size": 3}, "c": {"source": "b", "position": 3, "size": 3},
    }  # fmt: skip
    assert plan["accounts"] == [account(1), account(2), account(3)]


def test_positions_are_of_the_ring_wherever_it_is_begun():
    turned = {"a": follows(1, 3), "b": follows(2, 1), "c": info(3, "0-3-10")}
    plan = decided(turned)
    assert (plan["source"], plan["order"], plan["path"]) == ("c", ["a", "b", "c"], ["a", "b"])
    assert {name: place["position"] for name, place in plan["ring"].items()} == {"a": 1, "b": 2, "c": 3}


def test_of_a_ring_that_stands_nobody_is_opened():
    plan = decided(RING)
    assert (plan["opening"], plan["path"], sorted(plan["order"])) == ([], [], NAMES)


@pytest.mark.parametrize("lost", NAMES)
def test_a_link_that_is_gone_or_stopped_is_no_reason_to_refuse(lost):
    alone = {**RING, lost: {**RING[lost], "source": None}}
    assert (decided(alone)["source"], decided(alone)["path"]) == (lost, [])
    number = NAMES.index(lost) + 1
    assert decided({**RING, lost: follows(number, (number + 1) % 3 + 1, True, io_running="No", io_error="gone")})["order"]


def test_two_members_have_each_other():
    plan = decide("ring", ["a", "b"], words({"a": info(1, "0-1-10"), "b": follows(2, 1)}), ring=["a", "b"])
    assert {name: place["source"] for name, place in plan["ring"].items()} == {"a": "b", "b": "a"}


@pytest.mark.parametrize(
    ("infos", "says"),
    [
        ({**CHAIN, "c": follows(3, 1)}, "c replicates from 10.0.0.1, and in the ring a -> b -> c -> a it is b"),
        ({**CHAIN, "c": silent()}, "c cannot be reached, or the server there does not run. Start it"),
        ({"a": info(1, engine="mysql"), "b": follows(2, 1, engine="mysql"), "c": follows(3, 2, engine="mysql")}, "MySQL has no GTID domain .*a is mysql"),
        ({**CHAIN, "a": info(1, "0-1-10", read_only=True)}, "None of a, b, c takes writes"),
        ({**CHAIN, "b": info(2, "0-1-10")}, "a, b replicate from no source and take writes"),
        ({**CHAIN, "a": info(1, "", events=["shop.x"]), "b": {**follows(2, 1), "events": ["shop.x"]}}, "shop.x on a, b"),
        ({**CHAIN, "b": follows(2, 1, sql_error="Duplicate entry")}, "b: broken: Duplicate entry"),
        ({**CHAIN, "b": {**follows(2, 1), "facts": facts(delay=60)}}, "b: delay: it applies 60 s later"),
        ({**CHAIN, "b": {**follows(2, 1), "facts": facts(strict=False)}}, "b: gtid_order"),
        ({**CHAIN, "b": {**follows(2, 1), "facts": facts(binlog_filters=["binlog_do_db = x"])}}, "b: binlog_filters"),
        ({**CHAIN, "b": {**follows(2, 1), "facts": facts(replica_filters=["replicate_do_db = x"])}}, "b: replica_filters"),
        ({**CHAIN, "b": {**follows(2, 1), "facts": facts(closed=["innodb_read_only = ON"])}}, "b: closed"),
        ({**CHAIN, "b": follows(2, 1) | {"logs_updates": False}}, "b: log_updates"),
        ({**CHAIN, "b": follows(2, 1) | {"binlog_format": "STATEMENT"}}, "b: binlog_format"),
        ({**CHAIN, "b": follows(2, 1) | {"version": "10.6.1-MariaDB"}}, "b: version: it is 10.6.1"),
        ({**CHAIN, "a": info(1, "0-1-10", version="10.6.1-MariaDB")}, "a: version: it is 10.6.1"),
        ({**CHAIN, "b": follows(2, 1) | {"server_id": 3}}, "same_server"),
    ],
)
def test_what_is_refused(infos, says):
    with pytest.raises(TroveError, match=says):
        decided(infos)


@pytest.mark.parametrize("order", [[], ["a"], ["a", "b"], ["a", "b", "b"], ["a", "b", "d"]])
def test_an_order_that_has_not_each_member_once(order):
    with pytest.raises(TroveError, match="ring"):
        decided(CHAIN, ring=order)


def test_of_the_chain_nothing_is_left_to_do_where_the_ring_is_closed():
    """A run that was killed had come further than its contracts say."""
    for infos in (RING, {**RING, "b": follows(2, 1)}):
        plan = decided(infos, "attach", source="a", returning=["b"], chain=True)
        assert (plan["source"], plan["attach"], plan["accounts"]) == (None, [], [])
    with pytest.raises(TroveError, match="in which each takes writes: attach knows one source"):
        decided(RING, "attach", ring=[], source="a", returning=["b"], chain=True)
    assert decided(CHAIN, "attach", source="a", returning=["b"], chain=True)["attach"] == ["b"]
    assert not is_closed(Members(NAMES, words(CHAIN)), NAMES)


@pytest.mark.parametrize(
    ("verb", "options"), [("promote", {"candidate": "b"}), ("detach", {"leaving": ["b"]}), ("eject", {"source": "a"}), ("replicate", {"source": "a"})]
)
def test_other_verbs_know_one_source(verb, options):
    with pytest.raises(TroveError, match=f"a, b, c are members of a ring, in which each takes writes: {verb} knows one source"):
        decided(RING, verb, ring=[], **options)


def leave(infos: dict, candidate: str = "b") -> dict:
    at = NAMES.index(candidate)
    return decided(infos, "one_writer", [*NAMES[at:], *NAMES[:at]], candidate=candidate)


def test_the_others_are_closed_and_what_they_have_is_waited_for():
    plan = leave(RING)
    assert (plan["source"], plan["replicas"], plan["path"], plan["executed"]) == ("b", ["c", "a"], ["c", "a"], {"c": "0-1-10", "a": "0-1-10"})


def test_who_comes_behind_a_lost_link_does_not_receive_what_is_written():
    assert leave({**RING, "c": follows(3, 2, True, io_running="No")})["path"] == []
    assert leave({**RING, "a": follows(1, 3, True, io_running="No")})["path"] == ["c"]


def test_a_ring_that_was_left_is_left():
    gone = {"a": follows(1, 3), "b": info(2, "0-1-10"), "c": follows(3, 2)}
    assert leave(gone)["replicas"] == []
    for name, still in (("a", {**follows(1, 3), "facts": facts(domain=1)}), ("b", info(2, "0-1-10", facts=facts(domain=2))), ("c", follows(3, 2, True))):
        assert leave({**gone, name: still})["replicas"] == ["c", "a"]
    # and is a star by now
    assert leave({**gone, "a": follows(1, 2)})["replicas"] == []


def test_what_is_left_of_a_ring_forgets_the_source_that_is_gone():
    # b is gone
    left = {"a": follows(1, 3, True), "c": follows(3, 2, True)}
    said = {"a": word(1, left["a"]), "c": word(3, left["c"])}
    plan = decide("one_writer", ["a", "c"], said, candidate="a", ring=["a", "c"])
    assert (plan["order"], plan["replicas"], plan["leaving"], plan["path"]) == (["a", "c"], ["c"], ["c"], [])
    closed = {"a": word(1, info(1, "0-1-10")), "c": word(3, follows(3, 2))}
    assert decide("one_writer", ["a", "c"], closed, candidate="a", ring=["a", "c"])["leaving"] == ["c"]
    closed["c"] = word(3, info(3, "0-1-10", read_only=True))
    assert decide("one_writer", ["a", "c"], closed, candidate="a", ring=["a", "c"])["order"] == []
    alone = decide("one_writer", ["a"], {"a": word(1, follows(1, 3, True))}, candidate="a", ring=["a"])
    assert (alone["order"], alone["replicas"]) == (["a"], [])


def remaining(candidate: str, **of_a) -> dict:
    """Of the ring b is gone, whose link led to c: what a wrote since then is on a alone. What c writes comes to a."""
    own = {"a": {**follows(1, 3, True), "executed": "0-1-10,1-1-7,3-3-2", **of_a}, "c": {**follows(3, 2, True), "executed": "0-1-10,1-1-5,3-3-4"}}
    return decide("one_writer", ["a", "c"], {"a": word(1, own["a"]), "c": word(3, own["c"])}, candidate=candidate, ring=["a", "c"])


def test_one_that_what_others_wrote_cannot_reach_is_refused_before_anybody_is_closed():
    with pytest.raises(TroveError, match=r"c cannot be the source of all: it replicates from 10\.0\.0\.2, .*: 1-1-7 of a\. Let a be the source"):
        remaining("c")
    assert remaining("a")["replicas"] == ["c"]
    # what c wrote itself, and a has by now, came later than c was asked
    assert remaining("c", executed="0-1-10,1-1-5,3-3-9")["replicas"] == ["a"]


def test_one_that_was_closed_for_another_one_may_be_the_source_and_is_still_in_its_place():
    assert remaining("a", read_only=True)["order"] == ["a", "c"]
    with pytest.raises(TroveError, match=r"a cannot be the source of all: it replicates from no source, .*: 3-3-4 of c\. No member has all"):
        remaining("a", read_only=True, source=None)


@pytest.mark.parametrize(
    ("infos", "candidate", "says"),
    [
        ({**RING, "b": follows(2, 1)}, "b", "b is to go on taking writes, and is read-only now"),
        ({**RING, "c": silent()}, "b", "c cannot be reached"),
    ],
)
def test_who_cannot_go_on(infos, candidate, says):
    with pytest.raises(TroveError, match=says):
        leave(infos, candidate)


# Settings and certificates of a ring that stays as it is


def test_in_a_ring_every_account_is_kept_up_since_each_is_a_replica():
    plan = decide("main", NAMES, words(RING))
    assert (plan["source"], plan["replicas"]) == ("a", NAMES)
    assert plan["accounts"] == [account(1), account(2), account(3)]


@pytest.mark.parametrize("infos", [CHAIN, {**RING, "b": {**RING["b"], "source": None}}], ids=["chain", "a link is gone"])
def test_where_it_is_no_whole_ring_no_account_is_touched(infos):
    plan = decide("main", NAMES, words(infos))
    assert (plan["source"], plan["replicas"], plan["accounts"]) == (None, [], [])
