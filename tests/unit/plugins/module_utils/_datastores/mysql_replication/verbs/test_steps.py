# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.mysql_replication.verbs import steps


@pytest.mark.parametrize(("on", "name"), [(True, "true"), (False, "false")])
def test_a_step_says_to_what_it_sets_read_only(on: bool, name: str) -> None:
    step = steps.set_read_only(on, "asked for")
    assert (step.on, step.line()) == (on, f"~ update read only {name}: asked for")


def test_what_starts_and_ends_replication() -> None:
    assert steps.StartReplication("a:3306", "why").line() == "~ start replication a:3306: why"
    assert steps.DetachSource("a:3306", "why").line() == "~ detach source a:3306: why"
