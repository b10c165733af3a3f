# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether a source or a replica may come to another version, in its members' words."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.mysql_replication.rules import upgraded
from ansible_collections.stackdb.trove.tests.unit.replication_builders import info, replica, silent

OLD, NEW, MINOR = "10.11.19-MariaDB-log", "11.8.9-MariaDB-log", "10.11.20-MariaDB"
AT = {"s": ["10.0.0.1"], "r1": ["10.0.0.2"], "r2": ["10.0.0.3"]}


def star(of_r1: str = OLD, of_r2: str = OLD, **of_link: Any) -> dict[str, Any]:
    return {
        "s": info(1, version=OLD),
        "r1": replica(2, "", version=of_r1, link={"host": "10.0.0.1", **of_link}),
        "r2": replica(3, "", version=of_r2, link={"host": "10.0.0.1"}),
    }


def test_a_source_must_not_become_newer_than_its_replicas() -> None:
    found = upgraded.older_followers("s", AT["s"], "11.8.9", star(NEW))
    assert len(found) == 1
    assert "r2 replicates from s and is 10.11.19, while s would be 11.8.9. A replica must not be older than its source" in found[0]
    assert upgraded.older_followers("s", AT["s"], "11.8.9", star(NEW, NEW)) == []
    assert upgraded.older_followers("s", AT["s"], "11.8.9", star(), also=["r1", "r2", "s"]) == []
    assert upgraded.older_followers("r1", AT["r1"], "11.8.9", star()) == []


def test_within_a_series_and_by_a_link_that_is_broken() -> None:
    assert upgraded.older_followers("s", AT["s"], "10.11.20", star()) == []
    assert len(upgraded.older_followers("s", AT["s"], "11.8.9", star(io_running="Connecting"))) == 2


def down(version: str | None) -> dict[str, Any]:
    return {**silent(), "version": version}


def test_one_that_does_not_answer_is_a_replica_too_by_its_contract() -> None:
    both = {"s": info(1, version=OLD), "r1": down("10.11.19"), "r2": down("11.8.9")}
    sources = {"s": None, "r1": "s", "r2": "s"}
    (found,) = upgraded.older_followers("s", AT["s"], "11.8.9", both, sources=sources)
    assert "r1 does not answer, replicates by its contract from s, and is 10.11.19, while s would be 11.8.9. Start it" in found
    assert upgraded.older_followers("s", AT["s"], "11.8.9", both, sources={**sources, "r1": "r2"}) == []
    assert upgraded.older_followers("s", AT["s"], "10.11.20", both, sources=sources) == []
    # both are down, as after an outage
    assert len(upgraded.older_followers("s", AT["s"], "11.8.9", {**both, "s": down("10.11.19")}, sources=sources)) == 1


def test_without_contracts_it_may_be_a_replica_of_any() -> None:
    members = {"s": info(1, version=OLD), "r1": down("10.11.19"), "r2": replica(3, "", version=OLD, link={"host": "10.0.0.1"})}
    (found,) = upgraded.older_followers("r2", AT["r2"], "11.8.9", members)
    assert "r1 does not answer, may replicate from r2, and is 10.11.19" in found


def test_of_one_that_said_nothing_no_version_is_known() -> None:
    members = {"s": info(1, version=OLD), "r1": {}}
    (found,) = upgraded.older_followers("s", AT["s"], "11.8.9", members, sources={"s": None, "r1": "s"})
    assert "of an unknown version" in found
    assert upgraded.older_followers("s", AT["s"], "10.11.20", members, sources={"s": None, "r1": "s"}) == []


def test_replicas_of_a_source_that_is_down_have_their_turn_when_it_serves() -> None:
    (found, _other) = upgraded.older_followers("s", AT["s"], "11.8.9", {**star(), "s": down("10.11.19")})
    assert "start s (stackdb.trove.instance_start) before" in found


def test_a_replica_that_is_no_member_is_seen_where_the_series_changes() -> None:
    source = info(1, version=OLD, replicas=[{"user": "trove_r_2", "host": "10.0.0.2"}, {"user": "dr", "host": "192.0.2.9"}])
    (found,) = upgraded.strangers("s", source, {"10.0.0.1", "10.0.0.2"}, "11.8.9")
    assert found.startswith("192.0.2.9 replicates from s, and is none of its members: it is not known whether it is as new as 11.8.9")
    assert upgraded.strangers("s", source, {"10.0.0.1", "10.0.0.2"}, "10.11.20") == []
    assert upgraded.strangers("s", source, {"10.0.0.2", "192.0.2.9"}, "11.8.9") == []


def test_in_a_ring_each_is_the_replica_of_another_one() -> None:
    ring = {"a": replica(1, "", version=OLD, link={"host": "10.0.0.2"}), "b": replica(2, "", version=OLD, link={"host": "10.0.0.1"})}
    assert len(upgraded.older_followers("a", ["10.0.0.1"], "11.8.9", ring, also=["a"])) == 1
    assert upgraded.older_followers("a", ["10.0.0.1"], "10.11.20", ring, also=["a"]) == []


def test_the_version_that_runs_is_the_servers_word() -> None:
    assert [upgraded.running(one) for one in (info(1, version=MINOR), info(1, version="8.4.6"), silent(), {})] == ["10.11.20", "8.4.6", None, None]


@pytest.mark.parametrize(("changes", "says"), [
    ({}, []),
    ({"r1": replica(2, "", link={"sql_running": "No", "sql_error": "1062"})}, ["r1 does not serve: it does not apply (No): 1062"]),
    ({"r1": silent()}, ["r1 does not serve: Can't connect"]),
    ({"s": silent()}, []),
    ({"r2": {}}, ["r2 does not serve: it does not answer"]),
])  # fmt: skip
def test_who_else_has_to_serve_right_before_a_stop(changes: dict[str, Any], says: list[str]) -> None:
    assert upgraded.against_now("s", {**star(), **changes}) == says


def test_what_is_proven_by_the_server_its_program_and_its_tables() -> None:
    def of(running: str, installed: str = "11.8.9", tables: str | None = "11.8.9") -> upgraded.Versions:
        return {"running": running, "installed": installed, "tables": tables}

    assert upgraded.undone({"a": of("11.8.9"), "b": of("11.8.9")}) == []
    assert upgraded.undone({"a": of("9.7.4", "9.7.4", None)}) == []
    assert "a says that it is 10.11.19, and 11.8.9 is installed" in upgraded.undone({"a": of("10.11.19")})
    assert upgraded.undone({"a": of("11.8.9", tables="10.11.1")}) == ["a was not upgraded to the end: its system tables are of 10.11.1"]
    assert "different versions: a 11.8.9, b 10.11.19" in upgraded.undone({"a": of("11.8.9"), "b": of("10.11.19", "10.11.19", "10.11.19")})[0]
