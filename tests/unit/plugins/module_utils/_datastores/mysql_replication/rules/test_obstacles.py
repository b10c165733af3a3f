# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What stands against a verb, over generated combinations: each reason is found for each member that it is asked of, alone and among others."""

from __future__ import annotations

import copy
import random
from collections.abc import Callable

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.mysql_replication.rules import preflight
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.mysql_replication.rules.obstacles import Cast, of_verb, series
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.mysql_replication.rules.topology import decide
from ansible_collections.stackdb.trove.plugins.module_utils._model.errors import Refused
from ansible_collections.stackdb.trove.tests.unit.replication_builders import UUIDS, info, replica, word

S, R1, R2 = "shop", "shop-1", "shop-2"
NAMES = [S, R1, R2]
GTID = {"mariadb": "0-1-100", "mysql": f"{UUIDS[1]}:1-100"}
OWN = {"mariadb": "0-1-100,0-7-101", "mysql": f"{UUIDS[1]}:1-100,{UUIDS[7]}:1"}
LATER = {"mariadb": "0-1-170", "mysql": f"{UUIDS[1]}:1-170"}


def members(engine: str, dead: bool = False) -> dict:
    """A source with two healthy replicas, or two replicas of a dead one."""
    link = {"io_running": "Connecting", "answers": False, "retrieved": GTID[engine]} if dead else {"retrieved": GTID[engine]}
    infos = {S: info(1, GTID[engine], engine), R1: replica(2, GTID[engine], engine, link=link), R2: replica(3, GTID[engine], engine, link=link)}
    if dead:
        del infos[S]
    return copy.deepcopy(infos)


CASTS = {
    "promote": Cast(S, R1, [R2]),
    "eject": Cast(None, R1, [R2]),
    "replicate": Cast(S, S, [R1, R2]),
    "attach": Cast(S, S, [R1, R2]),
    "detach": Cast(S, None, [], [R1]),
}
#: whom a fault is looked for on, by its reason and the verb
_ALL_LINKED = {"promote": NAMES, "eject": [R1, R2], "replicate": [R1, R2], "attach": [R1, R2]}
_NEW = {"promote": [R1], "eject": [R1]}


def _facts(**changes: object) -> Callable[[dict, str], None]:
    return lambda one, _engine: one["facts"].update(changes)


def _info(**changes: object) -> Callable[[dict, str], None]:
    return lambda one, _engine: one.update(changes)


FAULTS: list[tuple[str, Callable[[dict, str], None], dict[str, list[str]]]] = [
    ("replica_filters", _facts(replica_filters=["replicate_do_db = a"]), _ALL_LINKED),
    ("other_links", _facts(other_links=["billing"]), _ALL_LINKED),
    ("leniency", _facts(leniency=["slave_exec_mode = IDEMPOTENT"]), _ALL_LINKED),
    ("binlog_filters", _facts(binlog_filters=["binlog_ignore_db = a"]), {"promote": [S, R1], "eject": [R1], "replicate": [S], "attach": [S]}),
    ("delay", _facts(delay=3600), {**_NEW, "detach": [R1]}),
    ("broken", lambda one, _engine: one["source"].update(sql_error="1062"), {"promote": [R1, R2], "eject": [R1, R2], "attach": [R1, R2]}),
    ("errant", lambda one, engine: one.update(executed=OWN[engine]), {"promote": [R1, R2], "replicate": [R1, R2], "attach": [R1, R2]}),
    ("purged", lambda one, engine: one.update(purged=LATER[engine]), {**_NEW, "attach": [S]}),
    ("version", _info(version="5.5.1"), {"promote": [S, R2], "eject": [R2], "replicate": [R1, R2], "attach": [R1, R2]}),
    ("names", _facts(lower_case_table_names="1"), {"promote": NAMES, "eject": [R1, R2], "replicate": NAMES, "attach": NAMES}),
    ("blackhole", _info(engines_not_copyable={"BLACKHOLE": ["a.b"]}), _NEW),
    ("log_bin", _info(log_bin=False), {**_NEW, "attach": [S]}),
    ("gtid", _info(gtid=False), {**_NEW, "attach": [S]}),
    ("log_updates", _info(logs_updates=False), {**_NEW, "attach": [S]}),
    ("gtid_order", _facts(strict=False), {"promote": NAMES, "eject": [R1, R2], "attach": NAMES}),
    ("binlog_format", _info(binlog_format="STATEMENT"), _NEW),
    ("closed", _facts(closed=["offline_mode = ON"]), _NEW),
    ("semi_sync", _facts(waits=True), _NEW),
]
SINGLE = [(reason, make, verb, name) for reason, make, asked in FAULTS for verb, names in asked.items() for name in names]


def reasons(verb: str, infos: dict) -> set[str]:
    return {refusal.name for refusal in of_verb(verb, infos, CASTS[verb])}


@pytest.mark.parametrize("engine", ["mariadb", "mysql"])
@pytest.mark.parametrize("verb", CASTS)
def test_nothing_stands_against_healthy_members(verb: str, engine: str) -> None:
    assert of_verb(verb, members(engine, dead=verb == "eject"), CASTS[verb]) == []


@pytest.mark.parametrize("engine", ["mariadb", "mysql"])
@pytest.mark.parametrize(("reason", "make", "verb", "name"), SINGLE, ids=[f"{reason}-{verb}-{name}" for reason, _make, verb, name in SINGLE])
def test_each_reason_is_found_where_it_is_asked_of(reason: str, make: Callable, verb: str, name: str, engine: str) -> None:
    infos = members(engine, dead=verb == "eject")
    make(infos[name], engine)
    assert reasons(verb, infos) == {reason}
    with pytest.raises(Refused, match=f"Nothing was touched, because of .*{reason}: "):
        preflight.check(of_verb(verb, infos, CASTS[verb]))


@pytest.mark.parametrize("seed", range(200))
def test_several_reasons_at_once_are_all_named(seed: int) -> None:
    """No reason hides another one, and what is not asked of a member stands against nothing."""
    chance = random.Random(seed)
    engine, verb = chance.choice(["mariadb", "mysql"]), chance.choice(list(CASTS))
    infos, expected = members(engine, dead=verb == "eject"), set()
    for reason, make, asked in chance.sample(FAULTS, chance.randint(1, 5)):
        name = chance.choice(list(infos))
        # What MariaDB 5.5 or a server without a log has besides, is asked in the test above.
        if (reason == "broken" and name == S) or reason in ("errant", "purged", "version", "names", "log_bin"):
            continue
        make(infos[name], engine)
        if name in asked.get(verb, ()):
            expected.add(reason)
    assert reasons(verb, infos) == expected


@pytest.mark.parametrize(("engine", "found"), [("mariadb", {"stopped"}), ("mysql", set())])
@pytest.mark.parametrize("verb", ["eject", "detach"])
def test_what_was_received_and_would_be_deleted(verb: str, engine: str, found: set[str]) -> None:
    """Of whoever leaves its source; the others have it from the new one."""
    infos = members(engine, dead=True)
    infos[R2]["source"].update(io_running="No", sql_running="No", retrieved=LATER[engine])
    assert reasons(verb, infos) == set()
    infos[R1]["source"].update(io_running="No", sql_running="No", retrieved=LATER[engine])
    assert reasons(verb, infos) == found


@pytest.mark.parametrize("key", ["server_id", "server_uuid"])
def test_two_servers_with_one_identity(key: str) -> None:
    infos = members("mysql")
    infos[R2][key] = infos[R1][key]
    assert reasons("promote", infos) == reasons("replicate", infos) == {"same_server"}


def test_another_engine() -> None:
    infos = members("mariadb")
    infos[R2] = replica(3, GTID["mysql"], "mysql")
    assert reasons("promote", infos) == {"engine"}


def test_a_candidate_that_has_taken_over_already_may_have_written() -> None:
    infos = members("mariadb")
    infos[S]["read_only"], infos[R1]["read_only"], infos[R1]["executed"] = True, False, OWN["mariadb"]
    assert reasons("promote", infos) == set()


def test_what_the_source_wrote_between_two_looks_is_nobodys_own() -> None:
    infos = members("mariadb")
    infos[R2]["executed"] = "0-1-120"
    assert reasons("promote", infos) == set()


def test_a_table_that_keeps_nothing_on_the_source_either_is_no_loss() -> None:
    infos = members("mariadb")
    for name in (S, R1):
        infos[name]["engines_not_copyable"] = {"BLACKHOLE": ["a.relay"]}
    assert reasons("promote", infos) == set()
    infos[R1]["engines_not_copyable"] = {"BLACKHOLE": ["a.relay", "a.orders"]}
    assert [one.why for one in of_verb("promote", infos, CASTS["promote"])] == ["a.orders is of the storage engine BLACKHOLE"]


def test_a_replica_that_acknowledges_is_waited_for() -> None:
    infos = members("mysql")
    infos[R1]["facts"]["waits"] = infos[R2]["facts"]["acknowledges"] = True
    assert reasons("promote", infos) == set()


@pytest.mark.parametrize(
    ("one", "other", "older"),
    [("10.11.19-MariaDB", "10.11.2-MariaDB", False), ("11.4.2-MariaDB", "10.11.19-MariaDB", True), ("9.7.4", "8.4.9", True)],
)
def test_within_a_series_all_can_read_each_other(one: str, other: str, older: bool) -> None:
    assert (series(other) < series(one)) is older


def test_every_verb_is_refused_with_the_decision() -> None:
    """By topology.decide, which runs before the first task that changes anything."""
    given: dict = {"promote": {"candidate": R1}, "eject": {"source": S}, "replicate": {"source": S}, "detach": {"leaving": [R1]}}
    given["attach"] = {"source": S, "returning": [R1]}
    for verb, options in given.items():
        infos = members("mariadb", dead=verb == "eject")
        infos[R1]["facts"]["delay" if verb == "detach" else "replica_filters"] = 60 if verb == "detach" else ["replicate_do_db = a"]
        infos[R2]["executed"] = "0-1-100"
        with pytest.raises(Refused) as refused:
            decide(verb, NAMES, {name: word(number, infos[name]) for number, name in enumerate(NAMES, 1) if name in infos}, **options)
        assert [one["member"] for one in refused.value.details["refusals"]] == [R1]


def test_every_reason_says_what_it_keeps_from_happening() -> None:
    assert {reason for reason, _make, _asked in FAULTS} | {"same_server", "engine", "stopped"} == set(preflight.REASONS)
