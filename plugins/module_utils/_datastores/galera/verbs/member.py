# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One Galera member: what the local guest has to do for its part in the cluster."""

from __future__ import annotations

import os

from ...._model.errors import Refused
from ...._plan.plan import Plan, loose
from ...._plan.runner import Reconciler
from ...mysql.guest import control as mysql_server_control
from ...mysql.guest import server
from ...mysql.guest.engines import MARIADB
from ..guest import control
from ..guest import member as galera
from ..rules import member_state
from . import settings


class GaleraMember(Reconciler):
    """The local member, brought to serve as `choice` says.

    :param member: its name among the members
    :param choice: galera_state.Choice, made from the infos of all members
    :param size: how many members the cluster has when all are there
    :param tls_files: certificate and key, which a running server reads anew when it is told to
    :param rejoin_for: files that it reads when it looks for the others: they matter while it is still looking
    :param allow_restart: whether a member that serves may be restarted for settings that the server reads at its start only
    :param version: the start of the version that must be installed, or None
    :param timeout: seconds until it must be Synced
    """

    def __init__(self, member, choice, size, tls_files, rejoin_for, allow_restart, version, timeout):
        self.member, self.choice, self.size = member, choice, size
        self.tls_files, self.rejoin_for, self.allow_restart = tls_files, rejoin_for, allow_restart
        self.version, self.timeout = version, timeout

    def observe(self):
        info = galera.observe()
        return {**info, "settings": settings.waiting(info)}

    def plan(self, observed):
        member_state.check_versions({self.member: observed}, self.version)
        return Plan.of(self._service(observed), self._data(observed), self._member(observed))

    def _service(self, info):
        service = info["service"]
        if service["outdated"] or service["socket_activation"] or not service["enabled"]:
            yield loose("update", "service", "mariadb", "it starts at boot, by its own unit, and is not started by a client's connection")

    def _data(self, info):
        if self._action(info) == "bootstrap" and not info["datadir"]["initialised"]:
            yield loose("create", "datadir", info["datadir"]["path"], "it is empty, and the first member needs system tables")

    def _member(self, info):
        action = self._action(info)
        outdated = _newer(self.rejoin_for, info)
        if action != "none" and member_state.is_standalone(info):
            yield loose("stop", "member", self.member, "it runs outside of any cluster and holds no schemas")
        elif action == "join" and member_state.is_looking(info) and outdated:
            yield loose("stop", "start", self.member, f"it looks for the others by settings of old: {', '.join(outdated)} changed after its start")
        if action == "bootstrap":
            yield loose("bootstrap", "member", self.member, "nobody has data yet: it begins the cluster" if not info["grastate"] else "it alone has the data")
        elif action == "join":
            yield loose("join", "member", self.member, _why_join(info))
        elif info["settings"]["pending"] and self.allow_restart:
            why = f"it reads {', '.join(info['settings']['pending'])} at its start only"
            yield loose("restart", "member", self.member, why, risk="one member less while it restarts")
        else:
            yield from self._live(info)

    def _live(self, info):
        """What a server takes while it serves."""
        live = info["settings"]["live"]
        if live:
            yield loose("update", "settings", self.member, ", ".join(f"{name} from {old} to {new}" for name, (old, new) in live.items()))
        newer = server.newer_than_start(self.tls_files, info["service"])
        if newer:
            yield loose("update", "certificate", self.member, f"{', '.join(newer)} changed")

    def _action(self, info):
        """What is left to do of the choice: the member may have come up since."""
        action = self.choice.actions.get(self.member, "none")
        return "none" if member_state.is_synced(info) else "join" if action == "none" else action

    def apply(self, plan, observed):
        for step in plan.steps:
            getattr(self, f"_{step.action}_{step.kind}")(observed)

    def _update_service(self, observed):
        control.prepare_service(observed)

    def _create_datadir(self, observed):
        control.initialise(observed["datadir"]["path"])

    def _stop_member(self, observed):
        control.stop()

    def _stop_start(self, observed):
        control.give_up_start()

    def _bootstrap_member(self, observed):
        control.bootstrap(observed, member_state.why_not_serving, self.timeout)

    def _join_member(self, observed):
        control.start(member_state.why_not_serving, self.timeout)

    def _restart_member(self, observed):
        # The neighbour that was restarted just now may still be fed by this one: that passes.
        why_not = control.wait_while(lambda info: member_state.may_restart(info, self.size), self.timeout)
        if why_not:
            raise Refused(f"{self.member} has to be restarted for its new settings, but {why_not}.", member=self.member)
        control.stop()
        control.start(member_state.why_not_serving, self.timeout)

    def _update_settings(self, observed):
        settings.give(observed["settings"]["live"])

    def _update_certificate(self, observed):
        mysql_server_control.reload_tls(MARIADB)

    def view(self, observed):
        """What a reader of the diff wants to know; the whole info is the outcome's `observed`."""
        return {"service": observed["service"]["state"], "initialised": observed["datadir"]["initialised"], "wsrep": observed["wsrep"]}

    def predict(self, plan, observed):
        """Check mode cannot know a cluster's future: the plan says what would be done, the state stays as seen."""
        return self.view(observed)


def _newer(paths, info):
    """Those of the files that were written after the server's start."""
    started = info["service"]["started"]
    return [path for path in paths if started and os.path.exists(path) and os.stat(path).st_mtime > started]


def _why_join(info):
    return f"it does not serve: {'; '.join(member_state.why_not_serving(info))}"
