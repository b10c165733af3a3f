# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a guest is offered, and what a program that is not installed yet says of the settings."""

from __future__ import annotations

from contextlib import nullcontext
from typing import Any
from unittest.mock import create_autospec

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.mysql.guest import new_server, trial
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.mysql.guest.engines import MARIADB
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.mysql.rules.catalogue import Catalogue
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.mysql.rules.option_file import Option
from ansible_collections.stackdb.trove.plugins.module_utils._guest import offered, packages
from ansible_collections.stackdb.trove.plugins.module_utils._guest.command import GuestError

OLD, NEW = "1:10.11.19-1", "1:11.8.9-1"


class FakeGuest:
    """Has MariaDB of old, and sources that have NEW."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, there: str = OLD, candidate: str = NEW, options: tuple[str, ...] = ()) -> None:
        self.apt = create_autospec(packages.Proposed, instance=True)
        self.apt.candidate.return_value = candidate
        self.apt.versions.side_effect = lambda names: {name: [NEW, OLD] for name in names}
        self.apt.changes.return_value = {"come": {}, "gone": []}
        self.packages = create_autospec(packages)
        self.packages.proposed.side_effect = lambda _repository, _pins: nullcontext(self.apt)
        self.packages.installed.return_value = {"versions": {"mariadb-server": there, "libmariadb3": there}, "unfinished": [], "others": []}
        self.packages.is_older.side_effect = lambda one, other: (one, other) == (OLD, NEW)
        self.packages.program.return_value = ["ld", "mariadbd"]
        self.trial = create_autospec(trial)
        self.trial.theirs.return_value = [Option(name, ("ON",)) for name in options]
        self.trial.as_read.side_effect = lambda engine, _options: self._catalogue("ld" in engine.program)
        self.trial.read.return_value = (True, [])
        monkeypatch.setattr(new_server, "packages", self.packages)
        monkeypatch.setattr(offered, "packages", self.packages)
        monkeypatch.setattr(new_server, "trial", self.trial)

    @staticmethod
    def _catalogue(new: bool) -> Catalogue:
        values = {"innodb_snapshot_isolation": "TRUE" if new else "FALSE", "max_connections": "151", **({} if new else {"wsrep_load_data_splitting": "FALSE"})}
        return Catalogue(values, {name: name for name in values})

    def offer(self, wanted: str = "") -> Any:
        return new_server.offer(MARIADB, "mariadb-server", "10.11.19", wanted, {}, [])


def test_all_packages_of_the_server_come_to_one_version(monkeypatch: pytest.MonkeyPatch) -> None:
    found = FakeGuest(monkeypatch).offer()
    assert (found["new"], found["wanted"], found["problem"]) == ("11.8.9", {"mariadb-server": NEW, "libmariadb3": NEW}, None)
    assert found["trial"] == {"refused": [], "defaults": {"innodb_snapshot_isolation": ["FALSE", "TRUE"]}}


def test_a_setting_that_the_new_program_does_not_know(monkeypatch: pytest.MonkeyPatch) -> None:
    guest = FakeGuest(monkeypatch, options=("wsrep_load_data_splitting", "max_connections"))
    (refused,) = guest.offer()["trial"]["refused"]
    assert refused.startswith("wsrep_load_data_splitting is set (ON)")


def test_a_value_that_the_new_program_does_not_take(monkeypatch: pytest.MonkeyPatch) -> None:
    guest = FakeGuest(monkeypatch, options=("max_connections",))
    guest.trial.read.return_value = (False, ["2026 [ERROR] unknown value for max_connections"])
    assert guest.offer()["trial"]["refused"] == ["the new version does not take its settings: unknown value for max_connections"]


def test_the_program_that_is_installed_stays_the_engines(monkeypatch: pytest.MonkeyPatch) -> None:
    FakeGuest(monkeypatch).offer()
    assert MARIADB.program == ("mariadbd",)


def test_of_what_is_installed_nothing_is_downloaded(monkeypatch: pytest.MonkeyPatch) -> None:
    guest = FakeGuest(monkeypatch, there=NEW)
    found = guest.offer()
    assert (found["new"], found["trial"]["refused"], found["changes"]["come"]) == ("11.8.9", [], {})
    guest.apt.download.assert_not_called()


def test_an_older_one_is_said_to_be_so(monkeypatch: pytest.MonkeyPatch) -> None:
    found = FakeGuest(monkeypatch, there=NEW, candidate=OLD).offer()
    assert (found["older"], found["new"]) == (True, "10.11.19")


def test_what_apt_cannot_do_is_a_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    guest = FakeGuest(monkeypatch)
    guest.apt.changes.side_effect = GuestError("held broken packages")
    assert guest.offer()["problem"] == f"apt cannot install {NEW}: held broken packages"
    guest = FakeGuest(monkeypatch)
    assert "begins with 12" in guest.offer(wanted="12")["problem"]
    guest.packages.installed.return_value["versions"]["mariadb-plugin-x"] = OLD
    guest.apt.versions.side_effect = lambda names: {name: [OLD] if name == "mariadb-plugin-x" else [NEW, OLD] for name in names}
    assert "and not mariadb-plugin-x of the same version" in guest.offer()["problem"]
