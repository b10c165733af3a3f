# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What two runs of a verb never have alike is no difference between them."""

from __future__ import annotations

import json

from world import differences, neutral


def _described(first: str, second: str) -> object:
    """Two servers with ids of a run; the cloud lists what belongs to them in the order of ids."""
    names = {first: "<server 1>", second: "<server 2>"}
    volumes = sorted(json.dumps({"at": [server], "size": 1}) for server in (first, second))
    return neutral({"volumes": volumes, "groups": [{"members": sorted((first, second))}]}, names)


def test_the_order_of_ids_is_no_difference():
    assert differences(_described("aaa-1", "bbb-2"), _described("ddd-4", "ccc-3")) == []


def test_another_member_of_a_group_is_one():
    expected = neutral({"groups": [{"members": ["aaa", "bbb"]}]}, {"aaa": "<server 1>", "bbb": "<server 2>"})
    found = neutral({"groups": [{"members": ["aaa", "zzz"]}]}, {"aaa": "<server 1>", "bbb": "<server 2>"})
    assert len(differences(expected, found)) == 1


def test_of_a_long_text_is_shown_where_it_begins_to_differ():
    (sentence,) = differences({"file": "a" * 5000 + "expected"}, {"file": "a" * 5000 + "found"})
    assert "found" in sentence
    assert "expected" in sentence
    assert len(sentence) < 500
