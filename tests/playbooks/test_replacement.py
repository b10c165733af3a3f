# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A member whose server somebody has deleted is replaced: the two parts of the playbook, over the recording cloud and scripted members."""

from __future__ import annotations

import shutil

import pytest
from clouds import lose
from scenarios import SESS, SHOP


def run(bench, directory, names, lost, troubles=(), **more):
    datastore = "redis" if lost.startswith("sess") else "mariadb"
    told = {"datastore": datastore, "members": [name for name in names if name != lost], "stopped": [], "sources": {}, "troubles": list(troubles)}
    variables = {"trove_name": names[0].split("-")[0], "trove_members": [lost], "trove_timeout": 2, **more.pop("variables", {})}
    return bench.run(directory, "cluster_replace", variables, told, keep=True, **more)


@pytest.mark.parametrize(("names", "lost"), [(SHOP, "shop-2"), (SESS, "sess-member-4")], ids=["galera", "redis"])
def test_it_is_replaced_and_joins(bench, tmp_path, names, lost):
    place = tmp_path / "run"
    lose(bench, place, lost)
    shown = run(bench, place, names, lost, arguments=("--check", "--diff"))
    assert (shown.code, shown.writes, shown.acts) == (0, [], []), shown.output
    assert f"create server {lost}" in shown.output
    done = run(bench, place, names, lost)
    assert done.code == 0, done.output
    assert set(names) <= set(done.after)
    assert done.tasks() == {"NONE"}
    assert ("create", "server", lost) in done.writes
    assert not done.deleted
    assert {event["who"] for event in done.acts if event["entry_point"] == "main"} == set(names)
    assert {event["who"] for event in done.acts if event["entry_point"] == "replace"} == (set() if lost == "shop-2" else set(names) - {lost})
    again = run(bench, place, names, lost)
    assert (again.code, again.writes, again.acts) == (0, [], []), again.output


@pytest.mark.parametrize("what", ["unreachable", "down", "other_round", "other_server", "fails"])
def test_without_the_word_of_one_that_stays_nothing_is_touched(bench, tmp_path, what):
    lose(bench, tmp_path / "run", "shop-2")
    refused = run(bench, tmp_path / "run", SHOP, "shop-2", [{"who": "shop-3", "what": what, "since": "start"}])
    assert refused.code != 0
    assert "shop-3" in refused.output
    assert (refused.writes, refused.acts) == ([], [])


def test_one_that_serves_is_refused(bench, tmp_path):
    place = tmp_path / "run"
    place.mkdir()
    shutil.copy(bench.cloud, place / "cloud")
    (place / "journal").write_text("")
    refused = bench.run(place, "cluster_replace", {"trove_name": "shop", "trove_members": "shop-2"}, {
        "datastore": "mariadb", "members": list(SHOP), "stopped": [], "sources": {}, "troubles": [],
    }, keep=True)  # fmt: skip
    assert refused.code != 0
    assert "shop-2 answers and serves, so it is not lost" in refused.output
    assert (refused.writes, refused.acts) == ([], [])


def test_where_the_role_fails_on_the_new_one_the_same_run_goes_on(bench, tmp_path):
    place = tmp_path / "run"
    lose(bench, place, "shop-2")
    failed = run(bench, place, SHOP, "shop-2", [{"who": "shop-2", "what": "act_fails", "since": "start"}])
    assert failed.code != 0
    assert failed.tasks(SHOP) == {"REPLACING_MEMBERS"}
    done = run(bench, place, SHOP, "shop-2")
    assert done.code == 0, done.output
    assert done.tasks() == {"NONE"}
    assert [write for write in done.writes if write[0] == "create"] == []
