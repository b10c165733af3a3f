# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""wsrep_sst_donor while versions are mixed."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from unittest.mock import MagicMock

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.galera.guest import donors, member
from ansible_collections.stackdb.trove.tests.unit.fake_programs import FakePrograms


class FakeServer:
    """Goes by what it is told alone; what its files say is read by my_print_defaults, which reads ours after the user's own."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, path: Path, own: str = "", live: str = "", state: str = "active") -> None:
        self.live, self.path, self.own, self.told = live, path, own, []
        self.programs = FakePrograms().install(monkeypatch, donors)
        monkeypatch.setattr(donors, "_FILE", str(path))
        monkeypatch.setattr(member.SERVICE, "show", lambda: {"state": state})
        monkeypatch.setattr(member, "socket", lambda: "/run/s")
        monkeypatch.setattr(donors.connection, "Connection", MagicMock(return_value=MagicMock(__enter__=lambda _self: self)))

    def limit(self, names: list[str] | None, **more: Any) -> bool:
        ours = f"--wsrep_sst_donor={','.join(names)}\n" if names else ""
        self.programs.answers["my_print_defaults"] = f"--datadir=/d\n--wsrep-sst-donor={self.own}\n{ours}" if self.own else f"--datadir=/d\n{ours}"
        return donors.limit(names, **more)

    def rows(self, statement: str, *values: str) -> list[dict[str, str]]:
        if statement.startswith("SET"):
            (self.live,) = values
            self.told.append(self.live)
        return [{"donor": self.live}]


def test_the_file_and_the_server_say_the_same(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    server = FakeServer(monkeypatch, tmp_path / "92.cnf")
    assert server.limit(["m2", "m3"])
    assert (server.live, "wsrep_sst_donor = m2,m3\n" in server.path.read_text()) == ("m2,m3", True)
    assert not server.limit(["m2", "m3"])
    assert server.limit(None)
    assert (server.live, server.path.exists()) == ("", False)
    assert not server.limit(None)


def test_what_the_user_has_set_comes_back(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    server = FakeServer(monkeypatch, tmp_path / "92.cnf", own="m3", live="m3")
    server.limit(["m2"])
    server.limit(None)
    assert server.told == ["m2", "m3"]


def test_a_run_that_was_killed_in_between_is_finished(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    server = FakeServer(monkeypatch, tmp_path / "92.cnf", live="m2")
    assert server.limit(None)
    assert server.live == ""


def test_one_that_is_down_reads_the_file_at_its_start(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    server = FakeServer(monkeypatch, tmp_path / "92.cnf", state="inactive")
    assert server.limit(["m2"])
    assert (server.told, server.path.exists()) == ([], True)


def test_check_mode_says_it_alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    server = FakeServer(monkeypatch, tmp_path / "92.cnf")
    assert server.limit(["m2"], check_mode=True)
    assert (server.told, server.path.exists()) == ([], False)


def test_a_run_that_is_killed_before_the_server_was_told_leaves_what_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    server = FakeServer(monkeypatch, tmp_path / "92.cnf")
    server.limit(["m2"])
    monkeypatch.setattr(donors, "_tell", lambda: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        server.limit(None)
    assert donors.read() is not None
    monkeypatch.undo()
    server = FakeServer(monkeypatch, tmp_path / "92.cnf", live="m2")
    assert server.limit(None)
    assert (server.live, donors.read()) == ("", None)
