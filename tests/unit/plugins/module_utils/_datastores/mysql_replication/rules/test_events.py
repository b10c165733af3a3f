# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which events a server runs that takes over."""

from __future__ import annotations

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.mysql_replication.rules import events
from ansible_collections.stackdb.trove.plugins.module_utils._model.errors import InvalidInput
from ansible_collections.stackdb.trove.tests.unit.replication_builders import event


def test_the_source_knows_what_was_enabled() -> None:
    source = [event("on"), event("off", "DISABLED"), event("made here", "SLAVESIDE_DISABLED"), event("missing"), event("on already")]
    source += [event("b off", "DISABLED")]
    here = [event(name, "REPLICA_SIDE_DISABLED") for name in ("on", "off", "made here")] + [event("on already"), event("b off", "DISABLED")]
    changes, missing = events.taken_over(here, source)
    assert [(one["name"], how) for one, how in changes] == [("off", "DISABLE"), ("on", "ENABLE")]
    assert missing == ["shop.missing"]


def test_of_a_dead_source() -> None:
    here = [event("a", "SLAVESIDE_DISABLED"), event("b", "REPLICA_SIDE_DISABLED"), event("past", "SLAVESIDE_DISABLED", over=True), event("off", "DISABLED")]
    assert events.names(events.of_dead_source(here)) == ["shop.a", "shop.b"]
    assert events.names(events.by_replication(here)) == ["shop.a", "shop.b", "shop.past"]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [(None, None), ("", None), (" ", None), ("on", "ON"), ("True", "ON"), ("1", "ON"), ("Off", "OFF"), ("0", "OFF"), ("disabled", "DISABLED")],
)
def test_spellings_of_the_scheduler(text, wanted) -> None:
    assert events.scheduler(text) == wanted


def test_another_word_is_refused() -> None:
    with pytest.raises(InvalidInput, match="event_scheduler: 'perhaps' was given"):
        events.scheduler("perhaps")
