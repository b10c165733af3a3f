# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which of the notes warn the user, besides the plan."""

from __future__ import annotations

from ansible_collections.stackdb.trove.plugins.module_utils._servers import notes


def test_acting_without_evidence_warns_and_says_what_it_may_lose():
    step = notes.SkipEvidence("shop", "force acts without it", "what only shop-3 had")
    assert step.warns is True
    assert step.line() == "~ skip evidence shop: force acts without it [what only shop-3 had]"


def test_giving_up_a_task_warns():
    assert notes.GiveUpTask("shop", "GROWING_CLUSTER has not ended").warns is True


def test_evidence_that_was_judged_warns_of_nothing():
    assert notes.JudgeEvidence("shop", "needs proof that shop-1 serves").warns is False
