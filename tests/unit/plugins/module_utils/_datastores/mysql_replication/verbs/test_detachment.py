# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A replica applies what it received and forgets its source, over FakeServers."""

from __future__ import annotations

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.mysql_replication.verbs import detachment
from ansible_collections.stackdb.trove.plugins.module_utils._guest.command import GuestError
from ansible_collections.stackdb.trove.plugins.module_utils._model.errors import Refused
from ansible_collections.stackdb.trove.plugins.module_utils._plan.runner import reconcile
from ansible_collections.stackdb.trove.tests.unit import replication_builders as build
from ansible_collections.stackdb.trove.tests.unit.fake_replication import FakeServer


@pytest.fixture(autouse=True)
def a_controller_that_waits(monkeypatch):
    monkeypatch.setattr(detachment, "check_controller", lambda: None)


def words(server):
    return [word for _number, word in server.journal]


def test_detached() -> None:
    server = FakeServer(build.replica(2, "0-1-120", link={"retrieved": "0-1-120"}))
    assert reconcile(detachment.Detached(server, timeout=1), check_mode=True).after == {"source": None, "read_only": False}
    assert server.journal == []
    assert reconcile(detachment.Detached(server, timeout=1), check_mode=False).changed
    assert words(server) == ["stop receiving", "forget", "writable for good"]
    assert not reconcile(detachment.Detached(server, timeout=1), check_mode=False).changed


def test_detaching_waits_for_what_was_received() -> None:
    server = FakeServer(build.replica(2, "0-1-120", link={"retrieved": "0-1-130", "sql_state": "Reading event from the relay log"}))
    with pytest.raises(GuestError, match="It has 0-1-120, and received 0-1-130"):
        reconcile(detachment.Detached(server, timeout=0.2), check_mode=False)
    assert words(server) == ["stop receiving", "start receiving"]


def test_what_mariadb_would_delete_is_refused_before_a_thread_starts() -> None:
    stopped = {"sql_running": "No", "io_running": "No", "retrieved": "0-1-130"}
    server = FakeServer(build.replica(2, "0-1-120", link=stopped))
    with pytest.raises(Refused, match="stopped: both of its threads are stopped, it received 0-1-130 and has 0-1-120"):
        reconcile(detachment.Detached(server, timeout=0.2), check_mode=False)
    assert words(server) == []


def test_one_that_cannot_be_detached_is_left_with_the_threads_that_it_had() -> None:
    """One of them runs at any time, else MariaDB deletes what was received."""
    server = FakeServer(build.replica(2, "0-1-120", link={"sql_running": "No", "retrieved": "0-1-130"}))
    with pytest.raises(GuestError, match="It has 0-1-120"):
        reconcile(detachment.Detached(server, timeout=0.2), check_mode=False)
    assert words(server) == ["start applying", "stop receiving", "start receiving", "stop applying"]


def test_a_failure_at_putting_a_thread_back_does_not_hide_why() -> None:
    stopped = {"sql_running": "No", "retrieved": "0-1-130"}
    server = FakeServer(build.replica(2, "0-1-120", link=stopped), fails=("start receiving",))
    with pytest.raises(GuestError, match="It has 0-1-120"):
        reconcile(detachment.Detached(server, timeout=0.2), check_mode=False)
    assert words(server) == ["start applying", "stop receiving", "start receiving", "stop applying"]


def test_a_delay_is_refused_before_anything_is_stopped() -> None:
    server = FakeServer(build.replica(2, "0-1-120", link={"retrieved": "0-1-120", "delay": 3600}))
    with pytest.raises(Refused, match="applies 3600 s later than it receives"):
        reconcile(detachment.Detached(server, timeout=0.2), check_mode=False)
    assert words(server) == []


def test_half_a_transaction_is_not_waited_for(monkeypatch) -> None:
    monkeypatch.setattr(detachment, "_QUIET", 0.2)
    server = FakeServer(build.replica(2, "0-1-120", link={"retrieved": "0-1-121"}))
    reconcile(detachment.Detached(server, timeout=5), check_mode=False)
    assert "forget" in words(server)


def test_a_thread_that_does_not_apply_is_started_first() -> None:
    server = FakeServer(build.replica(2, "0-1-120", link={"sql_running": "No", "retrieved": "0-1-120"}))
    reconcile(detachment.Detached(server, timeout=1), check_mode=False)
    assert words(server) == ["start applying", "stop receiving", "forget", "writable for good"]


def test_an_error_while_it_applies_is_named() -> None:
    server = FakeServer(build.replica(2, "0-1-120", link={"retrieved": "0-1-130"}))
    server.stop_receiving = lambda: server.info["source"].update(sql_error="duplicate")
    with pytest.raises(GuestError, match="could not apply what it received: duplicate"):
        reconcile(detachment.Detached(server, timeout=60), check_mode=False)


def test_one_that_was_killed_before_it_took_writes_is_continued() -> None:
    server = FakeServer(build.info(2, "0-1-120", read_only=True))
    reconcile(detachment.Detached(server, timeout=1), check_mode=False)
    assert words(server) == ["writable for good"]


def test_the_plan_names_what_is_lost() -> None:
    plan = reconcile(detachment.Detached(FakeServer(build.replica(2, "0-1-120")), timeout=1), check_mode=True).plan
    assert plan.text() == (
        "~ detach source 10.0.0.1:3306: it becomes an independent instance [what the source writes from now on is not here]\n"
        "~ update read only false: an independent instance takes writes\n"
    )


def test_what_there_was_and_is_are_shown() -> None:
    server = FakeServer(build.replica(2, "0-1-120", link={"retrieved": "0-1-120"}))
    outcome = reconcile(detachment.Detached(server, timeout=1), check_mode=False)
    assert (outcome.before["source"]["host"], outcome.before["read_only"]) == ("10.0.0.1", True)
    assert outcome.after == {"source": None, "read_only": False}


@pytest.mark.parametrize(("takes_over", "told"), [(False, ["scheduler ON"]), (True, ["enable on", "scheduler ON"])])
def test_events_go_on_where_the_source_is_dead(takes_over, told) -> None:
    server = FakeServer(build.info(2, "0-1-120"))
    server.found_events = [build.event("on", "SLAVESIDE_DISABLED"), build.event("past", "SLAVESIDE_DISABLED", over=True), build.event("off", "DISABLED")]
    wanted = detachment.Detached(server, 1, takes_over, "ON")
    assert reconcile(wanted, check_mode=False).changed
    assert [word for _number, word in server.journal] == told
    assert not reconcile(wanted, check_mode=False).changed
