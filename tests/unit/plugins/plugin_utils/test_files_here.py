# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Files that a verb writes on the controller."""

from __future__ import annotations

import os

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._model.errors import InvalidInput
from ansible_collections.stackdb.trove.plugins.plugin_utils import files_here


def test_relative_path_begins_where_the_run_was_started(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert files_here.path("shop.svg") == str(tmp_path / "shop.svg")
    assert files_here.path("~/shop.svg") == os.path.expanduser("~/shop.svg")
    wanted = files_here.wanted({"picture": "shop.svg", "name": "shop"}, {"picture": "<svg/>", "report": "{}"})
    assert wanted == [{"path": str(tmp_path / "shop.svg"), "text": "<svg/>"}]


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"picture": "shop.png"}, "trove_picture"),
        ({"picture": "folder.svg"}, "trove_picture"),
        ({"picture": "nowhere/shop.svg"}, "nowhere is not"),
        ({"report": "shop.svg"}, "trove_report"),
        ({"ca_file": "server.key"}, "trove_ca_file"),
    ],
)
def test_path_that_cannot_be_written_is_refused(tmp_path, monkeypatch, options, named):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder.svg").mkdir()
    with pytest.raises(InvalidInput, match=named):
        files_here.check(options)


def test_path_that_can_be_written_is_taken(tmp_path):
    files_here.check({"picture": str(tmp_path / "shop.svg"), "report": str(tmp_path / "shop.json")})
    files_here.check({"name": "shop"})
