# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A replica whose link is broken becomes a replica again, and a source that came back is fenced."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import singledispatchmethod
from typing import Any

from ...._guest.command import GuestError
from ...._model.errors import Refused
from ...._plan.plan import Plan, Step
from ...._plan.runner import Reconciler
from ..guest.replication import connect, remote
from ..guest.server import Server
from ..rules import causes
from ..rules import replication as rules
from ..rules.dialects import parse
from ..rules.info import Link, address_of
from . import attachment, look
from .events import SetScheduler, switch_scheduler
from .steps import SetReadOnly, StartReplication, set_read_only


class ReceiveAgain(Step):
    """What was received is discarded, and received again from behind what was applied."""

    action = "update"
    kind = "relay_logs"


class Healed(attachment.Attached):
    """The local server replicates from a source, whatever its link has said, as far as nothing is lost by it."""

    def observe(self) -> attachment.Observed:
        """Of a link to the right source that is broken the source is asked, too: what is received again has to be there."""
        seen = super().observe()
        if seen.source is not None or not seen.local["source"] or not causes.of_link(seen.local["source"]):
            return seen
        with connect(remote(self.source, self.tls)) as source:
            return self._observed(seen.local, look.look_at_logs(source), source.binlog_filters())

    def plan(self, observed: attachment.Observed) -> Plan:
        link = observed.local["source"]
        if observed.source is not None and observed.local["engine"] == observed.source["engine"] and not self.behind:
            rules.check_received(observed.local, observed.source, str(self.source))
        # a link to another source is given up with what it could not apply, which this one has, too
        if observed.source is None or not link or not self._is_wanted(link):
            return super().plan(observed)
        local = observed.local
        has = parse(local["engine"], local["executed"])
        rules.check_lost(local, observed.source, parse(local["engine"], local["logged"]), str(self.source))
        rules.check_attach(local, observed.source, has, str(self.source), self.behind)
        # the rest as of a link that was found as it shall be
        return super().plan(attachment.Observed(local, None, observed.facts, observed.filters, observed.events, observed.scheduler))

    def _threads(self, link: Link | None) -> Iterator[Step]:
        cause = causes.of_link(link) if link else None
        if not cause:
            return
        if cause.remedy not in (causes.START, causes.REFETCH):
            raise Refused(f"The link to {self.source} is not healed by a start: {cause.why}.", cause=cause.kind)
        if cause.remedy == causes.REFETCH:
            yield ReceiveAgain(str(self.source), cause.why)
        yield StartReplication(str(self.source), cause.why)

    @singledispatchmethod
    def carry_out(self, step: Step, observed: attachment.Observed) -> None:
        super().carry_out(step, observed)

    @carry_out.register(ReceiveAgain)
    def _receive_again(self, step: ReceiveAgain, observed: attachment.Observed) -> None:
        before = parse(self.server.engine, self.server.gtids()["executed"])
        self.server.drop_received()
        self.server.follow(self.source, self.tls)
        lost = before - parse(self.server.engine, self.server.gtids()["executed"])
        if lost:
            raise GuestError(f"The server does not know any more that it has executed {lost}, and is not started, since it would execute that again.")


@dataclass(frozen=True)
class Observed(look.Observed):
    scheduler: str


class Fenced(Reconciler[Observed]):
    """The local server takes no writes of clients, and none that it has begun is acknowledged from then on. Its link stays as it is.

    :param timeout: seconds until clients are gone
    """

    def __init__(self, server: Server, timeout: float) -> None:
        self.server, self.timeout = server, timeout

    def observe(self) -> Observed:
        return Observed(look.look(self.server), self.server.event_scheduler())

    def plan(self, observed: Observed) -> Plan:
        local = observed.local
        if local["read_only"] and local["super_read_only"] in (None, True):
            return Plan()
        link = local["source"]
        why = f"it replicates from {address_of(link)}" if link else "another server is the source"
        return Plan.of(switch_scheduler(observed.scheduler, "OFF", "events run on the source alone"), [set_read_only(True, why)])

    @singledispatchmethod
    def carry_out(self, step: Step, observed: Observed) -> None:
        super().carry_out(step, observed)

    @carry_out.register(SetScheduler)
    def _set_scheduler(self, step: SetScheduler, observed: Observed) -> None:
        self.server.set_event_scheduler(step.wanted)

    @carry_out.register(SetReadOnly)
    def _set_read_only(self, step: SetReadOnly, observed: Observed) -> None:
        self.server.set_read_only(step.on)
        self.server.disconnect_clients(self.timeout)

    def view(self, observed: Observed) -> dict[str, Any]:
        return look.view(observed.local)

    def predict(self, plan: Plan, observed: Observed) -> dict[str, Any]:
        return {**look.view(observed.local), "read_only": True}
