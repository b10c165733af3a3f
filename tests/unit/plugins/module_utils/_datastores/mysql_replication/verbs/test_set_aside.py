# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A replica's data are set aside in real directories, also by a run that was killed anywhere."""

from __future__ import annotations

import os
from types import SimpleNamespace

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.mysql.guest import control, data_directory
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.mysql_replication.verbs.set_aside import SetAside
from ansible_collections.stackdb.trove.plugins.module_utils._guest import aside
from ansible_collections.stackdb.trove.plugins.module_utils._model.errors import Refused
from ansible_collections.stackdb.trove.plugins.module_utils._plan.runner import reconcile

OLD = os.path.join(aside.NAME, "shop")


@pytest.fixture
def place(tmp_path, monkeypatch):
    for name in ("mysql", "shop"):
        (tmp_path / name).mkdir()
    (tmp_path / "ibdata1").write_text("old")
    stopped = []
    monkeypatch.setattr(control, "stop", stopped.append)
    monkeypatch.setattr(data_directory.shutil, "chown", lambda *_names: None)
    monkeypatch.setattr(data_directory.os, "chown", lambda *_names: None)
    monkeypatch.setattr(data_directory.pwd, "getpwnam", lambda _name: SimpleNamespace(pw_uid=0, pw_gid=0))
    return SimpleNamespace(path=tmp_path, stopped=stopped)


def put(place, turn="run-1/replica_recover", needed=0, check_mode=False):
    return reconcile(SetAside("engine", str(place.path), turn, needed), check_mode)


def names(place):
    return sorted(os.listdir(place.path))


def test_all_of_it_goes_aside_once_and_the_directory_counts_as_empty(place):
    assert put(place, check_mode=True).changed
    assert names(place) == ["ibdata1", "mysql", "shop"]
    assert put(place).changed
    assert (names(place), place.stopped) == ([aside.NAME], ["engine"])
    assert data_directory.look(place.path)["state"] == "blank"
    assert data_directory.look(place.path)["schemas"] == []
    # the next run, and another one, continue it
    assert not put(place).changed
    assert not put(place, turn="run-2/replica_recover").changed


def test_what_was_set_aside_stays_while_the_directory_is_filled(place):
    put(place)
    data_directory.begin(place.path, data_directory.RECEIVING)
    assert (place.path / OLD).is_dir()
    (place.path / "half").write_text("")
    assert not put(place, turn="run-2/replica_recover").changed
    data_directory.begin(place.path, data_directory.RECEIVING)
    assert not (place.path / "half").exists()
    assert (place.path / aside.NAME / "ibdata1").read_text() == "old"


def test_a_copy_of_a_dead_run_that_has_served_since_is_set_aside(place):
    (place.path / data_directory.RECEIVED).write_text("{}")
    assert data_directory.look(place.path)["state"] == "received"
    assert put(place).changed
    assert (names(place), place.stopped) == ([aside.NAME], ["engine"])
    # and the copy that comes in its place then is not
    for name in (data_directory.RECEIVED, "ibdata1"):
        (place.path / name).write_text("new")
    assert not put(place, turn="run-2/replica_recover").changed
    assert (place.path / aside.NAME / "ibdata1").read_text() == "old"


def test_what_a_server_made_anew_over_half_of_its_data_overwrites_nothing(place):
    (place.path / aside.NAME).mkdir()
    os.rename(place.path / "ibdata1", place.path / aside.NAME / "ibdata1")
    (place.path / "ibdata1").write_text("new")
    with pytest.raises(Refused, match=r"ibdata1: in .*set aside in .* before\. Nothing is overwritten"):
        put(place)
    assert (place.path / aside.NAME / "ibdata1").read_text() == "old"
    assert (place.path / "ibdata1").read_text() == "new"


def test_a_run_that_was_killed_while_it_moved_is_continued(place):
    (place.path / aside.NAME).mkdir()
    os.rename(place.path / "mysql", place.path / aside.NAME / "mysql")
    os.rename(place.path / "ibdata1", place.path / aside.NAME / "ibdata1")
    assert aside.by(str(place.path)) == ""
    assert data_directory.look(place.path)["state"] == "foreign"
    assert put(place, turn="run-2/replica_recover").changed
    assert (names(place), aside.by(str(place.path))) == ([aside.NAME], "run-2/replica_recover")


def test_data_that_an_earlier_run_has_set_aside_are_not_mixed_with_those_that_served_since(place):
    put(place)
    (place.path / "mysql").mkdir()
    with pytest.raises(Refused, match="set aside .* by an earlier run"):
        put(place, turn="run-2/replica_recover")
    assert names(place) == [aside.NAME, "mysql"]


def test_where_there_is_no_room_for_both_nothing_is_stopped(place):
    with pytest.raises(Refused, match=r"has room for .* Nothing was set aside.*instance_resize"):
        put(place, needed=2**60)
    assert (names(place), place.stopped) == (["ibdata1", "mysql", "shop"], [])


def test_files_that_are_no_database_are_left(place):
    for name in ("mysql", "shop"):
        (place.path / name).rmdir()
    os.rename(place.path / "ibdata1", place.path / "letter.txt")
    with pytest.raises(Refused, match="do not belong to a database"):
        put(place)
