# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What was raised for a while is put back by whoever comes next, unless somebody else has changed it since."""

from __future__ import annotations

from ansible_collections.stackdb.trove.plugins.module_utils._datastores.redis_cluster.rules import notes
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.redis_cluster.rules.notes import TITLE, Note

HAS = {TITLE: "{title} x", "cluster-node-timeout": "1000", "proto-max-bulk-len": "9"}
WANTED = {"cluster-node-timeout": 60000, "proto-max-bulk-len": 99}


def test_raised_and_put_back():
    raised = notes.raising(HAS, WANTED)
    assert raised == {
        "cluster-node-timeout": "60000", "proto-max-bulk-len": "99", TITLE: "{title} x [stackdb-trove:cluster-node-timeout=1000>60000 proto-max-bulk-len=9>99]"
    }  # fmt: skip
    assert notes.putting_back({**HAS, **raised}) == HAS
    assert notes.putting_back(HAS) == notes.raising(HAS, {}) == {}


def test_what_was_raised_twice_goes_back_to_what_it_was_first():
    once = {**HAS, **notes.raising(HAS, {"cluster-node-timeout": 60000})}
    twice = {**once, **notes.raising(once, {"cluster-node-timeout": 90000, "proto-max-bulk-len": 99})}
    assert twice["cluster-node-timeout"] == "90000"
    assert notes.putting_back(twice) == HAS


def test_what_somebody_has_set_since_stays():
    has = {**HAS, **notes.raising(HAS, WANTED), "cluster-node-timeout": "30000"}
    assert notes.putting_back(has) == {"proto-max-bulk-len": "9", TITLE: "{title} x"}
    again = notes.raising(has, {"cluster-node-timeout": 60000})
    assert notes.putting_back({**has, **again})["cluster-node-timeout"] == "30000"


def test_what_is_owed_to_the_disk_is_noted_beside_it():
    owes = {**HAS, **notes.owing(HAS, unsaved=True)}
    assert owes[TITLE] == "{title} x [stackdb-trove:unsaved]"
    assert notes.owing(owes, unsaved=True) == {}
    both = {**owes, **notes.raising(owes, WANTED)}
    assert notes.read(both[TITLE])[1].unsaved
    back = {**both, **notes.putting_back(both)}
    assert notes.read(back[TITLE]) == ("{title} x", Note({}, unsaved=True))
    assert {**back, **notes.owing(back, unsaved=False)} == HAS
    # an old server has no title
    assert notes.owing({"save": ""}, unsaved=True) == {}


def test_titles_of_others():
    assert [bool(notes.read(title)[1]) for title in ("", "{title}", "a [b]", "a [stackdb-trove:]", "a [stackdb-trove:x=1]", "a [stackdb-trove:x=1>2]")] == [
        False, False, False, False, False, True,
    ]  # fmt: skip
