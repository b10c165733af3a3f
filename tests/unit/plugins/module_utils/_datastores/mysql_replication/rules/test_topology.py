# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who does what, by the members' words: runs that begin, runs that were killed after each of their steps, and what is refused."""

from __future__ import annotations

import random

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.mysql_replication.rules.dialects import DIALECTS, parse
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.mysql_replication.rules.topology import decide, source_of
from ansible_collections.stackdb.trove.plugins.module_utils._model.errors import InvalidInput, Refused, TroveError
from ansible_collections.stackdb.trove.tests.unit.replication_builders import account, info, replica, silent, word

S, R1, R2 = "shop", "shop-replica-1", "shop-replica-2"
NAMES = [S, R1, R2]


def three(**changes: dict) -> dict:
    """A source, 10.0.0.1, with two healthy replicas, 10.0.0.2 and 10.0.0.3."""
    infos = {S: info(1, "0-1-100"), R1: replica(2, "0-1-100"), R2: replica(3, "0-1-100"), **changes}
    return {name: word(number, infos[name]) for number, name in enumerate(infos, 1) if infos[name] is not None}


def orphaned(number: int, executed: str = "0-1-100", **of_link) -> dict:
    """A replica of a source that is dead."""
    return replica(number, executed, link={"io_running": "Connecting", "answers": False, **of_link})


def follows(number: int, source: int, executed: str = "0-1-100") -> dict:
    return replica(number, executed, link={"host": f"10.0.0.{source}", "server_id": source, "answers": True})


# rotate

def test_accounts_are_changed_on_the_source_that_the_members_say() -> None:
    plan = decide("rotate", NAMES, three())
    assert (plan["source"], plan["accounts"]) == (S, [account(2), account(3)])
    # in a chain, too: what the source has reaches all
    assert decide("rotate", NAMES, three(**{R2: follows(3, 2)}))["accounts"] == [account(2), account(3)]
    assert decide("rotate", NAMES, three(), source=S) == plan
    assert decide("main", NAMES, three())["accounts"] == []


def test_one_alone_has_no_accounts_to_change() -> None:
    assert decide("rotate", [S], {S: word(1, info(1))})["accounts"] == []


@pytest.mark.parametrize("changes", [{S: silent()}, {S: info(1, read_only=True)}, {R1: info(2)}])
def test_of_replicas_whose_source_is_not_known_no_certificate_is_replaced(changes: dict) -> None:
    with pytest.raises(Refused, match="it is not known from which source"):
        decide("rotate", NAMES, three(**changes))


# replicate

def test_replicas_without_a_server_follow_the_source_and_have_no_account_yet() -> None:
    plan = decide("replicate", NAMES, three(**{R1: silent(), R2: silent()}), source=S)
    assert (plan["source"], plan["new_source"], plan["replicas"], plan["attach"]) == (S, S, [R1, R2], [R1, R2])
    assert plan["accounts"] == []
    assert plan["addresses"] == {S: "10.0.0.1", R1: "10.0.0.2", R2: "10.0.0.3"}
    assert plan["streams"][R1] == {"name-2": "10.0.0.2"}
    assert plan["dataset"] == {
        "datastore": "mariadb", "datastore_version": "10.11.19-MariaDB", "dataset_size": 0.0, "snapshot_href": None, "bytes": 1,
    }  # fmt: skip


def test_replicas_that_run_get_an_account_each_also_in_a_run_that_is_started_again() -> None:
    plan = decide("replicate", NAMES, three(**{R1: info(2, read_only=True)}), source=S)
    assert plan["accounts"] == [account(2), account(3)]


def test_a_new_replica_that_is_silent_does_not_stop_the_other() -> None:
    plan = decide("replicate", NAMES, three(**{R1: None}), source=S)
    assert (plan["silent"], plan["accounts"]) == ([R1], [account(3)])


@pytest.mark.parametrize(
    ("changes", "source", "says"),
    [
        ({S: silent()}, S, "shop cannot have replicas: its server does not run"),
        ({S: None}, S, "shop cannot have replicas: its server does not run"),
        ({}, R1, r"Cannot create a replica of a replica. \(shop-replica-1 replicates from 10.0.0.1"),
        ({}, "shp", "source: 'shp' was given; allowed: one of shop, shop-replica-1"),
        ({}, "", "source: None was given"),
    ],
)
def test_a_source_that_cannot_have_replicas_is_refused(changes: dict, source: str, says: str) -> None:
    with pytest.raises(TroveError, match=says):
        decide("replicate", NAMES, three(**changes), source=source)


def test_what_a_snapshot_takes_is_told_in_gib() -> None:
    plan = decide("replicate", NAMES, three(**{S: info(1, data_bytes=int(1.234 * 2**30))}), source=S)
    assert (plan["dataset"]["dataset_size"], plan["dataset"]["bytes"]) == (1.23, int(1.234 * 2**30))
    unknown = decide("replicate", NAMES, three(**{S: info(1, data_bytes=None)}), source=S)
    assert (unknown["dataset"]["dataset_size"], unknown["dataset"]["bytes"]) == (0.0, 0)


@pytest.mark.parametrize("part", ["server_id", "address", "subject"])
def test_a_replica_of_which_something_is_not_known_has_no_account_yet(part: str) -> None:
    words = three()
    words[R1]["identity"][part] = None
    assert decide("replicate", NAMES, words, source=S)["accounts"] == [account(3)]
    assert decide("detach", NAMES, words, leaving=[R2])["source"] is None, "an account that is not known would be dropped"


def test_a_plan_says_nothing_of_what_a_verb_has_no_part_in() -> None:
    plan = decide("main", NAMES, three())
    nothing = {"new_source": None, "old_source": None, "resumed": False, "attach": [], "leaving": [], "accounts": [], "promoter": None, "executed": {},
               "dataset": None, "source": None, "replicas": []}
    assert {key: plan[key] for key in nothing} == nothing
    assert (plan["verb"], plan["members"]) == ("main", NAMES)


def test_main_has_every_host_stand_by_itself_unless_a_source_is_named() -> None:
    assert decide("main", NAMES, three())["replicas"] == []
    assert decide("main", NAMES, three(), source=S)["replicas"] == [R1, R2]
    assert decide("main", [S], {})["silent"] == [S]
    with pytest.raises(InvalidInput, match="source: 'other' was given"):
        decide("main", NAMES, three(), source="other")


# detach

def test_the_source_keeps_the_accounts_of_those_that_stay() -> None:
    plan = decide("detach", NAMES, three(), leaving=[R2])
    assert (plan["leaving"], plan["source"], plan["accounts"]) == ([R2], S, [account(2)])


@pytest.mark.parametrize("detached", [info(3, "0-1-100", read_only=True), info(3, "0-1-100,0-3-101")], ids=["forgot its source", "takes writes"])
def test_a_detachment_that_was_killed_is_continued(detached: dict) -> None:
    plan = decide("detach", NAMES, three(**{R2: detached}), leaving=[R2])
    assert (plan["source"], plan["accounts"]) == (S, [account(2)])


def test_the_last_replica_leaves() -> None:
    words = {S: word(1, info(1)), R1: word(2, info(2, read_only=True))}
    plan = decide("detach", [S, R1], words, leaving=[R1])
    assert (plan["source"], plan["accounts"]) == (S, [])


def test_a_site_that_was_detached_before_is_told_of_no_account() -> None:
    plan = decide("detach", NAMES, three(**{R2: info(3, "0-3-7")}), leaving=[R1])
    assert (plan["source"], plan["accounts"]) == (S, [])


@pytest.mark.parametrize("missing", [None, silent()], ids=["silent", "down"])
def test_no_account_is_dropped_while_a_member_that_stays_is_not_known(missing: dict | None) -> None:
    plan = decide("detach", NAMES, three(**{R1: missing}), leaving=[R2])
    assert (plan["source"], plan["accounts"]) == (None, [])


def test_no_account_is_dropped_where_two_could_be_the_source() -> None:
    words = {S: word(1, info(1)), R1: word(2, info(2)), R2: word(3, info(3))}
    assert decide("detach", NAMES, words, leaving=[R2])["source"] is None


@pytest.mark.parametrize(("leaving", "says"), [("shop-replica", "leaving: 'shop-replica' was given"), (S, "shop-replica-2 replicate from shop")])
def test_who_is_no_replica_is_not_detached(leaving: str, says: str) -> None:
    with pytest.raises(TroveError, match=says):
        decide("detach", NAMES, three(), leaving=[leaving])


# promote

def promoted(**changes: dict) -> dict:
    return decide("promote", NAMES, three(**changes), candidate=R1)


def test_a_promotion_that_begins() -> None:
    plan = promoted()
    assert (plan["source"], plan["new_source"], plan["old_source"], plan["resumed"]) == (S, R1, S, False)
    assert (plan["replicas"], plan["attach"]) == ([S, R2], [R2])
    assert plan["promoter"] == {"address": "10.0.0.2", "subject": "/CN=name-2"}
    assert plan["accounts"] == [account(1), account(3)]
    assert plan["executed"] == {R2: "0-1-100"}


def test_nobody_comes_to_follow_one_of_a_newer_series() -> None:
    new = replica(2, "0-1-100", version="11.8.9-MariaDB-log")
    with pytest.raises(Refused, match=r"upgrade shop-replica-2 first \(a replica that is older than its source"):
        promoted(**{R1: new})
    both = {R1: new, R2: replica(3, "0-1-100", version="11.8.9-MariaDB-log")}
    with pytest.raises(Refused, match="upgrade shop first"):
        promoted(**both)
    assert decide("promote", NAMES, three(**both), candidate=R1, defers=True)["old_source"] == S
    minor = replica(2, "0-1-100", version="10.11.25-MariaDB-log")
    assert promoted(**{R1: minor})["new_source"] == R1


FENCED = info(1, "0-1-100", read_only=True)
STOPPED = {"io_running": "No", "sql_running": "No"}


@pytest.mark.parametrize(
    "changes",
    [
        {S: FENCED},
        {S: FENCED, R1: replica(2, "0-1-100", link=STOPPED)},
        {S: FENCED, R1: replica(2, "0-1-100", link=STOPPED, read_only=False)},
    ],
    ids=["fenced", "stopped", "takes writes, and still has its source"],
)
def test_a_promotion_that_was_killed_before_the_source_was_forgotten_goes_by_the_source(changes: dict) -> None:
    plan = promoted(**changes)
    assert (plan["old_source"], plan["resumed"], plan["promoter"] is None) == (S, False, False)


TOOK_OVER = info(2, "0-1-100,0-2-101")


@pytest.mark.parametrize(
    ("changes", "old", "attach"),
    [
        ({S: FENCED, R1: TOOK_OVER}, S, [R2]),
        ({S: FENCED, R1: TOOK_OVER, R2: follows(3, 2)}, S, [R2]),
        ({S: follows(1, 2), R1: TOOK_OVER, R2: follows(3, 2)}, None, [S, R2]),
    ],
    ids=["nobody follows it", "a replica follows it", "done"],
)
def test_a_promotion_that_was_killed_after_it_is_continued(changes: dict, old: str | None, attach: list) -> None:
    plan = promoted(**changes)
    assert (plan["new_source"], plan["old_source"], plan["resumed"], plan["promoter"], plan["attach"]) == (R1, old, True, None, attach)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({R2: None}, "needs every server: shop-replica-2 cannot be reached"),
        ({S: silent()}, "needs every server: shop cannot be reached"),
        ({R2: info(3, "0-1-90,0-3-95")}, "besides shop-replica-1 replicates from no source: shop, shop-replica-2"),
        ({R1: follows(2, 3)}, "shop-replica-1 replicates from shop-replica-2, which is a replica itself"),
        ({R1: follows(2, 9)}, "shop-replica-1 replicates from 10.0.0.9, which is not a source among"),
        ({S: follows(1, 3), R2: follows(3, 1)}, "shop-replica-1 replicates from shop, which is a replica itself"),
        ({R1: TOOK_OVER}, "shop-replica-1 and shop both take writes"),
        ({R1: info(2, "0-1-100", read_only=True)}, "replicates from no source and is read-only"),
    ],
)
def test_a_promotion_that_cannot_be_is_refused(changes: dict, says: str) -> None:
    with pytest.raises(Refused, match=says):
        promoted(**changes)


@pytest.mark.parametrize("candidate", ["shop-replica", None, ""])
def test_a_candidate_that_is_no_member_is_refused(candidate: str | None) -> None:
    with pytest.raises(InvalidInput, match="candidate: .* was given; allowed: one of shop"):
        decide("promote", NAMES, three(), candidate=candidate)


def test_the_source_itself_is_the_source_already() -> None:
    plan = decide("promote", NAMES, three(), candidate=S)
    assert (plan["resumed"], plan["old_source"], plan["attach"]) == (True, None, [R1, R2])


def test_a_replica_of_a_replica_follows_the_new_source_too() -> None:
    assert promoted(**{R2: follows(3, 2)})["attach"] == [R2]


# eject

def ejected(names: tuple = tuple(NAMES), **changes: dict) -> dict:
    return decide("eject", list(names), three(**{S: None, R1: orphaned(2), R2: orphaned(3, "0-1-101"), **changes}), source=S)


@pytest.mark.parametrize("names", [NAMES, [R1, R2]], ids=["a member", "not in the play"])
@pytest.mark.parametrize("dead", [None, silent()], ids=["host", "server"])
def test_the_replica_with_the_most_transactions_takes_over(names: list, dead: dict | None) -> None:
    plan = ejected(names, **{S: dead})
    assert (plan["new_source"], plan["resumed"], plan["replicas"], plan["attach"], plan["old_source"]) == (R2, False, [R1], [R1], None)
    assert plan["accounts"] == [account(2)]


@pytest.mark.parametrize(
    "changes",
    [
        {R2: info(3, "0-1-101", read_only=True)},
        {R2: info(3, "0-1-101,0-3-102")},
        {R2: info(3, "0-1-101,0-3-102"), R1: follows(2, 3, "0-1-101")},
    ],
    ids=["forgot the dead source", "takes writes", "done"],
)
def test_an_ejection_that_was_killed_is_continued(changes: dict) -> None:
    plan = ejected(**changes)
    assert (plan["new_source"], plan["resumed"], plan["attach"]) == (R2, True, [R1])


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({S: info(1, "0-1-101")}, "server of shop answers"),
        ({R1: None}, "shop-replica-1 did not report"),
        ({R1: silent(), R2: info(3)}, "shop-replica-1 did not report"),
        ({R1: orphaned(2, answers=True)}, "not dead to all of its replicas .shop-replica-1: alive, it greets"),
        ({R1: orphaned(2, answers=None)}, "shop-replica-1: it was not asked"),
        ({R1: orphaned(2, answers=True), R2: info(3, "0-1-101")}, "shop-replica-1: alive, it greets"),
        ({R1: orphaned(2, host="10.0.0.9")}, "different sources"),
        ({R1: orphaned(2, "0-1-100,0-2-105")}, "transactions of its own"),
        ({R1: info(2), R2: info(3)}, "shop-replica-1, shop-replica-2 replicate from no source"),
        ({R1: orphaned(2, "0-1-300"), R2: info(3, "0-1-101,0-3-102")}, "shop-replica-1 has transactions that shop-replica-2 does not have: 0-1-300"),
        ({S: silent(), R1: orphaned(2, host="10.0.0.9"), R2: orphaned(3, host="10.0.0.9")}, "from 10.0.0.9, and shop, which is to be ejected, is 10.0.0.1"),
    ],
)
def test_an_ejection_by_which_something_could_be_lost_is_refused(changes: dict, says: str) -> None:
    with pytest.raises(Refused, match=says):
        ejected(**changes)


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({}, S),
        ({S: None, R1: info(2), R2: follows(3, 2)}, R1),
        ({S: silent(), R1: info(2), R2: follows(3, 2)}, R1),
        ({S: None, R1: info(2, read_only=True)}, None),
        ({R1: info(2)}, None),
        ({S: None, R1: orphaned(2), R2: orphaned(3)}, None),
    ],
)
def test_who_is_the_source_is_known_by_who_takes_writes(changes: dict, name: str | None) -> None:
    assert source_of({one: said["replication"] for one, said in three(**changes).items()}) == name


def test_an_ejection_needs_the_dead_one_named_and_somebody_left() -> None:
    with pytest.raises(InvalidInput, match="source: None was given"):
        decide("eject", NAMES, three())
    with pytest.raises(InvalidInput, match="replicas"):
        decide("eject", [S], {}, source=S)


@pytest.mark.parametrize(("verb", "option"), [("promote", {"candidate": R2}), ("eject", {"source": S})])
def test_a_replica_without_a_certificate_could_not_come_in_and_stops_the_verb(verb: str, option: dict) -> None:
    words = three(**({S: None, R1: orphaned(2), R2: orphaned(3, "0-1-101")} if verb == "eject" else {}))
    words[R1]["identity"]["subject"] = None
    with pytest.raises(Refused, match="shop-replica-1 could not replicate: address, server_id or certificate is not known"):
        decide(verb, NAMES, words, **option)


# whatever the members say

def _executed(chance: random.Random, engine: str) -> str:
    if engine == "mysql":
        return f"00000001-0000-0000-0000-000000000000:1-{chance.randint(1, 9)}"
    return f"0-1-{chance.randint(1, 9)}" + chance.choice(["", "", ",1-1-3"])


def _anyhow(chance: random.Random) -> dict:
    """Words of two to five members, each in any state that a killed run, a crash or a hand may have left."""
    engine, found = chance.choice(["mariadb", "mysql"]), {}
    for number in range(1, chance.randint(3, 6)):
        source = chance.choice([None, 1, 1, 1, 2])
        executed = _executed(chance, engine)
        if source in (None, number):
            one = info(number, executed, engine, read_only=chance.random() < 0.5)
        else:
            one = replica(number, executed, engine, link={
                "host": f"10.0.0.{source}", "server_id": source, "answers": chance.choice([False, False, False, True]),
                "retrieved": _executed(chance, engine), "sql_error": chance.choice(["", "", "", "duplicate"]),
            })  # fmt: skip
        if chance.random() < 0.9:
            found[f"db{number}"] = word(number, silent() if chance.random() < 0.1 else one)
    return found


@pytest.mark.parametrize("verb", ["replicate", "detach", "promote", "eject"])
def test_whatever_the_members_say_nobody_unknown_is_told_and_nothing_is_lost(verb: str) -> None:
    chance, done = random.Random(verb), 0
    for _seed in range(3000):
        words = _anyhow(chance)
        names = [f"db{number}" for number in range(1, 6) if f"db{number}" in words or chance.random() < 0.3] or ["db1"]
        one = chance.choice(names)
        try:
            plan = decide(verb, names, words, source=one, candidate=one, leaving=[one])
        except TroveError:
            continue
        done += 1
        _check(verb, one, words, plan)
    assert done > 50, "the generator makes too little that is allowed"


def _check_left(name: str, words: dict, heads: set) -> None:
    """One that is left as it is receives by others from one that replicates from the new source, or is it."""
    by_address = {said["identity"]["address"]: one for one, said in words.items()}
    for _step in words:
        source = words[name]["replication"]["source"]
        name = by_address[source["host"]]
        if name in heads:
            return
    raise AssertionError(f"{name} receives nothing")


def _check(verb: str, one: str, words: dict, plan: dict) -> None:
    up = {name for name, said in words.items() if said["replication"]["reachable"]}
    told = {account["address"] for account in plan["accounts"]}
    assert told <= {words[name]["identity"]["address"] for name in up}
    assert plan["new_source"] not in plan["replicas"]
    moved = set(plan["attach"]) | {plan["old_source"]} - {None}
    assert moved <= (set(plan["replicas"]) if verb != "detach" else set())
    for name in set(plan["replicas"]) - moved if verb != "detach" else ():
        _check_left(name, words, moved | {plan["new_source"]})
    assert all(account["server_id"] and account["subject"] for account in plan["accounts"])
    if verb in ("promote", "eject"):
        assert {plan["new_source"], *plan["replicas"]} <= up
        assert {words[name]["identity"]["address"] for name in plan["replicas"]} == told
    if verb == "eject":
        assert one not in {plan["new_source"], *plan["replicas"]} | up
        new = words[plan["new_source"]]["replication"]
        has = parse(new["engine"], f"{new['executed']},{new['source']['retrieved'] if new['source'] and not new['source']['sql_error'] else ''}")
        for name in plan["replicas"]:
            info_ = words[name]["replication"]
            more = parse(info_["engine"], info_["executed"]) - has
            # one that has taken over before writes between the looks
            more = more if new["source"] else more - more.own(DIALECTS[new["engine"]].writer(new))
            assert info_["source"]["host"] == words[plan["new_source"]]["identity"]["address"] or not more
    if verb == "promote":
        assert plan["old_source"] is None or words[plan["old_source"]]["replication"]["source"] is None
