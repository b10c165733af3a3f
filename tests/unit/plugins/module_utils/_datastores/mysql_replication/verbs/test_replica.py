# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is planned for a replica and for a source's accounts, and in which order it is done, over FakeServers."""

from __future__ import annotations

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.mysql_replication.rules.info import Address
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.mysql_replication.verbs import attachment, catching_up, detachment
from ansible_collections.stackdb.trove.plugins.module_utils._guest.command import GuestError
from ansible_collections.stackdb.trove.plugins.module_utils._model.errors import Refused
from ansible_collections.stackdb.trove.plugins.module_utils._plan.runner import reconcile
from ansible_collections.stackdb.trove.tests.unit import replication_builders as build
from ansible_collections.stackdb.trove.tests.unit.fake_replication import FakeServer

SOURCE = Address("10.0.0.1", 3306, "trove_r_2")
TLS = {"ca_cert": "/tls/ca.pem", "client_cert": "/tls/server.pem", "client_key": "/tls/server.key"}


@pytest.fixture(autouse=True)
def source(monkeypatch):
    """The FakeServer that a replica finds when it connects to its source."""
    found = FakeServer(build.info(1, "0-9-80,0-1-150"))
    for module in (attachment, catching_up):
        monkeypatch.setattr(module, "connect", lambda where: found)
    for module in (attachment, catching_up, detachment):
        monkeypatch.setattr(module, "check_controller", lambda: None)
    return found


def attach(server, gtid=None, check_mode=False, read_only=True):
    return reconcile(attachment.Attached(server, SOURCE, TLS, gtid, read_only, timeout=0.2), check_mode)


def words(server):
    return [word for _number, word in server.journal]


def test_a_fresh_copy() -> None:
    server = FakeServer(build.info(2, ""))
    foretold = attach(server, gtid="0-1-120", check_mode=True)
    assert server.journal == []
    done = attach(server, gtid="0-1-120")
    assert done.plan == foretold.plan
    assert words(server) == ["read-only for good", "take 0-1-120 of 0-9-80,0-1-120", "read-only for good", "follow", "start"]
    assert not attach(server, gtid="0-1-120").changed


def test_another_source() -> None:
    server = FakeServer(build.replica(2, "0-1-120", link={"host": "10.0.0.9"}))
    assert "10.0.0.9:3306" in attach(server).plan.text()
    assert words(server) == ["stop", "read-only for good", "follow", "start"]


@pytest.mark.parametrize("changed", [{"client_cert": "/tls/old.pem"}, {"tls": False}, {"user": "root"}])
def test_the_same_source_otherwise(changed) -> None:
    server = FakeServer(build.replica(2, "0-1-120", link=changed))
    assert attach(server).changed
    assert "follow" in words(server)


def test_a_stopped_thread_is_started_and_nothing_else() -> None:
    server = FakeServer(build.replica(2, "0-1-120", link={"io_running": "No"}))
    attach(server)
    assert words(server) == ["start"]


def test_a_writable_replica_is_made_read_only_and_the_other_way_round() -> None:
    server = FakeServer(build.replica(2, "0-1-120", read_only=False))
    attach(server)
    attach(server, read_only=False)
    assert words(server) == ["read-only for good", "writable for good"]


def test_mysql_wants_super_read_only() -> None:
    server = FakeServer(build.replica(2, "", "mysql", super_read_only=False))
    assert [step.kind for step in attach(server, check_mode=True).plan.steps] == ["read_only"]


def test_what_cannot_be_applied_is_not_started() -> None:
    server = FakeServer(build.replica(2, "0-1-120", link={"sql_running": "No", "sql_error": "duplicate"}))
    with pytest.raises(Refused, match="duplicate"):
        attach(server)
    with pytest.raises(Refused, match="duplicate"):
        reconcile(detachment.Detached(server, timeout=1), check_mode=False)
    assert server.journal == []


def test_a_start_that_fails_names_its_error() -> None:
    server = FakeServer(build.info(2, "0-1-120"))
    server.start = lambda: server.info["source"].update(io_running="No", sql_running="Yes", io_error="Got fatal error 1236")
    with pytest.raises(GuestError, match="1236"):
        attach(server)


def test_a_refusal_touches_nothing(source) -> None:
    source.info["purged"] = "0-1-130"
    server = FakeServer(build.info(2, "0-1-120"))
    with pytest.raises(Refused, match="do not reach back"):
        attach(server)
    assert server.journal == []


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
    assert words(server) == ["stop receiving"]


def test_half_a_transaction_is_not_waited_for(monkeypatch) -> None:
    monkeypatch.setattr(detachment, "_QUIET", 0.2)
    server = FakeServer(build.replica(2, "0-1-120", link={"retrieved": "0-1-121"}))
    reconcile(detachment.Detached(server, timeout=5), check_mode=False)
    assert "forget" in words(server)


def test_catching_up_ends_when_a_thread_stops() -> None:
    server = FakeServer(build.replica(2, "0-1-120", link={"sql_running": "No", "sql_error": "duplicate"}), fails=("late",))
    with pytest.raises(GuestError, match="duplicate.*It has 0-1-120, and should have 0-1-150"):
        catching_up.catch_up(server, "0-1-150", timeout=30)
