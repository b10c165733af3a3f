# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Packages of a server that are downloaded while it serves. How they are installed is tested with each of the servers."""

from __future__ import annotations

from typing import Any
from unittest.mock import create_autospec

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._guest import packages
from ansible_collections.stackdb.trove.plugins.module_utils._plan.runner import reconcile
from ansible_collections.stackdb.trove.plugins.module_utils._upgrades import server as upgrading

OLD, NEW = {"redis-server": "5:7.0.15-1"}, {"redis-server": "5:8.0.2-1"}


@pytest.mark.parametrize(
    ("there", "unfinished", "expected"),
    [(OLD, False, ["update", "download"]), (NEW, False, []), (NEW, True, ["update"]), (OLD, True, ["update"])],
)
@pytest.mark.parametrize("check_mode", [False, True])
def test_packages_are_downloaded_while_it_serves(monkeypatch: pytest.MonkeyPatch, there: Any, unfinished: bool, expected: list[str], check_mode: bool) -> None:
    apt = create_autospec(packages.Apt, instance=True)
    fake = create_autospec(packages)
    fake.Apt.return_value = apt
    fake.installed.return_value = {"versions": there, "unfinished": ["redis-server"] if unfinished else [], "others": []}
    monkeypatch.setattr(upgrading, "packages", fake)
    reconcile(upgrading.Downloaded("m1", "redis-server", NEW), check_mode)
    assert [name for name, _args, _kwargs in apt.mock_calls] == ([] if check_mode else expected)
