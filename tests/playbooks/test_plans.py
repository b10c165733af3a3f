# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""docs/plans.md says what the verbs print now."""

from __future__ import annotations

import plans
import pytest
import stage

PAGE = (stage.ROOT / plans.PAGE).read_text()


@pytest.mark.thorough
@pytest.mark.parametrize("scenario", plans.SHOWN, ids=lambda scenario: scenario.id)
def test_page_has_what_the_verb_prints(bench, tmp_path, scenario):
    result = plans.run(bench, tmp_path / "run", scenario)
    text = plans.printed(scenario, result.output)
    assert plans.same(plans.block(scenario, text)) in plans.same(PAGE), "make plans"
