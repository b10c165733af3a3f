# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is read from a member's data directory, over files as Galera and its state transfers leave them."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.galera.guest import member
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.mysql.guest import engines
from ansible_collections.stackdb.trove.plugins.module_utils._guest.command import GuestError
from ansible_collections.stackdb.trove.tests.unit.fake_database import FakeDatabase, fake_unit, pairs, state
from ansible_collections.stackdb.trove.tests.unit.fake_programs import FakePrograms
from ansible_collections.stackdb.trove.tests.unit.galera_builders import info

GRASTATE = """# GALERA saved state
version: 2.1
uuid:    12ad3d26-e595-11f1-9ec9-577aa3f41660
seqno:   9
safe_to_bootstrap: 1
"""
GVWSTATE = """my_uuid: 3b4a1f60-e595-11f1-8a42-5b0f8d7ab7a1
#vwbeg
view_id: 3 12ad3d26-e595-11f1-9ec9-577aa3f41660 3
bootstrap: 0
member: 12ad3d26-e595-11f1-9ec9-577aa3f41660 0
member: 3b4a1f60-e595-11f1-8a42-5b0f8d7ab7a1 0
#vwend
"""


def test_grastate(tmp_path: Path) -> None:
    assert member._grastate(tmp_path) is None
    (tmp_path / "grastate.dat").write_text(GRASTATE)
    assert member._grastate(tmp_path) == {"uuid": "12ad3d26-e595-11f1-9ec9-577aa3f41660", "seqno": 9, "safe_to_bootstrap": True}


def test_grastate_cut_off_by_a_crash(tmp_path: Path) -> None:
    (tmp_path / "grastate.dat").write_text("# GALERA saved state\nversion: 2.1\n")
    assert member._grastate(tmp_path) is None


def test_last_view(tmp_path: Path) -> None:
    assert member._last_view(tmp_path) is None
    (tmp_path / "gvwstate.dat").write_text(GVWSTATE)
    assert member._last_view(tmp_path) == 2


@pytest.mark.parametrize(
    ("there", "expected"),
    [
        ([], {"initialised": False, "unfinished": False, "receiving": False, "copied": False}),
        (["mysql"], {"initialised": True, "unfinished": False, "receiving": False, "copied": False}),
        (["mysql", member.UNFINISHED], {"initialised": False, "unfinished": True, "receiving": False, "copied": False}),
        (["sst_in_progress"], {"initialised": False, "unfinished": False, "receiving": True, "copied": False}),
        (["mysql", "xtrabackup_galera_info_SST"], {"initialised": True, "unfinished": False, "receiving": False, "copied": True}),
        (["mysql", "xtrabackup_galera_info"], {"initialised": True, "unfinished": False, "receiving": False, "copied": True}),
    ],
)
def test_datadir(tmp_path: Path, there: list, expected: dict) -> None:
    for name in there:
        (tmp_path / name).touch()
    found = member._datadir(tmp_path)
    assert {key: found[key] for key in expected} == expected


SETTINGS = (
    "--datadir={}\n--socket=/run/x.sock\n--wsrep-cluster-name=products\n--wsrep_node_address=10.0.0.1\n"
    "--wsrep_cluster_address=gcomm://10.0.0.1,[2001:db8::1]\n--port=3306\n"
)
STATUS = pairs(
    wsrep_ready="ON", wsrep_connected="ON", wsrep_local_state_comment="Synced", wsrep_cluster_status="Primary", wsrep_cluster_size="3",
    wsrep_cluster_state_uuid="u", wsrep_local_state_uuid="u", wsrep_last_committed="0",
    wsrep_replicated_bytes="5", wsrep_received_bytes="7",
    wsrep_incoming_addresses="10.0.0.1:3306,,[2001:db8::1]:3306",
)  # fmt: skip
VARIABLES = pairs(wsrep_on="ON", wsrep_cluster_name="products", wsrep_provider_options="gcache.page_size = 1G; gcache.size = 2G;")


class Guest:
    """A fake guest with a member's data directory."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, directory: Path, state_: str) -> None:
        programs = FakePrograms(my_print_defaults=SETTINGS.format(directory), mariadbd="mariadbd  Ver 10.11.18-MariaDB\n")
        programs.install(monkeypatch, member, engines)
        self.database = FakeDatabase({"SHOW GLOBAL STATUS LIKE": STATUS, "SHOW GLOBAL VARIABLES": VARIABLES}).install(monkeypatch)
        monkeypatch.setattr(member, "SERVICE", fake_unit(state(state_, started=1000.0)))
        monkeypatch.setattr(member, "SOCKET", fake_unit(state("inactive")))


def test_a_member_that_answers(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "grastate.dat").write_text(GRASTATE)
    guest = Guest(monkeypatch, tmp_path, "active")
    found = member.observe("10.0.0.9")
    assert (found["address"], found["node_address"], found["version"]) == ("10.0.0.9", "10.0.0.1", "10.11.18")
    assert found["service"] == {"state": "active", "started": 1000.0, "enabled": True, "outdated": False, "socket_activation": True}
    assert found["configured_members"] == ["10.0.0.1", "2001:db8::1"]
    assert (found["reachable"], found["error"]) == (True, None)
    assert found["cluster_name"] == {"configured": "products", "live": "products"}
    assert found["wsrep"] is not None
    assert len(found["wsrep"].pop("looks")) == 1  # type: ignore[misc]
    assert found["wsrep"] == {
        "on": True, "ready": True, "connected": True, "local_state": "Synced", "cluster_status": "Primary", "cluster_size": 3,
        "cluster_state_uuid": "u", "local_state_uuid": "u", "last_committed": 0, "addresses": ["10.0.0.1", "2001:db8::1"], "members": 2,
        "cached_downto": 0, "cache_bytes": 2 * 1024**3, "set_bytes": 12, "commits": 0, "uptime": 0, "clients": 0,
    }  # fmt: skip
    assert guest.database.where == [{"unix_socket": "/run/x.sock", "user": "root", "read_timeout": 10}]
    assert member.identity(found) == {"id": "u", "addresses": ["10.0.0.1"]}


def test_a_server_outside_of_any_cluster(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    guest = Guest(monkeypatch, tmp_path, "reloading")
    guest.database.answers.update({"SHOW GLOBAL STATUS LIKE": pairs(wsrep_ready="OFF"), "SHOW GLOBAL VARIABLES": pairs(wsrep_on="OFF")})
    wsrep = member.observe()["wsrep"]
    assert wsrep is not None
    assert (wsrep["on"], wsrep["ready"], wsrep["connected"], wsrep["cluster_size"], wsrep["last_committed"]) == (False, False, False, 0, -1)
    assert (wsrep["addresses"], wsrep["members"], wsrep["local_state"]) == ([], 0, None)


def test_a_member_that_does_not_answer(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    guest = Guest(monkeypatch, tmp_path, "active")
    guest.database.answers = {"": GuestError("Access denied")}
    found = member.observe()
    assert (found["reachable"], found["error"], found["wsrep"], found["cluster_name"]["live"]) == (False, "Access denied", None, None)


def test_a_member_that_is_down_is_known_by_its_files(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "grastate.dat").write_text(GRASTATE)
    guest = Guest(monkeypatch, tmp_path, "inactive")
    found = member.observe()
    assert (found["reachable"], found["error"], found["wsrep"], guest.database.where) == (False, None, None, [])
    assert member.identity(found) == {"id": "12ad3d26-e595-11f1-9ec9-577aa3f41660", "addresses": ["10.0.0.1"]}


def test_a_host_without_a_server(monkeypatch: pytest.MonkeyPatch) -> None:
    FakePrograms().install(monkeypatch, member, engines)
    found = member._settings()
    assert (found.datadir, found.socket, found.wsrep_cluster_name, found.wsrep_node_address) == (
        "/var/lib/mysql", "/run/mysqld/mysqld.sock", None, None,
    )  # fmt: skip


def test_who_is_not_known_has_no_identity() -> None:
    assert member.identity(info(node_address=None)) == {"id": None, "addresses": []}


def test_members_by_the_settings() -> None:
    assert member._configured("gcomm://10.0.0.1:4567, db-2,[2001:db8::1]:4567,[2001:db8::2]?pc.wait_prim=no") == [
        "10.0.0.1", "db-2", "2001:db8::1", "2001:db8::2",
    ]  # fmt: skip
    assert member._configured("gcomm://") == member._configured("") == []


def test_addresses() -> None:
    assert member._addresses("10.0.0.1:3306,,[2001:db8::1]:3306") == ["10.0.0.1", "2001:db8::1"]


@pytest.mark.parametrize(
    ("text", "size"), [("gcache.size = 128M; a = 1", 128 * 1024**2), ("a=1;gcache.size=5", 5), ("gcache.page_size = 1G;", None), ("", None)]
)
def test_the_size_of_the_cache(text: str, size: int | None) -> None:
    assert member._cache_bytes(text) == size
