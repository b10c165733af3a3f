# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is planned for the three parts of a snapshot's way, and in which order it is done; the guest is faked by autospecs."""

from __future__ import annotations

from unittest.mock import create_autospec

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.mysql.guest import control, data_directory
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.mysql.guest.engines import MariaDB, MySQL
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.mysql_replication.guest import snapshot as guest_snapshot
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.mysql_replication.rules.snapshot_tools import choose
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.mysql_replication.verbs import snapshot
from ansible_collections.stackdb.trove.plugins.module_utils._guest.systemd import Unit
from ansible_collections.stackdb.trove.plugins.module_utils._guest.transient import Transient
from ansible_collections.stackdb.trove.plugins.module_utils._model.errors import Refused
from ansible_collections.stackdb.trove.plugins.module_utils._plan.runner import reconcile

SOURCE = {"name": "shop", "host": "10.0.0.1", "port": 3306}
DATASET = {"datastore": "mariadb", "dataset_size": 1.0, "bytes": 2**30}
REPLICAS = {"shop-1": "10.0.0.2", "shop-2": "10.0.0.3"}
DONE = {"streams": [0, 0], "complete": True, "bytes": 5, "seconds": 1.5, "log": ["all well"]}


class FakeGuest:
    """What a guest is asked and told: `journal` holds the names of what was called, with their arguments."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.journal: list[tuple] = []
        self.state, self.free, self.missing, self.received, self.done = "blank", 2**40, [], None, DONE
        self.fails: set[str] = set()
        self.lacks: set[tuple[str, str]] = set()
        for module, names in ((guest_snapshot, "check listen mark write_note send wait_until_received"), (control, "initialise start stop set_live")):
            for name in names.split():
                monkeypatch.setattr(module, name, create_autospec(getattr(module, name), side_effect=self._told(name)))
        for module, name, answer in (
            (guest_snapshot, "missing_programs", lambda _programs: self.missing),
            (guest_snapshot, "lacks_option", lambda program, option: (program, option) in self.lacks),
            (guest_snapshot, "received", lambda _datadir, _names: self.received),
            (data_directory, "look", lambda path: {"path": path, "state": self.state, "schemas": [], "size": 2**40, "free": self.free}),
        ):
            monkeypatch.setattr(module, name, create_autospec(getattr(module, name), side_effect=answer))
        receiver = create_autospec(Transient, instance=True)
        receiver.forget.side_effect = self._told("forget receiver")
        monkeypatch.setattr(guest_snapshot, "RECEIVER", receiver)

    def _told(self, name: str):
        def told(*given: object, **options: object):
            self.journal.append((name, *given, *options.values()))
            if name in self.fails:
                raise Refused(f"no {name}")
            if name == "wait_until_received":
                self.state = "received"
            return self.done if name == "send" else None

        return told

    @property
    def names(self) -> list[str]:
        return [name for name, *_given in self.journal]


@pytest.fixture
def guest(monkeypatch: pytest.MonkeyPatch) -> FakeGuest:
    return FakeGuest(monkeypatch)


def engine(kind: type = MariaDB, state: str = "inactive"):
    found = create_autospec(kind, instance=True)
    found.name, found.let_root_write, found.service = kind.name, kind.let_root_write, create_autospec(Unit, instance=True)
    found.service.show.return_value = {"state": state}
    return found


def way(tool: str = "auto", engine_name: str = "mariadb") -> snapshot.Way:
    return snapshot.Way(choose(tool, engine_name), 4444, "/tls", 600)


def listen(check_mode: bool = False, of: object = None, through: snapshot.Way | None = None, dataset: dict | None = None):
    return reconcile(snapshot.Listening(through or way(), of or engine(), "/data", SOURCE, DATASET if dataset is None else dataset), check_mode)


# listening

def test_a_blank_replica_listens(guest: FakeGuest) -> None:
    foretold = listen(check_mode=True)
    assert guest.journal == []
    assert foretold.after == {"path": "/data", "state": "receiving", "schemas": [], "size": 2**40, "free": 2**40}
    done = listen()
    assert done.plan == foretold.plan
    assert guest.names == ["check", "forget receiver", "mark", "listen"]
    call, port, timeout, user = guest.journal[-1][1:]
    assert (call.program, port, timeout, user) == ("snapshot-receive", 4444, 600, "mysql")
    assert (call.environment["PEER"], call.environment["PATIENCE"]) == ("shop", "600")
    assert (call.environment["RECEIVING"], call.environment["RECEIVED"]) == ("/data/.stackdb-trove-receiving", "/data/.stackdb-trove-received")
    note = {"master": {"host": "10.0.0.1", "port": 3306}, "dataset": {"datastore": "mariadb", "dataset_size": 1.0}}
    assert guest.journal[2] == ("mark", "/data", note)


@pytest.mark.parametrize(("state", "changes"), [("initialising", True), ("receiving", True), ("received", False), ("initialised", False), ("foreign", False)])
def test_only_what_is_half_filled_is_started_over_with(guest: FakeGuest, state: str, changes: bool) -> None:
    guest.state = state
    done = listen()
    assert done.changed is changes
    assert ("half-filled" in done.plan.text()) is changes


def test_a_server_on_half_filled_data_is_stopped_first(guest: FakeGuest) -> None:
    guest.state = "receiving"
    listen(of=engine(state="active"))
    assert guest.names[:2] == ["check", "stop"]


def test_a_server_on_another_data_directory_is_not_stopped(guest: FakeGuest) -> None:
    listen(of=engine(state="active"))
    assert "stop" not in guest.names


def test_a_program_of_another_version_is_seen_before_anything_is_touched(guest: FakeGuest) -> None:
    guest.fails = {"check"}
    with pytest.raises(Refused, match="no check"):
        listen()
    assert guest.names == ["check"]


def test_check_mode_does_not_ask_for_programs_that_the_role_would_have_installed(guest: FakeGuest) -> None:
    guest.fails = {"check"}
    assert listen(check_mode=True).changed


def test_there_has_to_be_room(guest: FakeGuest) -> None:
    guest.free = 2**30
    assert listen(check_mode=True).changed
    guest.free -= 1
    with pytest.raises(Refused, match="The source holds 1.00 GiB, and /data has room for 1.00 GiB") as refused:
        listen()
    assert (refused.value.details["needed"], refused.value.details["free"]) == (2**30, 2**30 - 1)
    assert listen(check_mode=True, dataset={}).changed, "of a source that does not say how much it holds"


def test_what_a_tool_needs_has_to_be_there(guest: FakeGuest) -> None:
    guest.missing = ["zstd", "socat"]
    with pytest.raises(Refused, match="mariadb_backup needs zstd, socat on a replica"):
        listen()
    with pytest.raises(Refused, match="mariadb_backup needs zstd, socat on the source"):
        send()
    guest.state = "initialised"
    assert not listen().changed


@pytest.mark.parametrize(("name", "kind", "writes"), [("mariadb", MariaDB, []), ("mysql", MySQL, ["SET GLOBAL super_read_only = OFF"])])
def test_a_dump_is_unpacked_by_a_server(guest: FakeGuest, name: str, kind: type, writes: list) -> None:
    listen(of=engine(kind), through=way("dump", name))
    assert guest.names == ["check", "forget receiver", "initialise", "write_note", "start", "set_live", "listen"]
    assert list(guest.journal[5][1]) == writes
    assert guest.journal[-1][-1] == "root", "mysql could not come in by the socket"


# sending

def send(check_mode: bool = False, replicas: dict | None = None, storage_engines: dict | None = None):
    return reconcile(snapshot.Sent(way(), storage_engines or {}, REPLICAS if replicas is None else replicas, "/data/work"), check_mode)


def test_one_snapshot_goes_to_all(guest: FakeGuest) -> None:
    assert send(check_mode=True).after == {"replicas": ["shop-1", "shop-2"]}
    assert guest.journal == []
    done = send()
    assert guest.names == ["check", "send"]
    call, workspace, count, timeout = guest.journal[-1][1:]
    assert (call.program, workspace, count, timeout) == ("snapshot-send", "/data/work", 2, 600)
    assert call.arguments[-4:] == ("shop-1", "10.0.0.2:4444", "shop-2", "10.0.0.3:4444")
    assert done.result == {"streams": {"shop-1": True, "shop-2": True}, "bytes": 5, "seconds": 1.5}


def test_a_dump_that_would_lose_a_history_is_refused(guest: FakeGuest) -> None:
    """mariadb-dump before 10.11 has no --dump-history."""
    sent = snapshot.Sent(way("dump"), {"SYSTEM VERSIONED": ["shop.prices"]}, REPLICAS, "/data/work")
    assert reconcile(sent, check_mode=True).changed
    guest.lacks = {("mariadb-dump", "--dump-history")}
    with pytest.raises(Refused, match="mariadb-dump of this version has no --dump-history, and the history of shop.prices would be lost"):
        reconcile(sent, check_mode=False)
    assert guest.journal == []


def test_a_stream_that_broke_does_not_spoil_the_other(guest: FakeGuest) -> None:
    guest.done = {**DONE, "streams": [1, 0]}
    assert send().result["streams"] == {"shop-1": False, "shop-2": True}


@pytest.mark.parametrize("done", [{"streams": [1, None]}, {"complete": False}])
def test_a_snapshot_that_nobody_received_is_an_error(guest: FakeGuest, done: dict) -> None:
    guest.done = {**DONE, **done}
    with pytest.raises(Refused, match="No replica has received the snapshot. The log says:\nall well") as refused:
        send()
    assert refused.value.details["streams"] == {"shop-1": False, "shop-2": False}


def test_nobody_listens(guest: FakeGuest) -> None:
    guest.missing = ["zstd"]
    assert not send(replicas={}).changed


def test_tables_that_the_tool_does_not_copy_are_refused(guest: FakeGuest) -> None:
    with pytest.raises(Refused, match="MEMORY: shop.cart"):
        send(check_mode=True, storage_engines={"MEMORY": ["shop.cart"]})


# received

def receive(check_mode: bool = False):
    return reconcile(snapshot.Received(choose("auto", "mariadb"), "/data", 600), check_mode)


def test_the_end_is_waited_for(guest: FakeGuest) -> None:
    guest.state = "receiving"
    assert receive(check_mode=True).after["state"] == "received"
    assert guest.journal == []
    guest.received = {"master": {}}
    done = receive()
    assert guest.journal == [("wait_until_received", "/data", 600)]
    assert (done.changed, done.after["state"], done.after["snapshot"]) == (True, "received", {"master": {}})


@pytest.mark.parametrize("state", ["received", "initialised"])
def test_what_is_complete_stays_as_it_is(guest: FakeGuest, state: str) -> None:
    guest.state = state
    assert not receive().changed


@pytest.mark.parametrize("state", ["blank", "initialising"])
def test_who_has_not_listened_has_nothing_to_wait_for(guest: FakeGuest, state: str) -> None:
    guest.state = state
    with pytest.raises(Refused, match=f"/data is {state}: it has not listened"):
        receive()
