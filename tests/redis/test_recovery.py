# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Outages of real servers, and the steps of the entry point `recover` in its order: what comes back, what is refused, and that no key is lost."""

from __future__ import annotations

import random

import pytest
from outages import LOG, Recovery, assert_done, healthy, outage
from servers import Servers
from test_lost_members import KEYS, SIX, kept, lose


@pytest.mark.thorough
def test_a_healthy_cluster_is_left_as_it_is(servers: Servers) -> None:
    outage(servers)
    done = Recovery(servers).run()
    assert (done.get("failed"), done["changed"], done["decided"]["why"]) == (None, False, ["all members answer, and nothing is to be done"])


@pytest.mark.thorough
def test_all_that_were_killed_are_started_with_what_they_have(servers: Servers) -> None:
    outage(servers)
    for name in SIX:
        servers.kill(name)
    recovery = Recovery(servers)
    done = recovery.run()
    assert_done(done)
    assert sorted(recovery.started) == list(SIX)
    healthy(servers)
    assert kept(servers, "m1") == len(KEYS)
    assert not recovery.run()["changed"]


@pytest.mark.thorough
def test_a_member_named_lost_that_answers_is_refused(servers: Servers) -> None:
    outage(servers)
    assert "m1 was named lost, and answers" in Recovery(servers).run(lost=["m1"])["refused"]


@pytest.mark.thorough
def test_a_lone_master_without_data_is_not_started_unasked(servers: Servers) -> None:
    outage(servers, names=SIX[:3], replicas=0)
    lose(servers, "m2", ("m1", "m3"))
    for path in (servers.directory / "m2" / LOG).iterdir():
        path.unlink()
    recovery = Recovery(servers, SIX[:3])
    refused = recovery.run()["refused"]
    assert "m2 owns the slots" in refused
    assert "has no data on its disk" in refused
    assert "cluster_replace" in refused
    done = recovery.run(lost=["m2"])
    assert recovery.started == ["m2"]
    assert_done(done)


@pytest.mark.thorough
@pytest.mark.parametrize("seed", range(1, 7))
def test_a_run_that_was_killed_between_its_steps_is_continued(servers: Servers, seed: int) -> None:
    """Some are killed at random, up to all of them; the run is killed before a random step, and started again."""
    pairs, chance = outage(servers), random.Random(seed)
    down = chance.sample(SIX, chance.randint(1, 6))
    for name in down:
        servers.kill(name)
    until = chance.choice(["first", "met", "taken_over", "then", "met_again", "forgotten", "proven"])
    print(f"seed {seed}: {down} down, of {pairs}; killed before {until}")
    Recovery(servers).run(until=until)
    done = Recovery(servers).run()
    assert_done(done)
    healthy(servers)
    assert kept(servers, "m1") == len(KEYS)
    assert not Recovery(servers).run()["changed"]
