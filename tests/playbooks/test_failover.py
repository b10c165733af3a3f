# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A failover by names that cannot all be masters, and by that of one which is a master already."""

from __future__ import annotations

from scenarios import SESS


def run(bench, directory, sources, *members):
    told = {"datastore": "redis", "members": list(SESS), "stopped": [], "sources": sources, "troubles": []}
    return bench.run(directory, "cluster_failover", {"trove_name": "sess", "trove_timeout": 2, "trove_members": list(members)}, told)


def test_two_replicas_of_one_master_are_refused_before_anything_is_touched(bench, tmp_path):
    sources = dict.fromkeys(("sess-member-3", "sess-member-4"), "sess-member-2")
    refused = run(bench, tmp_path / "run", sources, "sess-member-3", "sess-member-4")
    assert refused.code != 0
    assert "sess-member-3 and sess-member-4 are of one shard" in refused.output
    assert (refused.acts, refused.writes) == ([], [])


def test_a_master_is_left_so_and_its_replica_is_named(bench, tmp_path):
    done = run(bench, tmp_path / "run", {"sess-member-4": "sess-member-2"}, "sess-member-2")
    assert done.code == 0, done.output
    told = " ".join(done.output.split())
    assert "member-2 is the master of its shard already, and was not changed; to have another one take its place, name a replica of it: sess-member-4" in told
    assert (done.acts, done.tasks(SESS)) == ([], {"NONE"})
