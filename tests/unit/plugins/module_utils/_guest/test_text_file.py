# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A file that is replaced at once, on a real file system."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._guest import text_file


@pytest.mark.parametrize("step", ["fchmod", "fsync", "replace"])
def test_a_run_that_dies_leaves_the_old_file(step: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a"
    path.write_text("old")
    monkeypatch.setattr(text_file.os, step, lambda *_given: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        text_file.replace(str(path), "new", 0o644)
    assert (path.read_text(), os.listdir(tmp_path)) == ("old", ["a"])


@pytest.mark.parametrize("mode", [0o600, 0o644, 0o660])
def test_the_new_file_is_as_private_as_asked_for(mode: int, tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_text("old")
    path.chmod(0o666)
    text_file.replace(str(path), "ü\n", mode, (os.getuid(), os.getgid()))
    assert (path.read_text(encoding="utf-8"), path.stat().st_mode & 0o777) == ("ü\n", mode)


def test_what_stands_beside_is_whole_and_hidden(tmp_path: Path) -> None:
    beside = Path(text_file.beside(str(tmp_path / "a"), "new", 0o600))
    assert (beside.read_text(), beside.stat().st_mode & 0o777, os.listdir(tmp_path)) == ("new", 0o600, [beside.name])
    assert beside.name.startswith(".")
