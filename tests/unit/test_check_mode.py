# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a task in check mode may ask for: a task that was skipped there has registered nothing but that it was skipped, also over an earlier result."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.stackdb.trove.tests.unit.test_one_by_one import PROJECT, tasks_of

FILES = sorted(path for pattern in ("roles/*/tasks/*.yml", "playbooks/**/*.yml") for path in PROJECT.glob(pattern) if not path.name.endswith(".meta.yml"))
NOT_THEN = "not ansible_check_mode"


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parts[-3]}-{path.stem}")
def test_what_is_not_done_in_check_mode_asks_for_nothing_else_there(path: Path) -> None:
    conditions = [(task.get("name"), task["when"]) for task in tasks_of(path) if isinstance(task.get("when"), list)]
    assert [name for name, found in conditions if NOT_THEN in found[1:]] == [], "the conditions before it are asked first"
