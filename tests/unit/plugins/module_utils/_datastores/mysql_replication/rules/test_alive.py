# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether a source has to be taken for alive, by what its replicas say of it. See _servers/test_fence.py for what comes of it."""

from __future__ import annotations

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.mysql_replication.rules.alive import living
from ansible_collections.stackdb.trove.tests.unit.replication_builders import info, replica


def seen(number, verdict, source=1):
    return replica(number, link={"host": f"10.0.0.{source}", "probe": {"verdict": verdict, "why": "seen so"}}, executed="")


@pytest.mark.parametrize("verdict", ["dead", "hung", "unknown"])
def test_what_is_not_alive(verdict):
    assert living("shop", "10.0.0.1", {"r1": seen(2, verdict), "r2": seen(3, "dead")}) == []


def test_one_replica_that_finds_it_alive_is_enough():
    found = living("shop", "10.0.0.1", {"r1": seen(2, "dead"), "r2": seen(3, "alive")})
    assert found == ["r2 finds shop alive: seen so; a living source is replaced by a promotion, not by an ejection"]


def test_another_source_that_lives_says_nothing_of_this_one():
    assert living("shop", "10.0.0.1", {"r1": info(2), "r2": seen(3, "alive", source=2)}) == []


@pytest.mark.parametrize("others", [{}, {"r1": seen(2, "dead", source=9)}, {"r1": info(2, read_only=True)}, {"r1": info(2), "r2": info(3)}])
def test_without_a_replica_or_one_successor_nobody_can_tell(others):
    (found,) = living("shop", "10.0.0.1", others)
    assert found.startswith("no instance replicates from shop (10.0.0.1), and none has taken its place")
