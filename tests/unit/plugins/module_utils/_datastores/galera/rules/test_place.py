# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where a Galera member stands among the others."""

from __future__ import annotations

from ansible_collections.stackdb.trove.plugins.module_utils._datastores.galera.rules import place
from ansible_collections.stackdb.trove.tests.unit.galera_builders import STANDALONE_EMPTY, serving, stopped, wsrep


def test_member_of_a_primary_component_knows_the_others():
    found = place.standing(serving())
    assert (found.whole, found.version) == ("Primary component, state 12ad3d26", "10.11.18")
    assert sorted(found.peers) == ["10.0.0.1", "10.0.0.2", "10.0.0.3"]
    assert found.strain == ()


def test_member_of_no_primary_component_does_not_know_who_is_in_one():
    found = place.standing(serving(wsrep=wsrep(cluster_status="non-Primary", cluster_state_uuid=None)))
    assert (found.whole, found.peers) == ("non-Primary component, state unknown", None)


def test_member_that_is_down_or_outside_of_any_cluster_stands_nowhere():
    assert place.standing(stopped()).whole is None
    assert place.standing(STANDALONE_EMPTY).whole is None


def looks(*pairs):
    plain = {"last_committed": 1, "flow_control": False, "waiting": []}
    return [{**plain, "at": float(at), "recv_queue": queue, "paused_ns": paused} for at, (queue, paused) in enumerate(pairs)]


def test_queue_and_flow_control_are_strain_from_the_second_look_on():
    assert place.standing(serving(wsrep=wsrep(looks=looks((5, 0))))).strain == ()
    assert place.standing(serving(wsrep=wsrep(looks=looks((5, 0), (0, 0))))).strain == ()
    assert place.standing(serving(wsrep=wsrep(looks=looks((5, 0), (3, 0))))).strain == ("3 write sets wait to be applied (wsrep_local_recv_queue)",)
    slowed = place.standing(serving(wsrep=wsrep(looks=looks((0, 0), (0, 100_000_000))))).strain
    assert slowed == ("flow control slows writes: they stood still for 0.1 of the last 1.0 s (wsrep_flow_control_paused_ns)",)
    assert place.standing(serving(wsrep=wsrep(looks=looks((0, 0), (0, 99_000_000))))).strain == ()
