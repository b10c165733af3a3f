# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a program that is not installed yet says of a node's settings."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any
from unittest.mock import create_autospec

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.redis_cluster.guest import local, new_server, trial
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.redis_cluster.rules.settings import Tried
from ansible_collections.stackdb.trove.plugins.module_utils._guest import offered, packages
from ansible_collections.stackdb.trove.plugins.module_utils._model.errors import InvalidInput

KEPT = {
    "maxmemory": "1gb",
    "dir": "/var/lib/redis",
    "tls-port": "6379",
    "cluster-enabled": "yes",
    "masterauth": "secret",
    "old-setting": "yes",
    "cluster-allow-replica-migration": "no",
}


class FakeGuest:
    """A node with settings; its programs have values of their own."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, error: Exception | None = None) -> None:
        self.error, self.asked = error, dict[str, Any]()
        self.apt = create_autospec(packages.Proposed, instance=True, place=str(tmp_path))
        fake = create_autospec(packages)
        fake.program.return_value = ["echo", "new"]
        monkeypatch.setattr(new_server, "packages", fake)
        node, tries = create_autospec(local), create_autospec(trial)
        node.kept_settings.return_value = KEPT
        tries.attempt.side_effect = self.attempt
        monkeypatch.setattr(new_server, "local", node)
        monkeypatch.setattr(new_server, "trial", tries)

    def attempt(self, program: str, _user: str, settings: dict[str, str]) -> Tried:
        if settings:
            self.asked = settings
            if self.error:
                raise self.error
        new = program != "/usr/bin/redis-server"
        return Tried({"maxmemory": "2" if new else "1", "lazyfree": "yes" if new else "no", "port": "0", **({"newer": "1"} if new else {})})

    def tried(self) -> Any:
        return new_server.try_settings("redis", "redis", "/usr/bin/redis-server", self.apt, {"redis-server": "8"})


def test_the_nodes_own_settings_are_tried_without_what_names_its_places_and_secrets(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    guest = FakeGuest(monkeypatch, tmp_path)
    assert guest.tried() == {"refused": [], "defaults": {"lazyfree": ["no", "yes"]}}
    assert set(guest.asked) == {"maxmemory", "old-setting"}
    assert subprocess.run([tmp_path / "server", "a b"], capture_output=True, text=True, check=True).stdout == "new a b\n"


def test_a_setting_that_it_does_not_take(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    guest = FakeGuest(monkeypatch, tmp_path, InvalidInput("settings.old-setting", "yes", "a setting that the server knows"))
    (refused,) = guest.tried()["refused"]
    assert "settings.old-setting" in refused


def test_nothing_is_downloaded_where_replicas_would_change_their_masters(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    guest = FakeGuest(monkeypatch, tmp_path)
    monkeypatch.setitem(KEPT, "cluster-allow-replica-migration", "yes")
    (refused,) = guest.tried()["refused"]
    assert "cluster-allow-replica-migration is yes" in refused
    guest.apt.download.assert_not_called()


def test_the_package_is_the_servers(monkeypatch: pytest.MonkeyPatch) -> None:
    fake = create_autospec(offered)
    monkeypatch.setattr(new_server, "offered", fake)
    new_server.offer("valkey", "valkey", "/usr/bin/valkey-server", "9.1", {}, [], "8.1.1")
    assert fake.offer.call_args.args[:5] == ("valkey-server", "8.1.1", "9.1", {}, [])
