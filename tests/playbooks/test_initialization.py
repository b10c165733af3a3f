# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Members are initialized one after the other, and what was set aside is deleted when all serve: over the recording cloud and scripted members."""

from __future__ import annotations

import pytest
from scenarios import SHOP


def run(bench, directory, troubles=(), keep=False, arguments=(), serving=SHOP, **variables):
    told = {"datastore": "mariadb", "members": list(serving), "stopped": [], "sources": {}, "troubles": list(troubles)}
    given = {"trove_name": "shop", "trove_timeout": 2, **variables}
    return bench.run(directory, "cluster_initialize", given, told, keep=keep, arguments=arguments)


def acts(result, entry):
    return [event["who"] for event in result.acts if event["entry_point"] == entry]


def test_all_but_one_and_then_the_old_data_are_deleted(bench, tmp_path):
    done = run(bench, tmp_path / "run", trove_keep="shop-1")
    assert done.code == 0, done.output
    assert sorted(acts(done, "initialize")) == ["shop-2", "shop-3"]
    assert sorted(acts(done, "discard")) == list(SHOP)
    entries = [event["entry_point"] for event in done.acts]
    assert entries == sorted(entries, key=["initialize", "discard"].index)
    assert done.tasks(SHOP) == {"NONE"}


@pytest.mark.parametrize("what", ["unreachable", "down"])
def test_without_the_word_of_another_one_nothing_is_touched(bench, tmp_path, what):
    refused = run(bench, tmp_path / "run", [{"who": "shop-3", "what": what, "since": "start"}], trove_members=["shop-2"])
    assert refused.code != 0
    assert "shop-3" in refused.output
    assert (refused.acts, refused.writes) == ([], [])


def test_two_that_do_not_serve_are_initialized_from_the_one_that_does(bench, tmp_path):
    done = run(bench, tmp_path / "run", serving=["shop-1"], trove_keep="shop-1")
    assert done.code == 0, done.output
    assert acts(done, "initialize") == ["shop-2", "shop-3"]
    assert (sorted(acts(done, "discard")), done.tasks(SHOP)) == (list(SHOP), {"NONE"})


def test_where_nobody_serves_nobody_is_initialized(bench, tmp_path):
    refused = run(bench, tmp_path / "run", serving=[], trove_members=list(SHOP))
    assert refused.code != 0
    assert "shop-2 does not serve" in refused.output
    assert (refused.acts, refused.writes) == ([], [])


def test_old_data_are_kept_while_one_does_not_serve_and_the_same_run_goes_on(bench, tmp_path):
    failed = run(bench, tmp_path / "run", [{"who": "shop-2", "what": "act_fails", "since": "start"}], trove_members=["shop-2"])
    assert failed.code != 0
    assert (acts(failed, "discard"), failed.tasks(SHOP)) == ([], {"INITIALIZING_MEMBERS"})
    done = run(bench, tmp_path / "run", keep=True, trove_members=["shop-2"])
    assert done.code == 0, done.output
    assert (acts(done, "initialize"), sorted(acts(done, "discard"))) == (["shop-2"], list(SHOP))
    assert done.tasks(SHOP) == {"NONE"}


@pytest.mark.parametrize("variables", [{}, {"trove_members": ["shop-2"], "trove_keep": "shop-1"}, {"trove_members": ["shop-9"]}])
def test_who_is_meant_has_to_be_said(bench, tmp_path, variables):
    refused = run(bench, tmp_path / "run", **variables)
    assert refused.code != 0
    assert (refused.acts, refused.writes) == ([], [])


def test_a_snapshot_of_each_comes_before_it_is_touched_and_once(bench, tmp_path):
    asked = {"trove_keep": "shop-1", "trove_snapshot": True}
    failed = run(bench, tmp_path / "run", [{"who": "shop-2", "what": "act_fails", "since": "start"}], **asked)
    assert failed.code != 0
    done = run(bench, tmp_path / "run", keep=True, **asked)
    assert done.code == 0, done.output
    events = [*failed.journal, *done.journal]
    made = [event["name"] for event in events if event["what"] == "write" and event["kind"] == "snapshot"]
    assert len(made) == 2
    for name in ("shop-2", "shop-3"):
        (snapshot,) = [number for number, event in enumerate(events) if event["what"] == "write" and event["name"].startswith(f"{name}-2")]
        assert snapshot < min(number for number, event in enumerate(events) if event["what"] == "act" and event["who"] == name)


def test_one_that_is_lost_while_the_snapshot_is_made_is_noticed_before_the_member_is_touched(bench, tmp_path):
    refused = run(bench, tmp_path / "run", [{"who": "shop-3", "what": "down", "since": "snapshot"}], trove_members=["shop-2"], trove_snapshot=True)
    assert refused.code != 0
    assert "shop-3" in refused.output
    assert refused.acts == []
    assert [event["verb"] for event in refused.journal if event.get("kind") == "snapshot"] == ["create"]
