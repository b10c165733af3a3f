# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A replica takes over from its source, which lives: one process does all of it, so that nothing lies between the last commit here and the first there."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, TypedDict

from ...._guest.command import GuestError
from ...._guest.lock import check_controller
from ...._model.errors import Refused, TroveError
from ...._plan.plan import Plan, Step
from ...._plan.runner import Reconciler
from ..guest.replication import connect, remote
from ..guest.server import Server
from ..rules import events as event_rules
from ..rules import fence as fence_rules
from ..rules import preflight
from ..rules import replication as rules
from ..rules.events import Event
from ..rules.facts import Facts
from ..rules.info import Address, Link, State, address_of
from . import look
from .catching_up import catch_up
from .events import TakenOver, enable_events, set_scheduler
from .steps import DetachSource, StartReplication

#: seconds between two looks at what must not stay pending
_PENDING = 1.0
#: the share of the window within which the replica must be able to catch up before the source is touched: at first, and at last
_NEAR, _NEAR_ENOUGH = 0.05, 0.5
_SIGNALS = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT)


@dataclass(frozen=True)
class Observed(look.Observed):
    """:param purged: what the binary logs of the candidate do not hold any more
    :param source: its source; None where it replicates from no source
    :param filters: what the source's binary log leaves out
    :param events: those of the source, and whether it runs them
    :param prepared: XA transactions of the source that stay prepared
    :param temporary: temporary tables that the candidate holds for sessions of the source
    """

    purged: str
    source: State | None
    facts: Facts
    filters: list[str]
    events: list[Event] = field(default_factory=list)
    scheduler: str = "OFF"
    prepared: frozenset[str] = frozenset()
    temporary: int = 0


@dataclass(frozen=True)
class FenceSource(Step):
    """:param window: seconds"""

    action = "fence"
    kind = "source"
    window: float

    @property
    def risk(self) -> str:
        return f"no client can write for a moment, {self.window} s at most; clients of the source are disconnected"


class PromoteReplica(Step):
    action = "promote"
    kind = "replica"


class Promotion(TypedDict):
    """How long no client could write, the last transaction of the old source, the seconds that the candidate took to catch up before, and the source's
    scheduler of events before it was switched off.
    """

    window_ms: float
    last: str
    waited_s: float


class Promoted(Reconciler[Observed]):
    """The local replica is writable and replicates from no source, and has every commit of its old source, which is read-only.

    Killed at any moment, the same run started again goes on. A failure before the local server is writable sets the old source writable again.

    :param followers: what the other replicas have executed, by name
    :param timeout: seconds for the replica to catch up while the source still takes writes
    :param window: seconds that nobody may be able to write at most
    :param scheduler: what event_scheduler is to be on a source, ON, OFF or DISABLED; None for what it was on the old one
    """

    def __init__(self, server: Server, followers: Mapping[str, str], timeout: float, window: float, scheduler: str | None = None) -> None:
        self.server, self.followers, self.timeout, self.window, self.scheduler = server, followers, timeout, window, scheduler

    def observe(self) -> Observed:
        local = look.look(self.server)
        purged = self.server.purged() if local["log_bin"] else ""
        link = local["source"]
        if not link:
            return Observed(local, purged, None, self.server.facts(), [])
        with self._old(link) as old:
            prepared = _staying(old)
            temporary = self.server.temporary_tables()
            seen = (look.look_at_state(old), self.server.facts(), old.binlog_filters())
            return Observed(local, purged, *seen, old.events(), old.event_scheduler(), prepared, temporary)

    def plan(self, observed: Observed) -> Plan:
        local, source, link = observed.local, observed.source, observed.local["source"]
        if not link or not source:
            if local["read_only"]:
                raise Refused("The server replicates from no source and is read-only: there is no source to take over from.")
            return Plan()
        name = str(address_of(link))
        stopped = source["read_only"] and rules.is_stopped(link)
        if stopped and not local["read_only"]:
            rules.check_errant(source, local, "the candidate")
            events = enable_events(event_rules.names(event_rules.enabled(observed.events)), name)
            return Plan.of(events, [DetachSource(name, "an earlier run has turned this server into the writable one")])
        preflight.check([
            *preflight.of_replica("the candidate", observed.facts),
            *preflight.of_source("the candidate", observed.facts["binlog_filters"]),
            *preflight.of_source(name, observed.filters),
            *preflight.of_delay("the candidate", observed.facts["delay"], self.window * _NEAR),
        ])
        fence_rules.check_pending(observed.prepared, observed.temporary, name)
        rules.check_promotion({**local, "purged": observed.purged}, link, source, self.followers, name, resumed=stopped)
        return Plan.of(
            [StartReplication(name, "an earlier run has stopped it, and did not finish")] if stopped else (),
            [FenceSource(name, "its last commit must be known", self.window)],
            [PromoteReplica(str(local["server_id"]), f"it takes over from {name} when it has all of it")],
            enable_events(event_rules.names(event_rules.enabled(observed.events)), name),
            [DetachSource(name, "it is the source now")],
        )

    @contextmanager
    def _old(self, link: Link) -> Iterator[Server]:
        address = Address(link["host"], link["port"], rules.PROMOTER_ACCOUNT)
        try:
            old = connect({**remote(address, link), "read_timeout": self.window + 10})
        except GuestError as error:
            raise GuestError(f"{address} cannot be taken over from: {error.message}. A dead one is ejected.") from error
        with old:
            yield old

    def apply(self, plan: Plan, observed: Observed) -> dict[str, Any]:
        """All steps over one connection to the old source, which holds its fence, and within one handling of signals, which lifts that fence."""
        link, kinds = observed.local["source"], {type(step) for step in plan.steps}
        if not link:
            raise TypeError("a promotion was planned without a source")
        if StartReplication in kinds:
            self.server.start()
        with self._old(link) as old, _signals_raise():
            promotion = self._take_over(old, str(address_of(link))) if FenceSource in kinds else None
            self.server.set_read_only(False)
            events = self._run_events(old.events())
            scheduler = set_scheduler(self.server, self.scheduler or observed.scheduler)
            self.server.forget()
            # Those that have come while the fence stood wait for it, and some of them may write on a read-only server.
            with suppress(GuestError):
                old.disconnect_clients(self.window)
            # It is fenced already, and this is for its next restart: should it die just now, that is no failure of the promotion.
            with suppress(GuestError):
                old.set_read_only(True)
        return {"promotion": promotion, "events": events, "event_scheduler": scheduler}

    def _run_events(self, of_source: list[Event]) -> TakenOver:
        """As they were on the old source. A failure here is told, and stops nothing: this server takes writes already."""
        changes, missing = event_rules.taken_over(self.server.events(), of_source)
        failed = dict.fromkeys(missing, "this server does not have it")
        for event, how in changes:
            try:
                self.server.alter_event(event, how)
            except GuestError as error:
                failed[event_rules.name_of(event)] = error.message
        enabled = event_rules.names(event for event, how in changes if how == event_rules.ENABLE)
        return {"enabled": [name for name in enabled if name not in failed], "failed": failed}

    def _take_over(self, old: Server, name: str) -> Promotion:
        waited = self._come_close(old, name)
        scheduler = old.event_scheduler()
        began = time.monotonic()
        ends = began + self.window
        try:
            old.fence(self.window)
            at_fence = old.gtids()
            last = at_fence["position"]
            catch_up(self.server, last, ends - time.monotonic(), why=f"the last transaction of {name}")
            temporary = self.server.temporary_tables()
            if temporary:
                raise Refused(fence_rules.temporary_tables(temporary, name), temporary=temporary)
            self.server.stop()
            self._silence(old, ends - time.monotonic())
            if fence_rules.moved(at_fence, old.gtids()):
                raise GuestError(f"{name} still executed transactions after {last} although it was fenced: another program or user has set it writable again.")
            self.server.set_read_only(False, remember=False)
        except TroveError as error:
            raise GuestError(f"{error.message.rstrip('.')}. {self._roll_back(old, name, scheduler)}", **error.details) from error
        except BaseException:
            self._roll_back(old, name, scheduler)
            raise
        return {"window_ms": round((time.monotonic() - began) * 1000, 1), "last": last, "waited_s": waited}

    def _silence(self, old: Server, seconds: float) -> None:
        """Nobody waits there any more for the end of the fence, and no event begins. Not before the candidate has all: who fails over may write there."""
        set_scheduler(old, "OFF")
        old.disconnect_clients(max(0.0, seconds))

    def _come_close(self, old: Server, name: str) -> float:
        """Go the long way while the source still takes writes, until little is left for the window; seconds that it took.

        The longer it takes, the more may be left: a replica that is no faster than the writers comes no closer.
        """
        began = time.monotonic()
        while True:
            gone = time.monotonic() - began
            near = self.window * max(_NEAR, _NEAR_ENOUGH * gone / self.timeout)
            if catch_up(self.server, old.gtids()["position"], self.timeout - gone, why=f"{name}, which was not touched") <= near:
                return round(time.monotonic() - began, 3)
            check_controller()

    def _roll_back(self, old: Server, name: str, scheduler: str) -> str:
        """Everything as it was: the old source takes writes, the candidate replicates from it. Nothing interrupts this. Says in words what came of it."""
        for number in _SIGNALS:
            signal.signal(number, signal.SIG_IGN)
        acts: tuple[tuple[str, Callable[[], None]], ...] = (
            ("the candidate read-only", lambda: self.server.set_read_only(True, remember=False)),
            (f"{name} writable", lambda: self._reopen(old, scheduler)),
            ("the candidate replicating", self.server.start),
        )
        failed = []
        for what, act in acts:
            try:
                act()
            except GuestError as reason:
                failed.append(f"{what}: {reason.message}")
        return f"Could not be rolled back, {'; '.join(failed)}." if failed else f"{name} takes writes again, and the candidate replicates from it."

    def _reopen(self, old: Server, scheduler: str) -> None:
        try:
            old.release()
            _open(old, scheduler)
        except GuestError:
            link = self.server.source()
            if not link:
                raise
            with self._old(link) as again:
                _open(again, scheduler)

    def view(self, observed: Observed) -> dict[str, Any]:
        link = observed.local["source"]
        return {"source": link and str(address_of(link)), "read_only": observed.local["read_only"]}

    def predict(self, plan: Plan, observed: Observed) -> dict[str, Any]:
        return {"source": None, "read_only": False}


def _open(old: Server, scheduler: str) -> None:
    old.set_read_only(False, remember=False)
    set_scheduler(old, scheduler)


def _staying(old: Server) -> frozenset[str]:
    """The XA transactions that are prepared for longer than a moment: between the two halves of a commit there is always one where XA is used."""
    found = old.prepared()
    if found:
        time.sleep(_PENDING)
        found &= old.prepared()
    return frozenset(found)


@contextmanager
def _signals_raise() -> Iterator[None]:
    """Whoever is told to end rolls back first what it has begun."""

    def end(number: int, _frame: object) -> None:
        raise GuestError(f"Told to end by {signal.Signals(number).name}.")

    before = {number: signal.signal(number, end) for number in _SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
