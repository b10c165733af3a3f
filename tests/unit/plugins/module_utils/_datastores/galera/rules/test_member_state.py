# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What one member's state means."""

from __future__ import annotations

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.galera.rules import member_state
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.galera.rules.member_state import NULL_UUID
from ansible_collections.stackdb.trove.tests.unit.galera_builders import FRESH, OTHER, STUCK, grastate, serving, stopped, wsrep


@pytest.mark.parametrize(
    ("member", "synced"),
    [
        (serving(), True),
        (FRESH, False),
        (serving(wsrep=wsrep(local_state="Donor/Desynced")), False),
        (serving(wsrep=wsrep(cluster_status="non-Primary")), False),
        (serving(wsrep=wsrep(ready=False)), False),
        (serving(wsrep=wsrep(connected=False)), False),
        (serving(wsrep=wsrep(on=False)), False),
        (serving(wsrep=wsrep(looks=STUCK)), False),
    ],
)
def test_is_synced(member: dict, synced: bool) -> None:
    assert member_state.is_synced(member) is synced


@pytest.mark.parametrize(
    ("member", "problem"),
    [
        pytest.param(serving(wsrep=wsrep(looks=STUCK)), "in the state 'Waiting for table level lock' for 12 s", id="its applier is stuck"),
        pytest.param(serving(wsrep=wsrep(cluster_state_uuid=NULL_UUID)), "wsrep_cluster_state_uuid is null", id="started without a position"),
        pytest.param(serving(wsrep=wsrep(local_state_uuid=NULL_UUID)), f"wsrep_local_state_uuid is {NULL_UUID}", id="no state"),
        pytest.param(serving(wsrep=wsrep(local_state_uuid=OTHER)), f"wsrep_local_state_uuid is {OTHER}, and", id="other state"),
        pytest.param(serving(grastate=grastate(uuid=OTHER)), f"the UUID in grastate.dat is {OTHER}", id="another cluster than the recorded one"),
    ],
)
def test_why_not_serving(member: dict, problem: str) -> None:
    (found,) = member_state.why_not_serving(member)
    assert problem in found


def test_a_null_uuid_in_the_file_of_a_member_that_applies_ddl_is_no_problem() -> None:
    assert member_state.why_not_serving(serving(grastate=grastate(uuid=NULL_UUID))) == []


@pytest.mark.parametrize(
    ("member", "needed"),
    [
        (serving(tables_version="10.11.18"), False),
        (serving(tables_version="10.6.5"), True),
        (serving(tables_version=None), True),
        (FRESH, None),
    ],
)
def test_upgrade_needed(member: dict, needed: bool | None) -> None:
    assert member_state.upgrade_needed(member) is needed


@pytest.mark.parametrize(
    ("member", "words"),
    [
        (serving(), None),
        (serving(wsrep=wsrep(cluster_size=4)), None),
        (serving(wsrep=wsrep(cluster_size=2)), "2 of 3 members"),
        (serving(wsrep=wsrep(local_state="Donor/Desynced")), "Donor/Desynced"),
        (serving(wsrep=wsrep(looks=STUCK)), "Waiting for table level lock"),
        (stopped(), "its service is inactive"),
    ],
)
def test_may_restart(member: dict, words: str | None) -> None:
    why_not = member_state.may_restart(member, 3)
    assert why_not is None if words is None else words in why_not
