# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who serves is not stopped."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.galera.rules.member_state import NULL_UUID
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.galera.rules.serving import is_stuck, left_alone, serves
from ansible_collections.stackdb.trove.tests.unit.galera_builders import OTHER, STUCK, named, serving, stopped, wsrep


def test_who_serves_is_left_alone() -> None:
    donor = serving(wsrep=wsrep(local_state="Donor/Desynced"))
    cut_off = serving(wsrep=wsrep(cluster_status="non-Primary"))
    stuck = serving(wsrep=wsrep(looks=STUCK))
    assert left_alone(named([serving(), donor, cut_off, stuck, stopped(), None])) == ["m1", "m2"]
    assert left_alone(named([stuck, stuck, cut_off])) == ["m1", "m2"]
    assert left_alone(named([cut_off, stopped()])) == []


def looks(queue: list[int], committed: list[int], waiting: Any = ()) -> Any:
    pairs = enumerate(zip(queue, committed))
    return [
        {"at": float(at), "recv_queue": one, "last_committed": last, "paused_ns": 0, "flow_control": False, "waiting": list(waiting)}
        for at, (one, last) in pairs
    ]


GROWS = looks([5, 9, 14], [9, 10, 11])
STANDS = looks([5, 5, 5], [9, 9, 9])


@pytest.mark.parametrize(
    ("state", "seen", "alone"),
    [
        ("Donor/Desynced", GROWS, True),
        # a backup, or FLUSH TABLES WITH READ LOCK of the donor
        ("Donor/Desynced", STANDS, True),
        ("Joined", GROWS, True),
        # slower than the others, and it applies
        ("Synced", GROWS, True),
        ("Synced", STANDS, False),
        ("Synced", STUCK, False),
    ],
)
def test_only_a_synced_one_that_applies_nothing_is_stopped(state: str, seen: Any, alone: bool) -> None:
    infos = named([serving(), serving(wsrep=wsrep(local_state=state, looks=seen))])
    assert ("m2" in left_alone(infos)) == alone
    assert is_stuck(infos["m2"]) != alone


def test_what_has_moved_since_it_was_asked_is_not_stuck() -> None:
    now, before = serving(wsrep=wsrep(looks=STANDS)), serving(wsrep=wsrep(looks=looks([5], [8])))
    assert not is_stuck(now, before)
    assert is_stuck(now, now)
    assert is_stuck(now, stopped())


@pytest.mark.parametrize(("uuid", "does"), [(OTHER, True), (NULL_UUID, False), ("", False), (None, False)])
def test_a_group_without_data_does_not_serve(uuid: str | None, does: bool) -> None:
    bare = serving(wsrep=wsrep(cluster_state_uuid=uuid))
    assert serves(bare) == does
    assert (left_alone(named([bare, bare])) != []) == does
