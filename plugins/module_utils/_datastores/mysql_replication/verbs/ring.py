# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A server becomes a member of a ring of sources, or is brought back into its place."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import singledispatchmethod
from typing import Any

from ...._guest.command import GuestError
from ...._guest.lock import check_controller
from ...._model.errors import Refused
from ...._plan.plan import Plan, Step
from ...._plan.runner import Reconciler
from ..guest.replication import connect, remote
from ..guest.ring import RingMember, Standing
from ..guest.server import Server
from ..rules import preflight
from ..rules import replication as rules
from ..rules import ring as ring_rules
from ..rules.dialects import parse
from ..rules.facts import Facts
from ..rules.info import Address, Link, Logs, Tls, address_of, certificate_of
from . import look
from .attachment import ChangeSource
from .catching_up import catch_up
from .steps import SetReadOnly, StartReplication, set_read_only

_POLL = 0.1
_ROW = "two members may write the same row, which stops a link or stays different; the loss of one link stops all that comes after it"


@dataclass(frozen=True)
class Observed(look.Observed):
    """:param before: the member before it, seen before the local server; after: seen after it
    :param filters: what that one's binary log leaves out
    :param settings: of the local server, those that a member needs of it
    """

    before: Logs
    after: Logs
    standing: Standing
    facts: Facts
    filters: list[str]
    settings: Mapping[str, int]


@dataclass(frozen=True)
class SetSettings(Step):
    """:param settings: values by variable"""

    action = "update"
    kind = "settings"
    risk = "clients are disconnected"
    settings: Mapping[str, int]


@dataclass(frozen=True)
class CloseRing(Step):
    """:param stands_behind: whether gtid_slave_pos is set first, and waited for"""

    action = "close"
    kind = "ring"
    risk = _ROW
    stands_behind: bool


class InRing(Reconciler[Observed]):
    """The local server replicates from the member before it, and writes in a way that does not clash with the others' GTIDs and automatic numbers.

    A member that takes writes goes on taking them, whatever is done.

    :param source: the member before it
    :param size: how many members there are
    :param position: of this one, from 1
    :param disconnect: whether clients are disconnected although all settings stand: before others take writes, no session may have settings of before
    :param opens: whether the server takes writes in the end, when it has all that the one before it had
    :param timeout: seconds to wait for each thing
    """

    def __init__(self, server: Server, source: Address, tls: Tls, size: int, position: int, disconnect: bool, opens: bool, timeout: float) -> None:
        self.server, self.source, self.tls, self.timeout = server, source, tls, timeout
        self.member = RingMember(server)
        self.disconnect, self.opens = disconnect, opens
        self.wanted = ring_rules.settings(server.settings()["server_id"], size, position)

    def observe(self) -> Observed:
        with connect(remote(self.source, self.tls)) as source:
            before = look.look_at_logs(source)
            local, standing = look.look(self.server), self.member.standing()
            return Observed(
                local, before, look.look_at_logs(source), standing, self.server.facts(), source.binlog_filters(), self.member.settings()
            )

    def plan(self, observed: Observed) -> Plan:
        local, link = observed.local, observed.local["source"]
        filters = [*observed.filters, *observed.facts["binlog_filters"]]
        delay = preflight.of_delay("the member", observed.facts["delay"])
        preflight.check([*preflight.of_replica("the member", observed.facts), *preflight.of_source(str(self.source), filters), *delay])
        ring_rules.check_member(local, observed.before, observed.after, str(self.source), link is not None)
        if link and link["sql_error"]:
            raise Refused(_cannot_apply(link["sql_error"]), sql_error=link["sql_error"])
        return Plan.of(self._settings(observed), self._link(observed), self._access(observed))

    def _settings(self, observed: Observed) -> Iterator[Step]:
        other = {name: value for name, value in self.wanted.items() if observed.settings[name] != value}
        if other or self.disconnect:
            why = ", ".join(f"{name} is {observed.settings[name]}" for name in other) or "others are about to take writes"
            yield SetSettings(", ".join(f"{name}={value}" for name, value in self.wanted.items()), why, self.wanted)

    def _link(self, observed: Observed) -> Iterator[Step]:
        name, link = str(self.source), observed.local["source"]
        threads = observed.settings["slave_parallel_threads"] != self.wanted["slave_parallel_threads"]
        if not link:
            behind = ring_rules.stands_behind(*self._standing(observed))
            yield CloseRing(name, "it replicates from no source, so nothing comes round", behind)
        elif not (link["tls"] and address_of(link) == self.source and certificate_of(link) == self.tls):
            yield ChangeSource(name, f"it replicates from {address_of(link)} as {link['user']}, or by other certificates")
        wrong = rules.problems(link)
        if wrong or threads or not link:
            yield StartReplication(name, "; ".join(wrong) or "it is stopped for slave_parallel_threads")

    def _standing(self, observed: Observed) -> tuple[str, str, str, int]:
        return observed.standing["current"], observed.standing["applied"], observed.after["purged"], self.wanted["gtid_domain_id"]

    def _access(self, observed: Observed) -> Iterator[Step]:
        if self.opens and observed.local["read_only"]:
            yield set_read_only(False, "each member of a ring takes writes")

    @singledispatchmethod
    def carry_out(self, step: Step, observed: Observed) -> None:
        super().carry_out(step, observed)

    @carry_out.register(SetSettings)
    def _set_settings(self, step: SetSettings, observed: Observed) -> None:
        self.member.set_settings(step.settings)
        self.server.disconnect_clients(self.timeout)

    @carry_out.register(CloseRing)
    def _close_ring(self, step: CloseRing, observed: Observed) -> None:
        if step.stands_behind:
            self._await_source(self.member.stand_at_current())
        self.member.follow(self.source, self.tls)

    def _await_source(self, position: str) -> None:
        """The one before it turns away whoever asks to go on behind what it has itself.

        :raises GuestError: where it has not received that in time
        """
        deadline, wanted = time.monotonic() + self.timeout, parse(self.server.engine, position)
        with connect(remote(self.source, self.tls)) as source:
            while True:
                missing = wanted - parse(self.server.engine, source.gtids()["executed"])
                if not missing:
                    return
                if time.monotonic() > deadline:
                    raise GuestError(f"{self.source} has not received {missing} within {self.timeout} s, so the ring cannot be closed.", missing=str(missing))
                check_controller()
                time.sleep(_POLL)

    @carry_out.register(ChangeSource)
    def _change_source(self, step: ChangeSource, observed: Observed) -> None:
        self.server.stop()
        self.member.follow(self.source, self.tls)

    @carry_out.register(StartReplication)
    def _start_replication(self, step: StartReplication, observed: Observed) -> None:
        self.server.start()
        deadline = time.monotonic() + self.timeout
        while True:
            link: Link | None = self.server.source()
            wrong = rules.problems(link)
            if not wrong:
                return
            if link and link["sql_error"]:
                raise Refused(_cannot_apply(link["sql_error"]), sql_error=link["sql_error"])
            if rules.has_failed(link) or time.monotonic() > deadline:
                raise GuestError(f"Replication from {self.source} did not start within {self.timeout} s: {'; '.join(wrong)}", source=link)
            check_controller()
            time.sleep(_POLL)

    @carry_out.register(SetReadOnly)
    def _set_read_only(self, step: SetReadOnly, observed: Observed) -> None:
        """What the others wrote with settings of before has come in by then, so that no automatic number is given twice."""
        with connect(remote(self.source, self.tls)) as source:
            target = ring_rules.foreign(source.gtids()["position"], observed.local["server_id"])
        catch_up(self.server, str(target), self.timeout)
        self.server.set_read_only(step.on)

    def view(self, observed: Observed) -> dict[str, Any]:
        return {**look.view(observed.local), **observed.settings}

    def predict(self, plan: Plan, observed: Observed) -> dict[str, Any]:
        source = {**self.source._asdict(), "tls": True, "io_running": "Yes", "sql_running": "Yes"}
        return {"source": source, "read_only": observed.local["read_only"] and not self.opens, **self.wanted}


def _cannot_apply(error: str) -> str:
    return (
        f"The member cannot apply what it received: {error}. Where two members have written the same row, decide which of the two is right, create the row here"
        " as the transaction expects it (SET SESSION sql_log_bin = 0 before), and run this again."
    )
