# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One Galera member: what the local guest has to do for its part in the cluster."""

from __future__ import annotations

import os

from .._datastores import galera_state
from .._guest import galera, galera_control
from .._model.errors import Refused
from .._model.plan import Plan, Step
from .runner import Reconciler


class GaleraMember(Reconciler):
    """The local member, brought to serve as `choice` says.

    :param member: its name among the members
    :param choice: galera_state.Choice, made from the infos of all members
    :param size: how many members the cluster has when all are there
    :param restart_for: files that the server reads at its start only: one that is newer than the start asks for a restart
    :param rejoin_for: files that it reads when it looks for the others: they matter while it is still looking
    :param version: the start of the version that must be installed, or None
    :param timeout: seconds until it must be Synced
    """

    def __init__(self, member, choice, size, restart_for, rejoin_for, version, timeout):
        self.member, self.choice, self.size = member, choice, size
        self.restart_for, self.rejoin_for = restart_for, rejoin_for
        self.version, self.timeout = version, timeout

    def observe(self):
        return galera.observe()

    def plan(self, observed):
        galera_state.check_versions({self.member: observed}, self.version)
        return Plan.of(self._service(observed), self._data(observed), self._member(observed))

    def _service(self, info):
        service = info["service"]
        if service["outdated"] or service["socket_activation"] or not service["enabled"]:
            yield Step("update", "service", "mariadb", "it starts at boot, by its own unit, and is not started by a client's connection")

    def _data(self, info):
        if self._action(info) == "bootstrap" and not info["datadir"]["initialised"]:
            yield Step("create", "datadir", info["datadir"]["path"], "it is empty, and the first member needs system tables")

    def _member(self, info):
        action = self._action(info)
        outdated = _newer(self.restart_for + self.rejoin_for, info)
        if action != "none" and galera_state.is_standalone(info):
            yield Step("stop", "member", self.member, "it runs outside of any cluster and holds no schemas")
        elif action == "join" and galera_state.is_looking(info) and outdated:
            yield Step("stop", "start", self.member, f"it looks for the others by settings of old: {', '.join(outdated)} changed after its start")
        if action == "bootstrap":
            yield Step("bootstrap", "member", self.member, "nobody has data yet: it begins the cluster" if not info["grastate"] else "it alone has the data")
        elif action == "join":
            yield Step("join", "member", self.member, _why_join(info))
        elif _newer(self.restart_for, info):
            why = f"{', '.join(_newer(self.restart_for, info))} changed after its start"
            yield Step("restart", "member", self.member, why, risk="one member less while it restarts")

    def _action(self, info):
        """What is left to do of the choice: the member may have come up since."""
        action = self.choice.actions.get(self.member, "none")
        return "none" if galera_state.is_synced(info) else "join" if action == "none" else action

    def apply(self, plan, observed):
        for step in plan.steps:
            getattr(self, f"_{step.action}_{step.kind}")(observed)

    def _update_service(self, observed):
        galera_control.prepare_service(observed)

    def _create_datadir(self, observed):
        galera_control.initialise(observed["datadir"]["path"])

    def _stop_member(self, observed):
        galera_control.stop()

    def _stop_start(self, observed):
        galera_control.give_up_start()

    def _bootstrap_member(self, observed):
        galera_control.bootstrap(observed, galera_state.why_not_serving, self.timeout)

    def _join_member(self, observed):
        galera_control.start(galera_state.why_not_serving, self.timeout)

    def _restart_member(self, observed):
        # The neighbour that was restarted just now may still be fed by this one: that passes.
        why_not = galera_control.wait_while(lambda info: galera_state.may_restart(info, self.size), self.timeout)
        if why_not:
            raise Refused(f"{self.member} has to be restarted for its new settings, but {why_not}.", member=self.member)
        galera_control.stop()
        galera_control.start(galera_state.why_not_serving, self.timeout)

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
    return f"it does not serve: {'; '.join(galera_state.why_not_serving(info))}"
