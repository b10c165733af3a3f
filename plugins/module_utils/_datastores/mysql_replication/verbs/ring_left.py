# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A ring of sources becomes a chain again: one member goes on taking writes, and has all that the others have written; these are its replicas."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import singledispatchmethod
from typing import Any

from ...._guest.command import GuestError
from ...._guest.lock import check_controller
from ...._plan.plan import Plan, Step
from ...._plan.runner import Reconciler
from ..guest.ring import RingMember
from ..guest.server import Server
from ..rules import ring as rules
from ..rules.dialects import parse
from ..rules.info import address_of
from . import look, steps
from .ring import SetSettings
from .steps import SetReadOnly, set_read_only

_POLL = 0.1


@dataclass(frozen=True)
class Observed(look.Observed):
    """:param settings: of the local server, those that a member needs of a ring"""

    settings: Mapping[str, int]


class DetachSource(steps.DetachSource):
    risk = "what others write from now on is not here"


class Closed(Reconciler[Observed]):
    """A member of a ring takes no writes any more, and nothing that it has begun is acknowledged from then on. It goes on replicating."""

    def __init__(self, server: Server, timeout: float) -> None:
        self.server, self.member, self.timeout = server, RingMember(server), timeout

    def observe(self) -> Observed:
        return Observed(look.look(self.server), self.member.settings())

    def plan(self, observed: Observed) -> Plan:
        # again, too, where a run was killed: clients with READ_ONLY ADMIN would write on
        wanted = not observed.local["read_only"] or observed.settings["gtid_domain_id"]
        return Plan.of([set_read_only(True, "another member goes on as the source")] if wanted else ())

    @singledispatchmethod
    def carry_out(self, step: Step, observed: Observed) -> None:
        super().carry_out(step, observed)

    @carry_out.register(SetReadOnly)
    def _set_read_only(self, step: SetReadOnly, observed: Observed) -> None:
        self.server.set_read_only(step.on)
        self.server.disconnect_clients(self.timeout)

    def view(self, observed: Observed) -> dict[str, Any]:
        return look.view(observed.local)

    def predict(self, plan: Plan, observed: Observed) -> dict[str, Any]:
        return {**look.view(observed.local), "read_only": True}


class OutOfRing(Reconciler[Observed]):
    """The local server writes as any source does. The one that stays the source has all that the others have, and replicates from no source.

    :param executed: what the others have, who take no writes any more; None for one of them, which goes on replicating
    :param threads: slave_parallel_threads; None leaves it, where what others wrote as members of the ring may be still to come
    :param opens: whether it takes writes in the end, as the one that stays the source where a run before had closed it
    :param timeout: seconds that it may take to receive what the others have
    """

    def __init__(self, server: Server, executed: Collection[str] | None, threads: int | None, opens: bool, timeout: float) -> None:
        self.server, self.member, self.timeout = server, RingMember(server), timeout
        self.executed, self.opens = executed, opens
        self.wanted = {name: value for name, value in rules.plain(threads).items() if value is not None}

    def observe(self) -> Observed:
        return Observed(look.look(self.server), self.member.settings())

    def plan(self, observed: Observed) -> Plan:
        # opened as the member that it was: one that has the settings of no ring, and is closed, would be taken for a replica after a run that was killed
        return Plan.of(self._link(observed), self._access(observed), self._settings(observed))

    def _link(self, observed: Observed) -> Iterator[Step]:
        link = observed.local["source"]
        if link and self.executed is not None:
            yield DetachSource(str(address_of(link)), "it is the source, when it has all that the others have written")

    def _access(self, observed: Observed) -> Iterator[Step]:
        if self.opens and observed.local["read_only"]:
            yield set_read_only(False, "it is the source, when it has all that the others have written")

    def _settings(self, observed: Observed) -> Iterator[Step]:
        other = {name: observed.settings[name] for name, value in self.wanted.items() if observed.settings[name] != value}
        if other:
            why = ", ".join(f"{name} is {value}, and it is no member of a ring any more" for name, value in other.items())
            yield SetSettings(", ".join(f"{name}={value}" for name, value in self.wanted.items()), why, self.wanted)

    @singledispatchmethod
    def carry_out(self, step: Step, observed: Observed) -> None:
        super().carry_out(step, observed)

    @carry_out.register(DetachSource)
    def _detach_source(self, step: DetachSource, observed: Observed) -> None:
        self._receive()
        self.server.forget()

    def _receive(self) -> None:
        """:raises GuestError: where it has not all in time; nothing was changed then"""
        deadline, engine = time.monotonic() + self.timeout, self.server.engine
        while True:
            has = parse(engine, self.server.gtids()["executed"])
            missing = [str(parse(engine, one) - has) for one in self.executed or () if parse(engine, one) - has]
            if not missing:
                return
            if time.monotonic() > deadline:
                raise GuestError(
                    f"This server has not received {', '.join(missing)} within {self.timeout} s, which other members of the ring have. They are read-only, and"
                    " nothing is lost: repair the links that lead here, by the contracts of the ring, or let another member be the source.",
                    missing=missing,
                )
            check_controller()
            time.sleep(_POLL)

    @carry_out.register(SetReadOnly)
    def _set_read_only(self, step: SetReadOnly, observed: Observed) -> None:
        self._receive()
        self.server.set_read_only(step.on)

    @carry_out.register(SetSettings)
    def _set_settings(self, step: SetSettings, observed: Observed) -> None:
        self.member.set_settings(step.settings)
        self.server.disconnect_clients(self.timeout)
        link = observed.local["source"]
        if link and self.executed is None and link["io_running"] != "No":
            self.server.start()

    def view(self, observed: Observed) -> dict[str, Any]:
        return {**look.view(observed.local), **observed.settings}

    def predict(self, plan: Plan, observed: Observed) -> dict[str, Any]:
        shown = look.view(observed.local)
        source = shown["source"] if self.executed is None else None
        return {**shown, "source": source, "read_only": shown["read_only"] and not self.opens, **observed.settings, **self.wanted}
