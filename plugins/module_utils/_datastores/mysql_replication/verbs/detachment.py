# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A replica is detached from its source, and is a site of its own."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import singledispatchmethod
from typing import Any

from ...._guest.command import GuestError
from ...._guest.lock import check_controller
from ...._model.errors import Refused
from ...._plan.plan import Plan, Step
from ...._plan.runner import Reconciler
from ..guest.server import Server
from ..rules import events as event_rules
from ..rules import preflight
from ..rules.dialects import parse
from ..rules.events import Event
from ..rules.info import Seen, address_of
from . import look, steps
from .events import EnableEvents, SetScheduler, enable_events, switch_scheduler
from .steps import SetReadOnly, set_read_only

_POLL = 0.1
#: how long a server may have nothing left to apply before what is missing counts as never received whole
_QUIET = 3.0
_ALL_READ = "has read all relay log"


@dataclass(frozen=True)
class Observed(look.Observed):
    """:param events: the local server's"""

    events: list[Event]
    scheduler: str


@dataclass(frozen=True)
class DetachSource(steps.DetachSource):
    """:param receives: whether the thread that receives runs; applies: whether the one that applies does"""

    receives: bool
    applies: bool
    risk = "what the source writes from now on is not here"


class Detached(Reconciler[Observed]):
    """The local server replicates from no source, has applied all that it received, and takes writes.

    :param timeout: seconds that it may take to apply what it received
    :param takes_over: whether its source is dead, so that it runs the events that replication has disabled; else they go on where they are
    :param scheduler: what event_scheduler was asked to be, ON, OFF or DISABLED; None leaves it as it is
    """

    def __init__(self, server: Server, timeout: float, takes_over: bool = False, scheduler: str | None = None) -> None:
        self.server, self.timeout, self.takes_over, self.scheduler = server, timeout, takes_over, scheduler

    def observe(self) -> Observed:
        return Observed(look.look(self.server), self.server.events(), self.server.event_scheduler())

    def plan(self, observed: Observed) -> Plan:
        return Plan.of(self._link(observed.local), self._access(observed.local), self._events(observed))

    def _events(self, observed: Observed) -> Iterator[Step]:
        if self.takes_over:
            yield from enable_events(event_rules.names(event_rules.of_dead_source(observed.events)), "the dead source")
        yield from switch_scheduler(observed.scheduler, self.scheduler, "asked for")

    def _link(self, local: Seen) -> Iterator[Step]:
        link = local["source"]
        if not link:
            return
        stopped = preflight.of_relay("the replica", local["engine"], link, local["executed"])
        preflight.check([*preflight.of_delay("the replica", link["delay"]), *stopped])
        if link["sql_error"]:
            raise Refused(f"The replica cannot apply what it received, and detached it would forget that: {link['sql_error']}", sql_error=link["sql_error"])
        yield DetachSource(str(address_of(link)), "it becomes an independent instance", link["io_running"] != "No", link["sql_running"] == "Yes")

    def _access(self, local: Seen) -> Iterator[Step]:
        if local["read_only"]:
            yield set_read_only(False, "an independent instance takes writes")

    @singledispatchmethod
    def carry_out(self, step: Step, observed: Observed) -> None:
        super().carry_out(step, observed)

    @carry_out.register(DetachSource)
    def _detach_source(self, step: DetachSource, observed: Observed) -> None:
        # One of the threads runs at any time: MariaDB deletes what it received when one starts while none runs.
        if not step.applies:
            self.server.start_applying()
        try:
            self.server.stop_receiving()
            _apply_received(self.server, self.timeout)
        except BaseException:
            self._put_back(step)
            raise
        self.server.forget()

    def _put_back(self, step: DetachSource) -> None:
        """A replica that could not leave its source goes on as it did."""
        with suppress(GuestError):
            if step.receives:
                self.server.start_receiving()
        with suppress(GuestError):
            if not step.applies:
                self.server.stop_applying()

    @carry_out.register(SetReadOnly)
    def _set_read_only(self, step: SetReadOnly, observed: Observed) -> None:
        self.server.set_read_only(step.on)

    @carry_out.register(EnableEvents)
    def _enable_events(self, step: EnableEvents, observed: Observed) -> None:
        # Not as observed: what was received and is applied by now may have changed them.
        for event in event_rules.of_dead_source(self.server.events()):
            self.server.alter_event(event, event_rules.ENABLE)

    @carry_out.register(SetScheduler)
    def _set_scheduler(self, step: SetScheduler, observed: Observed) -> None:
        self.server.set_event_scheduler(step.wanted)

    def view(self, observed: Observed) -> dict[str, Any]:
        return look.view(observed.local)

    def predict(self, plan: Plan, observed: Observed) -> dict[str, Any]:
        return {"source": None, "read_only": False}


def _apply_received(server: Server, timeout: float) -> None:
    """Wait until what was received is applied. A transaction of which the end is missing never can be, and is not waited for."""
    began = quiet_since = time.monotonic()
    before = None
    while True:
        link, executed = server.source(), server.gtids()["executed"]
        if not link or parse(server.engine, link["retrieved"]) <= parse(server.engine, executed):
            return
        now = time.monotonic()
        if executed != before or _ALL_READ not in (link["sql_state"] or ""):
            before, quiet_since = executed, now
        elif now - quiet_since > _QUIET:
            return
        if link["sql_error"] or now - began > timeout:
            reason = link["sql_error"] or f"not within {timeout} s"
            raise GuestError(
                f"The replica could not apply what it received: {reason}. It has {executed}, and received {link['retrieved']}.",
                executed=executed,
                retrieved=link["retrieved"],
            )
        check_controller()
        time.sleep(_POLL)
