# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A replica waits for what its source had, over FakeServers."""

from __future__ import annotations

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.mysql_replication.verbs import catching_up
from ansible_collections.stackdb.trove.plugins.module_utils._guest.command import GuestError
from ansible_collections.stackdb.trove.plugins.module_utils._model.errors import Refused
from ansible_collections.stackdb.trove.tests.unit import replication_builders as build
from ansible_collections.stackdb.trove.tests.unit.fake_replication import FakeServer


@pytest.fixture(autouse=True)
def asked(monkeypatch):
    """Where sources were looked for."""
    found: list[dict] = []
    monkeypatch.setattr(catching_up, "connect", lambda where: found.append(where) or FakeServer(build.info(1, "0-1-150")))
    monkeypatch.setattr(catching_up, "check_controller", lambda: None)
    return found


def test_catching_up_ends_when_a_thread_stops() -> None:
    server = FakeServer(build.replica(2, "0-1-120", link={"sql_running": "No", "sql_error": "duplicate"}), fails=("late",))
    with pytest.raises(GuestError, match="duplicate.*It has 0-1-120, and should have 0-1-150"):
        catching_up.catch_up(server, "0-1-150", timeout=30)


def test_a_deadline_names_both_gtids() -> None:
    server = FakeServer(build.replica(2, "0-1-120"), fails=("late",))
    with pytest.raises(GuestError, match="with the source: not within 0.1 s. It has 0-1-120, and should have 0-1-150") as late:
        catching_up.catch_up(server, "0-1-150", timeout=0.1, why="the source")
    assert (late.value.details["executed"], late.value.details["target"]) == ("0-1-120", "0-1-150")


def test_a_link_that_tries_to_connect_again_is_waited_for() -> None:
    server = FakeServer(build.replica(2, "0-1-120", link={"io_running": "Connecting"}), fails=("late",))
    with pytest.raises(GuestError, match="not within 0.1 s"):
        catching_up.catch_up(server, "0-1-150", timeout=0.1)


def test_what_the_source_had_is_asked_by_the_account_of_the_link(asked) -> None:
    server = FakeServer(build.replica(2, "0-1-150"))
    assert catching_up.catch_up_with_source(server, 5)["target"] == "0-1-150"
    assert (asked[0]["host"], asked[0]["user"], asked[0]["ssl_ca"]) == ("10.0.0.1", "trove_r_2", "/tls/ca.pem")


def test_who_has_everything_and_does_not_connect_again_is_not_healthy() -> None:
    server = FakeServer(build.replica(2, "0-1-150", link={"io_running": "Connecting", "io_error": "refused"}))
    with pytest.raises(GuestError, match="has all that its source had, but does not follow it within 0.1 s: .*refused"):
        catching_up.catch_up_with_source(server, 0.1)


def test_nobody_to_catch_up_with() -> None:
    with pytest.raises(Refused, match="replicates from no source"):
        catching_up.catch_up_with_source(FakeServer(build.info(2)), 5)


def test_the_server_waits_no_longer_than_there_is_time() -> None:
    server = FakeServer(build.replica(2, "0-1-120"), fails=("late",))
    waits: list[float] = []
    asked = server.wait
    server.wait = lambda gtid, seconds: waits.append(seconds) or asked(gtid, seconds)
    with pytest.raises(GuestError, match="not within 0.1 s"):
        catching_up.catch_up(server, "0-1-150", timeout=0.1)
    assert 0 < waits[0] <= 0.1
    assert all(0 <= seconds <= 0.1 for seconds in waits)


def test_a_delayed_replica_has_to_have_received_all() -> None:
    server = FakeServer(build.replica(2, "0-1-120", link={"delay": 3600, "retrieved": "0-1-150"}), fails=("late",))
    assert catching_up.catch_up_with_source(server, 5)["target"] == "0-1-150"
    server = FakeServer(build.replica(2, "0-1-120", link={"delay": 3600, "retrieved": "0-1-149"}))
    with pytest.raises(GuestError, match="did not receive what its source has within 0.1 s. It has 0-1-149, and should have 0-1-150"):
        catching_up.catch_up_with_source(server, 0.1)
