# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a recovery of replicas refuses, so that no two fork, nobody is left without a writer, and nobody that runs is taken for dead."""

from __future__ import annotations

import random

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.mysql_replication.rules import recovery_checks, topology
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.mysql_replication.rules.dialects import parse
from ansible_collections.stackdb.trove.plugins.module_utils._model.errors import Refused
from ansible_collections.stackdb.trove.tests.unit import replication_builders as build

CONTRACTS = {"a": {"source": None, "writable": True}, "b": {"source": "a", "writable": False}, "c": {"source": "a", "writable": False}}
#: by its contract nobody's replica, and not for writes
LEFT_OUT = {**CONTRACTS, "b": {"source": None, "writable": False}}
U1, U2 = build.UUIDS[1], build.UUIDS[2]
RUNS = ("active", "activating", "reloading", "deactivating", "unknown")


def family(**changes):
    return {"a": build.info(1, "0-1-100"), "b": build.replica(2, "0-1-100"), "c": build.replica(3, "0-1-100"), **changes}


def decide(infos, contracts=None, **options):
    words = {name: build.word(number, of) for number, (name, of) in enumerate(infos.items(), 1) if of is not None}
    return topology.decide("recover", list(infos), words, contracts=CONTRACTS if contracts is None else contracts, **{"tried": True, **options})["recovery"]


def deaf(service="active"):
    """Of a server that may run, and does not answer us."""
    return {**build.silent(), "service": service, "error": "Too many connections"}


CLOSED = build.info(1, "0-1-100", read_only=True)


@pytest.mark.parametrize(
    ("engine", "source", "replica", "text"),
    [
        ("mariadb", "0-1-100", {"executed": "0-1-100,0-2-5000"}, "up to 4900 transactions"),
        ("mysql", f"{U1}:1-100", {"executed": f"{U1}:1-100,{U2}:1-7"}, "7 transactions"),
        # one that was attached again since has a link
        ("mariadb", "0-1-100", {"executed": "0-1-100,0-2-101", "source": build.link()}, "up to 1 transaction"),
    ],
)
def test_a_source_is_not_opened_while_another_one_has_own_transactions(engine, source, replica, text):
    infos = {"a": build.info(1, source, engine, read_only=True), "b": build.info(2, engine=engine, **{"read_only": True, **replica})}
    contracts = {name: CONTRACTS[name] for name in "ab"}
    with pytest.raises(Refused, match=rf"not opened while others have what it has not: b has {text}.*name all who have it in refill"):
        decide(infos, contracts)
    assert decide(infos, contracts, refill=["b"])["opening"] == ["a"]
    # one that takes writes goes on, and nothing is done to the other
    open_source = {**infos, "a": {**infos["a"], "read_only": False}}
    assert decide(open_source, contracts)["acts"] == {"b": "refused"}


def test_a_source_is_not_opened_beside_one_that_takes_writes_against_its_contract():
    writer = build.replica(2, "0-1-100", read_only=False)
    for options in ({}, {"refill": ["b"]}):
        with pytest.raises(Refused, match="not opened beside b"):
            decide(family(a=CLOSED, b=writer), **options)
    assert decide(family(a=CLOSED, b=writer), {**CONTRACTS, "b": {"source": "a", "writable": True}})["opening"] == ["a"]


def test_a_source_is_not_opened_beside_one_of_another_engine():
    with pytest.raises(Refused, match="b cannot be asked"):
        decide(family(a=CLOSED, b=build.replica(2, f"{U1}:1-5", "mysql")))


@pytest.mark.parametrize(
    ("engine", "top", "retrieved", "count"), [("mariadb", "0-1-100", "0-1-120", "up to 20"), ("mysql", f"{U1}:1-100", f"{U1}:90-120", "20")]
)
@pytest.mark.parametrize("threads", [{}, {"io_running": "No", "sql_running": "No"}])
def test_what_was_received_and_not_applied_counts(engine, top, retrieved, count, threads):
    behind = build.replica(2, top, engine, link={"retrieved": retrieved, **threads})
    infos = {"a": build.info(1, top, engine, read_only=True), "b": behind, "c": build.replica(3, top, engine)}
    for tried in (True, False):
        with pytest.raises(Refused, match=f"b has {count} transactions .*replica_eject"):
            decide(infos, tried=tried)
    assert decide(infos, refill=["b"])["acts"]["b"] == "refill"
    with pytest.raises(Refused, match=f"b has {count} transactions"):
        decide({**infos, "a": {**infos["a"], "read_only": False}})


@pytest.mark.parametrize(
    ("source", "text"),
    [
        (None, "a: it says nothing"),
        (build.silent(), r"a: its server does not answer \(inactive"),
        (CLOSED, "b has 0-2-130 that a lacks, and a has nothing that b lacks"),
        (build.info(1, "0-1-110", read_only=True, source=build.link(2)), "b has 0-2-130 that a lacks, and a has 0-1-110 that b lacks"),
        (build.info(1, "0-1-110", source=build.link(2)), "b has 0-2-130 that a lacks"),
    ],
)
def test_nobody_that_replicates_by_its_contract_is_fenced_where_the_source_takes_no_writes(source, text):
    infos = family(a=source, b=build.info(2, "0-1-100,0-2-130"))
    with pytest.raises(Refused, match=rf"no instance is fenced.*{text}.*replica_promote, replica_eject, replica_topology") as caught:
        decide(infos, tried=False)
    assert "Nothing is changed by this" in caught.value.message
    # one that was left out may be
    if source is not CLOSED:
        assert decide(infos, LEFT_OUT, tried=False)["fencing"] == ["b"]
    assert decide({**infos, "a": build.info(1, "0-1-100")}, tried=False)["fencing"] == ["b"]


@pytest.mark.parametrize("service", RUNS)
def test_a_source_that_runs_and_does_not_answer_is_not_taken_for_down(service):
    with pytest.raises(Refused, match="runs .* and does not answer: Too many connections.*Nothing is changed"):
        decide(family(a=deaf(service)), tried=False)
    with pytest.raises(Refused, match="does not answer"):
        decide(family(a=deaf(service)))


@pytest.mark.parametrize("service", RUNS)
@pytest.mark.parametrize("tried", [True, False])
def test_a_replica_that_runs_and_does_not_answer_keeps_its_data_though_it_is_named(service, tried):
    found = decide(family(b=deaf(service)), tried=tried, refill=["b"])
    assert (found["starting"], found["acts"]["b"], found["destroyed"]) == ([], "refused", {})
    assert "it runs and does not answer (Too many connections)" in found["refused"]["b"]


@pytest.mark.parametrize("service", ["inactive", "failed"])
def test_what_ended_is_started_and_refilled_where_it_is_named(service):
    assert decide(family(b=deaf(service)), tried=False)["starting"] == ["b"]
    assert decide(family(b=deaf(service)), refill=["b"])["acts"]["b"] == "refill"


def test_of_a_source_that_takes_writes_nobody_is_ahead_before_it_was_asked_last():
    ahead = family(b=build.replica(2, "0-1-105"))
    assert decide(ahead, tried=False)["starting"] == []
    with pytest.raises(Refused, match=r"b has up to 5 transactions \(0-1-105\).*But for servers that were started"):
        decide(ahead)
    with pytest.raises(Refused, match=r"b has up to 5 transactions \(0-1-105\).* Nothing is changed by this\. To keep them, stop the server of a"):
        decide({**ahead, "a": CLOSED}, tried=False)


@pytest.mark.parametrize("seed", range(200))
def test_of_generated_situations_a_source_is_opened_alone_and_nobody_is_fenced_in_doubt(seed):
    draw = random.Random(seed)

    def member(number):
        if draw.random() < 0.15:
            return draw.choice([None, build.silent(), deaf(draw.choice(RUNS)), build.replica(number, f"{U1}:1-3", "mysql")])
        executed = draw.choice(["0-1-100", "0-1-90", f"0-1-100,0-{number}-101"])
        read_only = draw.random() < 0.75
        if draw.random() < 0.4:
            return build.info(number, executed, read_only=read_only)
        return build.replica(number, executed, read_only=read_only, link={"retrieved": draw.choice(["", "0-1-100", "0-1-103"])})

    infos = family(a=draw.choice([CLOSED, build.info(1, "0-1-100"), member(1)]), b=member(2), c=member(3))
    contracts = {name: {**wanted, "source": draw.choice([wanted["source"], None])} if name != "a" else wanted for name, wanted in CONTRACTS.items()}
    tried, refill = draw.random() < 0.6, [name for name in "bc" if draw.random() < 0.2]
    try:
        found = decide(infos, contracts, tried=tried, refill=refill)
    except Refused:
        return
    for name in "bc":
        info, act = infos[name], found["acts"][name]
        if found["opening"]:
            assert info
            assert act == "refill" or (info["reachable"] and info["read_only"]), name
            if act != "refill":
                assert not recovery_checks.has(info) - parse("mariadb", "0-1-100"), name
        if name in found["fencing"] and contracts[name]["source"] and not tried:
            assert infos["a"]["read_only"] is False, name
            assert infos["a"]["source"] is None, name
        if act == "refill":
            assert name in refill, name
    assert all(infos[name]["service"] in ("inactive", "failed") for name in found["starting"])
