# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import itertools

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._model.nearest import nearest

KNOWN = ("trove_locality", "trove_location", "trove_name", "trove_image")


@pytest.mark.parametrize(("name", "found"), [("trove_localtiy", "trove_locality"), ("trove_nam", "trove_name"), ("zzz", None), ("", None)])
def test_what_was_meant(name: str, found: str | None) -> None:
    assert nearest(name, KNOWN) == found


def test_likeness_is_asked_for() -> None:
    assert nearest("trove_flavor", KNOWN) is not None
    assert nearest("trove_flavor", KNOWN, 0.85) is None


def test_of_names_equally_near_it_is_the_same_in_any_order() -> None:
    assert {nearest("max-x", order) for order in itertools.permutations(["max-a", "max-b", "max-c"])} == {"max-c"}


def test_nothing_known() -> None:
    assert nearest("a", iter(())) is None
