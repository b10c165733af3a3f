# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The module's states that need no server."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._model.errors import Refused
from ansible_collections.stackdb.trove.plugins.modules import trove_redis_upgrade
from ansible_collections.stackdb.trove.tests.unit.plugins.module_utils._model.test_upgrade import offer


def decided(**versions: tuple[str, str]) -> dict[str, Any]:
    offers = {name: offer(running=old, has=old, new=new, package=f"5:{new}-1") for name, (old, new) in versions.items()}
    return trove_redis_upgrade.act({"state": "decided", "name": "m1", "offers": offers, "rolled": list(offers), "required": [], "timeout": 1}, True)


def test_a_decision_and_its_text() -> None:
    found = decided(m1=("7.0.15", "8.0.2"), m2=("7.0.15", "8.0.2"))
    assert (found["decided"]["series"], found["decided"]["todo"]) == ("8.0", ["m1", "m2"])
    assert "! There is no way back to 7.0" in found["text"]


def test_it_refuses_a_major_version_that_is_left_out() -> None:
    with pytest.raises(Refused, match=r"m1 cannot go from 7\.2\.4 to 9\.1\.2"):
        decided(m1=("7.2.4", "9.1.2"))
