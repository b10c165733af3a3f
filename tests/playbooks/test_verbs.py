# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every verb when all is well: so the rest of these tests refuses what would have been done."""

from __future__ import annotations

import oracle
import pytest
from scenarios import SCENARIOS


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.id)
def test_a_verb_does_what_it_is_named_for(trial, scenario):
    trial(scenario)


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.id)
@pytest.mark.parametrize("what", ["unreachable", "act_fails"])
@pytest.mark.parametrize("which", [0, -1])
def test_one(trial, scenario, what, which):
    names = (*scenario.members, *scenario.joining)
    if not names: return
    trial(scenario, [oracle.Trouble(names[which], what)])
