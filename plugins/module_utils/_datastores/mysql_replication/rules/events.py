# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Events, each of which runs on the source and nowhere else. Pure.

A replica disables each event that it receives, also one that its owner has disabled: what was enabled is known on the source alone.

Sources: MySQL Reference Manual, "Replication of Invoked Features"; MariaDB, "Events"; tried on MariaDB 10.11 and MySQL 9.7.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypedDict

from ...._model.errors import InvalidInput

ENABLED = "ENABLED"
ENABLE = "ENABLE"
#: by the status that an owner gives an event
_STATEMENTS = {ENABLED: ENABLE, "DISABLED": "DISABLE"}
#: MySQL 8.2 has a new word for it
_BY_REPLICATION = ("SLAVESIDE_DISABLED", "REPLICA_SIDE_DISABLED")
_SPELLINGS = {"1": "ON", "TRUE": "ON", "YES": "ON", "ON": "ON", "0": "OFF", "FALSE": "OFF", "NO": "OFF", "OFF": "OFF", "DISABLED": "DISABLED"}


class Event(TypedDict):
    """An event as information_schema.EVENTS has it.

    :param definer: ``user@host``; of a role, ``role@``
    :param charset: of the client that has created it, and `collation` likewise: a change by another client would change them
    :param over: whether it runs once, at a time that has passed
    """

    schema: str
    name: str
    definer: str
    status: str
    charset: str
    collation: str
    over: bool


def name_of(event: Event) -> str:
    return f"{event['schema']}.{event['name']}"


def names(events: Iterable[Event]) -> list[str]:
    return sorted(map(name_of, events))


def enabled(events: Iterable[Event]) -> list[Event]:
    return [event for event in events if event["status"] == ENABLED]


def by_replication(events: Iterable[Event]) -> list[Event]:
    """Those that replication has disabled here."""
    return [event for event in events if event["status"] in _BY_REPLICATION]


def of_dead_source(events: Iterable[Event]) -> list[Event]:
    """Those that go on where the source is dead, and cannot be asked which of them it ran. One that runs once has run, as far as anybody knows."""
    return [event for event in by_replication(events) if not event["over"]]


def taken_over(events: Sequence[Event], source: Iterable[Event]) -> tuple[list[tuple[Event, str]], list[str]]:
    """What a candidate with `events` changes so that they are as on its source, which its own do not tell; and the names of those that it does not have.

    :returns: each with ENABLE or DISABLE
    """
    here = {name_of(event): event for event in events}
    wanted = {name_of(event): event["status"] for event in source if event["status"] in _STATEMENTS}
    changes = [(here[name], _STATEMENTS[status]) for name, status in sorted(wanted.items()) if name in here and here[name]["status"] != status]
    return changes, [name for name in sorted(wanted) if name not in here]


def scheduler(text: str | None) -> str | None:
    """What event_scheduler was asked to be: ON, OFF or DISABLED; None where nothing was asked for.

    :raises InvalidInput: for another word
    """
    if text is None or not text.strip():
        return None
    found = _SPELLINGS.get(text.strip().upper())
    if found is None:
        raise InvalidInput("event_scheduler", text, ["ON", "OFF", "DISABLED"])
    return found
