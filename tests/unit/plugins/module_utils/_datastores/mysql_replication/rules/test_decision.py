# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import dataclasses

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.mysql_replication.rules.decision import Asked, Decision


def test_nothing_is_decided_unless_it_is_said() -> None:
    assert not any(dataclasses.asdict(Decision()).values())
    assert Asked() == Asked(source=None, candidate=None, leaving=())


@pytest.mark.parametrize("value", [Asked("shop"), Decision("shop")])
def test_what_was_decided_stays(value: object) -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        value.source = "other"
