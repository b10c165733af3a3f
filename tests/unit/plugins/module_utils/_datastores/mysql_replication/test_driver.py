# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the driver of instances with replicas allows by the members' words, and each way in which it does not."""

from __future__ import annotations

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._datastores import registry
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.mysql_replication.driver import MariaDBReplication, MySQLReplication
from ansible_collections.stackdb.trove.plugins.module_utils._model.errors import InvalidInput
from ansible_collections.stackdb.trove.plugins.module_utils._model.evidence import CONTRACT, SERVE, UNTOUCHED, Act, read
from ansible_collections.stackdb.trove.tests.unit.replication_builders import facts, info, replica, silent, word

DRIVER = registry.of_instance("mariadb")
S, R1, R2 = "shop", "shop-replica-1", "shop-replica-2"
ADDRESSES = {S: "10.0.0.1", R1: "10.0.0.2", R2: "10.0.0.3"}
GONE = {"silent": "it is unreachable: no route to host"}


def said(moment: str, members: dict, **infos: dict) -> dict:
    """Words of a round, of healthy members unless an info, or GONE, is given for one."""
    healthy = {S: info(1, "0-1-100"), R1: replica(2, "0-1-100"), R2: replica(3, "0-1-100")}
    found = {**healthy, **infos}
    data = {
        name: found[name] if "silent" in found[name] else {"said": word(int(address[-1]), found[name], asked=f"run/verb/1/{moment}")}
        for name, address in ADDRESSES.items()
    }
    return read(data, members)


def follows(number: int, source: int, **of_link: str) -> dict:
    return replica(number, "0-1-100", link={"host": f"10.0.0.{source}", **of_link})


def no(found: list, *says: str) -> bool:
    """Whether it is refused, and all that is said is in the refusals."""
    return bool(found) and all(any(one in sentence for sentence in found) for one in says)


# SERVE

@pytest.mark.parametrize("engine", ["mariadb", "mysql"])
def test_a_source_that_takes_writes_and_replicas_that_replicate_serve(engine: str) -> None:
    healthy = {S: info(1, "", engine), R1: replica(2, "", engine), R2: replica(3, "", engine)}
    words = said("after", ADDRESSES, **healthy)
    assert registry.of_instance(engine).allows(Act(SERVE, ADDRESSES), words, words) == []


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({S: GONE}, "shop is silent: it is unreachable"),
        ({S: dict(silent(), service="active")}, "shop does not serve: it does not answer: Can't connect"),
        ({R1: silent()}, "shop-replica-1 does not serve: its service is inactive"),
        ({R1: dict(silent(), service="failed", error=None)}, "shop-replica-1 does not serve: its service is failed"),
        ({R1: replica(2, "", link={"sql_running": "No", "sql_error": "1062"})}, "shop-replica-1 does not serve: it does not apply (No): 1062"),
        ({R1: replica(2, "", link={"io_running": "Connecting"})}, "shop-replica-1 does not serve: it does not receive (Connecting)"),
        ({R2: replica(3, "", link={"io_running": "No", "sql_running": "No"})}, "shop-replica-2 does not serve"),
        ({S: info(1, "", read_only=True)}, "shop is read-only and replicates from no source, so no client can write"),
    ],
)
def test_a_member_that_does_not_serve_keeps_the_task_from_its_end(changes: dict, says: str) -> None:
    assert no(DRIVER.allows(Act(SERVE, ADDRESSES), {}, said("after", ADDRESSES, **changes)), says)


def test_a_contract_may_say_that_nobody_writes() -> None:
    act = Act(SERVE, {S: "10.0.0.1"}, contracts={S: {"source": None, "writable": False}})
    assert DRIVER.allows(act, {}, said("after", act.members, **{S: info(1, read_only=True)})) == []


def test_a_replica_that_joins_need_not_serve_before() -> None:
    before = said("before", ADDRESSES, **{R2: silent()})
    assert DRIVER.allows(Act(SERVE, ADDRESSES, joining=(R2,)), before, {}) == []
    assert no(DRIVER.allows(Act(SERVE, ADDRESSES), before, {}), "shop-replica-2 does not serve")


# CONTRACT

DETACHED = {S: {"source": None, "writable": True}, R1: {"source": S, "writable": False}, R2: {"source": None, "writable": True}}
PROMOTED = {S: {"source": R1, "writable": False}, R1: {"source": None, "writable": True}, R2: {"source": R1, "writable": False}}
EJECTED = {S: {"source": None, "writable": False}, R1: {"source": None, "writable": True}, R2: {"source": R1, "writable": False}}
LEFT = {R1: "10.0.0.2", R2: "10.0.0.3"}
AFTER = {
    "detached": (ADDRESSES, DETACHED, {R2: info(3)}),
    "promoted": (ADDRESSES, PROMOTED, {S: follows(1, 2), R1: info(2), R2: follows(3, 2)}),
    "ejected": (LEFT, EJECTED, {S: GONE, R1: info(2), R2: follows(3, 2)}),
}


def proven(change: str, **other: dict) -> list:
    members, contracts, infos = AFTER[change]
    return DRIVER.allows(Act(CONTRACT, members, contracts=contracts), {}, said("after", members, **{**infos, **other}))


@pytest.mark.parametrize("change", AFTER)
def test_links_that_are_as_the_contracts_say_prove_them(change: str) -> None:
    assert proven(change) == []


@pytest.mark.parametrize(
    ("change", "other", "says"),
    [
        ("detached", {R2: replica(3, "")}, "shop-replica-2 replicates from 10.0.0.1, and by the contract from no source"),
        ("detached", {R2: info(3, read_only=True)}, "shop-replica-2 does not take writes, and by the contract"),
        ("detached", {R1: info(2)}, "shop-replica-1 replicates from no source, and by the contract from shop"),
        ("detached", {R1: replica(2, "", read_only=False)}, "shop-replica-1 takes writes, and by the contract"),
        ("detached", {S: GONE}, "shop is silent"),
        ("promoted", {S: info(1, read_only=True)}, "shop replicates from no source, and by the contract from shop-replica-1"),
        ("promoted", {S: info(1)}, "shop takes writes, and by the contract"),
        ("promoted", {R1: info(2, read_only=True)}, "shop-replica-1 does not take writes"),
        ("promoted", {R1: replica(2, "")}, "shop-replica-1 replicates from 10.0.0.1, and by the contract from no source"),
        ("promoted", {R2: replica(3, "")}, "shop-replica-2 replicates from 10.0.0.1, and by the contract from shop-replica-1"),
        ("promoted", {S: follows(1, 2, io_running="No")}, "shop does not serve"),
        ("promoted", {S: GONE}, "shop is silent"),
        ("promoted", {S: silent()}, "shop does not serve"),
        ("ejected", {R1: replica(2, "", link={"io_running": "Connecting"})}, "shop-replica-1 does not serve: it does not receive"),
        ("ejected", {R2: replica(3, "", link={"io_running": "Connecting"})}, "shop-replica-2 does not serve: it does not receive"),
        ("ejected", {R1: info(2, read_only=True)}, "shop-replica-1 is read-only and replicates from no source"),
        ("ejected", {R2: GONE}, "shop-replica-2 is silent"),
    ],
)
def test_a_link_that_is_not_as_the_contract_says_proves_nothing(change: str, other: dict, says: str) -> None:
    assert no(proven(change, **other), says)


@pytest.mark.parametrize(
    ("members", "words"),
    [
        (LEFT, {S: GONE, R1: replica(2, "", link={"io_running": "Connecting"}), R2: replica(3, "", link={"io_running": "Connecting"})}),
        (LEFT, {S: GONE, R1: info(2, read_only=True), R2: replica(3, "", link={"io_running": "Connecting"})}),
        (ADDRESSES, {S: info(1, read_only=True), R1: replica(2, "", link={"io_running": "No", "sql_running": "No"})}),
        (ADDRESSES, {S: info(1, read_only=True), R1: info(2)}),
    ],
    ids=["the source is dead", "an ejection was killed", "a promotion was killed", "a promotion was killed later"],
)
def test_links_that_are_to_be_changed_need_not_run_before(members: dict, words: dict) -> None:
    assert DRIVER.allows(Act(CONTRACT, members, contracts=EJECTED), said("before", members, **words), {}) == []


@pytest.mark.parametrize(("word_", "says"), [(GONE, "shop-replica-2 is silent"), (silent(), "shop-replica-2 does not serve: its service is inactive")])
def test_every_member_has_to_answer_before_links_are_changed(word_: dict, says: str) -> None:
    assert no(DRIVER.allows(Act(CONTRACT, LEFT, contracts=EJECTED), said("before", LEFT, **{S: GONE, R2: word_}), {}), says)


# UNTOUCHED

def untouched(before: dict, after: dict) -> list:
    return DRIVER.allows(Act(UNTOUCHED, ADDRESSES), said("before", ADDRESSES, **before), said("after", ADDRESSES, **after))


def test_all_is_as_it_was_also_where_something_was_down_or_a_link_tries_to_connect() -> None:
    assert untouched({}, {}) == []
    assert untouched({S: silent()}, {S: silent(), R1: replica(2, "", link={"io_running": "Connecting", "io_error": "no route", "lag": None})}) == []


@pytest.mark.parametrize(
    ("before", "after", "says"),
    [
        ({}, {R1: info(2)}, "shop-replica-1 was server 2, read-only, replicating from 10.0.0.1, and is server 2, writable, replicating from no source"),
        ({}, {S: info(1, read_only=True)}, "and is server 1, read-only"),
        ({}, {R2: follows(3, 2)}, "and is server 3, read-only, replicating from 10.0.0.2"),
        ({}, {R1: replica(2, "", link={"io_running": "No", "sql_running": "No"})}, "not receiving, not applying"),
        ({}, {R1: replica(2, "", server_id=9)}, "and is server 9"),
        ({}, {S: silent()}, "and is down"),
        ({}, {S: GONE}, "shop is silent"),
        ({S: GONE}, {}, "shop was silent"),
    ],
)
def test_what_is_not_as_it_was_is_named(before: dict, after: dict, says: str) -> None:
    assert no(untouched(before, after), says)


def test_who_was_not_asked_before_may_have_been_changed() -> None:
    act = Act(UNTOUCHED, ADDRESSES)
    assert no(DRIVER.allows(act, {}, said("after", ADDRESSES)), "shop was not asked, and is server 1")


# An ejection

def test_only_an_ejection_takes_its_source_for_dead() -> None:
    assert {verb: DRIVER.excused(verb, S) for verb in DRIVER.verbs if DRIVER.excused(verb, S)} == {"replica_eject": [S]}


@pytest.mark.parametrize(
    ("infos", "successor"),
    [
        ({R1: info(2), R2: follows(3, 2)}, R1),
        # nobody has taken over yet, and two that both take writes are no answer
        ({R1: follows(2, 1), R2: follows(3, 1)}, None),
        ({R1: info(2), R2: info(3)}, None),
        ({R1: info(2), R2: GONE}, R1),
        ({R1: GONE, R2: GONE}, None),
    ],
)
def test_the_successor_of_a_dead_source_is_the_one_that_takes_writes(infos: dict, successor: str | None) -> None:
    words = said("after", ADDRESSES, **infos)
    assert DRIVER.successor({name: words[name] for name in (R1, R2)}) == successor


@pytest.mark.parametrize(
    ("of_source", "returned"),
    [(info(1), [S]), (info(1, read_only=True), []), (silent(), []), (dict(silent(), read_only=False), []), (GONE, [])],
)
def test_a_dead_source_has_returned_when_it_takes_writes(of_source: dict, returned: list) -> None:
    assert DRIVER.returned({S: said("after", ADDRESSES, **{S: of_source})[S]}) == returned


# A restart

ALL_SERVE = Act(SERVE, ADDRESSES)


def test_a_source_is_restarted_with_its_replicas_and_that_is_said() -> None:
    words = said("before", ADDRESSES)
    found = DRIVER.may_go_down(ALL_SERVE, S, words)
    assert found.refusals == ()
    assert "no client can write to shop while it is down, and shop-replica-1, shop-replica-2 connect again" in found.risks[0]
    assert DRIVER.may_go_down(ALL_SERVE, R1, words).risks == ()


def test_commits_wait_for_the_only_replica_that_acknowledges_them() -> None:
    infos = {S: info(1, facts=facts(waits=True)), R1: replica(2, "", facts=facts(acknowledges=True))}
    words = said("before", ADDRESSES, **infos)
    assert "shop-replica-1 alone acknowledges the commits of shop" in DRIVER.may_go_down(ALL_SERVE, R1, words).risks[0]
    assert DRIVER.may_go_down(ALL_SERVE, R2, words).risks == ()
    both = said("before", ADDRESSES, **{**infos, R2: replica(3, "", facts=facts(acknowledges=True))})
    assert DRIVER.may_go_down(ALL_SERVE, R1, both).risks == ()


def test_a_replica_with_replicas_is_no_source_that_clients_would_miss() -> None:
    """In the middle of a chain."""
    found = DRIVER.may_go_down(ALL_SERVE, R1, said("before", ADDRESSES, **{R2: follows(3, 2)}))
    assert found.refusals == ()
    assert found.risks == ("nothing reaches the replicas of shop-replica-1 while it is down, and shop-replica-2 connect again when it is back",)


def test_a_member_of_a_ring_is_a_source_that_clients_would_miss() -> None:
    infos = ring()
    found = DRIVER.may_go_down(ALL_SERVE, R1, said("before", ADDRESSES, **infos))
    assert found.refusals == ()
    assert found.risks == (
        "no client can write to shop-replica-1 while it is down, and nothing comes round the ring, and shop-replica-2 connect again when it is back",
    )
    infos[R2]["source"]["io_running"] = "No"
    assert DRIVER.may_go_down(ALL_SERVE, R1, said("before", ADDRESSES, **infos)).refusals


@pytest.mark.parametrize(
    ("name", "infos", "says"),
    [
        (S, {R1: GONE}, "shop-replica-1 is silent"),
        (R1, {R2: silent()}, "shop-replica-2 does not serve"),
        (R1, {S: silent()}, "shop does not serve"),
    ],
)
def test_another_instance_that_does_not_serve_keeps_one_up(name: str, infos: dict, says: str) -> None:
    assert any(says in sentence for sentence in DRIVER.may_go_down(ALL_SERVE, name, said("before", ADDRESSES, **infos)).refusals)


def test_a_source_that_is_down_is_started_though_its_replicas_cannot_reach_it() -> None:
    broken = {R1: follows(2, 1, io_running="Connecting"), R2: follows(3, 1, io_running="Connecting")}
    assert DRIVER.may_go_down(ALL_SERVE, S, said("before", ADDRESSES, **{S: silent()}, **broken)).refusals == ()


def with_versions_of(info_: dict, running: str, tables: str) -> dict:
    words = said("before", ADDRESSES, **{R1: info_})
    words[R1].told["versions"] = {"running": running, "installed": running, "tables": tables}
    return words


@pytest.mark.parametrize(
    ("of_link", "says"),
    [
        ({"sql_running": "No"}, "shop-replica-1 does not apply, and has no error: it was stopped by a command"),
        ({"io_running": "No"}, "shop-replica-1 does not receive, and has no error"),
        ({"io_running": "No", "sql_running": "No"}, "does not receive and does not apply"),
        ({"sql_running": "No", "sql_error": "Duplicate entry"}, None),
        ({"io_running": "Connecting"}, None),
        ({}, None),
    ],
)
def test_what_was_stopped_by_a_command_is_not_started_by_the_way(of_link: dict, says: str | None) -> None:
    words = with_versions_of(follows(2, 1, **of_link), "10.11.19", "10.11.1")
    for verb in ("instance_restart", "instance_upgrade", "instance_resize"):
        found = DRIVER.held(verb, R1, words)
        assert no(found, says) if says else found == []
    assert DRIVER.held("instance_restart", S, words) == []
    assert DRIVER.held("instance_restart", R1, said("before", ADDRESSES, **{R1: silent()})) == []
    assert DRIVER.held("instance_restart", R1, said("before", ADDRESSES, **{R1: GONE})) == []


def test_between_a_new_program_and_its_tables_it_applies_nothing_and_is_started() -> None:
    words = with_versions_of(follows(2, 1, sql_running="No"), "11.8.9", "10.11.1")
    assert DRIVER.held("instance_upgrade", R1, words) == []
    assert DRIVER.held("instance_restart", R1, words)


# versions and names

@pytest.mark.parametrize("version", ["8.0", "8.4", "9", "9.7"])
def test_each_innovation_release_of_mysql_is_as_good_as_the_next(version: str) -> None:
    MySQLReplication().check_version(version)


@pytest.mark.parametrize(
    ("driver", "version"),
    [*((MySQLReplication, version) for version in ("5.7", "9.x", "8", None)), *((MariaDBReplication, version) for version in ("9.7", None))],
)
def test_other_versions_are_refused(driver, version) -> None:
    with pytest.raises(InvalidInput, match="datastore_version"):
        driver().check_version(version)


def test_the_first_instance_has_the_name_that_was_asked_for() -> None:
    driver = MariaDBReplication()
    assert (driver.member_name("shop", 1), driver.member_name("shop", 3), driver.member_number("shop", "shop-3")) == ("shop", "shop-3", 3)


# a ring

def ring(**changes: dict) -> dict[str, dict]:
    """shop feeds the first, that one the second, and that one shop; all take writes."""
    found = {S: follows(1, 3), R1: follows(2, 1), R2: follows(3, 2)}
    return {name: {**one, "read_only": False, "facts": facts(domain=number), **changes.get(name, {})} for number, (name, one) in enumerate(found.items(), 1)}


AROUND = {S: {"source": R2, "writable": True}, R1: {"source": S, "writable": True}, R2: {"source": R1, "writable": True}}


def test_a_ring_is_proven_where_each_takes_writes_and_every_link_runs() -> None:
    act = Act(CONTRACT, ADDRESSES, joining=(S, R1, R2), contracts=AROUND)
    before = said("before", ADDRESSES, **ring())
    assert DRIVER.allows(act, before, said("after", ADDRESSES, **ring())) == []
    assert DRIVER.allows(Act(SERVE, ADDRESSES), before, said("after", ADDRESSES, **ring())) == []
    wrong = {
        "replicates from no source, and by the contract from shop-replica-1": {"source": None},
        "does not take writes": {"read_only": True},
        "it does not receive": {"source": follows(3, 2, io_running="No")["source"]},
        "replicates from 10.0.0.1, and by the contract from shop-replica-1": {"source": follows(3, 1)["source"]},
    }
    for says, change in wrong.items():
        assert no(DRIVER.allows(act, before, said("after", ADDRESSES, **ring(**{R2: change}))), says), says


def test_whose_links_are_broken_may_be_repaired_and_who_is_down_is_started_before() -> None:
    act = Act(SERVE, ADDRESSES, joining=(S, R1, R2))
    broken = {name: {"source": {**one["source"], "io_running": "No"}} for name, one in ring().items()}
    assert DRIVER.allows(act, said("before", ADDRESSES, **ring(**broken)), {}) == []
    down = said("before", ADDRESSES, **{**ring(), R1: silent()})
    assert no(DRIVER.allows(Act(CONTRACT, ADDRESSES, contracts=AROUND), down, {}), "shop-replica-1 does not serve")


def test_a_member_is_shown_as_one_with_the_link_that_leads_to_it() -> None:
    shown = DRIVER.health({"replication": ring()[R1]})
    assert (shown["Role"], shown["Writable"], shown["Link"]) == ("ring", "yes", "running")
    lost = {**ring()[R1], "source": follows(2, 1, io_running="No", io_error="error connecting to master")["source"]}
    assert DRIVER.health({"replication": lost})["Link"] == "error connecting to master"
    assert DRIVER.health({"replication": {**follows(2, 1), "read_only": False}})["Role"] == "replica"


def test_in_an_upgrade_the_end_of_a_chain_comes_before_its_middle_and_a_source_that_is_down_first() -> None:
    chain = said("before", ADDRESSES, **{R1: follows(2, 3), R2: follows(3, 1)})
    assert DRIVER.next_down([R2, R1, S], chain, chain) == R1
    assert DRIVER.next_down([R2, S], chain, chain) == R2
    down = said("before", ADDRESSES, **{S: silent(), R1: follows(2, 1, io_running="Connecting"), R2: follows(3, 1, io_running="Connecting")})
    assert DRIVER.brought_up_first([R1, R2, S], down) == [S]
    assert DRIVER.brought_up_first([R1, R2, S], chain) == []


def test_a_source_whose_place_was_taken_has_its_turn_before_the_one_that_took_it() -> None:
    """A run that continues: with the only writer down the other would serve nobody."""
    left = said("before", ADDRESSES, **{S: {**info(1), "read_only": True}, R1: info(2), R2: follows(3, 2)})
    assert DRIVER.brought_up_first([R1, S], left) == [S]


def test_an_upgrade_is_proven_by_the_servers_own_words_and_is_no_untouched_server() -> None:
    def with_versions(running: str, installed: str = "11.8.9", tables: str = "11.8.9") -> dict:
        words = said("after", ADDRESSES)
        for one in words.values():
            one.said["versions"] = {"running": running, "installed": installed, "tables": tables}
        return words

    new, old = with_versions("11.8.9"), with_versions("10.11.19", "10.11.19", "10.11.1")
    assert DRIVER.undone("run-1/instance_upgrade", [R1, S], {}, new) == []
    assert len(DRIVER.undone("run-1/instance_upgrade", [S], {}, with_versions("10.11.19"))) == 1
    assert DRIVER.served_version(new[S].told) == "11.8.9"
    assert DRIVER.version_of(new) == "11.8"
    assert DRIVER.allows(Act(UNTOUCHED, ADDRESSES), old, old) == []
    assert len(DRIVER.allows(Act(UNTOUCHED, ADDRESSES), old, new)) == 3
    assert not DRIVER.has_had(S, new, "run-1/instance_upgrade", continued=True)
