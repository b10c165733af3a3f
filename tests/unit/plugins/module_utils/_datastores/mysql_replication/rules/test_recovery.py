# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is done to a source and its replicas after an outage, by contracts and words that are made up, and by generated ones."""

from __future__ import annotations

import random

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.mysql_replication.rules import recovery, recovery_words, topology
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.mysql_replication.rules.gtid import MariaDbGtids, MySqlGtids
from ansible_collections.stackdb.trove.plugins.module_utils._model.errors import InvalidInput, Refused
from ansible_collections.stackdb.trove.tests.unit import replication_builders as build

CONTRACTS = {"a": {"source": None, "writable": True}, "b": {"source": "a", "writable": False}, "c": {"source": "a", "writable": False}}
U1, U2 = build.UUIDS[1], build.UUIDS[2]


def healthy(executed="0-1-100"):
    return {"a": build.info(1, executed), "b": build.replica(2, executed), "c": build.replica(3, executed)}


def decide(infos, contracts=None, **options):
    words = {name: build.word(number, of) for number, (name, of) in enumerate(infos.items(), 1) if of is not None}
    return topology.decide("recover", list(infos), words, contracts=CONTRACTS if contracts is None else contracts, **{"tried": True, **options})


def acts(*arguments, **options):
    return decide(*arguments, **options)["recovery"]["acts"]


def why(found, name):
    return found["recovery"]["refused"][name]


def test_where_nothing_is_wrong_nothing_is_done():
    found = decide(healthy())
    shown = found["recovery"]
    assert (shown["starting"], shown["fencing"], shown["opening"], shown["refused"]) == ([], [], [], {})
    assert shown["acts"] == {"b": "none", "c": "none"}
    assert (found["source"], found["order"], found["attach"], found["replicas"]) == ("a", ["b", "c"], [], [])
    assert "a: the source; it takes writes, replicates from no source, has 0-1-100\n  -> left as it is\n" in shown["text"]


@pytest.mark.parametrize(
    ("link", "act"),
    [
        ({"io_running": "No"}, "start"),
        ({"sql_running": "No"}, "start"),
        ({"io_running": "Connecting", "io_errno": 1045, "io_error": "Access denied"}, "start"),
        ({"io_running": "Connecting", "io_errno": 2026, "io_error": "SSL connection error"}, "start"),
        ({"io_running": "Connecting", "io_errno": 2003, "io_error": "Can't connect"}, "start"),
        ({"sql_running": "No", "sql_errno": 1594, "sql_error": "Relay log read failure"}, "refetch"),
        ({"sql_running": "No", "sql_errno": 1062, "sql_error": "Duplicate entry"}, "refused"),
        ({"sql_running": "No", "sql_errno": 1114, "sql_error": "The table is full"}, "refused"),
        ({"host": "10.0.0.3"}, "attach"),
        ({"host": "10.9.9.9"}, "attach"),
        ({"host": "10.0.0.3", "sql_running": "No", "sql_errno": 1062, "sql_error": "of another source"}, "attach"),
    ],
)
def test_a_broken_link_is_healed_or_refused_by_its_cause(link, act):
    found = decide({**healthy(), "b": build.replica(2, "0-1-90", link=link)})
    assert found["recovery"]["acts"] == {"b": act, "c": "none"}
    assert found["attach"] == ([] if act == "refused" else ["b"])


def test_rows_that_differ_are_healed_by_a_copy_where_the_replica_is_named_and_by_nothing_else():
    infos = {**healthy(), "b": build.replica(2, "0-1-90", link={"sql_running": "No", "sql_errno": 1032, "sql_error": "Can't find record in 'orders'"})}
    assert "1032: Can't find record" in why(decide(infos), "b")
    assert "trove_refill" in why(decide(infos), "b")
    found = decide(infos, refill=["b"])
    assert (found["recovery"]["acts"]["b"], found["replicas"], found["recovery"]["refused"]) == ("refill", ["b"], {})
    assert "ITS DATA ARE SET ASIDE" in found["recovery"]["text"]


def test_one_that_can_be_healed_keeps_its_data_though_it_is_named():
    assert acts(healthy(), refill=["b"]) == {"b": "none", "c": "none"}
    assert acts({**healthy(), "b": build.replica(2, "0-1-90", link={"io_running": "No"})}, refill=["b"])["b"] == "start"


def test_logs_that_were_purged_count_where_they_are_needed():
    purged = {**healthy(), "a": build.info(1, "0-1-100", purged="0-1-95")}
    late = {"io_running": "No"}
    assert acts({**purged, "b": build.replica(2, "0-1-95", link=late)})["b"] == "start"
    found = decide({**purged, "b": build.replica(2, "0-1-94", link=late)})
    assert "begin after 0-1-95" in why(found, "b")
    # one that receives has them already
    assert acts({**purged, "b": build.replica(2, "0-1-94", link={"retrieved": "0-1-100"})})["b"] == "none"
    # but not where what it has received cannot be read
    broken = {"sql_running": "No", "sql_errno": 1594, "sql_error": "Relay log read failure"}
    assert acts({**purged, "b": build.replica(2, "0-1-94", link=broken)})["b"] == "refused"


@pytest.mark.parametrize(
    ("engine", "source", "replica", "count", "gtids"),
    [
        ("mariadb", "0-1-100", "0-1-100,0-2-103", "up to 3 transactions", "0-2-103"),
        ("mariadb", "0-1-100", "0-1-100,0-2-101", "up to 1 transaction", "0-2-101"),
        ("mysql", f"{U1}:1-100", f"{U1}:1-100,{U2}:1-7:9", "8 transactions", f"{U2}:1-7:9"),
    ],
)
def test_own_transactions_are_counted_and_shown(engine, source, replica, count, gtids):
    infos = {"a": build.info(1, source, engine), "b": build.replica(2, replica, engine), "c": build.replica(3, source, engine)}
    found = decide(infos)
    assert f"it has {count} ({gtids}) that a does not have" in why(found, "b")
    assert found["recovery"]["acts"]["c"] == "none"
    assert f"Lost: {count} ({gtids})" in decide(infos, refill=["b"])["recovery"]["text"]


@pytest.mark.parametrize("writable", [True, False])
@pytest.mark.parametrize(
    ("engine", "source", "replica", "count"), [("mariadb", "0-1-100", "0-1-120", "up to 20"), ("mysql", f"{U1}:1-100", f"{U1}:1-120", "20")]
)
def test_a_source_that_lacks_what_a_replica_has_received_from_it_is_refused_with_the_numbers(engine, source, replica, count, writable):
    infos = {"a": build.info(1, source, engine, read_only=not writable), "b": build.replica(2, source, engine), "c": build.replica(3, replica, engine)}
    with pytest.raises(Refused, match=rf"c has {count} transactions .*stop the server of a, and run stackdb.trove.replica_eject"):
        decide(infos)
    # they may be given up by name
    assert acts(infos, refill=["c"])["c"] == "refill"


def test_a_source_is_opened_when_nobody_has_more_and_stays_closed_while_one_cannot_be_asked():
    closed = {**healthy(), "a": build.info(1, "0-1-100", read_only=True), "b": build.replica(2, "0-1-80")}
    assert decide(closed)["recovery"]["opening"] == ["a"]
    for unknown in (None, build.silent()):
        with pytest.raises(Refused, match="b cannot be asked whether more was acknowledged"):
            decide({**closed, "b": unknown})
    assert decide({**closed, "b": build.silent()}, refill=["b"])["recovery"]["opening"] == ["a"]


def test_first_who_is_down_is_started_and_who_takes_writes_is_fenced():
    infos = {"a": build.silent(), "b": build.silent(), "c": build.info(3, "0-1-100")}
    found = decide(infos, {**CONTRACTS, "c": {"source": None, "writable": False}}, tried=False)
    shown = found["recovery"]
    assert (shown["starting"], shown["fencing"], shown["opening"]) == (["a", "b"], ["c"], [])
    assert set(shown["acts"].values()) == {"wait"}
    assert shown["replicating"] == {"a": False, "b": True, "c": False}
    assert "c: a replica of a; it takes writes, replicates from no source, has 0-1-100" in shown["text"]
    shown = decide({**infos, "a": build.info(1, "0-1-100")}, tried=False)["recovery"]
    assert (shown["starting"], shown["fencing"]) == (["b"], ["c"])


def test_one_whose_server_does_not_start_is_refused_or_gets_a_copy_and_the_others_are_healed():
    infos = {**healthy(), "b": build.silent(), "c": build.replica(3, "0-1-90", link={"io_running": "No"})}
    found = decide(infos)
    assert found["recovery"]["acts"] == {"b": "refused", "c": "start"}
    assert "does not start" in why(found, "b")
    assert acts(infos, refill=["b"])["b"] == "refill"


def test_one_without_a_word_is_no_reason_to_leave_the_others():
    found = decide({**healthy(), "b": None})
    assert found["recovery"]["acts"] == {"b": "refused", "c": "none"}
    assert found["silent"] == ["b"]


@pytest.mark.parametrize(("source", "text"), [(None, "its host cannot be reached"), (build.silent(), "its server does not start")])
def test_without_the_source_nothing_is_done_and_the_ejection_is_named(source, text):
    with pytest.raises(Refused, match=f"{text}.*replica_eject"):
        decide({**healthy(), "a": source})


def test_a_source_that_replicates_is_left_to_the_promotion_that_made_it_so():
    with pytest.raises(Refused, match="replicates from 10.0.0.2.*replica_promote once more"):
        decide({**healthy(), "a": build.info(1, "0-1-100", read_only=True, source=build.link(2))})


#: a was ejected, b took its place
EJECTED = {"a": {"source": None, "writable": False}, "b": {"source": None, "writable": True}, "c": {"source": "b", "writable": False}}


@pytest.mark.parametrize(("executed", "act"), [("0-1-100", "attach"), ("0-1-105", "refused")])
def test_a_source_that_came_back_is_fenced_and_attached_where_it_has_nothing_of_its_own(executed, act):
    new = {"b": build.info(2, "0-1-100,0-2-150"), "c": build.replica(3, "0-1-100,0-2-150", link={"host": "10.0.0.2", "server_id": 2})}
    assert decide({"a": build.info(1, executed), **new}, EJECTED, tried=False)["recovery"]["fencing"] == ["a"]
    found = decide({"a": build.info(1, executed, read_only=True), **new}, EJECTED)
    assert found["recovery"]["acts"] == {"a": act, "c": "none"}
    assert found["recovery"]["sources"] == {"a": "b", "c": "b"}
    # nobody gets an account by which it does not come
    assert len(found["accounts"]) == (1 if act == "refused" else 2)
    if act == "refused":
        assert "it has up to 5 transactions (0-1-105) that b does not have" in why(found, "a")
        assert acts({"a": build.info(1, executed, read_only=True), **new}, EJECTED, refill=["a"])["a"] == "refill"


def test_one_that_takes_writes_again_after_it_was_fenced_is_refused():
    assert "another program or user has set it writable" in why(decide({**healthy(), "b": build.replica(2, "0-1-100", read_only=False)}), "b")


def test_a_replica_that_may_take_writes_by_its_contract_is_no_source_that_came_back():
    contracts = {**CONTRACTS, "b": {"source": "a", "writable": True}}
    infos = {**healthy(), "b": build.replica(2, "0-1-100", read_only=False)}
    assert decide(infos, contracts)["recovery"]["fencing"] == []
    assert acts(infos, contracts) == {"b": "none", "c": "none"}


@pytest.mark.parametrize(
    ("contracts", "text"),
    [
        ({name: {"source": None, "writable": True} for name in "abc"}, "a and b and c are sources by their contracts"),
        ({name: {"source": None, "writable": False} for name in "abc"}, "none of the members is a source"),
        ({}, "none of the members is a source"),
    ],
)
def test_where_it_is_not_known_who_the_source_is_the_evidence_of_each_is_shown(contracts, text):
    infos = {"a": build.info(1, "0-1-100"), "b": build.info(2, "0-1-100,0-2-104"), "c": build.silent()}
    with pytest.raises(Refused) as caught:
        decide(infos, contracts)
    assert text in caught.value.message
    assert "it takes writes, replicates from no source, has 0-1-100; b: it takes writes, replicates from no source, has 0-1-100,0-2-104" in caught.value.message
    assert decide(infos, {}, source="a", tried=False)["recovery"]["fencing"] == ["b"]


def test_a_source_that_is_given_beside_contracts_is_the_one_that_they_name():
    assert decide(healthy(), source="a")["source"] == "a"
    for contracts in ({**CONTRACTS, "a": {"source": None, "writable": False}}, {**CONTRACTS, "b": {"source": None, "writable": True}}):
        with pytest.raises(InvalidInput, match="source"):
            decide(healthy(), contracts, source="a")


def test_contracts_in_a_circle_are_left_to_the_verb_that_makes_rings():
    circle = {"a": {"source": "c", "writable": True}, "b": {"source": "a", "writable": True}, "c": {"source": "b", "writable": True}}
    with pytest.raises(Refused, match="a, b, c replicate from each other.*replica_topology"):
        decide(healthy(), circle)


def test_a_chain_is_healed_from_the_top_down():
    contracts = {"a": {"source": "b", "writable": False}, "b": {"source": "c", "writable": False}, "c": {"source": None, "writable": True}}
    infos = {"a": build.replica(1, "0-3-90", link={"host": "10.0.0.3"}), "b": build.info(2, "0-3-95", read_only=True), "c": build.info(3, "0-3-100")}
    found = decide(infos, contracts)
    assert (found["source"], found["order"]) == ("c", ["b", "a"])
    assert found["recovery"]["acts"] == {"b": "attach", "a": "attach"}
    assert found["recovery"]["sources"] == {"a": "b", "b": "c"}
    with pytest.raises(Refused, match="a replicate from b, and could not go on"):
        decide(infos, contracts, refill=["b"])


def test_names_and_contracts_that_nobody_has_are_refused():
    for options in ({"refill": ["x"]}, {"refill": ["a"]}, {"contracts": {**CONTRACTS, "x": CONTRACTS["b"]}}, {"contracts": {}, "source": "x"}, {"source": "b"}):
        with pytest.raises(InvalidInput):
            decide(healthy(), **options)
    with pytest.raises(Refused, match="b from gone"):
        decide(healthy(), {**CONTRACTS, "b": {"source": "gone", "writable": False}})


def test_a_server_of_the_other_engine_is_refused():
    assert "is mysql" in why(decide({**healthy(), "b": build.replica(2, f"{U1}:1-5", "mysql")}), "b")


LINKS = ({}, {"io_running": "No"}, {"sql_running": "No", "sql_errno": 1594, "sql_error": "Relay log read failure"}, {"host": "10.0.0.3"},
         {"sql_running": "No", "sql_errno": 1062, "sql_error": "Duplicate"}, {"io_running": "Connecting", "io_errno": 1045, "io_error": "denied"})  # fmt: skip


@pytest.mark.parametrize("seed", range(300))
def test_of_generated_situations_nothing_is_lost_that_was_not_named(seed):
    """Who is healed has nothing that the source lacks, and the source has still all that it needs; who is refilled was named; who is opened lacks nothing."""
    draw = random.Random(seed)
    engine = draw.choice(["mariadb", "mysql"])

    def some(own=0):
        first = draw.randint(80, 102)
        if engine == "mysql":
            return f"{U1}:1-{first}" + (f",{build.UUIDS[own]}:1-{draw.randint(1, 3)}" if own and draw.random() < 0.3 else "")
        return f"0-1-{first}" + (f",0-{own}-{first + draw.randint(1, 3)}" if own and draw.random() < 0.3 else "")

    def member(number):
        if draw.random() < 0.1:
            return draw.choice([None, build.silent()])
        if draw.random() < 0.2:
            return build.info(number, some(number), engine, read_only=draw.random() < 0.7)
        return build.replica(number, some(number), engine, link=draw.choice(LINKS))

    purged = f"{U1}:1-{draw.randint(70, 95)}" if engine == "mysql" else f"0-1-{draw.randint(70, 95)}"
    top = f"{U1}:1-100" if engine == "mysql" else "0-1-100"
    infos = {"a": build.info(1, top, engine, purged=purged, read_only=draw.random() < 0.3), "b": member(2), "c": member(3)}
    refill = [name for name in "bc" if draw.random() < 0.3]
    try:
        found = decide(infos, refill=refill)
    except Refused:
        return
    parse = MySqlGtids.parse if engine == "mysql" else MariaDbGtids.parse
    for name, act in found["recovery"]["acts"].items():
        info = infos[name]
        if act == "refill":
            assert name in refill
        if act in ("start", "attach", "refetch", "none"):
            assert info
            assert not parse(info["executed"]) - parse(top), name
        if act in ("attach", "refetch"):
            assert parse(info["executed"]).reaches(parse(purged)), name
        if act == "refused":
            assert found["recovery"]["refused"][name]
        if found["recovery"]["opening"] and act != "refill":
            assert info
            assert info["reachable"]
    assert set(found["replicas"]) <= set(refill)


def test_what_goes_with_a_copy_and_the_words_of_who_says_nothing():
    assert recovery_words.dataset(build.info(1, data_bytes=2**30))["dataset_size"] == 1.0
    assert recovery.recover.__doc__
