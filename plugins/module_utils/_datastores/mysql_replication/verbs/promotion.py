# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A replica takes over from its source, which lives: one process does all of it, so that nothing lies between the last commit here and the first there."""

from __future__ import annotations

import signal
import time
from contextlib import contextmanager, suppress

from ...._guest.command import GuestError
from ...._guest.lock import check_controller
from ...._model.errors import Refused, TroveError
from ...._plan.plan import Plan, loose
from ...._plan.runner import Reconciler
from ..guest.replication import connect
from ..rules import replication as rules
from .replica import catch_up, look, look_at_source, with_purged

#: the share of the window within which the replica must be able to catch up before the source is touched: at first, and at last
_NEAR, _NEAR_ENOUGH = 0.05, 0.5
_SIGNALS = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT)


class Promoted(Reconciler):
    """The local replica is writable and follows nobody, and has every commit of its old source, which is read-only.

    Killed at any moment, the same run started again goes on. A failure before the local server is writable makes the old source writable again.

    :param server: the local _datastores.mysql_replication.guest.server.Server
    :param where: how to reach the old source, a function of the link
    :param followers: what the other replicas have executed, by name
    :param timeout: seconds for the replica to catch up while the source still takes writes
    :param window: seconds that nobody may be able to write at most
    """

    def __init__(self, server, where, followers, timeout, window):
        self.server, self.where, self.followers, self.timeout, self.window = server, where, followers, timeout, window
        self.promotion = None

    def observe(self):
        return with_purged(self.server, look(self.server))

    def plan(self, observed):
        link = observed["source"]
        if not link:
            if observed["read_only"]:
                raise Refused("The server replicates from nobody and is read-only: there is no source to take over from.")
            return Plan()
        name = _name(link)
        with self._old(link) as old:
            source = look_at_source(old)
        stopped = source["read_only"] and rules.is_stopped(link)
        if stopped and not observed["read_only"]:
            rules.check_errant(source, observed, "the candidate")
            return Plan.of([loose("detach", "source", name, "an earlier run has made this server the writable one")])
        rules.check_promotion(observed, source, self.followers, name, resumed=stopped)
        return Plan.of(
            [loose("start", "replication", name, "an earlier run has stopped it, and did not finish")] if stopped else (),
            [loose("fence", "source", name, "its last commit must be known", risk=f"nobody can write for a moment, {self.window} s at most")],
            [loose("promote", "replica", str(observed["server_id"]), f"it takes over from {name} when it has all of it")],
            [loose("detach", "source", name, "it is the source now")],
        )

    @contextmanager
    def _old(self, link):
        try:
            old = connect({**self.where(link), "read_timeout": self.window + 10})
        except GuestError as error:
            raise GuestError(f"{_name(link)} cannot be taken over from: {error.message}. A dead one is ejected.") from error
        with old:
            yield old

    def apply(self, plan, observed):
        actions = [step.action for step in plan.steps]
        if "start" in actions:
            self.server.start()
        with self._old(observed["source"]) as old, _signals_raise():
            if actions != ["detach"]:
                self._take_over(old, _name(observed["source"]))
            self.server.set_read_only(False)
            self.server.forget()
            # It is fenced already, and this is for its next restart: should it die just now, that is no failure of the promotion.
            with suppress(GuestError):
                old.set_read_only(True)

    def _take_over(self, old, name):
        waited = self._come_close(old, name)
        began = time.monotonic()
        try:
            old.fence(self.window)
            last = old.gtids()["position"]
            catch_up(self.server, last, began + self.window - time.monotonic(), why=f"the last transaction of {name}")
            self.server.stop()
            self.server.set_read_only(False, remember=False)
        except TroveError as error:
            raise GuestError(f"{error.message.rstrip('.')}. {self._take_back(old, name)}", **error.details) from error
        except BaseException:
            self._take_back(old, name)
            raise
        self.promotion = {"window_ms": round((time.monotonic() - began) * 1000, 1), "last": last, "waited_s": waited}

    def _come_close(self, old, name):
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

    def _take_back(self, old, name):
        """Everything as it was: the old source takes writes, the candidate follows it. Nothing interrupts this. Says in words what came of it."""
        for number in _SIGNALS:
            signal.signal(number, signal.SIG_IGN)
        failed = []
        for what, act in (
            ("the candidate read-only", lambda: self.server.set_read_only(True, remember=False)),
            (f"{name} writable", lambda: self._reopen(old)),
            ("the candidate replicating", self.server.start),
        ):
            try:
                act()
            except GuestError as reason:
                failed.append(f"{what}: {reason.message}")
        return f"Could not be taken back, {'; '.join(failed)}." if failed else f"{name} takes writes again, and the candidate follows it."

    def _reopen(self, old):
        try:
            old.release()
            old.set_read_only(False, remember=False)
        except GuestError:
            with self._old(self.server.source()) as again:
                again.set_read_only(False, remember=False)

    def view(self, observed):
        link = observed["source"]
        return {"source": link and _name(link), "read_only": observed["read_only"]}

    def predict(self, plan, observed):
        return {"source": None, "read_only": False}


def _name(link):
    return f"{link['host']}:{link['port']}"


@contextmanager
def _signals_raise():
    """Whoever is told to end takes back first what it has begun."""

    def end(number, _frame):
        raise GuestError(f"Told to end by {signal.Signals(number).name}.")

    before = {number: signal.signal(number, end) for number in _SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
