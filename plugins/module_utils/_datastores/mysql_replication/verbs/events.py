# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Steps by which each event runs on the source and nowhere else; a replica's scheduler is off."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypedDict

from ...._plan.plan import Step
from ..guest.server import Server
from ..rules import events as rules
from ..rules.events import Event


class TakenOver(TypedDict):
    """Names of events that run here now, and of those that were to and do not, with the reason."""

    enabled: list[str]
    failed: Mapping[str, str]


class EnableEvents(Step):
    action = "enable"
    kind = "events"


@dataclass(frozen=True)
class DisableEvents(Step):
    action = "disable"
    kind = "events"
    events: tuple[Event, ...]


@dataclass(frozen=True)
class SetScheduler(Step):
    """:param wanted: ON or OFF"""

    action = "update"
    kind = "event_scheduler"
    wanted: str


def enable_events(names: Sequence[str], source: str) -> Iterator[Step]:
    if names:
        yield EnableEvents(", ".join(names), f"{source} ran them, and does not any more")


def disable_events(events: Sequence[Event]) -> Iterator[Step]:
    """Of a server that becomes a replica, as replication would have disabled them."""
    found = rules.enabled(events)
    if found:
        yield DisableEvents(", ".join(rules.names(found)), "an event runs on the source alone", tuple(found))


def can_switch(live: str, wanted: str) -> bool:
    """Whether there is something to switch. To DISABLED, and away from it, only a start of the server leads."""
    return live != wanted and "DISABLED" not in (live, wanted)


def switch_scheduler(live: str, wanted: str | None, why: str) -> Iterator[Step]:
    """:param wanted: None where nobody has asked for anything"""
    if wanted and can_switch(live, wanted):
        yield SetScheduler(wanted, why, wanted)


def set_scheduler(server: Server, wanted: str | None) -> str:
    """Switch the scheduler; what it is then."""
    live = server.event_scheduler()
    if wanted is None or not can_switch(live, wanted):
        return live
    server.set_event_scheduler(wanted)
    return wanted
