# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from unittest.mock import create_autospec

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.mysql.guest import settings_file
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.mysql.guest.engines import MARIADB
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.mysql.rules.settings import Waiting
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.mysql_replication.verbs import settings
from ansible_collections.stackdb.trove.plugins.module_utils._guest.command import GuestError
from ansible_collections.stackdb.trove.plugins.module_utils._guest.systemd import Unit

SHOW = {"started": 1.0}


@pytest.fixture
def unit(monkeypatch: pytest.MonkeyPatch):
    """The server's unit, which systemd has started."""
    found = create_autospec(Unit, instance=True)
    found.show.return_value = SHOW
    monkeypatch.setattr(type(MARIADB), "service", found)
    return found


def test_what_a_running_server_does_not_take_waits(unit, monkeypatch: pytest.MonkeyPatch) -> None:
    fake = create_autospec(settings_file.observe, return_value=Waiting({"sync_binlog": ("0", "1")}, ("log_bin", "table_open_cache")))
    monkeypatch.setattr(settings_file, "observe", fake)
    assert settings.pending("mariadb") == ["log_bin", "table_open_cache"]
    fake.assert_called_once_with(MARIADB, "mysql_replication", SHOW)


def test_nothing_waits_where_no_systemd_has_started_the_server(unit, monkeypatch: pytest.MonkeyPatch) -> None:
    unit.show.side_effect = GuestError("System has not been booted with systemd")
    assert settings.pending("mariadb") == []
