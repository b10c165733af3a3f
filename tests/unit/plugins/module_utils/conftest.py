# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A cloud in memory for runs, without pauses."""

from __future__ import annotations

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._cloud import connection, lease, waiter
from ansible_collections.stackdb.trove.tests.unit.fake_neutron import FakeNeutron
from ansible_collections.stackdb.trove.tests.unit.fake_openstack import FakeOpenStack


@pytest.fixture
def cloud(monkeypatch):
    """Its writes come in one order, so that the n-th is the same in each run; and nobody sleeps between two looks."""
    monkeypatch.setattr(connection, "PARALLEL", 1)
    monkeypatch.setattr(waiter.time, "sleep", lambda seconds: setattr(FakeNeutron, "now", FakeNeutron.now + seconds))
    monkeypatch.setattr(lease, "clock", lambda: FakeNeutron.now)
    return FakeOpenStack()
