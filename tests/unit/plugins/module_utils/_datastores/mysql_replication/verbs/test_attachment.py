# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is planned for a replica, and in which order it is done, over FakeServers."""

from __future__ import annotations

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.mysql_replication.rules.info import Address
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.mysql_replication.verbs import attachment
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.mysql_replication.verbs.detachment import Detached
from ansible_collections.stackdb.trove.plugins.module_utils._guest.command import GuestError
from ansible_collections.stackdb.trove.plugins.module_utils._model.errors import Refused
from ansible_collections.stackdb.trove.plugins.module_utils._plan.runner import reconcile
from ansible_collections.stackdb.trove.tests.unit import replication_builders as build
from ansible_collections.stackdb.trove.tests.unit.fake_replication import FakeServer

SOURCE = Address("10.0.0.1", 3306, "trove_r_2")
TLS = {"ca_cert": "/tls/ca.pem", "client_cert": "/tls/server.pem", "client_key": "/tls/server.key"}


@pytest.fixture(autouse=True)
def source(monkeypatch):
    """The FakeServer that a replica finds when it connects to its source; `asked` is where it was looked for."""
    found = FakeServer(build.info(1, "0-9-80,0-1-150"))
    found.asked = []
    monkeypatch.setattr(attachment, "connect", lambda where: found.asked.append(where) or found)
    monkeypatch.setattr(attachment, "check_controller", lambda: None)
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


def test_the_events_of_a_fresh_copy_are_disabled_before_anything_else() -> None:
    server = FakeServer(build.info(2, "", super_read_only=True, read_only=True))
    server.scheduler, server.found_events = "ON", [build.event("on"), build.event("off", "DISABLED")]
    foretold = attach(server, gtid="0-1-120", check_mode=True)
    assert attach(server, gtid="0-1-120").plan == foretold.plan
    assert words(server)[:4] == ["scheduler OFF", "no log", "disable on slave on", "log"]
    assert not attach(server, gtid="0-1-120").changed


def test_super_read_only_of_an_old_source_is_not_lifted_for_its_events() -> None:
    """It receives the change from the new source."""
    server = FakeServer(build.info(2, "0-1-120", super_read_only=True, read_only=True))
    server.found_events = [build.event("on")]
    attach(server)
    assert not any("disable" in word for word in words(server))


def test_a_writable_replica_keeps_its_scheduler() -> None:
    server = FakeServer(build.info(2, "0-1-120"))
    server.scheduler, server.found_events = "ON", [build.event("on")]
    attach(server, read_only=False)
    assert words(server)[:3] == ["no log", "disable on slave on", "log"]


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
        reconcile(Detached(server, timeout=1), check_mode=False)
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


def test_the_source_is_asked_by_the_account_and_the_certificate_of_the_replica(source) -> None:
    attach(FakeServer(build.info(2, "0-1-120")))
    where = source.asked[0]
    assert (where["host"], where["port"], where["user"], where["ssl_cert"], where["ssl_verify_identity"]) == (*SOURCE, "/tls/server.pem", True)


def test_a_source_that_is_replicated_from_already_is_not_asked(source) -> None:
    attach(FakeServer(build.replica(2, "0-1-120", link={"io_running": "No"})))
    assert source.asked == []


def test_a_start_that_lasts_has_a_deadline() -> None:
    server = FakeServer(build.info(2, "0-1-120"))
    server.start = lambda: server.info["source"].update(io_running="Connecting", sql_running="Yes", io_error="no route yet")
    with pytest.raises(GuestError, match="did not start within 0.2 s: it does not receive .Connecting.: no route yet"):
        attach(server)


def test_what_a_replica_is_afterwards_is_foretold() -> None:
    server = FakeServer(build.info(2, "0-1-120"))
    foretold = attach(server, check_mode=True).after
    assert foretold == attach(server).after
    assert foretold["source"] == {**SOURCE._asdict(), "tls": True, "io_running": "Yes", "sql_running": "Yes"}


@pytest.mark.parametrize(("gtid", "name"), [("0-1-120", "0-1-120"), ("", "none"), (None, None)])
def test_only_a_fresh_copy_is_told_its_position(gtid, name) -> None:
    plan = attach(FakeServer(build.info(2, "")), gtid=gtid, check_mode=True).plan
    assert [step.name for step in plan.steps if step.kind == "position"] == ([name] if name else [])


def test_data_that_replicated_before_are_no_fresh_copy() -> None:
    server = FakeServer(build.replica(2, "0-9-80,0-1-120", link={"host": "10.0.0.9"}))
    assert [step.kind for step in attach(server, gtid="0-1-120", check_mode=True).plan.steps] == ["source", "replication"]


class WrittenTo(FakeServer):
    """A client writes to it at the last moment before it is read-only."""

    def set_read_only(self, on, remember=True):
        if on and not self.info["read_only"]:
            self.info["executed"] += ",0-2-121"
        super().set_read_only(on, remember)


def test_what_clients_write_before_it_is_read_only_is_not_lost() -> None:
    """The plan has seen no transaction of its own. It takes writes again then, and runs its events."""
    server = WrittenTo(build.info(2, "0-1-120"))
    server.scheduler, server.found_events = "ON", [build.event("on"), build.event("off", "DISABLED")]
    with pytest.raises(Refused, match="transactions that 10.0.0.1:3306 does not have: 0-2-121"):
        attach(server)
    assert "follow" not in words(server)
    assert (server.info["read_only"], server.info["source"], server.scheduler) == (False, None, "ON")
    assert [event["status"] for event in server.found_events] == ["ENABLED", "DISABLED"]
    assert words(server)[-4:] == ["no log", "enable on", "log", "scheduler ON"], "nothing of it is in the binary log"


def test_one_that_was_read_only_is_asked_once(source) -> None:
    attach(FakeServer(build.info(2, "0-1-120", read_only=True)))
    assert len(source.asked) == 1
