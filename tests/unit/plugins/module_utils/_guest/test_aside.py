# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._guest import aside
from ansible_collections.stackdb.trove.plugins.module_utils._model.errors import Refused

#: of wsrep_sst_mariabackup, MariaDB 10.11.19: what a joiner keeps
CPAT = re.compile(
    r".*\.pem$|.*galera\.cache$|.*sst_in_progress$|.*\.sst$|.*gvwstate\.dat$|.*grastate\.dat$|.*\.err$|.*\.log$|.*RPM_UPGRADE_MARKER$|.*RPM_UPGRADE_HISTORY$"
)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "t.ibd").write_text("rows")
    (tmp_path / "ibdata1").write_text("pages")
    (tmp_path / "lost+found").mkdir()
    return tmp_path


def names(directory: Path) -> set[str]:
    return set(os.listdir(directory))


def test_all_but_what_is_kept_is_set_aside_and_deleted_later(data):
    aside.move(str(data), "run-1/v", ("lost+found",))
    assert names(data) == {aside.NAME, "lost+found"}
    assert (data / aside.NAME / "app" / "t.ibd").read_text() == "rows"
    assert aside.by(str(data)) == "run-1/v"
    aside.delete(str(data))
    assert names(data) == {"lost+found"}


def test_what_came_since_is_not_set_aside_by_the_same_turn(data):
    aside.move(str(data), "run-1/v", ())
    (data / "ibdata1").write_text("of the others")
    aside.move(str(data), "run-1/v", ())
    assert (data / "ibdata1").read_text() == "of the others"


@pytest.mark.parametrize("lives", range(7))
def test_killed_anywhere_it_is_continued_and_nothing_is_lost(data, monkeypatch, lives):
    rename, left = os.rename, iter([None] * lives)

    def killed(*args):
        next(left)
        rename(*args)

    monkeypatch.setattr(os, "rename", killed)
    try:
        aside.move(str(data), "run-1/v", ("lost+found",))
    except StopIteration:
        assert aside.by(str(data)) == ""
        aside.delete(str(data))
        monkeypatch.setattr(os, "rename", rename)
        aside.move(str(data), "run-1/v", ("lost+found",))
    assert aside.by(str(data)) == "run-1/v"
    assert {"app", "ibdata1"} <= names(data / aside.NAME)


def test_no_server_begins_with_half_of_its_data_and_nothing_is_overwritten(data):
    aside.check_whole(str(data))
    (data / aside.NAME).mkdir()
    os.rename(data / "ibdata1", data / aside.NAME / "ibdata1")
    assert aside.is_half(str(data))
    with pytest.raises(Refused, match="begin with half of its data"):
        aside.check_whole(str(data))
    (data / "ibdata1").write_text("new pages")
    with pytest.raises(Refused, match="ibdata1: in .* Nothing is overwritten"):
        aside.move(str(data), "run-1/v", ("lost+found",))
    assert ((data / aside.NAME / "ibdata1").read_text(), (data / "ibdata1").read_text()) == ("pages", "new pages")
    assert (data / "app").is_dir()
    (data / "ibdata1").unlink()
    aside.move(str(data), "run-1/v", ("lost+found",))
    aside.check_whole(str(data))


def test_data_of_another_turn_are_named(data):
    aside.check(str(data), "run-1/v")
    aside.move(str(data), "run-1/v", ())
    aside.check(str(data), "run-1/v")
    with pytest.raises(Refused, match=r"set aside in .* by an earlier run \(run-1/v\)"):
        aside.check(str(data), "run-2/v")


def test_a_joiner_of_galera_keeps_it():
    assert CPAT.match(f"/var/lib/mysql/{aside.NAME}")
