# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is seen of the local server, over autospecced connections and fakes."""

from __future__ import annotations

from pathlib import Path
from unittest.mock import create_autospec

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.mysql.guest import connection as mysql
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.mysql.guest.engines import MariaDB, MySQL
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.mysql_replication.guest import replication
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.mysql_replication.guest.mariadb import MariaDb
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.mysql_replication.guest.mysql import MySql
from ansible_collections.stackdb.trove.plugins.module_utils._guest.command import GuestError
from ansible_collections.stackdb.trove.plugins.module_utils._guest.systemd import Unit
from ansible_collections.stackdb.trove.tests.unit import replication_builders as build
from ansible_collections.stackdb.trove.tests.unit.fake_replication import FakeServer

CONNECT = replication.connect


class FakeLocal(FakeServer):
    """A FakeServer with what only the local one is asked for."""

    directory = "/nowhere"

    def paths(self):
        return {"datadir": self.directory, "log_bin_basename": f"{self.directory}/bin", "relay_log_basename": None}

    def replicas(self):
        return [{"user": "trove_r_3", "host": "10.0.0.3"}]

    def other_engines(self):
        return {"MyISAM": ["shop.log"]}

    def versioned(self):
        return {"SYSTEM VERSIONED": ["shop.prices"]}


@pytest.fixture
def guest(monkeypatch: pytest.MonkeyPatch):
    """Makes a guest: what connects to a host, or to the local socket (None), and which engines are installed."""

    def make(servers: dict, installed: tuple = ("mariadb",)) -> None:
        def fake_connect(where: dict):
            found = servers.get(where.get("host"))
            if isinstance(found, FakeServer):
                return found
            raise found or GuestError("Can't connect", code=2003)

        monkeypatch.setattr(replication, "connect", create_autospec(CONNECT, side_effect=fake_connect))
        engines = {}
        for kind in (MariaDB, MySQL):
            engine = create_autospec(kind, instance=True)
            engine.name, engine.service = kind.name, create_autospec(Unit, instance=True)
            engine.version.return_value = "10.11.19" if kind.name in installed else None
            engine.service.show.return_value = {"state": "active"}
            engines[kind.name] = engine
        monkeypatch.setattr(replication, "ENGINES", engines)
        return engines

    return make


def test_a_server_that_runs(guest, tmp_path: Path) -> None:
    for name, size in (("ibdata1", 100), ("bin.000001", 7), ("shop.MYD", 20)):
        (tmp_path / name).write_bytes(b"x" * size)
    server = FakeLocal(build.replica(2, "0-1-100", purged="0-1-9"))
    server.directory = str(tmp_path)
    guest({None: server})
    info = replication.observe("/socket")
    assert (info["reachable"], info["error"], info["service"], info["engine"], info["purged"]) == (True, None, "active", "mariadb", "0-1-9")
    assert info["data_bytes"] == 120, "binary logs are not copied"
    assert info["source"]["answers"] is None
    assert info["replicas"] == [{"user": "trove_r_3", "host": "10.0.0.3"}]
    assert info["engines_not_copyable"] == {"MyISAM": ["shop.log"], "SYSTEM VERSIONED": ["shop.prices"]}
    assert set(build.info(2)) <= set(info), "the builders make what is not there"


def test_what_was_purged_is_not_asked_where_there_is_no_log(guest) -> None:
    guest({None: FakeLocal(build.info(2, log_bin=False, purged="0-1-9"))})
    assert replication.observe("/socket")["purged"] is None


def test_a_server_that_is_down(guest) -> None:
    guest({}, installed=("mysql",))
    info = replication.observe("/socket")
    assert (info["reachable"], info["error"], info["engine"], info["executed"], info["source"]) == (False, "Can't connect", "mysql", None, None)


def test_nothing_is_installed_and_no_systemd(guest) -> None:
    guest({}, installed=())
    assert replication.observe("/socket")["service"] == "inactive"
    engines = guest({})
    engines["mariadb"].service.show.side_effect = GuestError("no systemd")
    assert replication.observe("/socket")["service"] == "unknown"


@pytest.mark.parametrize(("verdict", "answers"), [("dead", False), ("alive", True), ("hung", True), ("unknown", True)])
def test_whether_the_source_is_dead(guest, monkeypatch: pytest.MonkeyPatch, verdict: str, answers: bool) -> None:
    guest({None: FakeLocal(build.replica(2, "0-1-100"))})
    monkeypatch.setattr(replication.probe, "probe", lambda _server, link: {"verdict": verdict, "why": link["host"]})
    link = replication.observe("/socket", ask_source=True)["source"]
    assert (link["answers"], link["probe"]) == (answers, {"verdict": verdict, "why": "10.0.0.1"})


@pytest.mark.parametrize(
    ("version", "kind"),
    [("10.11.19-MariaDB-0+deb12u1", MariaDb), ("8.0.23", MySql), ("9.1.0-0ubuntu1", MySql), ("8.4.3", MySql), ("8.0.22", None), ("5.7.44-log", None)],
)
def test_the_dialect_goes_by_the_version(monkeypatch: pytest.MonkeyPatch, version: str, kind: type | None) -> None:
    connection = create_autospec(mysql.Connection, instance=True)
    connection.select.return_value = {"version": version}
    monkeypatch.setattr(mysql, "Connection", create_autospec(mysql.Connection, return_value=connection))
    if kind:
        assert isinstance(replication.connect({"host": "a"}), kind)
        return
    with pytest.raises(GuestError, match="too old"):
        replication.connect({"host": "a"})
    connection.close.assert_called_once_with()
