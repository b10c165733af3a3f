# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A replica catches up with its source."""

from __future__ import annotations

import time
from typing import TypedDict

from ...._guest.command import GuestError
from ...._guest.lock import check_controller
from ...._model.errors import Refused
from ..guest.replication import connect, of_source
from ..guest.ring import comes_in
from ..guest.server import Server
from ..rules import replication as rules
from ..rules.dialects import parse

_POLL = 0.1
#: how long a server may wait for a GTID before it is asked whether its threads still run
_LOOK = 0.25


class CaughtUp(TypedDict):
    """The GTIDs that were waited for, and the seconds that it took."""

    target: str
    seconds: float


def catch_up(server: Server, target: str, timeout: float, why: str = "what its source has") -> float:
    """Wait until the local replica has executed `target`; seconds that it took.

    :raises GuestError: when its threads stop, or at the deadline, with both GTIDs
    """
    began = time.monotonic()
    while not server.wait(target, min(_LOOK, max(0.0, began + timeout - time.monotonic()))):
        check_controller()
        wrong = [problem for problem in rules.problems(server.source()) if "Connecting" not in problem]
        if wrong or time.monotonic() - began > timeout:
            executed = server.gtids()["executed"]
            reason = "; ".join(wrong) or f"not within {timeout:.3g} s"
            message = f"The replica did not catch up with {why}: {reason}. It has {executed}, and should have {target}."
            raise GuestError(message, executed=executed, target=target)
    return round(time.monotonic() - began, 3)


def _receive(server: Server, target: str, timeout: float) -> float:
    """Wait until a delayed replica has received `target`, which it applies so much later; seconds that it took."""
    began = time.monotonic()
    while True:
        link, executed = server.source(), server.gtids()["executed"]
        has = parse(server.engine, executed) | parse(server.engine, link["retrieved"] if link else "")
        if parse(server.engine, target) <= has:
            return round(time.monotonic() - began, 3)
        if time.monotonic() - began > timeout:
            raise GuestError(f"The replica did not receive what its source has within {timeout:.3g} s. It has {has}, and should have {target}.", target=target)
        check_controller()
        time.sleep(_POLL)


def hear(server: Server, timeout: float) -> str:
    """Wait until something of the source arrives, a heartbeat at least: of a connection that is dead the threads say Yes for a while. What was received then.

    :raises GuestError: where nothing does within the time
    """
    deadline, before = time.monotonic() + timeout, server.receiving()
    while True:
        now = server.receiving()
        if now is not None and before is not None and now != before:
            return now
        if time.monotonic() > deadline:
            wrong = rules.problems(server.source()) or ["both of its threads run, and no heartbeat comes in"]
            raise GuestError(f"The replica has received nothing of its source within {timeout:.3g} s: {'; '.join(wrong)}.")
        before = now if before is None else before
        check_controller()
        time.sleep(_POLL)


def catch_up_with_source(server: Server, timeout: float) -> CaughtUp:
    """Wait until the local replica has what its source had when asked, and its link runs.

    Of a source that was restarted it may have all, and connect again some seconds later. One that is delayed by its settings has to have received it.

    :raises GuestError: at the deadline
    """
    began = time.monotonic()
    link = server.source()
    if not link:
        raise Refused("The server replicates from no source, so there is nothing to catch up with.")
    with connect(of_source(link)) as source:
        target = comes_in(server, source.gtids()["position"])
    seconds = _receive(server, target, timeout) if link["delay"] else catch_up(server, target, timeout)
    while True:
        wrong = rules.problems(server.source())
        if not wrong:
            return {"target": target, "seconds": seconds}
        if time.monotonic() - began > timeout:
            raise GuestError(f"The replica has all that its source had, but does not follow it within {timeout} s: {'; '.join(wrong)}.")
        check_controller()
        time.sleep(_POLL)
