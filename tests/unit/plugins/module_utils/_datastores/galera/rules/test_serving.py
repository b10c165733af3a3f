# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who serves is not stopped."""

from __future__ import annotations

from ansible_collections.stackdb.trove.plugins.module_utils._datastores.galera.rules.serving import left_alone
from ansible_collections.stackdb.trove.tests.unit.galera_builders import STUCK, named, serving, stopped, wsrep


def test_who_serves_is_left_alone() -> None:
    donor = serving(wsrep=wsrep(local_state="Donor/Desynced"))
    cut_off = serving(wsrep=wsrep(cluster_status="non-Primary"))
    stuck = serving(wsrep=wsrep(looks=STUCK))
    assert left_alone(named([serving(), donor, cut_off, stuck, stopped(), None])) == ["m1", "m2"]
    assert left_alone(named([stuck, stuck, cut_off])) == ["m1", "m2"]
    assert left_alone(named([cut_off, stopped()])) == []
