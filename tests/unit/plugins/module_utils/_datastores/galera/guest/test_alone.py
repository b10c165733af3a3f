# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""System tables upgraded outside of the cluster. systemd and the server are fakes with the real signatures."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from unittest.mock import MagicMock, Mock, create_autospec

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.galera.guest import alone, member, processes
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.mysql.guest import connection
from ansible_collections.stackdb.trove.plugins.module_utils._guest.command import GuestError
from ansible_collections.stackdb.trove.plugins.module_utils._guest.transient import Transient
from ansible_collections.stackdb.trove.tests.unit.galera_builders import grastate, stopped


class FakeServer:
    """A server in a transient unit.

    :param state: of what an earlier run has left
    """

    def __init__(self, monkeypatch: pytest.MonkeyPatch, directory: Path, state: str = "missing", answers: bool = True) -> None:
        self.now, self.answers, self.events, self.info = state, answers, [], stopped(grastate=grastate(seqno=9))
        self.unit = create_autospec(Transient, instance=True)
        self.unit.state.side_effect = lambda: self.now
        self.unit.start.side_effect = self._start
        self.unit.forget.side_effect = self._forget
        self.unit.log.return_value = ["[Note] one", "[ERROR] no key"]
        self.upgrade = Mock(side_effect=lambda _timeout, socket: self.events.append(f"upgrade at {socket}"))
        monkeypatch.setattr(alone, "_SERVER", self.unit)
        monkeypatch.setattr(alone, "_DIRECTORY", str(directory / "own"))
        monkeypatch.setattr(alone, "MARIADB", Mock(upgrade_tables=self.upgrade, user="mysql"))
        monkeypatch.setattr(alone.shutil, "chown", create_autospec(alone.shutil.chown))
        monkeypatch.setattr(processes, "unit_options", lambda: ["--own-key"])
        monkeypatch.setattr(member, "observe", lambda: self.info)
        monkeypatch.setattr(connection, "query", self._query)
        monkeypatch.setattr(connection, "Connection", MagicMock(return_value=MagicMock(__enter__=lambda _self: self)))

    def _start(self, argv: list[str], *_args: Any, **_more: Any) -> None:
        self.argv, self.now = argv, "running"
        self.events.append("start")

    def _forget(self) -> None:
        self.events += ["killed"] if self.now == "running" else []
        self.now = "missing"

    def _query(self, _socket: str, _statement: str) -> list[Any]:
        if not self.answers:
            raise GuestError("Can't connect")
        return []

    def rows(self, statement: str) -> list[Any]:
        if not self.answers:
            raise GuestError("Can't connect")
        self.events.append(statement)
        self.now = "done"
        return []


def test_nobody_but_us_reaches_the_server(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    server = FakeServer(monkeypatch, tmp_path)
    alone.upgrade_tables(5)
    assert server.events == ["start", f"upgrade at {alone._SOCKET}", "SHUTDOWN"]
    assert {"--wsrep-on=OFF", "--wsrep-provider=none", "--skip-networking", "--skip-slave-start", "--event-scheduler=OFF", "--own-key"} <= {*server.argv}
    assert (tmp_path / "own").stat().st_mode & 0o777 == 0o700


def test_what_a_killed_run_has_left_is_ended_in_order(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    server = FakeServer(monkeypatch, tmp_path, state="running")
    alone.upgrade_tables(5)
    assert server.events[:2] == ["SHUTDOWN", "start"]
    server.now, server.answers = "running", False
    alone.end(5)
    assert server.events[-1] == "killed"


def test_a_server_that_does_not_start_says_why(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    server = FakeServer(monkeypatch, tmp_path)
    server.unit.start.side_effect = lambda *_args, **_more: setattr(server, "now", "failed")
    with pytest.raises(GuestError, match=r"did not start for its system tables: \[ERROR\] no key"):
        alone.upgrade_tables(5)


def test_one_that_does_not_answer_is_ended(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    server = FakeServer(monkeypatch, tmp_path, answers=False)
    with pytest.raises(GuestError, match="did not answer within 0 s"):
        alone.upgrade_tables(0)
    assert server.now == "missing"


def test_an_upgrade_that_fails_leaves_no_server(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    server = FakeServer(monkeypatch, tmp_path)
    server.upgrade.side_effect = GuestError("mariadb-upgrade failed")
    with pytest.raises(GuestError, match="mariadb-upgrade failed"):
        alone.upgrade_tables(5)
    assert server.events == ["start", "SHUTDOWN"]


def test_the_position_of_its_data_has_to_be_the_same(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    server = FakeServer(monkeypatch, tmp_path)
    server.upgrade.side_effect = lambda _timeout, _socket: setattr(server, "info", stopped(grastate=grastate(seqno=-1)))
    with pytest.raises(GuestError, match="The member was not started"):
        alone.upgrade_tables(5)
