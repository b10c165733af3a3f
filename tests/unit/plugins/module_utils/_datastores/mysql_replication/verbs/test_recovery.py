# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""In which order a broken link is healed and a source is fenced, over FakeServers; real ones are in tests/replication/test_recovery.py."""

from __future__ import annotations

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.mysql_replication.rules.info import Address
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.mysql_replication.verbs import attachment, catching_up, recovery
from ansible_collections.stackdb.trove.plugins.module_utils._guest.command import GuestError
from ansible_collections.stackdb.trove.plugins.module_utils._model.errors import Refused
from ansible_collections.stackdb.trove.plugins.module_utils._plan.runner import reconcile
from ansible_collections.stackdb.trove.tests.unit import replication_builders as build
from ansible_collections.stackdb.trove.tests.unit.fake_replication import FakeServer

SOURCE = Address("10.0.0.1", 3306, "trove_r_2")
TLS = {"ca_cert": "/tls/ca.pem", "client_cert": "/tls/server.pem", "client_key": "/tls/server.key"}
UNREADABLE = {"sql_running": "No", "sql_errno": 1594, "sql_error": "Relay log read failure"}


class Replica(FakeServer):
    def drop_received(self):
        super().drop_received()
        if "forgets" in self.fails:
            self.info["executed"] = "0-1-50"


@pytest.fixture(autouse=True)
def source(monkeypatch):
    found = FakeServer(build.info(1, "0-1-150"))
    for module in (attachment, recovery):
        monkeypatch.setattr(module, "connect", lambda where: found)
    for module in (attachment, catching_up):
        monkeypatch.setattr(module, "check_controller", lambda: None)
    return found


def replica(executed="0-1-100", fails=(), **link):
    return Replica(build.replica(2, executed, link=link), fails=fails)


def heal(server, check_mode=False):
    return reconcile(recovery.Healed(server, SOURCE, TLS, None, True, timeout=0.2), check_mode)


def words(server):
    return [word for _number, word in server.journal]


def test_a_link_that_runs_is_left_alone():
    server = replica()
    assert not heal(server).changed
    assert words(server) == []


@pytest.mark.parametrize("link", [{"io_running": "No"}, {"sql_running": "No"}, {"sql_running": "No", "sql_errno": 1205, "sql_error": "Lock wait timeout"}])
def test_threads_that_stopped_without_an_error_or_for_a_moment_are_started(link):
    server = replica(**link)
    foretold = heal(server, check_mode=True)
    assert words(server) == []
    server.start = lambda: (server._told("start"), server.info["source"].update(io_running="Yes", sql_running="Yes", sql_errno=0, sql_error=""))
    assert heal(server).plan == foretold.plan
    assert words(server) == ["start"]
    assert not heal(server).changed


def test_what_cannot_be_read_is_thrown_away_and_the_source_named_anew_before_the_start():
    server = replica(**UNREADABLE)
    heal(server)
    assert words(server) == ["drop", "follow", "start"]


def test_a_server_that_forgets_what_it_has_executed_is_not_started():
    server = replica(fails=("forgets",), **UNREADABLE)
    with pytest.raises(GuestError, match="0-1-100, and is not started"):
        heal(server)
    assert "start" not in words(server)


@pytest.mark.parametrize(
    ("server", "text"),
    [
        (replica(sql_running="No", sql_errno=1062, sql_error="Duplicate entry '2'"), "not healed by a start.*1062: Duplicate"),
        (replica("0-1-100,0-2-101", io_running="No"), "does not have: 0-2-101"),
        (replica("0-1-100,0-2-101", **UNREADABLE), "does not have: 0-2-101"),
        (replica(sql_running="No", sql_errno=1114, sql_error="The table is full"), "disk is full"),
    ],
)
def test_what_would_lose_anything_is_refused_before_it_is_touched(server, text):
    with pytest.raises(Refused, match=text):
        heal(server)
    assert words(server) == []


@pytest.mark.parametrize("link", [{"io_running": "No"}, UNREADABLE])
def test_what_is_received_again_has_to_be_there(source, link):
    source.info["purged"] = "0-1-120"
    server = replica(**link)
    with pytest.raises(Refused, match="do not reach back"):
        heal(server)
    assert words(server) == []


@pytest.mark.parametrize("link", [{"io_running": "No", "sql_running": "No"}, UNREADABLE, {"host": "10.0.0.9"}, {"host": "10.0.0.9", "sql_running": "No"}])
def test_what_was_received_and_the_source_does_not_have_is_not_thrown_away(source, link):
    source.info.update(executed="0-1-120", logged="0-1-120")
    server = replica(retrieved="0-1-121", **link)
    with pytest.raises(Refused, match="received and not applied what .* does not have: 0-1-121"):
        heal(server)
    assert words(server) == []
    # what it has executed and the source has not is another refusal's, and one that comes by a replica is waited for
    reconcile(recovery.Healed(server, SOURCE, TLS, None, True, timeout=0.2, behind=True), True)
    server.info["source"]["retrieved"] = "0-1-120"
    heal(server)
    assert "start" in words(server)


def test_a_link_to_another_server_is_given_up_with_what_it_could_not_apply():
    server = replica(host="10.0.0.9", sql_running="No", sql_errno=1062, sql_error="Duplicate entry")
    heal(server)
    assert words(server) == ["stop", "read-only for good", "follow", "start"]


@pytest.mark.parametrize("link", [None, build.link(3)])
def test_a_source_that_came_back_takes_no_writes_and_its_clients_are_gone(link):
    server = FakeServer(build.info(2, "0-1-100", source=link))
    server.scheduler = "ON"
    foretold = reconcile(recovery.Fenced(server, 1), True)
    assert reconcile(recovery.Fenced(server, 1), False).plan == foretold.plan
    assert words(server) == ["scheduler OFF", "read-only for good", "disconnect"]
    assert not reconcile(recovery.Fenced(server, 1), False).changed


def test_administrators_of_mysql_are_fenced_too():
    server = FakeServer(build.info(2, "", "mysql", read_only=True, super_read_only=False))
    assert reconcile(recovery.Fenced(server, 1), False).changed


def test_something_has_to_arrive(monkeypatch):
    server, beats = replica(), iter(range(100))
    with pytest.raises(GuestError, match="no heartbeat comes in"):
        catching_up.hear(server, 0.3)
    server.receiving = lambda: f"beat {next(beats)}"
    assert catching_up.hear(server, 5)
    server = replica(io_running="No", io_errno=2003, io_error="gone")
    with pytest.raises(GuestError, match="does not receive"):
        catching_up.hear(server, 0.3)
