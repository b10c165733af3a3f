# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A replica and its link: attached to a source, detached from it, caught up with it."""

from __future__ import annotations

import time

from ...._guest.command import GuestError
from ...._guest.lock import check_controller
from ...._model.errors import Refused
from ...._plan.plan import Plan, loose
from ...._plan.runner import Reconciler
from ...mysql.guest import connection
from ..guest.replication import connect, of_source
from ..rules import replication as rules
from ..rules.gtid import parse

_POLL = 0.1
#: how long a server may wait for a GTID before it is asked whether its threads still run
_LOOK = 0.25
#: how long a server may have nothing left to apply before what is missing counts as never received whole
_QUIET = 3.0
_ALL_READ = "has read all relay log"


def look(server):
    """What the verbs here need of the local server: an info without what takes long to find out."""
    return {**look_at_source(server), "source": server.source()}


def look_at_source(server):
    """What any account may see of another server."""
    return {"engine": server.engine, "reachable": True, **server.settings(), **server.gtids()}


def with_purged(server, seen):
    """The same, with what its binary logs do not hold any more."""
    return {**seen, "purged": server.purged() if seen["log_bin"] else ""}


class _OnReplica(Reconciler):
    """What has the same eyes: a local server and its link.

    :param server: the local _datastores.mysql_replication.guest.server.Server
    """

    def __init__(self, server):
        self.server = server

    def observe(self):
        return look(self.server)

    def apply(self, plan, observed):
        for step in plan.steps:
            getattr(self, f"_{step.action}_{step.kind}")(observed)

    def view(self, observed):
        link = observed["source"]
        shown = link and {key: link[key] for key in ("host", "port", "user", "tls", "io_running", "sql_running")}
        return {"source": shown, "read_only": observed["read_only"]}


class Attached(_OnReplica):
    """The local server follows a source.

    :param source: ``{host, port, user}``
    :param tls: ``{ca_cert, client_cert, client_key}``, paths that the server itself can read
    :param gtid: where the snapshot says that fresh data stand; None for a server that knows
    :param read_only: whether others than replication may not write
    :param timeout: seconds until both threads must run
    """

    def __init__(self, server, source, tls, gtid, read_only, timeout):
        super().__init__(server)
        self.source, self.tls, self.gtid, self.read_only, self.timeout = source, tls, gtid, read_only, timeout
        self.name = f"{source['host']}:{source['port']}"
        self.source_executed = None

    def plan(self, observed):
        link = observed["source"]
        if link and self._follows(link):
            if link["sql_error"]:
                raise Refused(f"The replica cannot apply what it received: {link['sql_error']}. A start would not change that.", sql_error=link["sql_error"])
            return Plan.of(self._access(observed), self._threads(link))
        return Plan.of(self._access(observed), self._link(observed), self._start("it was not started yet"))

    def _follows(self, link):
        wanted = {**self.source, **self.tls, "tls": True}
        return all(link[key] == value for key, value in wanted.items())

    def _access(self, observed):
        on = observed["read_only"] if observed["super_read_only"] is None else observed["super_read_only"]
        if on != self.read_only:
            yield loose("update", "read_only", str(self.read_only).lower(), "a replica takes no writes but its source's" if self.read_only else "asked for")

    def _threads(self, link):
        wrong = rules.problems(link)
        return self._start("; ".join(wrong)) if wrong else ()

    def _start(self, why):
        yield loose("start", "replication", self.name, why)

    def _link(self, observed):
        with connect(connection.remote(self.source["host"], self.source["port"], self.source["user"], self.tls)) as server:
            source = with_purged(server, look_at_source(server))
        has = parse(observed["engine"], observed["executed"]) if self.gtid is None else rules.position_after_copy(observed, source, self.gtid)
        rules.check_attach(observed, source, has, self.name)
        self.source_executed = str(has)
        link = observed["source"]
        if self.gtid is not None and not link:
            yield loose("set", "position", self.gtid or "none", "there the snapshot was taken")
        why = "it replicates from nobody" if not link else f"it replicates from {link['host']}:{link['port']} as {link['user']}, or by other certificates"
        yield loose("update" if link else "attach", "source", self.name, why)

    def _update_read_only(self, _observed):
        self.server.set_read_only(self.read_only)

    def _set_position(self, _observed):
        self.server.take_position(self.gtid, self.source_executed)

    def _attach_source(self, observed):
        # Remembered over a restart also where it was set already, perhaps by a promotion for the moment only.
        self.server.set_read_only(self.read_only)
        self.server.follow(self.source["host"], self.source["port"], self.source["user"], self.tls)

    def _update_source(self, observed):
        self.server.stop()
        self._attach_source(observed)

    def _start_replication(self, _observed):
        self.server.start()
        deadline = time.monotonic() + self.timeout
        while True:
            link = self.server.source()
            wrong = rules.problems(link)
            if not wrong:
                return
            if link["io_running"] == "No" and link["io_error"] or link["sql_error"] or time.monotonic() > deadline:
                raise GuestError(f"Replication from {self.name} did not start within {self.timeout} s: {'; '.join(wrong)}", source=link)
            check_controller()
            time.sleep(_POLL)

    def predict(self, plan, observed):
        started = {"io_running": "Yes", "sql_running": "Yes"}
        return {"source": {**self.source, "tls": True, **started} if plan else self.view(observed)["source"], "read_only": self.read_only}


class Detached(_OnReplica):
    """The local server follows nobody, has applied all that it received, and takes writes.

    :param timeout: seconds that it may take to apply what it received
    """

    def __init__(self, server, timeout):
        super().__init__(server)
        self.timeout = timeout

    def plan(self, observed):
        link = observed["source"]
        if link and link["sql_error"]:
            raise Refused(f"The replica cannot apply what it received, and detached it would forget that: {link['sql_error']}", sql_error=link["sql_error"])
        return Plan.of(self._link(link), self._access(observed))

    def _link(self, link):
        if link:
            risk = "what the source writes from now on is not here"
            yield loose("detach", "source", f"{link['host']}:{link['port']}", "it becomes a site of its own", risk=risk)

    def _access(self, observed):
        if observed["read_only"]:
            yield loose("update", "read_only", "false", "a site of its own takes writes")

    def _detach_source(self, observed):
        if observed["source"]["sql_running"] != "Yes":
            self.server.start()
        self.server.stop_receiving()
        _apply_received(self.server, self.timeout)
        self.server.forget()

    def _update_read_only(self, _observed):
        self.server.set_read_only(False)

    def predict(self, plan, observed):
        return {"source": None, "read_only": False}


def _apply_received(server, timeout):
    """Wait until what was received is applied. A transaction of which the end is missing never can be, and is not waited for."""
    began = quiet_since = time.monotonic()
    before = None
    while True:
        link, executed = server.source(), server.gtids()["executed"]
        if parse(server.engine, link["retrieved"]) <= parse(server.engine, executed):
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


def catch_up(server, target, timeout, why="what its source has"):
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


def catch_up_with_source(server, timeout):
    """Wait until the local replica has what its source had when asked, and its link runs: ``{target, seconds}``.

    Of a source that was restarted it may have all, and connect again some seconds later.

    :raises GuestError: at the deadline
    """
    began = time.monotonic()
    link = server.source()
    if not link:
        raise Refused("The server replicates from nobody, so there is nothing to catch up with.")
    with connect(of_source(link)) as source:
        target = source.gtids()["position"]
    seconds = catch_up(server, target, timeout)
    while True:
        wrong = rules.problems(server.source())
        if not wrong:
            return {"target": target, "seconds": seconds}
        if time.monotonic() - began > timeout:
            raise GuestError(f"The replica has all that its source had, but does not follow it within {timeout} s: {'; '.join(wrong)}.")
        check_controller()
        time.sleep(_POLL)
