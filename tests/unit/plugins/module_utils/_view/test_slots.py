# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The slots of a Redis Cluster as spans."""

from __future__ import annotations

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._view.scene import Span
from ansible_collections.stackdb.trove.plugins.module_utils._view.slots import first, ranges, spans


def test_all_slots_are_there_also_those_without_an_owner():
    owned = {"a": ("0-99,200", 0), "b": ("100-199", 1)}
    assert list(spans(owned)) == [Span(0, 99, "a", 0), Span(100, 199, "b", 1), Span(200, 200, "a", 0), Span(201, 16383, None, None)]
    assert list(spans({})) == [Span(0, 16383, None, None)]


def test_what_two_claim_is_shown_once():
    assert list(spans({"a": ("0-100", 0), "b": ("50-16383", 1)})) == [Span(0, 100, "a", 0), Span(101, 16383, "b", 1)]


@pytest.mark.parametrize(("text", "pairs"), [("", []), ("5", [(5, 5)]), ("0-3,7", [(0, 3), (7, 7)]), ("0-3 7", [(0, 3), (7, 7)])])
def test_text_is_read(text, pairs):
    assert ranges(text) == pairs
    assert first(text) == (pairs[0][0] if pairs else 16384)
