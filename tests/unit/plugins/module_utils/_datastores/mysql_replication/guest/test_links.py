# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether a link runs with the certificate on the disk, over scripted servers. Real ones are in tests/replication."""

from __future__ import annotations

import os
import time
from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.mysql_replication.guest import links
from ansible_collections.stackdb.trove.plugins.module_utils._guest.command import GuestError
from ansible_collections.stackdb.trove.tests.unit.replication_builders import link


class FakeReplica:
    """A replica whose link is as old as it is told to be, and new when its thread was started again.

    :param ages: of the links that its source sends, in seconds; what the source tells then for one that was created again: 0
    """

    def __init__(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, ages: list[int], **of_link: Any) -> None:
        files = {}
        for name in ("ca_cert", "client_cert", "client_key"):
            path = tmp_path / name
            path.touch()
            os.utime(path, (time.time() - 60,) * 2)
            files[name] = str(path)
        self.ages, self.link, self.told = ages, link(io_running="Yes", **files, **of_link), []
        monkeypatch.setattr(links.replication, "of_source", lambda found: found)
        monkeypatch.setattr(links.replication, "connect", lambda _place: nullcontext(SimpleNamespace(connection=SimpleNamespace(rows=self._rows))))
        monkeypatch.setattr(links.time, "sleep", lambda _seconds: None)
        monkeypatch.setattr(links.lock, "check_controller", lambda: None)

    def _rows(self, _statement: str) -> list[dict[str, Any]]:
        return [{"User": "replica_12", "Host": "10.0.0.2:4711", "Command": "Binlog Dump", "Time": age} for age in self.ages]

    def source(self) -> Any:
        return self.link

    def stop_receiving(self) -> None:
        self.told.append("stop")

    def start_receiving(self) -> None:
        self.told.append("start")
        self.ages, self.link = [0], {**self.link, "io_running": "Yes"}


def test_a_link_that_was_there_before_its_certificate_is_stale(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    replica = FakeReplica(monkeypatch, tmp_path, [300])
    assert links.why_stale(replica.link) == "its link to its source was there before its certificate"
    replica.ages = [5]
    assert links.why_stale(replica.link) is None
    replica.ages = []
    assert links.why_stale(replica.link) == "its source sends it nothing"


def test_a_source_that_refuses_the_certificate(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    replica = FakeReplica(monkeypatch, tmp_path, [5])

    def refuse(_place: Any) -> Any:
        raise GuestError("certificate verify failed")

    monkeypatch.setattr(links.replication, "connect", refuse)
    assert links.why_stale(replica.link) == "its source does not let it in with its certificate: certificate verify failed"


def test_a_stale_link_is_created_again_and_one_that_was_stopped_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    replica = FakeReplica(monkeypatch, tmp_path, [300])
    assert links.renew(replica, 5) == "its link to its source was there before its certificate"
    assert replica.told == ["stop", "start"]
    replica.link = {**replica.link, "io_running": "No"}
    assert str(links.renew(replica, 5)).startswith("it was stopped, and was started")


def test_a_source_itself_has_no_link_to_renew(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    replica = FakeReplica(monkeypatch, tmp_path, [300])
    replica.link = None
    assert (links.renew(replica, 5), replica.told) == (None, [])


def test_a_link_that_stays_old_is_no_success(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    replica = FakeReplica(monkeypatch, tmp_path, [300])
    monkeypatch.setattr(replica, "start_receiving", lambda: None)
    with pytest.raises(GuestError, match="not proven that it runs with the new certificate: its link to its source was there before"):
        links.renew(replica, 0.1)
