# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is planned for a member of a ring, and in which order it is done, over FakeServers."""

from __future__ import annotations

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.mysql_replication.rules.info import Address
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.mysql_replication.verbs import ring, ring_left
from ansible_collections.stackdb.trove.plugins.module_utils._guest.command import GuestError
from ansible_collections.stackdb.trove.plugins.module_utils._model.errors import Refused
from ansible_collections.stackdb.trove.plugins.module_utils._plan.runner import reconcile
from ansible_collections.stackdb.trove.tests.unit import replication_builders as build
from ansible_collections.stackdb.trove.tests.unit.fake_replication import FakeServer

SOURCE = Address("10.0.0.1", 3306, "trove_r_2")
TLS = {"ca_cert": "/tls/ca.pem", "client_cert": "/tls/server.pem", "client_key": "/tls/server.key"}
PLAIN = {"gtid_domain_id": 0, "auto_increment_increment": 1, "auto_increment_offset": 1, "slave_parallel_threads": 4}
OF_RING = {"gtid_domain_id": 2, "auto_increment_increment": 3, "auto_increment_offset": 2, "slave_parallel_threads": 0}


class FakeMember:
    """A fake: settings in a dictionary of the FakeServer."""

    def __init__(self, server: FakeServer) -> None:
        self.server = server

    def settings(self) -> dict[str, int]:
        return dict(self.server.values)

    def set_settings(self, wanted: dict[str, int]) -> None:
        self.server._told("set")
        if "slave_parallel_threads" in wanted and self.server.info["source"]:
            self.server.stop()
        self.server.values.update(wanted)

    def standing(self) -> dict[str, str]:
        return {"current": self.server.info["executed"], "applied": self.server.applied}

    def stand_at_current(self) -> str:
        self.server._told("stand")
        return self.server.info["executed"]

    def follow(self, source: Address, tls: dict) -> None:
        self.server.follow(source, tls)


@pytest.fixture(autouse=True)
def source(monkeypatch: pytest.MonkeyPatch) -> FakeServer:
    """The FakeServer that a member finds when it connects to the one before it."""
    found = FakeServer(build.info(1, "0-1-10"))
    for verb in (ring, ring_left):
        monkeypatch.setattr(verb, "RingMember", FakeMember)
        monkeypatch.setattr(verb, "check_controller", lambda: None)
    monkeypatch.setattr(ring, "connect", lambda where: found)
    monkeypatch.setattr(ring, "catch_up", lambda server, target, timeout: server._told(f"wait for {target}"))
    return found


def server(info: dict, values: dict | None = None, applied: str = "0-1-10") -> FakeServer:
    found = FakeServer(info)
    found.values, found.applied = dict(values or PLAIN), applied
    return found


def healthy(**changes: object) -> dict:
    return build.replica(2, "0-1-10", link={"user": "trove_r_2"}, **changes)


def takes_its_place(one: FakeServer, disconnect: bool = False, opens: bool = False, check_mode: bool = False):
    return reconcile(ring.InRing(one, SOURCE, TLS, 3, 2, disconnect, opens, timeout=0.2), check_mode)


def words(one: FakeServer) -> list[str]:
    return [word for _number, word in one.journal]


def test_a_replica_has_its_settings_and_goes_on_replicating() -> None:
    one = server(healthy())
    foretold = takes_its_place(one, check_mode=True)
    assert one.journal == []
    assert takes_its_place(one).plan == foretold.plan
    assert words(one) == ["set", "stop", "disconnect", "start"]
    assert one.values == OF_RING
    assert one.info["read_only"], "who opens it says so"
    assert not takes_its_place(one).changed


def test_it_takes_writes_when_it_has_what_was_written_before() -> None:
    one = server(healthy(), OF_RING)
    assert takes_its_place(one, opens=True).changed
    assert words(one) == ["wait for 0-1-10", "writable for good"]
    assert not takes_its_place(one, opens=True).changed


def test_the_source_closes_the_ring_and_is_writable_all_the_time(source: FakeServer) -> None:
    source.info = build.replica(1, "0-2-10")
    one = server(build.info(2, "0-2-10"), applied="")
    foretold = takes_its_place(one, disconnect=True, check_mode=True)
    done = takes_its_place(one, disconnect=True)
    assert done.plan == foretold.plan
    assert words(one) == ["set", "disconnect", "stand", "follow", "start"]
    assert "two members may write the same row" in str(done.plan.view())
    assert not takes_its_place(one).changed


def test_a_link_that_was_forgotten_goes_on_from_where_it_stood() -> None:
    one = server(build.info(2, "0-1-10,2-2-50"), OF_RING, applied="0-1-10,2-2-40")
    takes_its_place(one)
    assert words(one) == ["follow", "start"]


def test_what_the_one_before_it_never_receives_is_not_waited_for_for_ever(source: FakeServer) -> None:
    one = server(build.info(2, "0-2-12"), OF_RING, applied="")
    source.info = build.replica(1, "0-2-10")
    with pytest.raises(GuestError, match="has not received 0-2-12 within"):
        takes_its_place(one)
    assert words(one) == ["stand"]


@pytest.mark.parametrize(
    ("link", "told"),
    [
        ({"io_running": "No", "io_error": "gone"}, ["start"]),
        ({"sql_running": "No"}, ["start"]),
        ({"host": "10.0.0.9"}, ["stop", "follow"]),
        ({"client_key": "/old"}, ["stop", "follow"]),
        ({"tls": False}, ["stop", "follow"]),
    ],
)
def test_a_repair_leaves_a_member_writable(link: dict, told: list[str]) -> None:
    one = server(build.replica(2, "0-1-10", link={"user": "trove_r_2", **link}, read_only=False), OF_RING)
    takes_its_place(one)
    assert words(one)[: len(told)] == told
    assert not any("read-only" in word for word in words(one))


def test_clients_are_disconnected_again_where_others_are_about_to_open() -> None:
    one = server(healthy(read_only=False), OF_RING)
    takes_its_place(one, disconnect=True)
    assert "disconnect" in words(one)


@pytest.mark.parametrize(
    ("info", "says"),
    [
        (build.replica(2, "0-1-10", link={"user": "trove_r_2", "sql_error": "Duplicate entry"}), "cannot apply what it received: Duplicate entry"),
        (build.replica(2, "0-1-10,0-2-11", link={"user": "trove_r_2"}), "does not have: 0-2-11"),
        (healthy(facts=build.facts(replica_filters=["replicate_do_db = x"])), "replica_filters"),
        (healthy(facts=build.facts(binlog_filters=["binlog_do_db = x"])), "binlog_filters"),
        (build.replica(2, "0-1-10", link={"user": "trove_r_2", "delay": 9}), "delay"),
    ],
)
def test_what_is_refused_is_not_touched(info: dict, says: str) -> None:
    one = server(info)
    with pytest.raises(Refused, match=says):
        takes_its_place(one, opens=True)
    assert one.journal == []


def test_a_link_that_does_not_come_back_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    one = server(build.replica(2, "0-1-10", link={"user": "trove_r_2", "io_running": "No", "io_error": "error 1236"}), OF_RING)
    monkeypatch.setattr(FakeServer, "start", lambda self: self._told("start"))
    with pytest.raises(GuestError, match="did not start within .*error 1236"):
        takes_its_place(one)
    one.info["source"]["sql_error"] = ""
    monkeypatch.setattr(FakeServer, "start", lambda self: self.info["source"].update(sql_error="Duplicate entry"))
    with pytest.raises(Refused, match="Duplicate entry"):
        takes_its_place(one)


def leaves(one: FakeServer, executed: list[str] | None = None, threads: int | None = 4, opens: bool = False):
    return reconcile(ring_left.OutOfRing(one, executed, threads, opens, timeout=0.2), False)


def test_a_member_closes_and_again_until_it_is_out() -> None:
    one = server(healthy(read_only=False), OF_RING)
    for _run in range(2):
        assert reconcile(ring_left.Closed(one, 1), False).changed
    assert words(one) == ["read-only for good", "disconnect"] * 2
    leaves(one)
    assert not reconcile(ring_left.Closed(one, 1), False).changed


def test_the_one_that_goes_on_has_all_that_the_others_have() -> None:
    one = server(build.replica(2, "0-1-10,2-2-9,3-3-7", link={"user": "trove_r_2"}, read_only=False), OF_RING)
    with pytest.raises(GuestError, match="has not received 3-3-8 within .*They are read-only, and nothing is lost"):
        leaves(one, ["0-1-10,3-3-7", "0-1-10,3-3-8"])
    assert words(one) == []
    assert leaves(one, ["0-1-10,3-3-7", "0-1-10,2-2-9"]).changed
    assert words(one)[:2] == ["forget", "set"]
    assert "disconnect" in words(one)
    assert one.values == PLAIN
    assert not leaves(one, ["0-1-10,3-3-7"]).changed


def test_one_that_was_closed_opens_with_all_that_the_others_have_and_in_the_ring_until_then() -> None:
    one = server(build.replica(2, "0-1-10,3-3-7", link={"user": "trove_r_2"}), OF_RING)
    with pytest.raises(GuestError, match="has not received 3-3-8 within"):
        leaves(one, ["3-3-8"], opens=True)
    assert words(one) == []
    leaves(one, ["3-3-7"], opens=True)
    assert words(one) == ["forget", "writable for good", "set", "disconnect"]
    assert not leaves(one, ["3-3-7"], opens=True).changed
    standing = server(build.info(2, "0-1-10,3-3-7", read_only=True), OF_RING)
    with pytest.raises(GuestError, match="has not received 3-3-8 within"):
        leaves(standing, ["3-3-8"], opens=True)
    assert words(standing) == []


def test_the_others_go_on_replicating() -> None:
    one = server(healthy(), OF_RING)
    leaves(one)
    assert (words(one), one.values) == (["set", "stop", "disconnect", "start"], PLAIN)
    behind = server(build.replica(2, "0-1-10", link={"user": "trove_r_2", "io_running": "No"}), OF_RING)
    leaves(behind, threads=None)
    assert (words(behind), behind.values) == (["set", "disconnect"], {**PLAIN, "slave_parallel_threads": 0})
