# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A replica is attached to a source."""

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
from ..guest.replication import connect, remote
from ..guest.server import Server
from ..rules import events as event_rules
from ..rules import preflight
from ..rules import replication as rules
from ..rules.dialects import parse
from ..rules.events import Event
from ..rules.facts import Facts
from ..rules.info import Address, Link, Logs, Seen, Tls, address_of, certificate_of
from . import look
from .events import DisableEvents, SetScheduler, disable_events, set_scheduler, switch_scheduler
from .steps import SetReadOnly, StartReplication, set_read_only

_POLL = 0.1


@dataclass(frozen=True)
class Observed(look.Observed):
    """:param source: None where the server replicates from it already, so that nobody asked
    :param filters: what the source's binary log leaves out
    :param events: the local server's
    """

    source: Logs | None
    facts: Facts
    filters: list[str]
    events: list[Event]
    scheduler: str


@dataclass(frozen=True)
class SetPosition(Step):
    """Let a fresh copy know where its data stand.

    :param source_executed: what its source had executed then
    """

    action = "set"
    kind = "position"
    gtid: str
    source_executed: str


class AttachSource(Step):
    action = "attach"
    kind = "source"


class ChangeSource(Step):
    action = "update"
    kind = "source"


class Attached(Reconciler[Observed]):
    """The local server replicates from a source.

    :param tls: paths that the server itself can read
    :param gtid: where the snapshot says that fresh data stand; None for a server that knows
    :param read_only: whether others than replication may not write
    :param timeout: seconds until both threads must run
    :param behind: whether the source is a replica itself, and may not have yet what the local server has from the same source: it is waited for
    """

    def __init__(self, server: Server, source: Address, tls: Tls, gtid: str | None, read_only: bool, timeout: float, behind: bool = False) -> None:
        self.server, self.source, self.tls, self.gtid, self.read_only, self.timeout = server, source, tls, gtid, read_only, timeout
        self.behind = behind

    def observe(self) -> Observed:
        local = look.look(self.server)
        link = local["source"]
        if link and self._is_wanted(link):
            return self._observed(local, None, [])
        # after the replica: what it has by then its source has, too
        with connect(remote(self.source, self.tls)) as source:
            return self._observed(local, look.look_at_logs(source), source.binlog_filters())

    def _observed(self, local: Seen, source: Logs | None, filters: list[str]) -> Observed:
        return Observed(local, source, self.server.facts(), filters, self.server.events(), self.server.event_scheduler())

    def _is_wanted(self, link: Link) -> bool:
        return link["tls"] and address_of(link) == self.source and certificate_of(link) == self.tls

    def plan(self, observed: Observed) -> Plan:
        local = observed.local
        preflight.check([*preflight.of_replica("the replica", observed.facts), *preflight.of_source(str(self.source), observed.filters)])
        if observed.source is None:
            return Plan.of(self._events(observed), self._access(local), self._threads(local["source"]))
        start = StartReplication(str(self.source), "it was not started yet")
        return Plan.of(self._events(observed), self._access(local), self._link(local, observed.source), [start])

    def _events(self, observed: Observed) -> Iterator[Step]:
        """Before anything else: a copy brings its source's events, enabled, and what they write is no transaction of the source.

        MySQL's super_read_only would have to be lifted to disable them. On a fresh copy nobody else is there to write meanwhile; a server that was a source
        keeps it, and receives the change from the new source, which enables them there.
        """
        if self.read_only:
            yield from switch_scheduler(observed.scheduler, "OFF", "a replica runs no events")
        if self.gtid is not None or not observed.local["super_read_only"]:
            yield from disable_events(observed.events)

    def _access(self, local: Seen) -> Iterator[Step]:
        on = local["read_only"] if local["super_read_only"] is None else local["super_read_only"]
        if on != self.read_only:
            yield set_read_only(self.read_only, "a replica takes no writes but its source's" if self.read_only else "asked for")

    def _threads(self, link: Link | None) -> Iterator[Step]:
        if link and link["sql_error"]:
            raise Refused(f"The replica cannot apply what it received: {link['sql_error']}. A start would not change that.", sql_error=link["sql_error"])
        wrong = rules.problems(link)
        if wrong:
            yield StartReplication(str(self.source), "; ".join(wrong))

    def _link(self, local: Seen, source: Logs) -> Iterator[Step]:
        name, link = str(self.source), local["source"]
        has = parse(local["engine"], local["executed"]) if self.gtid is None else rules.position_after_copy(local, source, self.gtid)
        rules.check_lost(local, source, has if self.gtid is not None else parse(local["engine"], local["logged"]), name)
        rules.check_attach(local, source, has, name, self.behind)
        if self.gtid is not None and not link:
            yield SetPosition(self.gtid or "none", "there the snapshot was taken", self.gtid, str(has))
        if link:
            yield ChangeSource(name, f"it replicates from {address_of(link)} as {link['user']}, or by other certificates")
        else:
            yield AttachSource(name, "it replicates from no source")

    @singledispatchmethod
    def carry_out(self, step: Step, observed: Observed) -> None:
        super().carry_out(step, observed)

    @carry_out.register(SetReadOnly)
    def _set_read_only(self, step: SetReadOnly, observed: Observed) -> None:
        self.server.set_read_only(step.on)

    @carry_out.register(SetScheduler)
    def _set_scheduler(self, step: SetScheduler, observed: Observed) -> None:
        self.server.set_event_scheduler(step.wanted)

    @carry_out.register(DisableEvents)
    def _disable_events(self, step: DisableEvents, observed: Observed) -> None:
        self.server.disable_events(step.events)

    @carry_out.register(SetPosition)
    def _set_position(self, step: SetPosition, observed: Observed) -> None:
        self.server.take_position(step.gtid, step.source_executed)

    @carry_out.register(AttachSource)
    def _attach_source(self, step: AttachSource, observed: Observed) -> None:
        # Remembered over a restart also where it was set already, perhaps by a promotion for the moment only.
        self.server.set_read_only(self.read_only)
        if self.gtid is None and self.read_only and not observed.local["read_only"]:
            self._check_again(observed)
        try:
            self._await_source()
        except BaseException:
            if not observed.local["read_only"]:
                self._put_back(observed)
            raise
        self.server.follow(self.source, self.tls)

    def _await_source(self) -> None:
        """A source that is a replica itself has to have all that the local server has, which does not change any more.

        :raises GuestError: where it has not in time
        """
        if not self.behind:
            return
        deadline, engine = time.monotonic() + self.timeout, self.server.engine
        has = parse(engine, self.server.gtids()["executed"])
        with connect(remote(self.source, self.tls)) as source:
            while True:
                there = parse(engine, source.gtids()["executed"])
                if has <= there:
                    return
                if time.monotonic() > deadline:
                    raise GuestError(
                        f"{self.source} has not received {has - there} within {self.timeout} s, which the replica has: it replicates from another server,"
                        " or is too far behind.",
                        missing=str(has - there),
                    )
                check_controller()
                time.sleep(_POLL)

    def _check_again(self, observed: Observed) -> None:
        """What clients wrote since the plan was created, and before the server was read-only, is on no other server.

        :raises Refused: where there is something; the server takes writes again then, and runs its events
        """
        local = look.look(self.server)
        try:
            with connect(remote(self.source, self.tls)) as source:
                rules.check_attach(local, look.look_at_logs(source), parse(local["engine"], local["executed"]), str(self.source), self.behind)
        except BaseException:
            self._put_back(observed)
            raise

    def _put_back(self, observed: Observed) -> None:
        with suppress(GuestError):
            self.server.set_read_only(False)
        with suppress(GuestError):
            self.server.restore_events(event_rules.enabled(observed.events))
        with suppress(GuestError):
            set_scheduler(self.server, observed.scheduler)

    @carry_out.register(ChangeSource)
    def _change_source(self, step: ChangeSource, observed: Observed) -> None:
        self.server.stop()
        self.server.set_read_only(self.read_only)
        try:
            self._await_source()
        except BaseException:
            # as it was: it follows the source that it had
            self.server.start()
            raise
        self.server.follow(self.source, self.tls)

    @carry_out.register(StartReplication)
    def _start_replication(self, step: StartReplication, observed: Observed) -> None:
        self.server.start()
        deadline = time.monotonic() + self.timeout
        while True:
            link = self.server.source()
            wrong = rules.problems(link)
            if not wrong:
                return
            if rules.has_failed(link) or time.monotonic() > deadline:
                raise GuestError(f"Replication from {self.source} did not start within {self.timeout} s: {'; '.join(wrong)}", source=link)
            check_controller()
            time.sleep(_POLL)

    def view(self, observed: Observed) -> dict[str, Any]:
        return look.view(observed.local)

    def predict(self, plan: Plan, observed: Observed) -> dict[str, Any]:
        return {"source": {**self.source._asdict(), "tls": True, "io_running": "Yes", "sql_running": "Yes"}, "read_only": self.read_only}
